"""How many facts a relay hands over in a round: as many as its pace allows, and the urgent ones nevertheless."""

from time import monotonic

import pytest

from chassis import metrics
from chassis.bus import relay as relay_module
from tests.chassis.relays import Outbox, a_row, one_round, relay_of


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


class Holding(Carrier):
    """Has what it carries in hand for ever; takes three at the most."""

    capacity = 3

    def finished(self):
        """Return that nothing is."""
        return set(), set(), set()


class Unable(Carrier):
    """Cannot carry anything."""

    def finished(self):
        """Return what cannot be carried."""
        unable, self._safe = self._safe, set()
        return set(), set(), unable


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


def test_a_right_taken_away_goes_beside_the_others_and_once(carrier):
    (relay, pace), outbox = relay_of("identity", carrier), Outbox("PersonChanged", "GrantsChanged")
    one_round(relay, outbox)
    assert carrier.carried == ["GrantsChanged", "PersonChanged"]
    assert pace.noted == [(1, 2)]


@pytest.mark.parametrize("say", [lambda relay: relay.wake(["GrantsChanged"]), lambda relay: relay.nudge()])
def test_nothing_is_gathered_before_a_right_taken_away_nor_once_hands_are_free(carrier, say):
    """Only what is said now counts: the next round gathers."""
    relay, pace = relay_of("identity", carrier)
    pace.gather, began = 5, monotonic()
    say(relay)
    relay.lead(Outbox().query)
    assert monotonic() - began < 4
    assert not relay._woken.is_set() and not relay._urgent.is_set()


def test_what_is_told_otherwise_is_gathered(carrier):
    relay, pace = relay_of("identity", carrier)
    pace.gather, began = 0.05, monotonic()
    relay.wake(["PersonChanged"])
    relay.lead(Outbox().query)
    assert monotonic() - began >= 0.05


def test_what_is_in_hand_is_not_handed_over_again_and_no_more_than_is_taken():
    carrier = Holding()
    (relay, _), outbox = relay_of("tickets", carrier, 9), Outbox("A1", "B1", "C1", "D1", "E1")
    one_round(relay, outbox)
    assert carrier.carried == ["A1", "B1", "C1"]
    one_round(relay, outbox)
    assert carrier.carried == ["A1", "B1", "C1", "D1", "E1"]
    assert len(outbox.rows) == 5


def test_what_cannot_be_carried_is_kept_and_not_handed_over_again():
    carrier = Unable()
    (relay, _), outbox = relay_of("tickets", carrier), Outbox("A")
    for _ in range(2):
        one_round(relay, outbox)
    assert (carrier.carried, [row.name for row in outbox.rows]) == (["A"], ["A"])


def test_what_is_published_is_counted_once(carrier):
    counted, unknown = (metrics.FACTS_PUBLISHED.labels(name)._value for name in ("CountedOnce", "unknown"))
    before = unknown.get()
    (relay, _), outbox = relay_of("tickets", carrier), Outbox("CountedOnce")
    for _ in range(2):
        one_round(relay, outbox)
    assert (counted.get(), unknown.get()) == (1, before)


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


def test_what_was_taken_after_all_is_left_alone_for_a_second_again(monkeypatch):
    """Whoever is missing for the second time is as likely to come soon as the first time."""
    now, tried, carrier = 0, [], Refusing()
    monkeypatch.setattr(relay_module, "monotonic", lambda: now)
    (relay, _), outbox = relay_of("tickets", carrier), Outbox("Ghost")
    for now in range(20):
        if now == 10:
            outbox.rows.clear()
        if now == 14:
            outbox.rows.append(a_row(9, "Ghost"))
        one_round(relay, outbox)
        tried += [now] * len(carrier.carried)
        carrier.carried.clear()
    assert tried == [0, 1, 3, 7, 14, 15, 17]
