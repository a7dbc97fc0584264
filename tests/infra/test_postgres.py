"""The private PostgreSQL server: what is committed is there again, whatever ended the server."""

import os
import pwd
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress

import psutil
import psycopg2
import pytest

from infra.local import postgres
from infra.local.ending import has_ended
from infra.local.postgres import THROWAWAY_PREFIX as PREFIX
from infra.local.postgres import TUNING, Postgres, last_error
from infra.local.throwaway import CLAIM
from infra.refusal import Refusal
from tests.waiting import eventually


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folder of a server that was started and stopped; one for all, because making it costs most by far."""
    server = Postgres(tmp_path_factory.mktemp("made") / "postgres")
    server.start()
    server.stop()
    return server.folder


@pytest.fixture
def folder(made):
    """The same folder, whose server is stopped at the end even when a test lost sight of it."""
    yield made
    Postgres(made).end_leftover()


def ask(url, statement):
    """Runs one statement and returns the first value of its answer, if it has one."""
    connection = psycopg2.connect(url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0] if cursor.description else None
    finally:
        connection.close()


def test_data_and_address_outlive_stop_and_kill(folder):
    server = Postgres(folder)
    url = server.start()
    assert ask(url, "SELECT lower('ÀÉ')") == "àé"
    assert {name: ask(url, f"SHOW {name}") for name in TUNING} == TUNING
    assert ask(url, "SHOW fsync") == "on"
    ask(url, "CREATE TABLE kept (word text); INSERT INTO kept VALUES ('stop')")
    server.stop()

    server = Postgres(folder)
    assert server.start() == url
    ask(url, "INSERT INTO kept VALUES ('kill')")
    os.kill(server.pid, signal.SIGKILL)
    eventually(lambda: not server.is_running(), within=5, what="the end of the killed server")

    again = Postgres(folder)
    assert again.start() == url
    assert ask(url, "SELECT string_agg(word, ' ') FROM kept") == "stop kill"
    again.stop()
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(url)


def test_server_of_a_killed_parent_is_ended_before_the_next_start(folder):
    code = f"from infra.local.postgres import Postgres; server = Postgres({str(folder)!r}); server.start()"
    subprocess.run([sys.executable, "-c", code], check=True)
    orphan = Postgres(folder).pid
    server = Postgres(folder)
    url = server.start()
    assert server.pid != orphan
    assert not psutil.pid_exists(orphan) or psutil.Process(orphan).status() == psutil.STATUS_ZOMBIE
    assert ask(url, "SELECT 1") == 1
    server.stop()


def test_stale_process_id_of_somebody_else_is_forgotten(folder):
    """Whoever had got it and named the folder, as a backup does, was ended."""
    server = Postgres(folder)
    backup = subprocess.Popen(["sh", "-c", "sleep 600 & wait", "rsync", str(server.data)], start_new_session=True)
    (server.data / "postmaster.pid").write_text(f"{backup.pid}\n{server.data}\n")
    assert ask(server.start(), "SELECT 1") == 1
    assert backup.poll() is None
    server.stop()
    os.killpg(backup.pid, signal.SIGKILL)
    backup.wait()


def test_a_password_is_needed(folder):
    server = Postgres(folder)
    url = server.start()
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(url.replace(":" + url.split(":")[2].split("@")[0], ":wrong"))
    assert stat.S_IMODE((folder / "owner-password").stat().st_mode) == 0o600
    server.stop()


def test_log_names_an_error_and_quotes_nothing_of_it(folder):
    """Statements hold what people write, and hashes of passwords; an earlier checkout's log was open to all."""
    server = Postgres(folder)
    server.log_file.touch()
    server.log_file.chmod(0o644)
    url = server.start()
    ask(url, "CREATE TABLE letters (body text PRIMARY KEY)")
    for _ in range(2):
        with suppress(psycopg2.errors.UniqueViolation):
            ask(url, "PREPARE keep AS INSERT INTO letters VALUES ($1); EXECUTE keep('SECRET')")
    server.stop()
    assert 'ERROR:  duplicate key value violates unique constraint "letters_pkey"' in server.log()
    assert "SECRET" not in server.log()
    assert stat.S_IMODE(server.log_file.stat().st_mode) == 0o600


