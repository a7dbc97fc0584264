"""Commands that overtake the fact of what they name, on either bus: waited for, with nothing held meanwhile."""

import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from chassis.bus.places import PAUSES, Places
from chassis.errors import NotFound
from tests.bus.services.hearer.contract import Hearer
from tests.bus.services.teller.contract import Teller
from tests.waiting import eventually

_TRIES = "SELECT count(*) FROM attempts WHERE number = %(number)s"
#: For how many seconds the longest transaction that does nothing just now has been open.
_IDLE = (
    "SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0) FROM pg_stat_activity"
    " WHERE datname = current_database() AND state LIKE 'idle in transaction%'"
)
#: `Places(8)`, as many connections as the desk's services have.
SEATS = Places(8).seats


def tries(desk, number):
    """Return how often something was tried under a number."""
    return desk.value("hearer", _TRIES, number=number)


def touch(desk, thing_id, number):
    """Have the hearer touch a thing."""
    return desk.ask(Hearer, request_id=uuid4().hex).touch(thing_id=thing_id, number=number)


def test_a_command_waits_for_the_fact_that_it_has_overtaken_and_is_carried_out_once(desk):
    (number,), thing_id = desk.numbers(1), uuid4()
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(touch, desk, thing_id, number)
        eventually(lambda: tries(desk, number) > 0, what="the first try")
        desk.ask(Teller, request_id=uuid4().hex).rename(thing_id=thing_id, name="heating", version=1)
        assert asking.result() == {"name": "heating"}
    assert tries(desk, number) > 1
    assert desk.effects(range(number, number + 1)) == {number: 1}


def test_what_never_comes_is_absent_after_a_second_in_which_no_transaction_is_open(desk):
    (number,), thing_id = desk.numbers(1), uuid4()
    with ThreadPoolExecutor(1) as pool:
        began = time.monotonic()
        asking = pool.submit(touch, desk, thing_id, number)
        idle = []
        eventually(lambda: idle.append(desk.value("hearer", _IDLE)) or asking.done(), what="the refusal")
        seconds = time.monotonic() - began
        with pytest.raises(NotFound) as refusal:
            asking.result()
    assert type(refusal.value) is NotFound
    assert refusal.value.args == ("thing_not_found", "There is no such thing.", {})
    assert sum(PAUSES) == pytest.approx(1)
    assert 1 <= seconds < 2
    assert tries(desk, number) == 1 + len(PAUSES)
    assert max(idle) < PAUSES[0], "a transaction outlasted its try"
    assert desk.effects(range(number, number + 1)) == {}


@pytest.mark.parametrize("ask", ["look_at", "touch_as_a_stranger"])
def test_neither_a_question_nor_a_stranger_is_waited_for(desk, ask):
    (number,) = desk.numbers(1)
    with pytest.raises(NotFound):
        getattr(desk.ask(Hearer, request_id=uuid4().hex), ask)(thing_id=uuid4(), number=number)
    assert tries(desk, number) == 1
    assert desk.effects(range(number, number + 1)) == {}


def test_many_unknown_ids_leave_the_places_and_connections_to_others(desk):
    numbers = desk.numbers(40)
    with ThreadPoolExecutor(len(numbers)) as pool:
        asking = [pool.submit(touch, desk, uuid4(), number) for number in numbers]
        eventually(lambda: sum(one.done() for one in asking) == len(numbers) - SEATS, what="those without a seat")
        desk.ask(Hearer).heard()
        assert sum(not one.done() for one in asking) == SEATS, "who asks for something else waited for them"
        assert [type(one.exception()) for one in asking] == [NotFound] * len(numbers)
    waited = sorted(tries(desk, number) for number in numbers)
    assert waited == [1] * (len(numbers) - SEATS) + [1 + len(PAUSES)] * SEATS
    assert desk.effects(numbers) == {}
