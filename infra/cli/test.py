"""Runs the tests, with PostgreSQL and RabbitMQ provided; arguments go to pytest.

Both servers are private, on loopback, and gone afterwards. RabbitMQ is started only for paths that need it.
"""

import argparse
import os
import subprocess
import sys
import time

from infra.cli.postgres import Postgres
from infra.cli.rabbit import Rabbit, require_server
from infra.cli.terminal import say
from infra.installation import ROOT

#: Folders whose tests speak to a broker.
ON_BROKER = ("tests/bus", "tests/e2e")
PASSES_ARGUMENTS_ON = True


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """Declares nothing: every argument is pytest's."""


def run(args: argparse.Namespace) -> int:
    """Runs pytest from the repository's root; returns its exit code, so `no tests` (5) fails."""
    began = time.monotonic()
    arguments = args.arguments or ["tests"]
    installing = float(os.environ.get("DESK_INSTALL_SECONDS", "0"))
    postgres, rabbit = Postgres(), None
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DESK_")}
    try:
        if needs_broker(arguments):
            installed_at = time.monotonic()
            require_server()
            installing += time.monotonic() - installed_at
            began += time.monotonic() - installed_at
            rabbit = Rabbit()
            rabbit.begin()
        environment["TEST_DATABASE_URL"] = postgres.start()
        if rabbit:
            environment["TEST_AMQP_URI"] = rabbit.wait_until_ready()
        environment["PYTHONPATH"] = str(ROOT)
        code = subprocess.run(
            [sys.executable, "-P", "-m", "pytest", *arguments], cwd=ROOT, env=environment
        ).returncode
    finally:
        if rabbit:
            rabbit.stop()
        postgres.stop()
    say(f"installs {installing:.0f} s, tests {time.monotonic() - began:.0f} s")
    return code


def needs_broker(arguments: list[str]) -> bool:
    """Whether a path among pytest's arguments reaches a folder whose tests speak to a broker."""
    paths = [os.path.normpath(part.split("::")[0]) for part in arguments if not part.startswith("-")]
    inside = [path for path in paths if path == "tests" or path.startswith("tests" + os.sep)]
    return not inside or any(
        path == "tests" or path.startswith(folder) or folder.startswith(path + os.sep)
        for path in inside
        for folder in ON_BROKER
    )
