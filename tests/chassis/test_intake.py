"""Facts before a service's few places: calls go first, and no fact waits for ever."""

import pytest

from chassis.bus.facts import Letter
from chassis.bus.intake import MOST_AT_ONCE, CallsInHand, Intake
from tests.chassis.timers import until


class Member:
    """Takes facts in, and holds them until the test lets one go."""

    def __init__(self):
        self.taken = []
        self.parked = []

    def hear(self, letters, done):
        self.taken.append(("".join(letter.name for letter in letters), done))

    def park(self, letter, done):
        self.parked.append(letter.name)

    def let_go(self, place=-1):
        self.taken[place][1]()

    @property
    def letters(self):
        return [letter for letter, _ in self.taken]


@pytest.fixture
def member():
    """Where facts go."""
    return Member()


@pytest.fixture
def calls():
    """No call so far."""
    return CallsInHand()


@pytest.fixture
def intake(member, calls):
    """An intake with three places, before which five facts wait."""
    intake = Intake(member, 3, calls)
    for name in "abcde":
        intake.hand_over(a_letter(name), False, lambda: None)
    return intake


def a_letter(name, transaction=None):
    """Return a letter; those of one transaction were committed at once."""
    return Letter("tickets", name, b"{}", {"transaction": transaction} if transaction else {})


def test_lets_in_as_many_as_there_are_places(intake, member):
    """And the next one when a place is free, in their order."""
    assert member.letters == []
    intake.open()
    assert member.letters == ["a", "b", "c"]
    member.let_go(0)
    assert member.letters == ["a", "b", "c", "d"]


def test_facts_give_way_to_calls(intake, member, calls):
    """While a call is answered one fact at a time is let in, each after a rest; afterwards all places count."""
    with calls:
        intake.open()
        assert member.letters == ["a"]
        member.let_go()
        assert member.letters == ["a"], "it rests first"
        until(lambda: len(member.taken) == 2)
        assert member.letters == ["a", "b"]
    until(lambda: not calls.are_there)
    member.let_go()
    assert member.letters == ["a", "b", "c", "d", "e"]


def test_facts_go_on_while_calls_never_end(intake, member, calls):
    """Each one in its turn: what has been promised is kept under any load."""
    with calls:
        intake.open()
        for count in range(1, 6):
            until(lambda count=count: len(member.taken) == count)
            member.let_go()
    assert member.letters == ["a", "b", "c", "d", "e"]


def test_forgets_what_waits_when_it_closes(intake, member):
    """Whoever brought it brings it again."""
    intake.open()
    intake.close()
    member.let_go()
    assert member.letters == ["a", "b", "c"]


def test_puts_a_suspect_aside(member):
    """It does not reach the listener."""
    intake = Intake(member, 3, CallsInHand())
    intake.open()
    intake.hand_over(a_letter("a"), True, lambda: None)
    until(lambda: member.parked)
    assert (member.letters, member.parked) == ([], ["a"])


def test_lets_in_together_what_was_committed_at_once(member):
    """In their order, up to a limit; a suspect or a stranger among them ends the row."""
    intake = Intake(member, 9, CallsInHand())
    intake.open()
    gone = []
    for name, transaction, is_suspect in [
        ("a", "1", False), ("b", "1", False), ("c", "2", False), ("d", "1", False), ("e", "1", True), ("f", "1", False),
        ("g", None, False), ("h", None, False), *((f"{n % 10}", "3", False) for n in range(MOST_AT_ONCE + 1)),
    ]:  # fmt: skip
        intake.hand_over(a_letter(name, transaction), is_suspect, lambda name=name: gone.append(name))
    until(lambda: member.taken)
    digits = "0123456789" * 3
    assert member.letters == ["ab", "c", "d", "f", "g", "h", digits[:MOST_AT_ONCE], digits[MOST_AT_ONCE]]
    assert member.parked == ["e"]
    member.let_go(0)
    assert gone == ["a", "b"]
