"""What runs here: in `VAR_DIR/run/` a lock held while a desk runs, and a file that names its processes."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from infra.local.ending import end, has_ended
from infra.local.postgres import Postgres
from infra.local.rabbit import Rabbit
from infra.refusal import Refusal

SERVERS = (Postgres.kind, Rabbit.kind)
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")  # Of Linux: another one after each boot, see random(4).


@contextmanager
def another_users_refused(var_dir: Path) -> Iterator[None]:
    """Raises Refusal where what is done in a desk's folder is not allowed, which nobody may mistake for no desk."""
    try:
        yield
    except PermissionError as error:
        raise Refusal(f"The desk in {var_dir} belongs to another user; set VAR_DIR to a folder of yours.") from error


def start_of(process: psutil.Process) -> list:
    """The boot and the seconds after it in which a process was started: whoever gets its id later has others.

    A time of the clock will not do: it moves when the clock is set, and some boards begin at the same one at each boot.
    """
    boot = BOOT_ID.read_text().strip() if BOOT_ID.exists() else ""
    return [boot, round(process.create_time() - psutil.boot_time(), 2)]


class State:
    """The record of one installation's running desk.

    var_dir: `VAR_DIR`.
    The record is one JSON object: pid and started of `up`, mode, base_url, http_port, smtp_port, owner_url, amqp_uri,
    ready, seconds, place, by which a copied folder's is known, and processes, a list of {name, kind, pid, started,
    ready_url, ready, restarts}. It holds passwords, so its mode is 0600. Another user's desk is a Refusal.
    """

    def __init__(self, var_dir: Path):
        self.var_dir = var_dir
        self.folder = var_dir / "run"
        self.file = self.folder / "state.json"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Holds the lock, so that a folder has one desk at a time; it falls with the process in any case.

        Raises Refusal where a desk runs here already.
        """
        with self._lock() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                where = self.running().get("base_url", "it is just starting")
                raise Refusal(f"Fielddesk is already running here ({where}); ./desk down ends it.") from error
            yield

    def _lock(self):
        with another_users_refused(self.var_dir):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return open(self.folder / "lock", "a")

    def is_held(self) -> bool:
        """Whether a desk runs here."""
        try:
            with another_users_refused(self.var_dir), open(self.folder / "lock") as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except (FileNotFoundError, NotADirectoryError):
            return False
        except BlockingIOError:
            return True
        return False

    def running(self) -> dict:
        """The record of the desk that holds the lock; empty while it has written none, whatever others left here."""
        record = self.read() if self.is_held() else {}
        return record if self._is_of_here(record) and process_of(record) else {}

    def read(self) -> dict:
        """The record; empty where there is none. It may be that of a killed desk."""
        try:
            with another_users_refused(self.var_dir):
                return json.loads(self.file.read_text())
        except (OSError, ValueError):
            return {}

    def write(self, record: dict) -> None:
        """Replaces the record as a whole."""
        unfinished = self.file.with_suffix(".new")
        with open(os.open(unfinished, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
            json.dump(record, file, indent=1)
        unfinished.rename(self.file)

    def forget(self) -> None:
        """Removes the record of a desk that has ended; where that cannot be done, it names nobody who is alive."""
        with suppress(OSError):
            self.file.unlink()

    def survivors(self) -> dict[psutil.Process, str]:
        """The recorded processes that are alive, with their kinds."""
        found, record = {}, self.read()
        if not self._is_of_here(record):
            return {}
        for row in record.get("processes", ()):
            process = process_of(row)
            if process and not has_ended(process):
                found[process] = row["kind"]
        return found

    def place(self) -> list[int] | None:
        """What the folder has whatever it is called, and no copy of it."""
        try:
            status = self.folder.stat()
        except OSError:
            return None
        return [status.st_dev, status.st_ino]

    def _is_of_here(self, record: dict) -> bool:
        return record.get("place", self.place()) == self.place()

    def end_leftovers(self) -> int:
        """Ends programs that outlived a killed supervisor; returns how many. Servers see to their own."""
        leftovers = [process for process, kind in self.survivors().items() if kind not in SERVERS]
        end(leftovers)
        self.forget()
        return len(leftovers)


def process_of(row: dict) -> psutil.Process | None:
    """The recorded process; none where its id is nobody's, or by now somebody else's, whom we may not even look at."""
    try:
        process = psutil.Process(row.get("pid") or -1)
        return process if start_of(process) == row.get("started") else None
    except (psutil.NoSuchProcess, psutil.AccessDenied, ValueError):
        return None
