"""Statements that are prepared once per connection and then only run."""

import psycopg2
import pytest

from chassis.database import Database
from chassis.prepared import Prepared

TWICE = Prepared("SELECT %(number)s::int + %(number)s::int AS twice, '100 %%' AS share, %(word)s::text AS word")
NEXT = Prepared("SELECT %(number)s::int + 1 AS next")
NAMES = "SELECT name, statement FROM pg_prepared_statements WHERE name LIKE 'fielddesk%%' ORDER BY prepare_time"


@pytest.fixture
def database(server_url):
    """One connection at the most."""
    database = Database(server_url, pool_size=1)
    yield database
    database.close()


def prepared(database):
    """Return what the connection has prepared."""
    return [row.statement.partition(" AS ")[2] for row in database.read(NAMES)]


def test_a_statement_is_prepared_once_and_run_again_and_again(database):
    """With values by name, each as often as it stands there."""
    for number in (1, 2, 3):
        (row,) = database.read(TWICE, number=number, word="it's %s")
        assert row._asdict() == {"twice": 2 * number, "share": "100 %", "word": "it's %s"}
    assert prepared(database) == ["SELECT $1::int + $1::int AS twice, '100 %' AS share, $2::text AS word"]


def test_it_survives_a_transaction_that_is_rolled_back(database):
    """As it does for PostgreSQL."""
    with database.work() as work:
        assert work.one(NEXT, number=1).next == 2
    assert database.read(NEXT, number=2)[0].next == 3
    assert len(prepared(database)) == 1


def test_a_new_connection_prepares_it_anew(database):
    """A dead one takes what it knew with it."""
    assert database.read(NEXT, number=1)[0].next == 2
    other = Database(database.engine.url.render_as_string(hide_password=False), pool_size=1)
    (mine,) = database.read("SELECT pg_backend_pid() AS pid")
    other.read("SELECT pg_terminate_backend(%(pid)s)", pid=mine.pid)
    other.close()
    assert database.read(NEXT, number=2)[0].next == 3
    assert len(prepared(database)) == 1


def test_several_are_one_round_trip(database):
    """The last gives the rows."""
    assert database.read((NEXT, TWICE), number=4, word="a")[0].twice == 8


def test_what_cannot_be_prepared_says_so(database):
    """And leaves the connection usable."""
    with pytest.raises(psycopg2.errors.UndefinedColumn):
        database.read(Prepared("SELECT nothing"))
    assert database.read(NEXT, number=2)[0].next == 3


def test_a_table_that_gets_another_column_is_read_on(database):
    """A migration runs under live connections: what they have prepared is prepared anew."""
    database.read("CREATE TABLE widened (id int); INSERT INTO widened VALUES (1); SELECT 1")
    everything = Prepared("SELECT * FROM widened WHERE id = %(id)s")
    assert database.read(everything, id=1) == [(1,)]
    database.read("ALTER TABLE widened ADD more int; SELECT 1")
    assert database.read(everything, id=1) == [(1, None)]
    database.read("ALTER TABLE widened ADD most int; SELECT 1")
    with database.work() as work, pytest.raises(psycopg2.errors.FeatureNotSupported):
        work.load("SELECT 1")
        work.load(everything, id=1)
    assert database.read(everything, id=1) == [(1, None, None)]
    database.read("DROP TABLE widened; SELECT 1")
