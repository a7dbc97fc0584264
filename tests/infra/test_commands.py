"""The commands: what they do, and one sentence on stderr where they cannot."""

import argparse
import errno
import io
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from contextlib import closing, contextmanager
from types import SimpleNamespace

import psutil
import psycopg2
import pytest

from chassis.bus.rabbit.ownership import NotOurs
from infra import demo
from infra.cli import test as test_command
from infra.cli.__main__ import commands, main
from infra.cli.demo_data import DemoData
from infra.cli.ending import end, has_ended
from infra.cli.ports import free_port
from infra.cli.running import RunningDesk, require_own_broker
from infra.cli.state import State
from infra.cli.test import ON_BROKER, ON_STRACE, reach
from infra.installation import Installation, overlap
from infra.processes import SERVICES, processes_of
from infra.refusal import Refusal
from services.identity.administration import create_admin
from services.identity.passwords import Passwords
from tests.bus.desk_on_rabbit import forget_installation
from tests.infra.conftest import ROOT, refused
from tests.waiting import eventually


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


def test_unknown_command_is_named(desk):
    answer = desk("teardown")
    assert (answer.code, answer.err) == (2, ["desk: there is no command 'teardown'; ./desk help lists them."])
    assert desk("terminal").code == 2


#: What Python makes of a byte that is no UTF-8, as of a terminal or file in Latin-1.
NO_TEXT = b"\xe9".decode(errors="surrogateescape")


@pytest.mark.parametrize(
    "arguments",
    [
        ["create-admin", "ada@provider.example", "--name", NO_TEXT],
        ["create-admin", NO_TEXT],
        ["dead-letters", "replay", NO_TEXT],
        ["mails", NO_TEXT],
        ["test", NO_TEXT],
        [NO_TEXT],
    ],
)
def test_arguments_that_are_no_text_are_a_sentence(desk, tmp_path, arguments):
    assert refused(desk(*arguments), "The arguments are not text in UTF-8.")
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize("errors", ["strict", "surrogateescape"])
def test_password_that_is_no_text_is_a_sentence(desk, tmp_path, monkeypatch, errors):
    """Python reads stdin in the one way or the other, as the locale is."""
    typed = io.TextIOWrapper(io.BytesIO(b"p\xe9ssword123\n"), encoding="utf-8", errors=errors)
    monkeypatch.setattr("sys.stdin", typed)
    answer = desk("create-admin", "ada@provider.example", "--password-stdin")
    assert refused(answer, "The password on stdin is not text in UTF-8.")
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize("name", ["HTTP_PORT", "SMTP_PORT"])
def test_port_in_use_is_a_sentence_before_anything_is_started(desk, settings, tmp_path, name):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings(HTTP_PORT=free_port(), SMTP_PORT=free_port())
        settings(**{name: port})
        answer = desk("up", "--no-demo")
    assert refused(answer, f"Port {port} is in use; free it or set {name} to another one.")
    assert not (tmp_path / "var" / "postgres").exists()


@pytest.mark.parametrize("hosts", [{}, {"HTTP_HOST": "0.0.0.0"}, {"SMTP_HOST": "localhost"}], ids=str)
def test_one_port_for_two_servers_is_a_sentence_before_anything_is_started(desk, settings, tmp_path, hosts):
    """Whichever came second would not start."""
    port = free_port()
    settings(HTTP_PORT=port, SMTP_PORT=port, **hosts)
    answer = desk("up", "--no-demo")
    assert refused(answer, f"HTTP_PORT and SMTP_PORT are both {port}; set one of them to another port.")
    assert not (tmp_path / "var" / "postgres").exists()


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


def test_database_away_is_a_sentence(desk, settings):
    settings(
        HTTP_PORT=free_port(),
        SMTP_PORT=free_port(),
        DATABASE_URL=f"postgresql://owner@127.0.0.1:{free_port()}/postgres",
    )
    for command in (("up", "--no-demo"), ("migrate",), ("dead-letters", "list")):
        answer = desk(*command)
        assert (answer.code, answer.out, len(answer.err)) == (1, [], 1)
        assert re.fullmatch(r"desk: The database is away: .*Connection refused.*", answer.err[0])


