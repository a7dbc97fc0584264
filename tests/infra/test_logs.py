"""Logs of a desk that runs for months: of a bounded size, without a restart."""

import os
import stat
from contextlib import suppress
from pathlib import Path

import psycopg2
import pytest

from infra.installation import Installation
from infra.local import logs
from infra.local.logs import bound
from infra.local.postgres import Postgres
from infra.local.programs import Program
from infra.local.running import RunningDesk
from infra.local.state import State
from tests.waiting import eventually

LIMIT, LINE, LINES = 4_000, 100, 300
#: Writes on only when its log has room again.
TALKS = f"""
import os, time
for number in range({LINES}):
    while os.fstat(1).st_size > {LIMIT}:
        time.sleep(0.001)
    print(str(number).rjust({LINE} - 1), flush=True)
open(os.environ["DONE"], "w").close()
time.sleep(600)
"""


@pytest.fixture
def small(monkeypatch):
    """Logs that are soon large."""
    monkeypatch.setattr(logs, "LARGEST_LOG", LIMIT)


def numbers_in(log):
    """Return what the lines of a log hold."""
    return [int(line) for line in log.read_text().splitlines()]


def test_log_of_a_program_is_bounded_while_it_runs(settings, tmp_path, monkeypatch, small):
    running = RunningDesk(Installation.from_environment(), State(tmp_path / "var"), {}, wants_demo=False)
    done, log = tmp_path / "done", tmp_path / "log" / "tickets.2.log"
    program = Program("tickets.2", "tickets", ("-c", TALKS), {**os.environ, "DONE": str(done)}, log, "")

    def supervise(_seconds):
        eventually(lambda: done.exists() or log.stat().st_size > LIMIT, what="another line")
        return done.exists()

    monkeypatch.setattr(RunningDesk, "_hear_signals", lambda _running: None)
    monkeypatch.setattr(running, "_start", lambda: running.supervisor.begin(program))
    monkeypatch.setattr(running, "_say_ready", lambda: None)
    monkeypatch.setattr(running._ending, "wait", supervise)
    assert running.run(is_ready=lambda: None) == 0
    older = log.with_name("tickets.2.1.log")
    assert sorted(log.parent.iterdir()) == [older, log]
    assert numbers_in(older) + numbers_in(log) == list(range(numbers_in(older)[0], LINES))
    assert older.stat().st_size == LIMIT + LINE
    assert log.stat().st_size <= LIMIT + LINE
    assert stat.S_IMODE(older.stat().st_mode) == 0o600


def test_log_of_postgresql_goes_on_at_its_beginning(small):
    server = Postgres()
    try:
        connection = psycopg2.connect(server.start())
        connection.autocommit = True
        with connection.cursor() as cursor:
            while server.log_file.stat().st_size <= LIMIT:
                with pytest.raises(psycopg2.Error):
                    cursor.execute("SELECT 1 / 0")
            bound(server.log_file)
            assert server.log() == ""
            with pytest.raises(psycopg2.Error):
                cursor.execute("SELECT 1 / 0")
        connection.close()
        assert server.log().endswith("ERROR:  division by zero\n")
        assert "\0" not in server.log()
    finally:
        server.stop()


def test_log_of_rabbitmq_is_bounded(broker):
    """The node of these tests was given the same limit, and has said more than that since."""
    name, folder = f"{broker.node['name']}.log", broker.folder / "log"

    def are_small():
        with suppress(FileNotFoundError):  # One is just renamed.
            sizes = {file.name: file.stat().st_size for file in folder.iterdir() if "upgrade" not in file.name}
            return set(sizes) == {name, f"{name}.0"} and max(sizes.values()) < 2 * LIMIT

    eventually(are_small, what="two small logs")


def test_a_log_that_cannot_be_copied_is_emptied_all_the_same(tmp_path, monkeypatch, small):
    log, older = tmp_path / "smtp.log", tmp_path / "smtp.1.log"
    log.write_bytes(b"x" * (LIMIT + 1))
    older.write_bytes(b"y" * (LIMIT + 1))

    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(logs.shutil, "copyfileobj", full)
    bound(log)
    assert (log.read_bytes(), older.exists()) == (b"", False)


def test_what_is_small_or_absent_or_a_link_is_left_alone(tmp_path, small):
    small_one, link, other = tmp_path / "small.log", tmp_path / "server.log", tmp_path / "passwd"
    small_one.write_bytes(b"x" * LIMIT)
    other.write_bytes(b"x" * (LIMIT + 1))
    link.symlink_to(other)
    for log in (small_one, link, tmp_path / "absent.log"):
        bound(log)
    assert (small_one.stat().st_size, other.stat().st_size) == (LIMIT, LIMIT + 1)
    assert sorted(Path(tmp_path).iterdir()) == [other, link, small_one]
