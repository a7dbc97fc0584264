"""Runs the tests, with PostgreSQL and RabbitMQ provided; arguments go to pytest.

PostgreSQL runs meanwhile, private, on loopback. Tests of the bus stop and kill their broker, so each folder
starts nodes of its own; here RabbitMQ is only installed, where it is missing and a path needs it.
"""

import argparse
import os
import subprocess
import sys
import time

from infra.cli.postgres import Postgres
from infra.cli.rabbit import require_server
from infra.cli.terminal import say
from infra.installation import ROOT

#: Folders whose tests start a broker.
ON_BROKER = ("tests/bus", "tests/chaos", "tests/e2e", "tests/infra")
PASSES_ARGUMENTS_ON = True


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """Declares nothing: every argument is pytest's."""


def run(args: argparse.Namespace) -> int:
    """Runs pytest from the repository's root; returns its exit code, so `no tests` (5) fails."""
    began = time.monotonic()
    arguments = args.arguments or ["tests"]
    installing = float(os.environ.get("DESK_INSTALL_SECONDS", "0"))
    postgres = Postgres()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DESK_")}
    if needs_broker(arguments):
        require_server()
        installing += time.monotonic() - began
        began = time.monotonic()
    try:
        environment["TEST_DATABASE_URL"] = postgres.start()
        environment["PYTHONPATH"] = str(ROOT)
        code = subprocess.run(
            [sys.executable, "-P", "-m", "pytest", *arguments], cwd=ROOT, env=environment
        ).returncode
    finally:
        postgres.stop()
    say(f"installs {installing:.0f} s, tests {time.monotonic() - began:.0f} s")
    return code


def needs_broker(arguments: list[str]) -> bool:
    """Whether a path among pytest's arguments reaches a folder whose tests start a broker."""
    paths = [os.path.normpath(part.split("::")[0]) for part in arguments if not part.startswith("-")]
    inside = [path for path in paths if path == "tests" or path.startswith("tests" + os.sep)]
    return not inside or any(
        path == "tests" or path.startswith(folder) or folder.startswith(path + os.sep)
        for path in inside
        for folder in ON_BROKER
    )