def test_broker_away_is_a_sentence(desk, settings):
    port = free_port()
    settings(HTTP_PORT=free_port(), SMTP_PORT=free_port(), AMQP_URI=f"amqp://127.0.0.1:{port}")
    said = f"The broker is away: nothing speaks AMQP at 127.0.0.1:{port} (AMQP_URI)."
    assert refused(desk("up", "--no-demo"), said)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"HTTP_PORT": "80a"}, "HTTP_PORT is wrong (wants a number from 1 to 65535). See .env.example."),
        ({"SMTP_PORT": "70000"}, "SMTP_PORT is wrong (wants a number from 1 to 65535). See .env.example."),
        ({"DB_POOL_SIZE": "0"}, "DB_POOL_SIZE is wrong (wants a number from 1 to 1000). See .env.example."),
        ({"HTTP_PORT": "0", "SMTP_PORT": "-1", "DB_POOL_SIZE": "9" * 5000, "AMQP_URI": "amqp://h:x",
          "LOG_LEVEL": "LOUD"},
         "HTTP_PORT is wrong (wants a number from 1 to 65535); SMTP_PORT is wrong (wants a number from 1 to 65535); "
         "DB_POOL_SIZE is wrong (wants a number from 1 to 1000); "
         "AMQP_URI is wrong (wants amqp://user:password@host:port/vhost, or amqps://); "
         "LOG_LEVEL is wrong (wants DEBUG, INFO, WARNING or ERROR). See .env.example."),
        ({"SMTP_URL": "relay.example", "LOG_LEVEL": "LOUD"},
         "LOG_LEVEL is wrong (wants DEBUG, INFO, WARNING or ERROR); "
         "SMTP_URL is wrong (wants smtp://host:port or smtps://). See .env.example."),
        ({"AMQP_URI": "http://127.0.0.1:1/x"},
         "AMQP_URI is wrong (wants amqp://user:password@host:port/vhost, or amqps://). See .env.example."),
        ({"AMQP_URI": "amqp://127.0.0.1:abc/x"},
         "AMQP_URI is wrong (wants amqp://user:password@host:port/vhost, or amqps://). See .env.example."),
    ],
)  # fmt: skip
def test_wrong_settings_are_named(desk, settings, server_url, tmp_path, values, sentence):
    """All of them together, before anything is begun."""
    settings(HTTP_PORT=free_port(), SMTP_PORT=free_port(), DATABASE_URL=server_url)
    settings(**values)
    assert refused(desk("up", "--no-demo"), sentence)
    assert not (tmp_path / "var").exists()


def test_wrong_ports_of_the_command_line_are_named_with_the_rest(desk, settings):
    settings(MAIL_DOMAIN="@bad")
    assert refused(
        desk("up", "--no-demo", "--http-port", "80a", "--smtp-port", "0"),
        "HTTP_PORT is wrong (wants a number from 1 to 65535); SMTP_PORT is wrong (wants a number from 1 to 65535); "
        "MAIL_DOMAIN is wrong (wants a domain such as desk.example). See .env.example.",
    )


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("wrong", "why"),
    [(":elsewhere@", "ACCESS_REFUSED - Login was refused"), ("/nosuch", "NOT_ALLOWED - vhost nosuch not found")],
)
def test_a_broker_that_refuses_us_is_a_sentence(desk, settings, broker, wrong, why):
    uri = broker.uri
    uri = uri.rpartition("/")[0] + wrong if wrong.startswith("/") else re.sub(r":[^:@/]+@", wrong, uri)
    settings(HTTP_PORT=free_port(), SMTP_PORT=free_port(), AMQP_URI=uri)
    answer = desk("up", "--no-demo")
    assert (answer.code, answer.out, len(answer.err)) == (1, [], 1)
    assert answer.err[0].startswith(f"desk: The broker at 127.0.0.1:{broker.node['port']} refuses us: {why}")
    assert answer.err[0].endswith("(AMQP_URI).") and "elsewhere" not in answer.err[0]


@pytest.mark.timeout(120)
def test_a_broker_of_another_installation_is_refused_before_anything_is_made(desk, settings, broker, tmp_path):
    """And one of our own that knows another key, with what helps there."""
    forget_installation(broker.uri)
    require_own_broker(broker.uri, "another")
    settings(HTTP_PORT=free_port(), SMTP_PORT=free_port(), AMQP_URI=broker.uri)
    assert refused(desk("up", "--no-demo"), str(NotOurs()))
    assert not (tmp_path / "var" / "postgres").exists()
    with pytest.raises(Refusal, match=r"^Put it back\.$"):
        require_own_broker(broker.uri, "mine", "Put it back.")
    forget_installation(broker.uri)


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


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--scale", "tickets=2"],
         "--scale needs every service in a process of its own: add --broker or set AMQP_URI."),
        (["--broker", "--scale", "gateway=2"],
         f"--scale gateway=2: one of {', '.join(SERVICES)} is needed before the sign =."),
        (["--broker", "--scale", "tickets=0"],
         "--scale tickets=0: a number from 1 to 100 is needed after the sign =."),
    ],
)  # fmt: skip
def test_scale_that_cannot_be_is_refused(desk, settings, arguments, sentence):
    assert refused(desk("up", "--no-demo", *arguments), sentence)


