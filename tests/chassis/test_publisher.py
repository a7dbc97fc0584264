"""Facts on their way to RabbitMQ: what the broker has not confirmed has not been carried, and goes again."""

import pytest

from chassis.bus import relay as relay_module
from chassis.bus.facts import letter_of
from chassis.bus.pace import BATCH
from chassis.bus.rabbit import publisher
from chassis.bus.rabbit.publisher import RabbitCarrier
from chassis.bus.relay import CarrierAway
from chassis.bus.wire import LARGEST_FACT
from tests.chassis.relays import Outbox, one_round, relay_of

NOTHING = (set(), set(), set())


class Channel:
    """A channel on which messages can be written; the broker confirms what the test says and nothing else.

    :param meanwhile: function `(channel)` called when a message was written.
    """

    def __init__(self, meanwhile=lambda _channel: None):
        self.events = {name: set() for name in ("basic_ack", "basic_nack", "basic_return")}
        self.written = []
        self.meanwhile = meanwhile

    def exchange_declare(self, *_what, **_how):
        """Declare nothing."""

    def confirm_select(self):
        """Promise confirms."""

    def send_method(self, _method, _format, arguments, message):
        """Take a message."""
        self.written.append(arguments[2])
        self.last = message
        self.meanwhile(self)

    def give_back(self):
        """Return the last message as the broker does where no queue takes it."""
        for heard in self.events["basic_return"]:
            heard(None, "", "", self.last)

    def confirm(self, number, multiple=False):
        """Confirm as the broker does."""
        for heard in self.events["basic_ack"]:
            heard(number, multiple)

    def refuse(self, number, multiple=False):
        """Refuse as a broker does whose queue is full."""
        for heard in self.events["basic_nack"]:
            heard(number, multiple)


@pytest.fixture
def carrier(monkeypatch):
    """Return a carrier that is connected to no broker, and which a silent one makes wait a moment only."""
    monkeypatch.setattr(publisher, "CONFIRM_SECONDS", 0.05)
    monkeypatch.setattr(publisher, "is_declared", lambda *_where: True)
    return RabbitCarrier("services", "tickets", "amqp://nowhere", "installation")


@pytest.fixture
def connected(carrier, monkeypatch):
    """Return a function that gives the carrier a channel, as a connection does that has come up."""

    def connect(channel):
        monkeypatch.setattr(publisher, "open_channel", lambda _connection: channel)
        carrier._open(connection=None)
        carrier._link.up.set()
        return channel

    return connect


def rows_of(outbox):
    """Return the names of the rows that are there."""
    return [row.name for row in outbox.rows]


def test_what_is_never_confirmed_stays_and_goes_again(carrier, connected):
    channel = connected(Channel())
    (relay, _), outbox = relay_of("tickets", carrier, BATCH), Outbox("A", "B")
    for times in (1, 2):
        one_round(relay, outbox)
        assert channel.written == ["A", "B"] * times
        assert rows_of(outbox) == ["A", "B"]
    channel.confirm(4, multiple=True)
    one_round(relay, outbox)
    assert (channel.written, rows_of(outbox)) == (["A", "B"] * 2, [])


def test_a_silent_broker_is_away_and_nothing_is_finished(carrier, connected):
    channel = connected(Channel())
    with pytest.raises(CarrierAway):
        carrier.send(letters("A", "B"))
    assert carrier.finished() == NOTHING
    channel.confirm(1)
    assert carrier.finished() == ({0}, set(), set())


def test_a_broker_without_room_is_away_and_is_sent_nothing(carrier, connected):
    """It would find it all later: each fact as often as it was tried meanwhile."""
    channel = connected(Channel())
    carrier._link.is_blocked = True
    (relay, _), outbox = relay_of("tickets", carrier, BATCH), Outbox("A", "B")
    one_round(relay, outbox)
    assert (channel.written, rows_of(outbox), carrier.is_ready()) == ([], ["A", "B"], False)


def test_what_was_confirmed_before_it_fell_silent_counts(carrier, connected):
    connected(Channel(lambda channel: channel.confirm(1)))
    with pytest.raises(CarrierAway):
        carrier.send(letters("A", "B"))
    assert carrier.finished() == ({0}, set(), set())


def test_what_the_broker_refuses_stays_and_goes_again(carrier, connected, monkeypatch):
    monkeypatch.setattr(relay_module, "HOLD_SECONDS", (0, 0))
    channel = connected(Channel(lambda channel: channel.refuse(len(channel.written))))
    (relay, _), outbox = relay_of("tickets", carrier, BATCH), Outbox("A", "B")
    one_round(relay, outbox)
    assert (channel.written, rows_of(outbox)) == (["A", "B"], ["A", "B"])
    channel.meanwhile = lambda channel: channel.confirm(len(channel.written))
    one_round(relay, outbox)
    assert (channel.written, rows_of(outbox)) == (["A", "B"] * 2, [])


def test_what_nobody_took_at_first_is_carried_once_somebody_does(carrier, connected):
    def give_back(channel):
        channel.give_back()
        channel.confirm(1)

    channel = connected(Channel(give_back))
    carrier.send(letters("A"))
    assert carrier.finished() == (set(), {0}, set())
    channel.meanwhile = lambda channel: channel.confirm(2)
    carrier.send(letters("A"))
    assert (carrier.finished(), carrier._by_message) == (({0}, set(), set()), {})


@pytest.mark.parametrize(("more", "outcome"), [(0, ({0}, set(), set())), (1, (set(), set(), {0}))])
def test_what_is_too_large_to_be_heard_is_not_even_sent(carrier, connected, more, outcome):
    channel, (letter,) = connected(Channel(lambda channel: channel.confirm(1))), letters("A").values()
    letter.body = b" " * (LARGEST_FACT + more)
    carrier.send({0: letter})
    assert (carrier.finished(), len(channel.written)) == (outcome, 1 - more)


def test_what_is_refused_among_others_is_what_nobody_takes(carrier, connected):
    def answer(channel):
        if len(channel.written) == 4:
            channel.confirm(1)
            channel.refuse(3, multiple=True)
            channel.confirm(4)

    connected(Channel(answer))
    carrier.send(letters("A", "B", "C", "D"))
    assert carrier.finished() == ({0, 3}, {1, 2}, set())


def test_a_connection_that_falls_before_the_confirm_has_carried_nothing(carrier, connected):
    connected(Channel(lambda _channel: carrier._reset()))
    with pytest.raises(CarrierAway):
        carrier.send(letters("A"))
    assert carrier.finished() == NOTHING


def letters(*names):
    """Return letters by the ids of their outbox rows."""
    return {row.id: letter_of("tickets", row) for row in Outbox(*names).rows}
