"""Callers of a broker that has no room, to which nothing is written that it would find there later, and of a service
that answers nothing, which holds one of them."""

import math
import threading
from types import SimpleNamespace

import pytest

from chassis.bus.rabbit import caller as module
from chassis.bus.rabbit.caller import MOST_UNANSWERED, RabbitCaller
from chassis.errors import TimedOut, Unavailable


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


def assert_refused(caller, code):
    """A call is refused as one that may be repeated, and nobody waits for its answer any more."""
    waiting = dict(caller._waiting)
    with pytest.raises(Unavailable) as refusal:
        caller.call("teller", "say", b"{}", {}, 5)
    assert refusal.value.code == code
    assert caller._waiting == waiting


def test_a_blocked_caller_writes_no_call(caller, written):
    caller._link.is_blocked = True
    assert_refused(caller, "broker_away")
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
    assert_refused(caller, "broker_away")
    assert written == ["teller.say"]


def give_up(caller, times):
    """Make calls that the teller does not answer."""
    for _ in range(times):
        with pytest.raises(TimedOut):
            caller.call("teller", "say", b"{}", {}, 0)


def answered(monkeypatch, caller, meanwhile=lambda: None):
    """Make a call that the teller answers, after something has happened meanwhile."""

    def write(_channel, _exchange, key, *_body, correlation_id, **_properties):
        if key != "teller.say":
            return
        meanwhile()
        caller._on_reply(SimpleNamespace(body=b"yes", properties={"correlation_id": correlation_id}))

    with monkeypatch.context() as patched:
        patched.setattr(module, "publish", write)
        assert caller.call("teller", "say", b"{}", {}, 5).body == b"yes"


def test_a_service_that_answers_nothing_is_asked_by_one_caller_at_a_time(monkeypatch, caller, written):
    """The others are refused at once, and nothing of theirs is written; who asks another service is not concerned."""
    give_up(caller, MOST_UNANSWERED)

    def others_are_refused():
        written.clear()
        assert_refused(caller, "service_away")
        assert written == []
        with pytest.raises(TimedOut):
            caller.call("hearer", "ping", b"{}", {}, 0)

    answered(monkeypatch, caller, others_are_refused)


@pytest.mark.parametrize("before", [MOST_UNANSWERED - 1, MOST_UNANSWERED], ids=["few", "many"])
def test_a_service_that_has_answered_is_asked_by_all_again(monkeypatch, caller, before):
    give_up(caller, before)
    answered(monkeypatch, caller)
    give_up(caller, MOST_UNANSWERED - 1)
    answered(monkeypatch, caller, lambda: answered(monkeypatch, caller))
