"""How many facts a relay hands over in a round: as many as its pace allows, and the urgent ones nevertheless."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from chassis.bus import relay as relay_module
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


class Refusing(Carrier):
    """Has nobody who would take anything."""

    def finished(self):
        """Return what nobody takes."""
        nobody, self._safe = self._safe, set()
        return set(), nobody, set()


class Pace:
    """Allows so many facts in each round; knows what it was told."""

    def __init__(self, allowed=2):
        self.allowed = allowed
        self.noted = []

    def batch(self):
        """Return how many."""
        return self.allowed

    def gather_seconds(self):
        """Gather nothing."""
        return 0

    def note(self, handed, allowed):
        """Keep how many went."""
        self.noted.append((handed, allowed))


def a_row(number, name):
    """Return an outbox row; a name's second letter says which transaction told it."""
    return SimpleNamespace(
        id=number, event_id=number, name=name, payload={}, actor=None, version=1, correlation_id="c",
        occurred_at=TOLD_AT, transaction=name[1:] if len(name) == 2 else str(number),
    )  # fmt: skip


@pytest.fixture
def carrier():
    """Where facts go."""
    return Carrier()


def relay_of(service, carrier, allowed=2):
    """Return a service's relay and its pace."""
    pace = Pace(allowed)
    return Relay(service, carrier, pace), pace


def one_round(relay, outbox):
    """Make one round that does not rest."""
    relay.end()
    relay.lead(outbox.query)


def test_it_hands_over_as_many_as_its_pace_allows_in_their_order(carrier):
    (relay, pace), outbox = relay_of("tickets", carrier), Outbox("A", "B", "C")
    one_round(relay, outbox)
    assert carrier.carried == ["A", "B"]
    assert [row.name for row in outbox.rows] == ["C"]
    one_round(relay, outbox)
    assert carrier.carried == ["A", "B", "C"]
    assert outbox.rows == []
    assert pace.noted == [(2, 2), (1, 2)]


def test_it_does_not_part_what_was_committed_at_once(carrier):
    (relay, pace), outbox = relay_of("tickets", carrier), Outbox("A1", "B2", "C2", "D2", "E3")
    one_round(relay, outbox)
    assert carrier.carried == ["A1", "B2", "C2", "D2"]
    assert pace.noted == [(4, 2)]


def test_a_right_taken_away_is_not_paced(carrier):
    (relay, pace), outbox = relay_of("identity", carrier, 0), Outbox("PersonChanged", "PersonChanged", "GrantsChanged")
    one_round(relay, outbox)
    assert carrier.carried == ["GrantsChanged"]
    assert [row.name for row in outbox.rows] == ["PersonChanged", "PersonChanged"]
    assert pace.noted == []


def test_the_last_round_hands_over_all(carrier):
    (relay, _), outbox = relay_of("tickets", carrier), Outbox("A", "B", "C")
    relay.last_round(outbox.query)
    assert carrier.carried == ["A", "B", "C"]
    assert outbox.rows == []


def test_what_nobody_takes_is_left_alone_ever_longer(monkeypatch):
    """For a second, then twice as long each time, up to half a minute; meanwhile each round would cost all others."""
    now, tried = 0, []
    monkeypatch.setattr(relay_module, "monotonic", lambda: now)
    carrier = Refusing()
    (relay, _), outbox = relay_of("tickets", carrier), Outbox("Ghost")
    for now in range(122):
        one_round(relay, outbox)
        tried += [now] * len(carrier.carried)
        carrier.carried.clear()
    assert tried == [0, 1, 3, 7, 15, 31, 61, 91, 121]
    assert [row.name for row in outbox.rows] == ["Ghost"]
