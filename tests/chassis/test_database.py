"""`Work`: one transaction, gathered or through the session, and connections that never leak a transaction."""

import os
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta

import psycopg2
import pytest
from sqlalchemy import Column, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError

from chassis.actors import Actor
from chassis.bus.client import TIMEOUT_SECONDS
from chassis.bus.faults import is_away
from chassis.contract import Event, fields
from chassis.database import CommitLost, Database, constraint_of
from chassis.errors import Unavailable
from chassis.ids import new_id
from chassis.tables import declarative_base
from tests.chassis.given import emptied, own_database
from tests.waiting import eventually

NOON = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
Base = declarative_base()


class Thing(Base):
    """A row for these tests."""

    __tablename__ = "things"
    id = Column(Uuid, primary_key=True)
    name = Column(Text, nullable=False, default="unnamed")
    extra = Column(JSONB)


class ThingHappened(Event, source="things"):
    """A fact for these tests."""

    thing_id = fields.UUID(required=True)


@pytest.fixture(scope="module")
def made(server_url):
    """A database with the tables."""
    with own_database(server_url, "database") as database:
        Base.metadata.create_all(database.engine)
        yield database


@pytest.fixture
def database(made):
    """The database, empty, with one connection at the most, so that a leaked transaction is met again."""
    with emptied(made, "things", "outbox", connections=1) as database:
        yield database


def names(database):
    """Return the names of all things, sorted."""
    return [row.name for row in database.read("SELECT name FROM things ORDER BY name")]


def end_all_connections(database):
    """End every connection to the database from the server's side, and wait until they are."""
    other = psycopg2.connect(database.engine.url.render_as_string(hide_password=False).replace("+psycopg2", ""))
    other.autocommit = True
    other.cursor().execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    other.close()


def test_a_change_and_its_fact_are_committed_together(database):
    """Rows, statements and facts are gathered and there after the commit."""
    heard = []
    database.told = heard.extend
    thing_id = new_id()
    actor = Actor(person_id=new_id(), name="Ada")
    with database.work(actor=actor, correlation_id="c-1") as work:
        assert work.one("SELECT %(word)s AS word, '100 %%' AS share", word="a") == ("a", "100 %")
        work.add(Thing(id=thing_id, extra={"list": [1]}))
        work.change("UPDATE things SET name = %(name)s WHERE id = %(id)s", name="50 %", id=thing_id)
        work.tell(ThingHappened, thing_id=thing_id, version=3)
        work.commit()
    assert database.read("SELECT id, name, extra FROM things") == [(thing_id, "50 %", {"list": [1]})]
    assert database.read("SELECT name, payload, actor, version, correlation_id FROM outbox") == [
        ("ThingHappened", {"thing_id": str(thing_id)}, actor.as_fact(), 3, "c-1")
    ]
    assert heard == ["ThingHappened"]


def test_without_commit_nothing_stays_and_the_connection_is_clean(database):
    """Leaving a `Work`, however, rolls back; the same connection is then reused in no transaction."""
    with database.work() as work:
        work.session.add(Thing(id=new_id(), name="through the session"))
        work.session.flush()
    with pytest.raises(ZeroDivisionError), database.work() as work:
        work.load("INSERT INTO things (id, name) VALUES (%(id)s, 'by text') RETURNING id", id=new_id())
        raise ZeroDivisionError
    with pytest.raises(psycopg2.errors.SyntaxError), database.work() as work:
        work.load("SELEKT 1")
    assert names(database) == []
    assert database.read("SELECT count(*) FROM outbox") == [(0,)]


def test_the_session_keeps_the_order_of_what_was_gathered(database):
    """Rows gathered before the session's first use are there for it."""
    thing_id = new_id()
    with database.work() as work:
        work.add(Thing(id=thing_id, name="first"))
        assert work.session.get(Thing, thing_id).name == "first"
        work.session.get(Thing, thing_id).name = "second"
        work.change("UPDATE things SET name = name || ' and third' WHERE id = %(id)s", id=thing_id)
        work.commit()
    assert names(database) == ["second and third"]


def test_what_is_sent_ahead_begins_another_action(database):
    """It comes after all that was gathered, and the next action has a session of its own."""
    first, second = new_id(), new_id()
    with database.work() as work:
        work.send_ahead("INSERT INTO things (id, name) VALUES (%(id)s, 'ahead')", id=first)
        thing = work.session.get(Thing, first)
        thing.name = "changed"
        work.send_ahead("INSERT INTO things (id, name) SELECT %(id)s, name || ' and copied' FROM things", id=second)
        assert work.session.get(Thing, first) is not thing
        assert work.session.get(Thing, second).name == "changed and copied"
        work.commit()
    assert names(database) == ["changed", "changed and copied"]


def test_a_fact_that_breaks_its_contract_is_refused_within_the_transaction(database):
    """Neither unknown nor missing nor ill-typed fields are told."""
    with database.work() as work:
        for payload in ({}, {"thing_id": "no uuid"}, {"thing_id": new_id(), "more": 1}):
            with pytest.raises(ValueError, match="ThingHappened does not keep its contract"):
                work.tell(ThingHappened, **payload)
        work.commit()
    assert database.read("SELECT count(*) FROM outbox") == [(0,)]


