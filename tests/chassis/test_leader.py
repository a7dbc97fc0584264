"""What the leader's connection waits for."""

from chassis.bus.leader import Leader
from chassis.database import Database


class Relay:
    """Asks one question of the leader's connection, and ends the leadership."""

    def __init__(self):
        self.answers = []

    def lead(self, query):
        """Ask whether a commit waits for the disk."""
        self.answers += [row.synchronous_commit for row in query("SHOW synchronous_commit")]
        self.leader.end()

    def last_round(self, query):
        """Have nothing left to do."""


def test_it_alone_does_not_wait_for_the_disk(server_url):
    relay = Relay()
    relay.leader = Leader(server_url, relay)
    relay.leader.run()
    database = Database(server_url, pool_size=1)
    others = [row.synchronous_commit for row in database.read("SHOW synchronous_commit")]
    database.close()
    assert (relay.answers, others) == (["off"], ["on"])
