"""The connection to the broker that is kept up: its signs of life, and how soon it is opened again."""

from types import SimpleNamespace
from unittest.mock import Mock

import amqp
import pytest
from amqp.exceptions import ConnectionForced

from chassis.bus.rabbit import link as module
from chassis.bus.rabbit.connecting import HEARTBEAT_SECONDS
from chassis.bus.rabbit.link import Link

#: Between two looks of the link under test; so many are there in a heartbeat.
STEP = 0.01


@pytest.fixture
def clock(monkeypatch):
    """What the link and py-amqp take for the time."""
    clock = SimpleNamespace(now=1_000.0)
    for each in (module, amqp.connection):
        monkeypatch.setattr(each, "monotonic", lambda: clock.now)
    return clock


def silent_connection(clock, ends):
    """Return a connection over which nothing comes until the moment at which it has ended, and when it gave signs."""

    def read_frame():
        clock.now += STEP
        transport.connected = clock.now < ends
        raise TimeoutError

    connection, signs = amqp.Connection(), []
    transport = connection._transport = SimpleNamespace(connected=True, read_frame=read_frame)
    connection.heartbeat = HEARTBEAT_SECONDS
    connection.send_heartbeat = lambda: signs.append(clock.now)
    return connection, signs


@pytest.fixture
def blocked(monkeypatch):
    """A link that writes nothing of its own: the broker has no room."""
    monkeypatch.setattr(module, "TICK_SECONDS", STEP)
    link = Link("amqp://nowhere/", "blocked", lambda _connection: None)
    link.is_blocked = True
    return link


def test_gives_four_signs_of_life_for_each_heartbeat(clock, blocked):
    """Under a load of sixteen on two cores they are three seconds late, and two late ones are none for the broker."""
    connection, signs = silent_connection(clock, ends=clock.now + 2 * HEARTBEAT_SECONDS - 1)
    blocked._read(connection, None)
    first = [sign for sign in signs if sign <= 1_000 + HEARTBEAT_SECONDS + 10 * STEP]
    assert len(first) == 4


def test_gives_a_broker_up_that_misses_two_heartbeats(clock, blocked):
    """Its network is gone without a word."""
    connection, _ = silent_connection(clock, ends=clock.now + 100)
    with pytest.raises(ConnectionForced):
        blocked._read(connection, None)
    assert clock.now == pytest.approx(1_000 + 2 * HEARTBEAT_SECONDS, abs=3 * STEP)


class Attempts:
    """Stands for the end of a link, for which it waits between its attempts to connect; comes after so many."""

    def __init__(self, clock, count):
        self._clock = clock
        self._count = count
        self.pauses = []

    def is_set(self):
        """Whether the link has ended."""
        return False

    def wait(self, seconds):
        """Let the time pass; return whether the link has ended."""
        self._clock.now += seconds
        self.pauses.append(seconds)
        return len(self.pauses) == self._count


@pytest.fixture
def pauses(monkeypatch, clock):
    """Function that returns what a link waits between attempts of which each takes and yields something."""

    def waited(seconds, outcomes):
        left = iter(outcomes)

        def connect(*_arguments):
            clock.now += seconds
            if not (lasts := next(left)):
                raise OSError
            return SimpleNamespace(transport=None, lasts=lasts, collect=lambda: None)

        def read(_link, connection, _channel):
            clock.now += connection.lasts

        doubles = {"connect": connect, **dict.fromkeys(("_shared", "open_channel", "_ask_for_room"), Mock())}
        for name, double in doubles.items():
            monkeypatch.setattr(module, name, double)
        monkeypatch.setattr(Link, "_read", read)
        link = Link("amqp://nowhere/", "falling", lambda _connection: None)
        link._ended = Attempts(clock, len(outcomes))
        link._run()
        return link._ended.pauses

    return waited


@pytest.mark.parametrize("seconds", [0, 5], ids=["at once", "slowly"])
@pytest.mark.parametrize("lasts", [0, 0.5], ids=["fail", "fall"])
def test_waits_longer_after_each_attempt_that_fails(pauses, seconds, lasts):
    """However long each takes: of a busy machine, attempts that follow each other take what it has left."""
    assert pauses(seconds, [lasts] * 7) == [0.1, 0.2, 0.4, 0.8, 1.0, 1.0, 1.0]


def test_waits_little_after_a_connection_that_has_lasted(pauses):
    """A broker that is started anew is there again as soon as it can be."""
    assert pauses(0, [0] * 6 + [100] + [0] * 2) == [0.1, 0.2, 0.4, 0.8, 1.0, 1.0, 0.1, 0.2, 0.4]
