"""Databases and what is done in them by command: migrations, dead letters, the first administrator."""

import json
import re
from contextlib import closing, contextmanager
from uuid import UUID

import psycopg2
import pytest
from sqlalchemy.exc import OperationalError

from infra.installation import Installation
from infra.processes import SERVICES
from tests.infra.conftest import refused

FACT = UUID("01936b2e-0000-7000-8000-000000000001")


BURY = """
INSERT INTO inbox (listener, event_id, state, source, name, headers, body, error, tries)
VALUES ('ticket_opened', %s, 'dead', 'tickets', 'TicketOpened', '{"version": 1}', '{"number": "26-000001"}',
        E'Traceback\\nKeyError: subject', 5)"""


@contextmanager
def service_connection(settings, service):
    """A connection as one service has it, committed and closed: one left open keeps its role from others."""
    url = Installation(settings).service_url(service, settings["DATABASE_URL"])
    with closing(psycopg2.connect(url)) as connection, connection:
        yield connection


def inbox_of(settings, service):
    """State, tries and whether it is due of the buried fact."""
    with service_connection(settings, service) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT state, tries, next_attempt_at <= now(), in_hand FROM inbox WHERE event_id = %s",
            [str(FACT)],
        )
        return cursor.fetchone()


def bury(settings, *services):
    """Leaves a dead letter in each of these services and nothing in the others' inboxes."""
    for service in SERVICES:
        with service_connection(settings, service) as connection, connection.cursor() as cursor:
            cursor.execute("DELETE FROM inbox")
            if service in services:
                cursor.execute(BURY, [str(FACT)])


def test_migrate_makes_one_database_and_role_per_service_and_is_idempotent(desk, settings, migrated):
    settings(**migrated)
    assert desk("migrate").code == 0
    answer = desk("migrate")
    assert (answer.code, answer.out) == (0, [f"{service}: up to date" for service in SERVICES])
    with service_connection(migrated, "tickets") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_database(), count(*) FROM alembic_version")
        assert cursor.fetchone() == ("fielddesk_tickets", "fielddesk_tickets", 1)
    own = Installation(migrated).service_url("tickets", migrated["DATABASE_URL"])
    stranger = own.removesuffix("fielddesk_tickets") + "fielddesk_identity"
    with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
        psycopg2.connect(stranger)


def test_data_of_a_newer_version_is_left_alone_in_a_sentence(desk, settings, migrated):
    settings(**migrated)
    with service_connection(migrated, "identity") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT version_num FROM alembic_version")
        (present,) = cursor.fetchone()
        cursor.execute("UPDATE alembic_version SET version_num = '9999'")
    try:
        answer = desk("migrate")
    finally:
        with service_connection(migrated, "identity") as connection, connection.cursor() as cursor:
            cursor.execute("UPDATE alembic_version SET version_num = %s", [present])
    said = "The database of identity was used by a newer version (revision 9999). Start that version, or restore a"
    assert refused(answer, f"{said} backup made before it.")


def elsewhere(migrated, tmp_path):
    """Settings of a second installation on the same server: a folder, and so passwords, of its own."""
    return {**migrated, "VAR_DIR": str(tmp_path / "elsewhere")}


def enter(settings, service):
    """Opens and closes a connection as one service has it."""
    with service_connection(settings, service):
        pass


def as_owner(server_url, *statements):
    """Runs statements as the server's owner."""
    with closing(psycopg2.connect(server_url)) as connection:
        connection.autocommit = True
        for statement in statements:
            connection.cursor().execute(statement)


def test_another_installation_does_not_take_the_roles_of_one_at_work(desk, settings, migrated, tmp_path):
    settings(**migrated)
    with service_connection(migrated, "dispatch"):
        settings(**elsewhere(migrated, tmp_path))
        answer = desk("migrate")
        assert (answer.code, answer.out, len(answer.err)) == (1, [], 1)
        assert re.fullmatch(
            r"desk: Somebody works on this server as fielddesk_dispatch, and this installation cannot enter as it "
            r'\([^()]+ password authentication failed for user "fielddesk_dispatch"\); '
            r"stop that desk first, or set VAR_DIR to its folder\.",
            re.sub(r" \([\d.:]+\)", "", answer.err[0]),
        )
        for service in SERVICES:
            enter(migrated, service)