def test_a_dead_connection_is_replaced_before_the_first_statement_only(database):
    """A restart of the server is not noticed by reads and fresh transactions; a begun one fails."""
    database.read("SELECT 1")
    end_all_connections(database)
    assert database.read("SELECT 2 AS two") == [(2,)]
    end_all_connections(database)
    with database.work() as work:
        work.add(Thing(id=new_id(), name="written once"))
        work.commit()
    with pytest.raises(CommitLost), database.work() as work:
        work.load("SELECT 1")
        work.add(Thing(id=new_id(), name="never written"))
        end_all_connections(database)
        work.commit()
    assert names(database) == ["written once"]


def test_a_database_that_is_away_is_unavailable():
    """Nothing listens on port 1."""
    away = Database("postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(Unavailable) as refusal:
        away.read("SELECT 1")
    assert refusal.value.code == "database_away"


def test_a_database_whose_connections_are_all_taken_is_one_that_is_away(database):
    """Whoever waited in vain for one may repeat; it is no fault of what they asked."""
    url = database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with closing(Database(url, 1)) as small, small.work() as work:
        small.engine.pool._timeout = 0.01
        work.load("SELECT 1")
        with pytest.raises(Unavailable) as refusal:
            small.read("SELECT 1")
    assert (refusal.value.code, is_away(refusal.value)) == ("database_away", True)


def test_constraints_are_named_by_either_path(database):
    """`constraint_of` reads psycopg2's and SQLAlchemy's errors."""
    thing_id = new_id()
    database.read("INSERT INTO things (id, name) VALUES (%(id)s, 'once') RETURNING 1", id=thing_id)
    with database.work() as work:
        work.add(Thing(id=thing_id, name="twice"))
        with pytest.raises(psycopg2.errors.UniqueViolation) as by_text:
            work.commit()
    with database.work() as work, pytest.raises(IntegrityError) as by_session:
        work.session.add(Thing(id=thing_id, name="twice"))
        work.commit()
    assert constraint_of(by_text.value) == constraint_of(by_session.value) == "pk_things"
    assert constraint_of(ValueError()) is None


def test_an_error_names_no_values(database):
    """Errors are logged whole, and what people wrote is none of the log's business."""
    thing_id = new_id()
    with database.work() as work:
        work.session.add(Thing(id=thing_id, name="canary"))
        work.session.flush()
        with pytest.raises(IntegrityError) as error:
            work.session.execute(Thing.__table__.insert().values(id=thing_id, name="canary"))
    assert "canary" not in str(error.value)


def test_facts_of_one_transaction_have_the_order_in_which_they_were_told(database):
    """Their instants differ by a microsecond, so that a history is in order whoever hears which one first."""
    with database.work(now=NOON) as work:
        for _ in range(3):
            work.tell(ThingHappened, thing_id=new_id())
        work.commit()
    rows = database.read("SELECT occurred_at FROM outbox ORDER BY id")
    assert [(row.occurred_at - NOON) / timedelta(microseconds=1) for row in rows] == [0, 1, 2]


def test_several_statements_read_at_once_see_one_moment(database):
    """What another connection commits between the two is in neither."""
    url = database.engine.url.set(drivername="postgresql").render_as_string(False)
    waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'advisory' AND datname = current_database()"
    with ThreadPoolExecutor() as pool, closing(psycopg2.connect(url)) as other, other.cursor() as cursor:
        other.autocommit = True
        cursor.execute("SELECT pg_advisory_lock(1)")
        waits = "SELECT pg_advisory_lock_shared(1), pg_advisory_unlock_shared(1)"
        reading = pool.submit(database.read, (waits, "SELECT count(*) FROM things"))
        eventually(lambda: cursor.execute(waiting) or cursor.fetchone(), what="the wait of the first statement")
        cursor.execute("INSERT INTO things (id, name) VALUES (%s, 'meanwhile')", (str(new_id()),))
        cursor.execute("SELECT pg_advisory_unlock(1)")
        assert reading.result() == [(0,)]
    assert database.read("SELECT count(*) FROM things") == [(1,)]


def test_the_connection_used_last_is_used_next(database):
    """Whoever asks alone is answered by one server process, whose caches stay warm."""
    with closing(Database(database.engine.url.set(drivername="postgresql").render_as_string(False), 3)) as several:
        held = [several.checkout() for _ in range(3)]
        for fairy in held:
            several.release(fairy)
        last = several.read("SELECT pg_backend_pid() AS server")
        assert [several.read("SELECT pg_backend_pid() AS server") for _ in range(3)] == [last] * 3


def test_a_database_without_disk_is_one_that_is_away(database):
    """Calls are answered 503, and facts are held until there is room."""
    full = "DO $$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full'; END $$"
    with pytest.raises(psycopg2.OperationalError) as refusal:
        database.read(full)
    assert is_away(refusal.value)


def test_a_server_whose_network_is_gone_is_waited_for_no_longer_than_callers_wait(database):
    """What was sent and acknowledged by nothing ends the connection; libpq alone would wait a quarter of an hour."""
    fairy = database.checkout()
    with socket.socket(fileno=os.dup(fairy.dbapi_connection.fileno())) as connection:
        patience = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
    database.release(fairy)
    assert patience == TIMEOUT_SECONDS * 1000