def test_demo_logins_stay_on_loopback(desk, settings):
    settings(HTTP_PORT=free_port(), SMTP_PORT=free_port(), HTTP_HOST="0.0.0.0")
    answer = desk("up")
    assert answer.code == 1
    assert answer.err[0].startswith("desk: Everybody knows the demo logins' password")


def test_demo_logins_stay_on_loopback_whichever_folder_loaded_them(desk, settings, migrated):
    """With DATABASE_URL they are in the database; the advice to take a new VAR_DIR opened them to the network."""
    settings(**migrated)
    url = Installation(migrated).service_url("identity", migrated["DATABASE_URL"])
    email = f"admin@{demo.DOMAIN}"
    create_admin(url, email, "Ada Admin", demo.PASSWORD)
    settings(HTTP_PORT=free_port(), SMTP_PORT=free_port(), HTTP_HOST="0.0.0.0")
    try:
        answer = desk("up", "--no-demo")
        assert (answer.code, answer.out) == (1, [])
        assert answer.err[0].startswith("desk: Everybody knows the demo logins' password")
        opened = DemoData(Installation.from_environment(), is_wanted=False)
        with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
            cursor.execute("UPDATE people SET password_hash = %s", [Passwords().hash("another password")])
        opened.refuse_known_logins(url)
    finally:
        with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
            cursor.execute("DELETE FROM people_roles; DELETE FROM people")


@pytest.mark.parametrize("host", ["10.99.99.99", "no.such.host.invalid"])
@pytest.mark.parametrize("name", ["HTTP_HOST", "SMTP_HOST"])
def test_an_interface_that_is_none_of_ours_is_a_sentence(desk, settings, name, host):
    settings(HTTP_PORT=free_port(), SMTP_PORT=free_port(), **{name: host})
    assert refused(desk("up", "--no-demo"), f"{name} is '{host}', which is no address of this machine.")


def test_more_connections_than_the_server_allows_are_refused(desk, settings, migrated):
    settings(HTTP_PORT=free_port(), SMTP_PORT=free_port(), DB_POOL_SIZE=60, **migrated)
    answer = desk("up", "--no-demo")
    assert refused(
        answer,
        "The processes may open 378 database connections and 10 are kept free, but the server allows 300; "
        "scale less, lower DB_POOL_SIZE or raise max_connections.",
    )


def test_fresh_keeps_its_hands_off_a_server_that_is_not_ours(desk, settings, migrated):
    settings(**migrated)
    assert refused(
        desk("up", "--fresh", "--no-demo"),
        "--fresh removes only data of this folder; with DATABASE_URL, drop the databases yourself.",
    )


def test_mails_are_listed_in_order_and_shown(desk, tmp_path, capsys):
    folder = tmp_path / "var" / "outgoing-mail" / "new"
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
    main(["mails", "b.2"])
    assert "\r" not in capsys.readouterr().out
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


@pytest.mark.parametrize("command", [("dead-letters", "list"), ("create-admin", "ada@provider.example")])
def test_what_needs_a_desk_makes_none_where_there_is_none(desk, settings, tmp_path, monkeypatch, command):
    folder = tmp_path / "empty"
    monkeypatch.setenv("VAR_DIR", str(folder))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    answer = desk(*command)
    assert (answer.code, answer.out) == (1, [])
    assert answer.err == [f"desk: There is no desk in {folder} yet; ./desk up makes one."]
    assert not folder.exists()


@contextmanager
def closed(*folders):
    """Folders that nobody may look into; root, who may look everywhere, is somebody else meanwhile."""
    user = os.geteuid()
    for folder in folders:
        folder.chmod(0)
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)
        for folder in folders:
            folder.chmod(0o700)


@pytest.mark.parametrize(
    "command", [["status"], ["down"], ["create-admin", "ada@provider.example"], ["dead-letters", "list"], ["mails"]]
)
def test_desk_of_another_user_is_said_to_be_one(settings, tmp_path, command):
    """`status` said that nothing runs, others that the desk is just starting."""
    name, *arguments = command
    module, parser = commands()[name], argparse.ArgumentParser()
    module.add_arguments(parser)
    args = parser.parse_args(arguments)
    state, mails = State(tmp_path / "var"), tmp_path / "var" / "outgoing-mail"
    (mails / "new").mkdir(parents=True)
    with state.held():
        state.write({"pid": 1})
        with closed(state.folder, mails), pytest.raises(Refusal) as refusal:
            module.run(args)
        assert state.read() == {"pid": 1}
    said = f"The desk in {tmp_path}/var belongs to another user; set VAR_DIR to a folder of yours."
    assert str(refusal.value) == said