def test_another_folder_takes_over_the_roles_of_an_installation_at_rest(desk, settings, migrated, tmp_path):
    """Whoever has lost the folder of the passwords comes to the data again."""
    settings(**migrated)
    second = elsewhere(migrated, tmp_path)
    settings(**second)
    try:
        assert desk("migrate").out == [f"{service}: up to date" for service in SERVICES]
        enter(second, "dispatch")
        with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
            enter(migrated, "dispatch")
    finally:
        settings(**migrated)
        assert desk("migrate").code == 0


def test_a_role_that_may_not_log_in_is_let_in_again(desk, settings, migrated, server_url):
    settings(**migrated)
    as_owner(server_url, "ALTER ROLE fielddesk_inbound NOLOGIN")
    assert desk("migrate").code == 0
    enter(migrated, "inbound")


def test_an_owner_whose_databases_are_the_services_keeps_the_password(desk, settings, migrated, server_url):
    """One user for everything; the server lists our own connection as his."""
    settings(**migrated)
    own = re.sub(r"/[^/]*$", "/fielddesk_of_owner", server_url)
    settings(TICKETS_DATABASE_URL=own)
    try:
        assert desk("migrate").code == 0
        with closing(psycopg2.connect(own)) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM tickets")
            assert cursor.fetchone() == (0,)
    finally:
        as_owner(server_url, "DROP DATABASE IF EXISTS fielddesk_of_owner")


def test_a_password_with_a_bare_per_cent_opens_the_second_time_too(desk, settings, migrated, server_url):
    settings(**migrated)
    own = Installation(migrated).service_url("inbound", migrated["DATABASE_URL"])
    settings(INBOUND_DATABASE_URL=re.sub(r":[^:@]*@", ":100%sure@", own))
    try:
        for _time in range(2):
            assert desk("migrate").out[-1] == "inbound: up to date"
    finally:
        settings(INBOUND_DATABASE_URL="")
        assert desk("migrate").code == 0
    enter(migrated, "inbound")


@pytest.fixture
def weak_owner(server_url):
    """The server's URL for a user who may make neither roles nor databases."""
    as_owner(server_url, "CREATE ROLE weak_owner LOGIN PASSWORD 'weak'")
    yield re.sub(r"//[^@]*@", "//weak_owner:weak@", server_url)
    as_owner(server_url, "DROP ROLE weak_owner")


def test_an_owner_who_may_not_make_roles_is_told_what_is_missing(desk, settings, migrated, weak_owner, tmp_path):
    settings(**migrated)
    settings(**{**elsewhere(migrated, tmp_path), "DATABASE_URL": weak_owner})
    answer = desk("migrate")
    assert (answer.code, answer.out, len(answer.err)) == (1, [], 1)
    assert re.fullmatch(
        r"desk: The user of DATABASE_URL may not make roles and databases \(permission denied [^)]+\); "
        "give it CREATEROLE and CREATEDB.",
        answer.err[0],
    )
    enter(migrated, "identity")


def test_roles_and_databases_that_are_there_need_no_owner_who_may_make_them(desk, settings, migrated, weak_owner):
    settings(**migrated)
    settings(**{**migrated, "DATABASE_URL": weak_owner})
    assert desk("migrate").out == [f"{service}: up to date" for service in SERVICES]


def test_a_database_that_cannot_be_entered_is_named_with_its_setting(desk, settings, migrated):
    settings(**migrated)
    settings(FIELDWORK_DATABASE_URL="postgresql://fielddesk_fieldwork:secret@127.0.0.1:1/fielddesk_fieldwork")
    try:
        answer = desk("migrate")
    finally:
        settings(FIELDWORK_DATABASE_URL="")
        assert desk("migrate").code == 0
    assert (answer.code, len(answer.err)) == (1, 1)
    assert re.fullmatch(
        r"desk: The database of fieldwork cannot be entered \(.*Connection refused.*\); check FIELDWORK_DATABASE_URL\.",
        answer.err[0],
    )
    assert "secret" not in answer.err[0]


