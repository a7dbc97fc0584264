"""Ends the desk that runs in this VAR_DIR, and waits until it has ended."""

import argparse
import signal

from infra.installation import Installation
from infra.local.ending import end
from infra.local.leftovers import end_leftovers
from infra.local.state import State, process_of
from infra.refusal import Refusal
from infra.terminal import counted, say

#: `up` gives its programs 30 s in two waves, then stops its servers.
SECONDS = 120


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares no options: settings say which desk is meant."""


def run(_args: argparse.Namespace) -> int:
    """Ends the running desk, or what a killed one left behind; 0 also where nothing runs."""
    installation = Installation.from_environment()
    state = State(installation.var_dir)
    if not state.is_held():
        ended = end_leftovers(installation)
        left = counted(ended, "process", "processes")
        say(f"Ended {left} that a killed desk had left." if ended else "Nothing runs here.")
        return 0
    supervisor = process_of(state.running())
    if supervisor is None:
        raise Refusal("The desk is just starting; try again when it is ready.")
    end([supervisor], (signal.SIGTERM,), SECONDS)
    if state.is_held():
        raise Refusal(f"The desk (process {supervisor.pid}) has not ended within {SECONDS} s.")
    say("Ended.")
    return 0
