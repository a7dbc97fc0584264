"""Processes that die at the worst moment: nothing is lost, nothing is done twice, no fact kills for ever."""

import random

import pytest

from chassis.bus.retries import SUSPECT_TRIES
from chassis.bus.wire import InternalError
from chassis.errors import TimedOut, Unavailable
from tests.bus.replays import mend_and_replay
from tests.bus.services.teller.contract import Teller
from tests.waiting import eventually

#: Of a listener under load.
KILLS = 3


def test_delivers_after_a_restart_what_was_committed_before_a_kill(desk):
    numbers = desk.say(300)
    desk.kill("teller")
    desk.start("teller")
    desk.await_effects(numbers)


def test_loses_and_doubles_nothing_while_listeners_are_killed_again_and_again(desk):
    left = "SELECT count(*) FROM inbox WHERE state <> 'done'"
    chance, told, before = random.Random(3), [], desk.value("hearer", left)
    with desk.keep_up() as supervisor:
        for _ in range(KILLS):
            told.append(desk.say(200, trouble="fails_first"))
            some = chance.randint(1, 150)
            eventually(lambda numbers=told[-1], some=some: len(desk.effects(numbers)) >= some, within=30)
            desk.process_of("hearer").kill()
            desk.process_of("hearer").wait()
            eventually(lambda: desk.process_of("hearer").poll() is None, what="the restart")
            desk.await_ready()
        for numbers in told:
            desk.await_effects(numbers, within=40)
    assert supervisor.deaths == KILLS
    desk.await_quiet()
    assert desk.value("hearer", left) == before


def test_keeps_a_fact_that_ends_its_process_and_handles_the_innocent(desk):
    """Those that were told with it in one transaction, and those told after it."""
    with desk.keep_up() as supervisor:
        told = desk.tell_at_once("none", "kills", "none")
        killer = told[1]
        desk.await_effects(desk.say(100), within=90)
        (row,) = eventually(
            lambda: [row for row in desk.kept(killer) if row.state == "dead"], within=90, what="a dead letter"
        )
    assert "in hand each time the process ended" in row.error
    attempts = desk.value("hearer", "SELECT count(*) FROM attempts WHERE number = %(number)s", number=killer)
    assert attempts == supervisor.deaths
    assert SUSPECT_TRIES < attempts <= SUSPECT_TRIES + 2, "two deliveries among others, then five alone"
    assert desk.effects(told) == {told[0]: 1, told[2]: 1}
    mend_and_replay(desk, killer, row.event_id)


def test_answers_a_repeated_command_as_before_the_kill(desk):
    asking = desk.ask(Teller, request_id="before-and-after")
    first = asking.count(amount=3)
    desk.kill("teller")
    desk.start("teller")
    assert asking.count(amount=3) == first
    assert desk.value("teller", "SELECT total FROM sums") == first["total"]


def test_does_not_let_a_call_end_process_after_process(rabbit_desk):
    with rabbit_desk.keep_up() as supervisor:
        with pytest.raises((InternalError, TimedOut)):
            rabbit_desk.ask(Teller).end_process()
        kept = "SELECT state, name FROM inbox WHERE listener = 'call' AND name = 'end_process'"
        (row,) = eventually(lambda: [row for row in rabbit_desk.rows("teller", kept) if row.state == "dead"])
        eventually(lambda: answers(rabbit_desk))
    assert row.name == "end_process"
    assert supervisor.deaths == 2


def test_comes_back_after_a_call_that_ends_the_process_of_all(local_desk):
    with local_desk.keep_up() as supervisor:
        with pytest.raises(Unavailable):
            local_desk.ask(Teller).end_process()
        eventually(lambda: answers(local_desk))
    assert supervisor.deaths == 1


def answers(desk):
    """Whether a call is answered."""
    try:
        return desk.ask(Teller).ping() is not None
    except Unavailable:
        return False
