"""A server that says nothing: nobody waits for it for ever, and what it was told counts as neither done nor not."""

from time import monotonic

import pytest
from psycopg2.extensions import set_wait_callback

from chassis.bus import green_waiting
from chassis.bus.faults import is_away
from chassis.database import CommitLost, wait_at_most
from chassis.database.waiting import Silent
from chassis.errors import Unavailable
from tests.chassis.given import names, table_of_things, write
from tests.freezing import frozen
from tests.waiting import eventually

#: Seconds that are waited for the server here, and within which it is given up.
PATIENCE, GIVEN_UP = 0.2, 5


@pytest.fixture(params=[wait_at_most, green_waiting.wait_green])
def patience(request, monkeypatch):
    """Wait for the server in either way."""
    monkeypatch.setattr(green_waiting, "LOOK_SECONDS", 0.1)
    request.param(PATIENCE, PATIENCE)
    yield
    set_wait_callback(None)


@pytest.fixture
def database(shared_database):
    """Return a database of one table, with two connections that have been used."""
    with table_of_things(shared_database, connections=2) as database:
        for fairy in [database.checkout() for _ in range(2)]:
            database.release(fairy)
        yield database


def test_a_frozen_server(database, server_url, patience):
    """A COMMIT may be done, as it is here; another statement, another connection are refused; then all goes on."""
    with database.work() as work:
        work.change("INSERT INTO things VALUES ('begun')")
        work.flush()
        with frozen(server_url):
            began = monotonic()
            with pytest.raises(CommitLost):
                write(database, "committed")
            with pytest.raises(Silent) as silence:
                work.load("SELECT 1")
            with pytest.raises(Unavailable) as refusal:
                database.read("SELECT 1")
            assert monotonic() - began < GIVEN_UP
    assert is_away(silence.value)
    assert refusal.value.code == "database_away"
    set_wait_callback(None)
    eventually(lambda: names(database) == ["committed"], what="what the server was told before")
    write(database, "afterwards")
    assert [names(database) for _ in range(2)] == [["afterwards", "committed"]] * 2


def test_a_statement_that_takes_its_time(database, patience):
    """It is as silent as a frozen server, and is not sent again."""
    database.read("CREATE SEQUENCE sent")
    with pytest.raises(Silent):
        database.read("SELECT nextval('sent'), pg_sleep(5)")
    assert database.read("SELECT last_value, is_called FROM sent") == [(1, True)]


def test_a_statement_in_time(database, patience):
    """Whoever waits for it does not wait less than that."""
    assert database.read("SELECT 'there' AS it FROM pg_sleep(0.1)") == [("there",)]
