"""SIGTERM: what is in hand is finished, what is not stays for others, and the exit code is 0."""

import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from chassis.errors import Unavailable
from tests.bus.services.teller.contract import Teller
from tests.waiting import eventually


def test_answers_the_calls_in_hand_before_it_ends(rabbit_desk):
    process = rabbit_desk.process_of("teller")
    with ThreadPoolExecutor(6) as threads:
        waiting = [threads.submit(rabbit_desk.ask(Teller).wait, seconds=1) for _ in range(6)]
        eventually(lambda: rabbit_desk.ask(Teller).ping(), what="the calls before being taken")
        process.send_signal(signal.SIGTERM)
        assert [call.result() for call in waiting] == [{"name": "late"}] * 6
    assert process.wait(30) == 0
    rabbit_desk.start("teller")


@pytest.mark.timeout(120)
def test_leaves_no_fact_half_handled(desk):
    numbers = desk.say(500)
    eventually(lambda: desk.effects(numbers))
    process = desk.process_of("hearer")
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert time.monotonic() - began < 10
    assert set(desk.effects(numbers).values()) <= {1}
    desk.start("hearer")
    desk.await_effects(numbers)


def test_fails_calls_at_once_while_nobody_serves(local_desk):
    local_desk.process.send_signal(signal.SIGTERM)
    assert local_desk.process.wait(30) == 0
    with pytest.raises(Unavailable):
        local_desk.ask(Teller).ping()
    local_desk.start()
    assert local_desk.ask(Teller).ping() is not None
