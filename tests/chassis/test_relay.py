"""How many facts a relay hands over in a round: as many as its pace allows, and the urgent ones nevertheless."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

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
            return [SimpleNamespace(waiting=len(self.rows), dead=0)]
        waiting = [row for row in self.rows if row.id not in values["in_hand"]]
        urgent = [row for row in waiting if row.name == "GrantsChanged"]
        return (urgent if "name = 'GrantsChanged'" in statement else waiting)[: values["limit"]]


class Carrier:
    """Has all that it is handed carried at once."""

    capacity = 500

    def __init__(self):
        self.carried = []
        self._safe = set()

    def send(self, letters):
        """Carry letters."""
        self.carried += [letter.name for letter in letters.values()]
        self._safe |= letters.keys()

    def finished(self):
        """Return what is safe."""
        safe, self._safe = self._safe, set()
        return safe, set(), set()


class Pace:
    """Allows two facts in each round; knows what it was told."""

    batch = 2
    gather_seconds = 0

    def __init__(self):
        self.noted = []

    def note(self, oldest):
        """Keep when the oldest was told."""
        self.noted.append(oldest)


def a_row(number, name):
    """Return an outbox row."""
    return SimpleNamespace(
        id=number, event_id=number, name=name, payload={}, actor=None, version=1, correlation_id="c",
        occurred_at=TOLD_AT.replace(minute=number), transaction="1",
    )  # fmt: skip


@pytest.fixture
def carrier():
    """Where facts go."""
    return Carrier()


def relay_of(service, carrier):
    """Return a service's relay that was woken, so that no round rests."""
    relay = Relay(service, carrier, Pace())
    relay.end()
    return relay


def test_it_hands_over_as_many_as_its_pace_allows_in_their_order(carrier):
    relay, outbox = relay_of("tickets", carrier), Outbox("A", "B", "C")
    relay.lead(outbox.query)
    assert carrier.carried == ["A", "B"]
    assert [row.name for row in outbox.rows] == ["C"]
    relay.lead(outbox.query)
    assert carrier.carried == ["A", "B", "C"]
    assert outbox.rows == []
    assert [oldest.minute for oldest in relay._pace.noted] == [0, 2]


def test_a_right_taken_away_is_not_paced(carrier):
    relay, outbox = relay_of("identity", carrier), Outbox("PersonChanged", "PersonChanged", "GrantsChanged")
    relay._pace.batch = 0
    relay.lead(outbox.query)
    assert carrier.carried == ["GrantsChanged"]
    assert [row.name for row in outbox.rows] == ["PersonChanged", "PersonChanged"]
    assert relay._pace.noted == []


def test_the_last_round_hands_over_all(carrier):
    relay, outbox = relay_of("tickets", carrier), Outbox("A", "B", "C")
    relay.last_round(outbox.query)
    assert carrier.carried == ["A", "B", "C"]
    assert outbox.rows == []
