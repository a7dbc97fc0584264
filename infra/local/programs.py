"""A process of the table as a child of ours, with a log file and an address that says whether it is ready."""

import http.client
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from infra.direct_http import open_directly


class Program:
    """One running copy of a process.

    name: such as `tickets.2`.
    kind: the process's name in the table.
    argv: what follows the Python interpreter.
    environment: all that it is told.
    log_file: where its output is appended.
    ready_url: answers 200 when it can work.
    niceness: by how much it gives way to others, as in nice(1).
    """

    def __init__(
        self, name: str, kind: str, argv: tuple, environment: dict, log_file: Path, ready_url: str, niceness: int = 0
    ):
        self.name, self.kind, self.niceness = name, kind, niceness
        self.argv, self.environment = argv, environment
        self.log_file, self.ready_url = log_file, ready_url
        self.process: subprocess.Popen | None = None

    def begin(self) -> None:
        """Starts it, in a session of its own: Ctrl-C in the terminal reaches the supervisor alone."""
        self.log_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-P", *self.argv], env=self.environment, umask=0o077, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        if self.niceness:
            give_way(self.process.pid, self.niceness)

    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self.process is not None and self.process.poll() is None

    def is_ready(self) -> bool:
        """Whether it says that it can work."""
        return is_ready_at(self.ready_url)

    def last_words(self) -> str:
        """The last line of its log."""
        try:
            lines = self.log_file.read_text(errors="replace")[-4000:].strip().splitlines()
        except OSError:
            lines = []
        return lines[-1][:300] if lines else "it said nothing"


def give_way(pid: int, niceness: int) -> None:
    """Has a process give way to others where that is possible; it works as well without.

    Linux shares the processors among sessions first (sched(7), "The autogroup feature"), so that niceness alone
    means nothing to a process in a session of its own.
    """
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, niceness)
    for _ in range(3):
        try:
            Path(f"/proc/{pid}/autogroup").write_text(str(niceness))
        except BlockingIOError:
            # Who is not root may do that ten times a second.
            time.sleep(0.1)
        except OSError:
            return
        else:
            return


def is_ready_at(url: str) -> bool:
    """Whether a `/readyz` answers 200."""
    try:
        with open_directly(url, seconds=1) as answer:
            return answer.status == 200
    except (OSError, ValueError, http.client.HTTPException):
        return False