def test_lock_that_another_user_may_hold_is_not_taken(settings, tmp_path):
    state = State(tmp_path / "var")
    with state.held():
        pass
    with closed(state.folder), pytest.raises(Refusal, match=r"belongs to another user"), state.held():
        pytest.fail("it was taken")


def test_var_dir_that_cannot_be_used_is_a_sentence(desk, settings, tmp_path):
    (tmp_path / "file").write_text("")
    settings(VAR_DIR=tmp_path / "file" / "var", HTTP_PORT=free_port(), SMTP_PORT=free_port())
    answer = desk("up", "--no-demo")
    assert (answer.code, len(answer.err)) == (1, 1)
    assert answer.err[0].endswith("; set VAR_DIR to a folder of yours.")


def test_var_dir_is_closed_to_others(settings, tmp_path):
    Installation.from_environment().make_var_dir()
    assert stat.S_IMODE((tmp_path / "var").stat().st_mode) == (0o711 if os.geteuid() == 0 else 0o700)


def test_a_process_is_told_its_own_settings_only(settings, migrated):
    settings(LINK_KEY="x" * 44, SMTP_URL="smtp://relay", PATH="/bin", AMQP_URI="amqp://broker", **migrated)
    installation = Installation.from_environment()
    told = {
        process.name: installation.environment_of(process, migrated["DATABASE_URL"], "amqp://broker", several=False)
        for process in processes_of(installation.mode)
    }
    assert "SMTP_URL" in told["notifications"] and "SMTP_URL" not in told["tickets"]
    assert told["identity"]["LINK_KEY"] == "x" * 44 and "LINK_KEY" not in told["dispatch"]
    assert "TOKEN_PRIVATE_KEY" in told["identity"] and "TOKEN_PRIVATE_KEY" not in told["inbound"]
    assert "fielddesk_dispatch" in told["dispatch"]["DISPATCH_DATABASE_URL"]
    assert not any("DATABASE_URL" in environment for environment in told.values())
    assert all(environment["PATH"] == "/bin" for environment in told.values())


@pytest.mark.parametrize(
    ("arguments", "broker", "strace"),
    [
        (["tests"], True, True), (["-k", "clock"], True, True), (["tests/bus"], True, False),
        (["tests/unit", "tests/bus"], True, False), (["tests/e2e/test_main_job.py::test_x"], True, False),
        (["tests/chaos"], True, False), (["tests/unit", "-q", "tests/infra"], True, False),
        (["tests/unit"], False, False),
        (["tests/unit", "-q", "tests/contracts"], False, False),
        (["tests/inbound_smtp/test_sync_order.py"], False, True),
    ],
)  # fmt: skip
def test_what_tests_need_is_installed_for_those_that_need_it(arguments, broker, strace):
    assert (reach(arguments, ON_BROKER), reach(arguments, ON_STRACE)) == (broker, strace)


@pytest.mark.parametrize(
    ("command", "option", "value", "wants"),
    [
        *(("bench", option, value, "a whole number from 1 to 999999999")
          for option in ("--tickets", "--mails") for value in ("-1", "0", "1.5", "9" * 5000)),
        *(("bench", "--seconds", value, "a number above 0") for value in ("-1", "0", "nan", "inf", "soon")),
        *(("chaos", "--inputs", value, "a whole number from 1 to 999999999") for value in ("-1", "0")),
        ("chaos", "--kills", "-1", "a whole number from 0 to 999999999"),
    ],
)  # fmt: skip
def test_sizes_that_make_no_sense_are_refused_before_a_desk_is_started(
    settings, monkeypatch, capsys, command, option, value, wants
):
    monkeypatch.setattr(f"infra.cli.{command}.TrialDesk", lambda *_: pytest.fail("a desk was made"))
    with pytest.raises(SystemExit) as ended:
        main([command, option, value])
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (2, "")
    assert said.err.endswith(f"./desk {command}: error: argument {option}: wants {wants}\n")


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


class NoServer:
    """A PostgreSQL that is none."""

    def start(self):
        """Start nothing."""
        return "postgresql://nowhere/"

    def stop(self):
        """Stop nothing."""


