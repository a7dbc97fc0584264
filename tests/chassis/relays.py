"""A relay over an outbox that is kept in memory."""

from datetime import UTC, datetime
from types import SimpleNamespace

from chassis.bus.relay import Relay

TOLD_AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Outbox:
    """Rows that wait; answers the relay's statements as PostgreSQL would."""

    def __init__(self, *names):
        self.rows = [a_row(number, name) for number, name in enumerate(names)]

    def query(self, statement, **values):
        """Run a statement of the relay."""
        if statement.startswith("DELETE"):
            self.rows = [row for row in self.rows if row.id not in values["ids"]]
            return []
        if "count(*)" in statement:
            stuck = sum(row.name in values.get("held", ()) for row in self.rows)
            return [SimpleNamespace(waiting=len(self.rows), dead=0, stuck=stuck)]
        waiting = [row for row in self.rows if row.id not in values["in_hand"] and row.name not in values["held"]]
        urgent = [row for row in waiting if row.name == "GrantsChanged"]
        return (urgent if "name = 'GrantsChanged'" in statement else waiting)[: values["limit"]]


class Pace:
    """Allows so many facts in each round; knows what it was told."""

    def __init__(self, allowed=2):
        self.allowed = allowed
        self.noted = []
        self.gather = 0

    def batch(self):
        """Return how many."""
        return self.allowed

    def gather_seconds(self):
        """Gather for so long; nothing unless told otherwise."""
        return self.gather

    def note(self, handed, allowed):
        """Keep how many went."""
        self.noted.append((handed, allowed))


def a_row(number, name):
    """Return an outbox row; a name's second letter says which transaction told it."""
    return SimpleNamespace(
        id=number, event_id=number, name=name, payload={}, actor=None, version=1, correlation_id="c",
        occurred_at=TOLD_AT, transaction=name[1:] if len(name) == 2 else str(number),
    )  # fmt: skip


def relay_of(service, carrier, allowed=2):
    """Return a service's relay and its pace."""
    pace = Pace(allowed)
    return Relay(service, carrier, pace), pace


def one_round(relay, outbox):
    """Make one round that does not rest."""
    relay.end()
    relay.lead(outbox.query)
