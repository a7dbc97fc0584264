"""Whole transactions in one text: sent once, on a connection that is alive, whatever becomes of it meanwhile."""

import select
import socket
from contextlib import closing, suppress
from threading import Thread

import pytest

from chassis.database import CommitLost, Database, connections
from chassis.errors import Unavailable
from chassis.prepared import Prepared
from tests.chassis.given import names, table_of_things, write
from tests.waiting import eventually

ALL_NAMES = Prepared("SELECT * FROM things")


class Line:
    """Passes on what clients and the server say; `said` is what clients have said.

    `breaks` is `None`, or when a connection breaks on which a COMMIT is said: `before` it is passed on, or `after`,
    when the server has done it and its answer is on the way.
    """

    def __init__(self, server):
        self.said = []
        self.breaks = None
        self._server = server
        self._dropped = set()
        self._open = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        Thread(target=self._accept, daemon=True).start()

    def drop(self):
        """Have something between forget all connections; nobody is told before they say something."""
        self._dropped |= self._open

    def close(self):
        """Take no further connections."""
        with suppress(OSError):
            # Closing alone would leave the accept under way to take one more.
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def is_quiet(self):
        """Whether no connection is open."""
        return not self._open

    def _accept(self):
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._open.add(client)
                Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client):
        with client, socket.create_connection(self._server) as server, suppress(OSError):
            goes_on = True
            while goes_on:
                ready, _, _ = select.select([client, server], [], [])
                goes_on = self._ask(client, server) if client in ready else self._answer(server, client)
        self._open.remove(client)

    def _ask(self, client, server):
        text = client.recv(65536)
        breaks = self.breaks if b"COMMIT" in text else None
        if not text or client in self._dropped or breaks == "before":
            return False
        self.said.append(text)
        server.sendall(text)
        return not (breaks and server.recv(65536))

    def _answer(self, server, client):
        text = server.recv(65536)
        client.sendall(text)
        return bool(text)


@pytest.fixture
def direct(shared_database):
    """Return a database of one table, asked without the line."""
    with table_of_things(shared_database) as database:
        yield database


@pytest.fixture
def line(direct):
    """Return the line to the server."""
    with closing(Line((direct.engine.url.host, direct.engine.url.port))) as line:
        yield line


@pytest.fixture
def database(direct, line):
    """Return the database behind the line, with a connection that has been used."""
    url = direct.engine.url.set(drivername="postgresql", host="127.0.0.1", port=line.port)
    url = url.update_query_dict({"sslmode": "disable"})
    with closing(Database(url.render_as_string(hide_password=False))) as database:
        database.read(ALL_NAMES)
        line.said.clear()
        yield database


@pytest.fixture
def rested(monkeypatch):
    """Have every pooled connection have rested."""
    monkeypatch.setattr(connections, "RESTED_SECONDS", 0)


@pytest.mark.parametrize(("breaks", "written"), [("before", []), ("after", ["once"])])
def test_a_server_that_dies_of_a_whole_transaction(database, direct, line, breaks, written):
    """Nobody can tell whether it was done, so it is not done again; what comes next has another connection."""
    line.breaks = breaks
    with pytest.raises(CommitLost):
        write(database, "once")
    assert names(direct) == written
    line.breaks = None
    write(database, "then")
    assert names(direct) == [*written, "then"]


def test_a_whole_transaction_is_one_round_trip(database, direct, line):
    """As long as its connection has not rested."""
    write(database, "once")
    assert len(line.said) == 1
    assert names(direct) == ["once"]


def test_a_connection_that_was_dropped_while_it_rested(database, direct, line, rested):
    """It is asked first, so that whoever comes after a quiet night meets no error."""
    line.drop()
    write(database, "once")
    assert names(direct) == ["once"]
    line.said.clear()
    write(database, "twice")
    assert [b"COMMIT" in text for text in line.said] == [False, True]
    assert names(direct) == ["once", "twice"]


def test_a_server_that_dies_after_it_was_asked(database, direct, line, rested):
    """The answer to the BEGIN says nothing of the COMMIT."""
    line.breaks = "after"
    with pytest.raises(CommitLost):
        write(database, "once")
    assert names(direct) == ["once"]


def test_a_whole_transaction_that_the_server_refuses_to_run(database, direct):
    """A migration has changed what a prepared statement yields: nothing was done, and another connection does it."""
    direct.read("ALTER TABLE things ADD COLUMN age int")
    with database.work() as work:
        work.change("INSERT INTO things VALUES ('once')")
        work.change(ALL_NAMES)
        work.commit()
    assert names(direct) == ["once"]


def test_a_server_that_is_away_for_a_whole_transaction(database, direct, line):
    """Its connection's end is seen before anything is said, and there is no other one."""
    line.close()
    direct.read(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    eventually(line.is_quiet, what="the end of the connection")
    with pytest.raises(Unavailable) as refusal:
        write(database, "never")
    assert refusal.value.code == "database_away"
    assert line.said == []
    assert names(direct) == []
