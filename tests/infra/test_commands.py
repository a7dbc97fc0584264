"""The commands: what they do."""

import argparse
import errno
import json
import signal
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from infra.cli.__main__ import commands, main
from infra.installation import Installation, overlap
from infra.local.running import RunningDesk
from infra.local.state import State
from infra.processes import processes_of
from tests.infra.conftest import refused


def test_help_lists_every_command_with_a_sentence(desk):
    answer = desk("help")
    names = [line.split()[0] for line in answer.out if line.startswith("  ")]
    expected = [
        "up",
        "down",
        "status",
        "test",
        "migrate",
        "create-admin",
        "mails",
        "dead-letters",
        "bench",
        "chaos",
    ]
    assert names == [*expected, "help"]
    assert all(line.endswith(".") for line in answer.out if line.startswith("  "))
    assert answer.code == 0


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "localhost", True),
        ("0.0.0.0", "127.0.0.1", True),
        ("127.0.0.1", "::", True),
        ("127.0.0.1", "127.0.0.2", False),
        ("no such host", "127.0.0.1", False),
    ],
)
def test_servers_may_share_a_port_on_interfaces_of_their_own(one, other, expected):
    assert overlap(one, other) is overlap(other, one) is expected


def test_those_who_run_go_on_where_they_cannot_be_recorded(settings, tmp_path, monkeypatch, capsys):
    """A full disk ended the whole desk with the first of its processes."""
    running = RunningDesk(Installation.from_environment(), State(tmp_path / "var"), {}, wants_demo=False)

    def full(_record):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(running.state, "write", full)
    with pytest.raises(OSError, match="No space left"):
        running._record()
    running.seconds = 1.0
    running._record()
    assert capsys.readouterr().err == ("desk: what runs cannot be recorded: [Errno 28] No space left on device\n")


def test_a_desk_goes_on_where_nobody_can_be_told(settings, tmp_path, monkeypatch):
    """Its log on a full disk, or its pipe, ended it with the first of its processes."""
    running = RunningDesk(Installation.from_environment(), State(tmp_path / "var"), {}, wants_demo=False)
    running.supervisor.watch(SimpleNamespace(name="smtp", kind="smtp", process=None, is_running=lambda: False))
    running.state.folder.mkdir(parents=True)

    def full(*_words):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(sys, "stderr", SimpleNamespace(write=full))
    running.supervisor.look()
    (watched,) = running.supervisor.watched
    assert watched.begin_at is not None, "it is started again"


def test_a_desk_goes_on_where_nobody_reads_that_it_is_ready(settings, monkeypatch):
    """`./desk up | grep -m1 ready` ended it with the line that grep was waiting for."""

    def gone(*_words):
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    def supervise(_seconds):
        supervised.append(True)
        return True

    supervised = []
    monkeypatch.setattr(RunningDesk, "_hear_signals", lambda _running: None)
    monkeypatch.setattr(RunningDesk, "_start", lambda running: monkeypatch.setattr(running._ending, "wait", supervise))
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(write=gone))
    assert main(["up"]) == 0
    assert supervised == [True]


@pytest.mark.parametrize(("given", "ends"), [(signal.SIG_DFL, True), (signal.SIG_IGN, False)])
def test_a_terminal_that_goes_ends_a_desk_unless_nohup_has_started_it(settings, tmp_path, monkeypatch, given, ends):
    running = RunningDesk(Installation.from_environment(), State(tmp_path / "var"), {}, wants_demo=False)
    heard = {}
    monkeypatch.setattr(signal, "getsignal", lambda _number: given)
    monkeypatch.setattr(signal, "signal", heard.__setitem__)
    monkeypatch.setattr(running, "_start", running._ending.set)
    assert running.run(is_ready=lambda: None) == 0
    expected = {signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, *([signal.SIGHUP] if ends else [])}
    assert heard == dict.fromkeys(expected, running._end)


def test_end_of_a_desk_whose_disk_has_become_read_only(desk, tmp_path, monkeypatch):
    """It ended in a traceback, and the servers that a killed desk had left went on."""
    State(tmp_path / "var").folder.mkdir(parents=True)
    pid_file = tmp_path / "var" / "postgres" / "data" / "postmaster.pid"
    pid_file.parent.mkdir(parents=True)
    pid_file.touch()

    def refuse(*_args, **_options):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "unlink", refuse)
    assert (desk("down").code, desk("down").out) == (0, ["Nothing runs here."])
    assert pid_file.exists()


