"""Facts before a service's few places: calls go first, and no fact waits for ever."""

import eventlet
import pytest

from chassis.bus.intake import Intake

#: Seconds within which what is due must have happened.
PATIENCE = 5


class Member:
    """Takes facts in, and holds them until the test lets one go."""

    def __init__(self):
        self.taken = []
        self.parked = []

    def hear(self, letter, done):
        self.taken.append((letter, done))

    def park(self, letter, done):
        self.parked.append(letter)

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
def intake(member):
    """An open intake with three places, before which five facts wait."""
    intake = Intake(member, 3)
    for letter in "abcde":
        intake.hand_over(letter, False, lambda: None)
    return intake


def until(condition):
    """Let the timers run until something is so."""
    with eventlet.Timeout(PATIENCE):
        while not condition():
            eventlet.sleep(0)


def test_lets_in_as_many_as_there_are_places(intake, member):
    """And the next one when a place is free, in their order."""
    assert member.letters == []
    intake.open()
    assert member.letters == ["a", "b", "c"]
    member.let_go(0)
    assert member.letters == ["a", "b", "c", "d"]


def test_facts_give_way_to_calls(intake, member):
    """While a call is answered one fact at a time is let in, each after a rest; afterwards all places count."""
    with intake.giving_way():
        intake.open()
        assert member.letters == ["a"]
        member.let_go()
        assert member.letters == ["a"], "it rests first"
        until(lambda: len(member.taken) == 2)
        assert member.letters == ["a", "b"]
    until(lambda: not intake.is_busy)
    member.let_go()
    assert member.letters == ["a", "b", "c", "d", "e"]


def test_facts_go_on_while_calls_never_end(intake, member):
    """Each one in its turn: what has been promised is kept under any load."""
    with intake.giving_way():
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
    intake = Intake(member, 3)
    intake.open()
    intake.hand_over("a", True, lambda: None)
    assert (member.letters, member.parked) == ([], ["a"])
