"""Acknowledgements of facts: together where nothing undone came before, and none too early."""

import pytest

from chassis.bus.rabbit import acks
from chassis.bus.rabbit.acks import GatheredAcks
from tests.chassis.timers import until


@pytest.fixture
def sent(monkeypatch):
    """What was acknowledged: `[(tag, multiple)]`."""
    sent = []
    monkeypatch.setattr(acks, "ack", lambda _channel, tag, multiple=False: sent.append((tag, multiple)))
    return sent


@pytest.fixture
def gathered(sent):
    """Acknowledgements of five deliveries, of which three may wait."""
    gathered = GatheredAcks(None, 3)
    for tag in range(1, 6):
        gathered.expect(tag)
    return gathered


def test_what_is_done_in_order_is_one_word(gathered, sent):
    for tag in (1, 2, 3):
        gathered.done(tag)
    assert sent == [(3, True)]


def test_what_came_after_something_undone_is_settled_alone(gathered, sent):
    for tag in (1, 3, 5):
        gathered.done(tag)
    assert sent == [(1, True), (3, False), (5, False)]
    gathered.done(2)
    gathered.send()
    assert sent[3:] == [(2, True)]


def test_few_do_not_wait_long(gathered, sent):
    gathered.done(1)
    assert sent == []
    until(lambda: sent)
    assert sent == [(1, True)]
    gathered.done(2)
    until(lambda: len(sent) == 2)
    assert sent == [(1, True), (2, True)]


def test_all_that_came_is_one_word(gathered, sent):
    for tag in (5, 4, 3):
        gathered.done(tag)
    assert sent == [(3, False), (4, False), (5, False)]
    for tag in (2, 1):
        gathered.done(tag)
    gathered.send()
    assert sent[3:] == [(2, True)]


def test_nothing_is_said_twice(gathered, sent):
    gathered.done(1)
    gathered.send()
    gathered.send()
    assert sent == [(1, True)]


def test_a_connection_that_fell_is_no_matter(gathered, monkeypatch):
    def fall(*_arguments, **_how):
        raise ConnectionResetError

    monkeypatch.setattr(acks, "ack", fall)
    gathered.done(1)
    gathered.send()
    monkeypatch.undo()
