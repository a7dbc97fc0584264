"""`./desk up --detach`: the same command in the background, and a parent that waits until it is ready."""

import argparse
import os
import subprocess
import sys

from infra.installation import ROOT, Installation
from infra.local.state import State
from infra.refusal import Refusal
from infra.terminal import say


def detach(args: argparse.Namespace) -> int:
    """Starts `up` in the background; returns when it is ready, with its words on our terminal."""
    installation = Installation.from_environment()
    installation.make_var_dir()
    # One that runs is refused before its log is begun anew.
    with State(installation.var_dir).held():
        pass
    words = installation.var_dir / "run" / "up.log"
    words.parent.mkdir(mode=0o700, exist_ok=True)
    ours, theirs = os.pipe()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DESK_READY_PIPE": str(theirs)}
    with open(words, "ab") as output:
        output.truncate(0)
        child = subprocess.Popen(
            [sys.executable, "-P", "-m", "infra.cli", "up", *_arguments(args)], start_new_session=True,
            env=environment, pass_fds=[theirs], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
        )  # fmt: skip
    os.close(theirs)
    # The pipe closes without a word when the child ends before it is ready.
    is_ready = os.read(ours, 5) == b"ready"
    os.close(ours)
    text = words.read_text(errors="replace").strip()
    if not is_ready:
        child.wait()
        raise Refusal((text.splitlines() or ["it ended without a word"])[-1].removeprefix("desk: "))
    say(text)
    say(f"It runs in the background (log: {words}); ./desk down ends it.")
    return 0


def _arguments(args: argparse.Namespace) -> list[str]:
    flags = [f"--{name.replace('_', '-')}" for name in ("no_demo", "broker", "fresh") if getattr(args, name)]
    for name in ("http_port", "smtp_port"):
        if getattr(args, name):
            flags += [f"--{name.replace('_', '-')}", getattr(args, name)]
    return flags + (["--scale", *args.scale] if args.scale else [])
