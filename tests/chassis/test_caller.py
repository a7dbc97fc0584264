"""Calls while the broker has no room: it reads nothing, so nothing is written that it would find there later."""

import math
import threading

import pytest

from chassis.bus.rabbit import caller as module
from chassis.bus.rabbit.caller import RabbitCaller
from chassis.errors import Unavailable


class ThreadlessLink:
    """Stands for a link whose connection is up, from which something has just come."""

    def __init__(self, *_arguments, **_options):
        self.up = threading.Event()
        self.up.set()
        self.is_blocked = False
        self.down_since, self.heard_at = 0.0, math.inf

    def start(self):
        """Begin nothing."""


@pytest.fixture
def written(monkeypatch):
    """What is written to the broker: calls by their routing keys, and signs of life that it is asked for."""
    written = []
    monkeypatch.setattr(module, "Link", ThreadlessLink)
    monkeypatch.setattr(module, "QUIET_SECONDS", 0)
    monkeypatch.setattr(module, "publish", lambda _channel, _exchange, key, *_body, **_properties: written.append(key))
    monkeypatch.setattr(module, "ask_for_a_sign", lambda _channel: written.append("sign"))
    return written


@pytest.fixture
def caller(written):
    """A caller that has connected."""
    caller = RabbitCaller("amqp://nowhere/")
    assert caller.is_ready()
    assert written == ["sign"]
    written.clear()
    return caller


def assert_away(caller, timeout):
    """A call is refused as one that may be repeated, and nobody waits for its answer any more."""
    with pytest.raises(Unavailable) as refusal:
        caller.call("teller", "say", b"{}", {}, timeout)
    assert refusal.value.code == "broker_away"
    assert caller._waiting == {}


def test_a_blocked_caller_writes_no_call(caller, written):
    caller._link.is_blocked = True
    assert_away(caller, timeout=5)
    assert written == []


def test_a_blocked_caller_is_not_ready_and_writes_no_question(caller, written):
    caller._link.is_blocked = True
    assert not caller.is_ready()
    assert written == []
    caller._link.is_blocked = False
    assert caller.is_ready()


def test_a_caller_that_waits_when_there_is_no_room_any_more_is_told(monkeypatch, caller, written):
    """What it has written may be carried out once there is room: it is not told that it was not."""

    def write(_channel, _exchange, key, *_body, **_properties):
        written.append(key)
        caller._link.is_blocked = True

    monkeypatch.setattr(module, "publish", write)
    assert_away(caller, timeout=5)
    assert written == ["teller.say"]
