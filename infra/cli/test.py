"""Runs the tests, with PostgreSQL and RabbitMQ provided; arguments go to pytest.

Without arguments everything runs, in three lanes side by side: tests that kill processes and brokers mostly wait,
the others mostly compute. PostgreSQL runs meanwhile, private, on loopback. Tests of the bus stop and kill their
broker, so each folder starts nodes of its own; here RabbitMQ and strace are only installed, where they are missing
and a path needs them.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from infra.installation import ROOT
from infra.local.ending import end
from infra.local.postgres import Postgres
from infra.local.rabbit import require_server
from infra.local.system_packages import install, may_install
from infra.refusal import Refusal
from infra.terminal import say, warn

#: Folders whose tests start a broker.
ON_BROKER = ("tests/bus", "tests/chaos", "tests/e2e", "tests/infra")
#: Folders whose tests look at system calls.
ON_STRACE = ("tests/inbound_smtp",)
#: What all tests may take on two quiet cores, installs apart.
BUDGET_SECONDS = 360
#: Folders of two lanes, mostly of tests that kill and wait; each lane is as long as that of all others.
_APART = (
    ["tests/bus", "tests/inbound_smtp"],
    ["tests/chaos", "tests/e2e", "tests/gateway", "tests/contracts", "tests/chassis"],
)
#: What pytest gets in each lane; the first one's words are shown as they come, the others' when they have ended.
LANES = (*_APART, ["tests", *(f"--ignore={folder}" for lane in _APART for folder in lane)])
#: What ends pytest, each after so many seconds.
SIGNALS, END_SECONDS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL), 30
PASSES_ARGUMENTS_ON = True


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """Declares nothing: every argument is pytest's."""


def run(args: argparse.Namespace) -> int:
    """Runs pytest from the repository's root; returns its exit code, so `no tests` (5) fails."""
    began = time.monotonic()
    lanes = [args.arguments] if args.arguments else LANES
    installing = float(os.environ.get("DESK_INSTALL_SECONDS", "0"))
    # The tests start a process a second, which would compile the house anew where it may not keep what it compiled.
    unwanted = ("DESK_", "PYTHONDONTWRITEBYTECODE")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    for folders, require in ((ON_BROKER, require_server), (ON_STRACE, require_strace)):
        if reach(args.arguments, folders):
            require()
    installing += time.monotonic() - began
    began = time.monotonic()
    environment["PYTHONPATH"] = str(ROOT)
    code = run_with_postgres(lanes, environment)
    seconds = time.monotonic() - began
    say(f"installs {installing:.0f} s, tests {seconds:.0f} s")
    if seconds > BUDGET_SECONDS:
        warn(f"desk: the tests took longer than the {BUDGET_SECONDS} s that they may take on two quiet cores.")
    return code


def run_with_postgres(lanes: list[list[str]], environment: dict[str, str]) -> int:
    """Runs the lanes beside a PostgreSQL that goes with them; returns the worst exit code."""
    postgres = Postgres()
    try:
        return run_lanes(lanes, {**environment, "TEST_DATABASE_URL": postgres.start()})
    finally:
        postgres.stop()


def run_lanes(lanes: list[list[str]], environment: dict[str, str]) -> int:
    """Runs a pytest per lane side by side; returns the worst exit code."""
    began = []
    with tempfile.TemporaryDirectory() as folder:
        for number, arguments in enumerate(lanes):
            words = Path(folder) / str(number)
            with open(words, "wb") as file:
                process = subprocess.Popen(
                    [sys.executable, "-P", "-m", "pytest", *arguments],
                    cwd=ROOT,
                    env=environment,
                    stdout=file if number else None,
                    stderr=subprocess.STDOUT if number else None,
                )
            began.append((process, words))
        try:
            for process, words in began:
                process.wait()
                sys.stdout.write(words.read_text(errors="replace"))
                sys.stdout.flush()
        finally:
            # Politely first: what a test has begun, such as a broker, is put away by pytest alone.
            end([psutil.Process(process.pid) for process, _ in began if process.poll() is None], SIGNALS, END_SECONDS)
            for process, _ in began:
                process.wait()
    return max(abs(process.returncode) for process, _ in began)


def require_strace() -> None:
    """Has the system install strace where it is missing and we may; else a Refusal says what to install."""
    if shutil.which("strace"):
        return
    if not may_install():
        raise Refusal("strace is missing: install it (Debian: apt-get install strace).")
    warn("desk: installing strace from the system's packages, once ...")
    install("strace", otherwise="install strace")


def reach(arguments: list[str], folders: tuple[str, ...]) -> bool:
    """Whether a path among pytest's arguments, or the lack of any, reaches one of these folders of tests."""
    paths = [os.path.normpath(part.split("::")[0]) for part in arguments if not part.startswith("-")]
    inside = [path for path in paths if path == "tests" or path.startswith("tests" + os.sep)]
    return not inside or any(
        path == "tests" or path.startswith(folder) or folder.startswith(path + os.sep)
        for path in inside
        for folder in folders
    )
