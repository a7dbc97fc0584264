"""The commands where they cannot: one sentence on stderr, and nothing is begun."""

import io
import re
import socket
from contextlib import closing
from unittest.mock import Mock

import psycopg2
import pytest
from amqp.exceptions import AccessRefused

from chassis.bus.rabbit import ownership
from chassis.bus.rabbit.ownership import NotOurs
from infra import demo
from infra.cli.__main__ import main
from infra.installation import Installation
from infra.local.demo_data import DemoData
from infra.local.ports import free_port
from infra.local.running import require_own_broker
from infra.processes import SERVICES
from infra.refusal import Refusal
from services.identity.administration import create_admin
from services.identity.passwords import Passwords
from tests.bus.desk_on_rabbit import forget_installation
from tests.infra.conftest import refused


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


def test_a_user_without_rights_on_the_virtual_host_is_told_how_to_get_them(monkeypatch):
    why = "ACCESS_REFUSED - access to queue 'fielddesk-installation' in vhost 'desk' refused for user 'weak'"
    connection = Mock()
    connection.channel().queue_declare.side_effect = AccessRefused(why)
    monkeypatch.setattr(ownership, "connect", lambda *_: connection)
    with pytest.raises(Refusal) as refusal:
        require_own_broker("amqp://weak:weak@127.0.0.1/desk", "mine", "Put it back.")
    assert str(refusal.value) == (
        f"The broker does not allow the user in AMQP_URI what a desk does there ({why});"
        " rabbitmqctl set_permissions --vhost NAME USER '.*' '.*' '.*' does."
    )
    connection.close.assert_called_once_with()


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


@pytest.mark.parametrize("command", [("dead-letters", "list"), ("create-admin", "ada@provider.example")])
def test_what_needs_a_desk_makes_none_where_there_is_none(desk, settings, tmp_path, monkeypatch, command):
    folder = tmp_path / "empty"
    monkeypatch.setenv("VAR_DIR", str(folder))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    answer = desk(*command)
    assert (answer.code, answer.out) == (1, [])
    assert answer.err == [f"desk: There is no desk in {folder} yet; ./desk up makes one."]
    assert not folder.exists()


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