def test_databases_that_cannot_be_made_are_a_sentence(desk, settings, migrated, monkeypatch):
    """A disk that was full at the first start was a traceback."""

    def full(*_):
        raise psycopg2.errors.DiskFull("could not extend file\nHINT:  Check free disk space.\n")

    settings(**migrated)
    monkeypatch.setattr("infra.databases._make", full)
    said = "The databases were not made (could not extend file HINT: Check free disk space.);"
    assert refused(desk("migrate"), f"{said} ./desk migrate goes on.")


def test_a_migration_that_gives_up_says_that_it_goes_on_later(desk, settings, migrated, monkeypatch):
    def busy(*_):
        raise OperationalError("LOCK", {}, psycopg2.errors.LockNotAvailable("canceling statement due to lock timeout"))

    settings(**migrated)
    monkeypatch.setattr("chassis.migrations.upgrade", busy)
    assert desk("migrate").code == 0, "what is up to date is not migrated"
    monkeypatch.setattr("infra.databases._is_current", lambda *_: False)
    said = "The database of identity was not migrated (canceling statement due to lock timeout);"
    assert refused(desk("migrate"), f"{said} ./desk migrate goes on.")


@pytest.mark.parametrize("command", [("migrate",), ("dead-letters", "list"), ("create-admin", "ada@provider.example")])
@pytest.mark.parametrize(
    "url",
    [
        *("postgresql://server/name", "postgresql://u:secret@server:port/name", "tickets.db"),
        "mysql://u:secret@server/name",
    ],
)
def test_a_url_that_cannot_be_read_is_named_without_its_password(desk, settings, migrated, command, url):
    settings(**{**migrated, "IDENTITY_DATABASE_URL": url})
    wants = "it wants postgresql://user:password@host:port/database."
    assert refused(desk(*command), f"IDENTITY_DATABASE_URL cannot be read; {wants}")


@pytest.mark.parametrize("command", [("migrate",), ("dead-letters", "list"), ("create-admin", "ada@provider.example")])
@pytest.mark.parametrize(
    "url",
    [
        *("postgresql://owner:secret%wo@server/postgres", "nonsense", "host=server user=owner password=secret"),
        *("mysql://owner:secret@server/name", "postgresql://owner:secret@[::1/postgres"),
    ],
)
def test_the_servers_url_that_cannot_be_read_is_named_without_its_password(desk, settings, command, url):
    settings(DATABASE_URL=url)
    wants = "wants postgresql://user:password@host:port/database, with a % of the password as %25"
    assert refused(desk(*command), f"DATABASE_URL is wrong ({wants}). See .env.example.")


@pytest.mark.parametrize("command", [("dead-letters", "list"), ("create-admin", "ada@provider.example")])
def test_a_servers_url_that_only_libpq_reads_is_named_without_its_password(desk, settings, command):
    settings(DATABASE_URL="postgresql://owner:secret@one:1,two:2/postgres")
    wants = "it wants postgresql://user:password@host:port/database."
    assert refused(desk(*command), f"DATABASE_URL cannot be read; {wants}")


@pytest.mark.parametrize("spelling", ["postgres://", "postgresql+psycopg2://"])
def test_dead_letters_are_found_however_the_servers_url_is_spelled(desk, settings, migrated, spelling):
    settings(**migrated)
    bury(migrated, "dispatch")
    settings(DATABASE_URL=migrated["DATABASE_URL"].replace("postgresql://", spelling, 1))
    rows = json.loads(desk("dead-letters", "list", "--json").out[0])["dead_letters"]
    assert [(row["service"], row["id"]) for row in rows] == [("dispatch", str(FACT))]