def test_mails_are_listed_in_order_and_shown(desk, tmp_path, capsys):
    folder = tmp_path / "var" / "outgoing-mail" / "new"
    assert (desk("mails").code, desk("mails").out) == (0, [f"There are no mails in {folder.parent}."])
    assert json.loads(desk("mails", "--json").out[0]) == {"mails": []}
    for part in ("new", "cur", "tmp"):
        (folder.parent / part).mkdir(parents=True)
    for name, hour, subject in (("b.2@x", 9, "Zweite"), ("a.1@x", 11, "[#26-000001] Reçu")):
        (folder / name).write_bytes(
            f"From: desk@x\nTo: rene@y\nSubject: {subject}\nDate: Mon, 16 Nov 2026 {hour:02}:00:00 +0000\n"
            f"Message-ID: <{name}>\nContent-Type: text/plain; charset=utf-8\n\nBonjour René\n".encode()
        )
    rows = json.loads(desk("mails", "--json").out[0])["mails"]
    assert [(row["id"], row["subject"], row["to"]) for row in rows] == [
        ("b.2@x", "Zweite", "rene@y"), ("a.1@x", "[#26-000001] Reçu", "rene@y")
    ]  # fmt: skip
    shown = json.loads(desk("mails", "a.1", "--json").out[0])
    assert (shown["text"], shown["message_id"], shown["html"]) == ("Bonjour René\n", "<a.1@x>", None)
    carried = (folder / "b.2@x").read_bytes().replace(b"\n", b"\r\n")
    (folder / "b.2@x").write_bytes(carried)
    assert (shown["from"], shown["date"]) == ("desk@x", "2026-11-16T11:00:00+00:00")
    assert main(["mails", "b.2"]) == 0
    assert "\r" not in (text := capsys.readouterr().out)
    assert text.splitlines() == [
        "From: desk@x", "To: rene@y", "Subject: Zweite", "Date: Mon, 16 Nov 2026 09:00:00 +0000",
        "Message-ID: <b.2@x>", "", "Bonjour René", "",
    ]  # fmt: skip
    assert refused(desk("mails", "c"), "No mails begin with c; ./desk mails lists them.")
    assert desk("mails").out[1] == "    2026-11-16T09:00:00+00:00  rene@y  Zweite"


def test_nothing_runs_in_an_empty_folder(desk):
    assert (desk("status").code, desk("status").out) == (1, ["Nothing runs here."])
    assert (desk("down").code, desk("down").out) == (0, ["Nothing runs here."])
    shown = json.loads(desk("status", "--json").out[0])
    assert (shown["running"], shown["left_behind"]) == (False, 0)


def test_nothing_runs_where_no_folder_can_be(desk, settings, tmp_path):
    (tmp_path / "file").touch()
    settings(VAR_DIR=tmp_path / "file" / "var")
    assert (desk("status").code, desk("status").out) == (1, ["Nothing runs here."])
    assert (desk("down").code, desk("down").out) == (0, ["Nothing runs here."])


def test_a_process_is_told_its_own_settings_only(settings, server_url):
    settings(LINK_KEY="x" * 44, SMTP_URL="smtp://relay", PATH="/bin", AMQP_URI="amqp://broker", DATABASE_URL=server_url)
    installation = Installation.from_environment()
    told = {
        process.name: installation.environment_of(process, server_url, "amqp://broker", several=False)
        for process in processes_of(installation.mode)
    }
    assert "SMTP_URL" in told["notifications"] and "SMTP_URL" not in told["tickets"]
    assert told["identity"]["LINK_KEY"] == "x" * 44 and "LINK_KEY" not in told["dispatch"]
    assert "TOKEN_PRIVATE_KEY" in told["identity"] and "TOKEN_PRIVATE_KEY" not in told["inbound"]
    assert "fielddesk_dispatch" in told["dispatch"]["DISPATCH_DATABASE_URL"]
    assert not any("DATABASE_URL" in environment for environment in told.values())
    assert all(environment["PATH"] == "/bin" for environment in told.values())


@pytest.mark.parametrize(
    ("command", "option", "value"),
    [
        ("bench", "tickets", 1),
        ("bench", "mails", 1),
        ("bench", "seconds", 0.1),
        ("chaos", "inputs", 1),
        ("chaos", "kills", 0),
    ],
)
def test_smallest_sizes_are_taken(command, option, value):
    parser = argparse.ArgumentParser()
    commands()[command].add_arguments(parser)
    assert getattr(parser.parse_args([f"--{option}", str(value)]), option) == value