@pytest.fixture
def testing(desk, monkeypatch):
    """Return a function that runs `./desk test` with a pytest that takes so many seconds and does nothing.

    :param installing: what installing strace takes.
    """
    clock = [100.0]

    def test(*arguments, seconds=0, installing=0):
        monkeypatch.setenv("DESK_INSTALL_SECONDS", "2")
        monkeypatch.setattr(test_command, "time", SimpleNamespace(monotonic=lambda: clock[0]))
        monkeypatch.setattr(test_command, "Postgres", NoServer)
        monkeypatch.setattr(test_command, "run_lanes", lambda *_: passes(seconds) or 0)
        monkeypatch.setattr(test_command, "install", lambda *_what, **_how: passes(installing))
        return desk("test", *arguments)

    def passes(seconds):
        clock[0] += seconds

    return test


def test_strace_is_installed_before_the_tests_and_not_counted_as_one(testing, monkeypatch):
    monkeypatch.setattr(test_command.shutil, "which", lambda name: None if name == "strace" else name)
    monkeypatch.setattr(test_command, "may_install", lambda: True)
    answer = testing("tests/inbound_smtp", seconds=40, installing=7)
    assert (answer.code, answer.out) == (0, ["installs 9 s, tests 40 s"])
    assert answer.err == ["desk: installing strace from the system's packages, once ..."]


def test_tests_that_need_strace_are_refused_where_it_cannot_be_had(testing, monkeypatch):
    monkeypatch.setattr(test_command.shutil, "which", lambda _name: None)
    answer = testing("tests/inbound_smtp")
    assert refused(answer, "strace is missing: install it (Debian: apt-get install strace).")


def test_tests_that_are_refused_leave_nothing(desk, monkeypatch, tmp_path):
    """No folder of a server that never began."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(test_command.shutil, "which", lambda _name: None)
    assert desk("test", "tests/inbound_smtp").code == 1
    assert list(tmp_path.iterdir()) == []


def test_tests_that_are_told_to_end_leave_nothing(desk_process, monkeypatch, tmp_path):
    """Neither their PostgreSQL nor its folder."""
    folder, begun = tmp_path / "temporary", tmp_path / "begun"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    endless = tmp_path / "test_endless.py"
    words = f"    open({str(begun)!r}, 'w').close()\n    threading.Event().wait()\n"
    endless.write_text(f"import threading\n\n\ndef test_endless():\n{words}")
    process = desk_process("test", str(endless), "-p", "no:cacheprovider", begin=True)
    eventually(begun.exists, within=60, what="the test")
    programs = psutil.Process(process.pid).children(recursive=True)
    process.terminate()
    assert process.wait(60) == 130
    assert [program for program in programs if not has_ended(program)] == []
    assert list(folder.iterdir()) == []


#: Runs `./desk test` with a server that only says when it is stopped.
TEST_BESIDE_A_SERVER = """
import sys
from infra.cli import test
from infra.cli.__main__ import main

class Server:
    def start(self):
        return "postgresql://nowhere/"

    def stop(self):
        print("the server is stopped", flush=True)

test.Postgres, test.require_server, test.require_strace = Server, lambda: None, lambda: None
sys.exit(main(["test", *sys.argv[1:]]))
"""
#: A test with something to put away, which waits to be interrupted.
WAITING_TEST = """
import pathlib, threading, pytest

@pytest.fixture
def begun():
    pathlib.Path({0!r}, "begun").touch()
    yield
    pathlib.Path({0!r}, "put-away").touch()

def test_that_waits(begun):
    threading.Event().wait(60)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_the_tests_with_all_that_they_have_started(tmp_path, number):
    """With what fixtures had begun, too, such as a broker."""
    (tmp_path / "test_waiting.py").write_text(WAITING_TEST.format(str(tmp_path)))
    command = [sys.executable, "-c", TEST_BESIDE_A_SERVER, tmp_path / "test_waiting.py", "-p", "no:cacheprovider"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    begun = [psutil.Process(process.pid)]
    try:
        eventually((tmp_path / "begun").exists, what="the test that waits")
        begun += begun[0].children()
        process.send_signal(number)
        out = process.communicate(timeout=30)[0]
        assert has_ended(begun[1])
    finally:
        end(begun, (signal.SIGKILL,))
    assert (process.returncode, out.splitlines()[-1]) == (130, "the server is stopped")
    assert (tmp_path / "put-away").exists()


@pytest.mark.parametrize(("seconds", "is_said"), [(360, False), (361, True)])
def test_tests_that_take_longer_than_they_may_are_a_sentence(testing, seconds, is_said):
    answer = testing("tests/unit", seconds=seconds)
    words = ["desk: the tests took longer than the 360 s that they may take on two quiet cores."]
    assert (answer.code, answer.out) == (0, [f"installs 2 s, tests {seconds} s"])
    assert answer.err == (words if is_said else [])