def test_dead_letters_are_listed_and_shown(desk, settings, migrated):
    settings(**migrated)
    bury(migrated, "dispatch", "notifications")
    listed = desk("dead-letters", "list", "--json")
    rows = json.loads(listed.out[0])["dead_letters"]
    assert listed.code == 0
    assert [(row["service"], row["id"], row["name"], row["tries"]) for row in rows] == [
        ("dispatch", str(FACT), "TicketOpened", 5), ("notifications", str(FACT), "TicketOpened", 5)
    ]  # fmt: skip
    shown = desk("dead-letters", "show", str(FACT), "--service", "dispatch")
    assert shown.code == 0
    assert shown.out[0].startswith(f"{FACT}  dispatch: tickets.TicketOpened, 5 tries, ")
    assert shown.out[1:] == ["Traceback", "KeyError: subject", '{"version": 1}', '{"number": "26-000001"}']
    with service_connection(migrated, "dispatch") as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE inbox SET tries = 1")
    listed = desk("dead-letters", "list", "--service", "dispatch")
    assert listed.out[0].startswith(f"{FACT}  dispatch: tickets.TicketOpened, 1 try, ")
    assert listed.out[1:] == ["    KeyError: subject"]
    with service_connection(migrated, "dispatch") as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE inbox SET error = NULL")
    assert desk("dead-letters", "list", "--service", "dispatch").out[1:] == ["    no reason kept"]


@pytest.fixture(params=[(), ("CREATE TABLE inbox (id int)", "CREATE TABLE roles (id int)")], ids=["empty", "older"])
def half_made(request, settings, migrated, server_url):
    """As after a Ctrl-C during the first start, or after an update, before anything has migrated."""
    settings(**migrated)
    as_owner(server_url, "CREATE DATABASE fielddesk_half_made")
    own = re.sub(r"/[^/]*$", "/fielddesk_half_made", server_url)
    as_owner(own, *request.param)
    settings(IDENTITY_DATABASE_URL=own)
    yield
    as_owner(server_url, "DROP DATABASE fielddesk_half_made")


@pytest.mark.parametrize(
    "command",
    [
        ("create-admin", "ada@provider.example"),
        ("dead-letters", "list", "--service", "identity"),
        ("dead-letters", "drop", str(FACT), "--service", "identity"),
    ],
)
def test_databases_of_another_version_are_a_sentence(desk, half_made, command):
    assert refused(desk(*command), "The databases are not those of this version; ./desk migrate brings them there.")


def test_replay_gives_all_tries_again_where_it_is_asked_for(desk, settings, migrated):
    settings(**migrated)
    bury(migrated, "dispatch", "notifications")
    answer = desk("dead-letters", "replay", str(FACT), "--service", "dispatch")
    assert (answer.code, answer.out) == (0, [f"{FACT} replayed in dispatch."])
    # In hand: like everything that may have ended its process, a replay is tried alone.
    assert inbox_of(migrated, "dispatch") == ("retry", 0, True, True)
    assert inbox_of(migrated, "notifications") == ("dead", 5, None, False)


def test_drop_removes_and_an_absent_one_is_refused(desk, settings, migrated):
    settings(**migrated)
    bury(migrated, "dispatch")
    with pytest.raises(SystemExit, match="^2$"):
        desk("dead-letters", "forget", str(FACT))
    assert inbox_of(migrated, "dispatch")[0] == "dead"
    assert desk("dead-letters", "drop", str(FACT), "--json").out == [
        json.dumps({"id": str(FACT), "dropped": {"dispatch": 1}})
    ]
    assert inbox_of(migrated, "dispatch") is None
    none = desk("dead-letters", "list", "--service", "dispatch")
    assert (none.code, none.out) == (0, ["There are no dead letters."])
    for verb in ("show", "replay", "drop"):
        said = f"There is no dead letter {FACT}; ./desk dead-letters list shows them."
        assert refused(desk("dead-letters", verb, str(FACT)), said)
    assert refused(desk("dead-letters", "drop"), "dead-letters drop takes an ID.")


def test_create_admin_makes_one_who_is_refused_twice(desk, settings, migrated):
    settings(**migrated)
    made = desk("create-admin", "ada@provider.example")
    assert made.code == 0
    assert made.out[0] == "ada@provider.example is an administrator."
    assert re.fullmatch(r"password: \S{16}", made.out[1])
    with service_connection(migrated, "identity") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM people WHERE email = 'ada@provider.example'")
        assert cursor.fetchone() == (1,)
    again = desk("create-admin", "ada@provider.example")
    assert (again.code, again.out, len(again.err)) == (1, [], 1)
    assert again.err[0].startswith("desk: ada@provider.example: ")