def test_throwaway_server_of_a_killed_parent_goes_with_the_next(tmp_path, monkeypatch):
    """Folder and all; one whose parent lives, what nobody has claimed and what a link leads to are left alone."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    elsewhere, link, unclaimed = (tmp_path / name for name in ("elsewhere", f"{PREFIX}link", f"{PREFIX}unclaimed"))
    for folder in (elsewhere, unclaimed):
        folder.mkdir()
    (elsewhere / CLAIM).touch()
    link.symlink_to(elsewhere)
    living = Postgres()
    living.start()
    code = "import os; from infra.local.postgres import Postgres; Postgres().start(); os.kill(os.getpid(), 9)"
    killed = subprocess.run([sys.executable, "-c", code], env={**os.environ, "TMPDIR": str(tmp_path)})
    assert killed.returncode == -signal.SIGKILL
    stay = {elsewhere, link, unclaimed, living.folder}
    (left,) = set(tmp_path.iterdir()) - stay
    orphan = psutil.Process(Postgres(left).pid)
    following = Postgres()
    assert has_ended(orphan)
    assert set(tmp_path.iterdir()) == stay | {following.folder}
    assert ask(living.url, "SELECT 1") == 1
    living.stop()
    following.stop()
    assert set(tmp_path.iterdir()) == {elsewhere, link, unclaimed}
    assert (elsewhere / CLAIM).exists()


def test_interrupted_making_leaves_nobody_behind_who_writes(tmp_path, monkeypatch):
    """What initdb had started went on, and the next start found its folder in use."""
    programs = tmp_path / "bin"
    programs.mkdir()
    script = programs / "initdb"
    script.write_text(f"#!/bin/sh\nsleep 600 & echo $! > {tmp_path}/grandchild.new\n"
                      f"mv {tmp_path}/grandchild.new {tmp_path}/grandchild\nwait\n")  # fmt: skip
    script.chmod(0o755)
    monkeypatch.setattr(postgres, "binaries", lambda: programs)
    monkeypatch.setattr(postgres, "launcher", lambda _folder: lambda command: {"args": [str(part) for part in command]})
    interrupt = threading.Thread(
        target=lambda: (
            eventually((tmp_path / "grandchild").exists, what="the start of initdb"),
            os.kill(os.getpid(), signal.SIGINT),
        )
    )
    interrupt.start()
    with pytest.raises(KeyboardInterrupt):
        Postgres(tmp_path / "postgres").start()
    interrupt.join()
    pid = int((tmp_path / "grandchild").read_text())
    eventually(lambda: not psutil.pid_exists(pid) or has_ended(psutil.Process(pid)), what="the end of its child")


def test_start_failure_is_the_servers_own_sentence(folder):
    server = Postgres(folder)
    settings = server.data / "postgresql.conf"
    good = settings.read_text()
    settings.write_text("no_such_setting = 1\n")
    try:
        with pytest.raises(Refusal) as refusal:
            server.start()
    finally:
        settings.write_text(good)
    said = f'configuration file "{server.data}/postgresql.conf" contains errors'
    assert str(refusal.value) == f"PostgreSQL did not start: {said} (log: {folder}/server.log)."


def test_user_without_a_name_is_told_what_to_do(tmp_path, monkeypatch):
    """As in a container that runs under a bare number; initdb looks its user up."""
    server = Postgres(tmp_path / "postgres")

    def absent(number):
        raise KeyError(f"getpwuid(): uid not found: {number}")

    monkeypatch.setattr(pwd, "getpwuid", absent)
    with pytest.raises(Refusal) as refusal:
        server.start()
    assert str(refusal.value) == (
        f"PostgreSQL runs only under a user who has a name, and user {server.folder.stat().st_uid} has none:"
        " add one to /etc/passwd, or set DATABASE_URL."
    )
    assert [path.name for path in server.folder.iterdir()] == []


def test_taken_port_is_replaced(folder):
    server = Postgres(folder)
    port = int((folder / "port").read_text())
    with socket.create_server(("127.0.0.1", port)):
        assert ask(server.start(), "SELECT 1") == 1
        assert server.port != port
        server.stop()


def test_last_error_is_the_fatal_line_without_its_prefix():
    log = "2026-11-21 UTC [7] FATAL:  lock file exists\n2026-11-21 UTC [7] HINT:  Is another there?\n"
    assert last_error(log) == "lock file exists"
    assert last_error("") == "it said nothing"
