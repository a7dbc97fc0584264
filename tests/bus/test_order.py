"""The relay: one per service at a time, so that its facts leave in the order in which they were committed."""

import json

import amqp
import pytest

from chassis.bus.rabbit.connecting import connect
from tests.bus.services.teller.contract import Teller


@pytest.fixture
def ear(broker, rabbit_desk):
    """A queue of the tests' own that hears what the teller says; gives the function that takes numbers."""
    connection = connect(broker.uri, "ear")
    channel = connection.channel()
    queue = channel.queue_declare("", exclusive=True).queue
    channel.queue_bind(queue, "teller.events", "Said")
    heard = []
    channel.basic_consume(queue, no_ack=True, callback=lambda message: heard.append(json.loads(message.body)))

    def take(count):
        while len(heard) < count:
            connection.drain_events(timeout=20)
        try:
            connection.drain_events(timeout=0.5)
        except (TimeoutError, amqp.exceptions.RecoverableConnectionError):
            return [fact["number"] for fact in heard]
        raise AssertionError("more was published than was told")

    yield take
    connection.close()


def test_publishes_in_order_and_once_from_two_processes(rabbit_desk, ear):
    rabbit_desk.start("teller-2")
    numbers = rabbit_desk.numbers(300)
    for number in numbers:
        rabbit_desk.ask(Teller).say(start=number)
    assert ear(300) == list(numbers)
    rabbit_desk.end("teller-2")
    rabbit_desk.await_effects(numbers)
