"""What the leader's connection waits for, and what it still does at the end."""

import re
from contextlib import closing

import psycopg2
import pytest

from chassis.bus.leader import Leader
from chassis.database import Database

#: Whether who asks holds the leader's lock.
_LEADS = "SELECT count(*) = 1 AS leads FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted"


class Relay:
    """Asks one question of the leader's connection, and ends the leadership."""

    def __init__(self):
        self.answers, self.last_answers = [], []

    def lead(self, query):
        """Ask whether a commit waits for the disk."""
        self.answers += [row.synchronous_commit for row in query("SHOW synchronous_commit")]
        self.leader.end()

    def last_round(self, query):
        """Ask whether this connection still leads."""
        self.last_answers += [row.leads for row in query(_LEADS)]


def test_it_alone_does_not_wait_for_the_disk(server_url):
    relay = Relay()
    relay.leader = Leader(server_url, relay)
    relay.leader.run()
    database = Database(server_url, pool_size=1)
    others = [row.synchronous_commit for row in database.read("SHOW synchronous_commit")]
    database.close()
    assert (relay.answers, others) == (["off"], ["on"])


def test_its_server_is_waited_for_no_longer_than_callers_wait(server_url, monkeypatch):
    """What was sent and acknowledged by nothing ends the connection; libpq alone would wait a quarter of an hour."""
    asked, connect = [], psycopg2.connect
    monkeypatch.setattr(psycopg2, "connect", lambda **how: asked.append(how) or connect(**how))
    relay = Relay()
    relay.leader = Leader(server_url, relay)
    relay.leader.run()
    assert [how["tcp_user_timeout"] for how in asked] == [10_000]


def test_a_leader_who_is_gone_without_a_word_leads_no_longer(server_url):
    """The server looks whether it is there; by default two hours later, and nobody else would lead meanwhile."""
    asked = "SELECT name, setting::int FROM pg_settings WHERE name LIKE 'tcp!_%%' ESCAPE '!'"

    class Asking(Relay):
        def lead(self, query):
            self.answers += query(asked)
            self.leader.end()

    relay = Asking()
    relay.leader = Leader(server_url, relay)
    relay.leader.run()
    with closing(Database(server_url, pool_size=1)) as database:
        others = dict(database.read(asked))
    assert others == {
        "tcp_keepalives_idle": 15,
        "tcp_keepalives_interval": 5,
        "tcp_keepalives_count": 3,
        "tcp_user_timeout": 30_000,
    }
    assert dict(relay.answers) == others


@pytest.fixture
def with_a_per_cent(server_url):
    """The server's URL for somebody whose password has a bare per cent, which SQLAlchemy takes and libpq does not."""
    with closing(psycopg2.connect(server_url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute("CREATE ROLE per_cent LOGIN PASSWORD '100%sure'")
        yield re.sub(r"//[^@]*@", "//per_cent:100%sure@", server_url)
        cursor.execute("DROP ROLE per_cent")


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg2"])
def test_it_reads_its_url_as_the_rest_of_the_service_does(with_a_per_cent, scheme):
    """No fact left the service, and its log showed the password."""
    relay = Relay()
    relay.leader = Leader(with_a_per_cent.replace("postgresql", scheme, 1), relay)
    relay.leader._hold_connection()
    assert relay.answers == ["off"]


def test_it_makes_one_last_round_while_it_still_leads(server_url):
    """What was committed in the last moment is told now, and not once the service runs again."""
    relay = Relay()
    relay.leader = Leader(server_url, relay)
    relay.leader.run()
    assert (relay.answers, relay.last_answers) == (["off"], [True])
