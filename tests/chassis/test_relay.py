"""How many facts a relay hands over in a round: as many as its pace allows, and the urgent ones nevertheless."""

import pytest

from chassis.bus import relay as relay_module
from tests.chassis.relays import Outbox, one_round, relay_of


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


@pytest.fixture
def carrier():
    """Where facts go."""
    return Carrier()


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
