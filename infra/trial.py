"""A desk of its own in a folder of its own: what bench, chaos and the end-to-end tests run against."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from infra.local.ports import free_port
from infra.processes import SETTINGS
from infra.refusal import Refusal

ROOT = Path(__file__).resolve().parents[1]
READY_WITHIN = 240.0  # Seconds; a first start makes six databases and, with a broker, boots RabbitMQ.
ENDED_WITHIN = 150.0  # Seconds; `up` gives edges, services and servers 30 each.
LOOK_SECONDS = 0.1
#: What follows the interpreter to run a command.
COMMANDS = ("-m", "infra.cli")


class TrialError(Refusal):
    """The desk did not start; the message is the end of what it said."""


class TrialDesk:
    """`./desk up --no-demo` on free ports.

    :param folder: its `VAR_DIR`.
    :param flags: further arguments of `up`, such as `["--broker"]`.
    :param settings: further environment variables.
    :param entry: what follows the interpreter instead of `-m infra.cli` to run `up`.
    """

    def __init__(self, folder, flags=(), settings=None, entry=COMMANDS):
        self.folder = Path(folder)
        self.flags = list(flags)
        self.entry = entry
        self.http_port, self.smtp_port = free_port(), free_port()
        self.base = f"http://127.0.0.1:{self.http_port}"
        clean = {name: value for name, value in os.environ.items() if name not in SETTINGS}
        self.environment = {
            **clean,
            "VAR_DIR": str(self.folder),
            "HTTP_PORT": str(self.http_port),
            "SMTP_PORT": str(self.smtp_port),
            "PYTHONPATH": str(ROOT),
            **(settings or {}),
        }
        self.process = None

    @property
    def log(self):
        """Return the file of what `up` says."""
        return self.folder / "up.log"

    def start(self):
        """Start it and wait until it says that it is ready.

        :raises TrialError: it ended before, or took too long.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.log, "w") as output:
            self.process = subprocess.Popen(
                [sys.executable, *self.entry, "up", "--no-demo", *self.flags],
                env=self.environment, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
        ends = time.monotonic() + READY_WITHIN
        while "ready in" not in self.log.read_text():
            if self.process.poll() is not None or time.monotonic() > ends:
                self.stop()
                raise TrialError(f"The desk did not get ready: {self.log.read_text()[-2000:]}")
            time.sleep(LOOK_SECONDS)

    def record(self):
        """Return the running desk's record: processes, ports, `owner_url`, `amqp_uri`."""
        return json.loads((self.folder / "run" / "state.json").read_text())

    def command(self, *arguments, **options):
        """Run another `./desk` command on it; return the finished process."""
        return subprocess.run(
            [sys.executable, *COMMANDS, *arguments],
            env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=120, **options,
        )  # fmt: skip

    def stop(self):
        """End it as Ctrl-C does; return its exit code, none where it was never started.

        :raises TrialError: it takes too long.
        """
        if self.process is None:
            return None
        self.process.terminate()
        try:
            return self.process.wait(timeout=ENDED_WITHIN)
        except subprocess.TimeoutExpired:
            raise TrialError(f"The desk did not end: {self.log.read_text()[-2000:]}") from None

    def secret(self, name):
        """Return one of its settings or generated secrets, such as `TOKEN_PRIVATE_KEY`."""
        for line in (self.folder / "secrets.env").read_text().splitlines():
            key, _, value = line.partition("=")
            if key == name:
                return value
        return self.environment[name]
