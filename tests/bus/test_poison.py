"""Whatever is put on RabbitMQ's queues: refused, kept with its reason, and no process ends or loops."""

import json
import pickle
from uuid import uuid4

import amqp
import pytest

from chassis.bus.rabbit.link import connect
from chassis.testing import an_actor
from tests.bus.services.teller.contract import Teller
from tests.waiting import eventually

EMPTY = b'{"args": [], "kwargs": {}}'
FACT = b'{"number": -1, "trouble": "none"}'
INSTANT = "2026-11-16T09:00:00+00:00"


class NotUtf8(str):
    """Text that encodes to bytes which are not UTF-8: what a client in another language may send."""

    def encode(self, *_arguments):
        """Return the bytes as they are."""
        return b"\xff\xfe\xfd"


BAD = NotUtf8("bad")


def whole_headers(**particulars):
    """Return the headers of a sound fact, some of them replaced; `None` leaves one out."""
    headers = {"version": 1, "occurred_at": INSTANT, **particulars}
    return {name: value for name, value in headers.items() if value is not None}


#: name: (exchange, routing key, body, properties, beginning of the reason)
FACTS = {
    "broken JSON": ("teller.events", "Said", b"{", {}, "broken JSON"),
    "empty": ("teller.events", "Said", b"", {}, "broken JSON"),
    "not UTF-8": ("teller.events", "Said", b"\xff\xfe", {}, "broken JSON"),
    "NaN": ("teller.events", "Said", b'{"number": NaN, "trouble": "none"}', {}, "broken JSON"),
    "nested 100,000 deep": ("teller.events", "Said", b'{"number":' * 100_000, {}, "broken JSON"),
    "lone surrogate": ("teller.events", "Said", b'{"trouble": "\\ud800"}', {}, "broken JSON"),
    "pickle": (
        "teller.events", "Said", pickle.dumps({"number": 1}),
        {"content_type": "application/x-python-serialize"}, "not JSON",
    ),
    "pickle called JSON": ("teller.events", "Said", pickle.dumps({"number": 1}), {}, "broken JSON"),
    "yaml": ("teller.events", "Said", b"number: 1", {"content_type": "application/x-yaml"}, "not JSON"),
    "no content type": ("teller.events", "Said", FACT, {"content_type": None}, "not JSON"),
    "10 MB": ("teller.events", "Said", b'{"number": "' + b"x" * 10_000_000 + b'"}', {}, "too large"),
    "no message_id": ("teller.events", "Said", FACT, {"message_id": None}, "no message_id"),
    "message_id that is no UUID": ("teller.events", "Said", FACT, {"message_id": "1"}, "no message_id"),
    "no headers": ("teller.events", "Said", FACT, {"application_headers": None}, "no version"),
    "version as text": (
        "teller.events", "Said", FACT, {"application_headers": whole_headers(version="1")},
        "no version",
    ),
    "no instant": (
        "teller.events", "Said", FACT, {"application_headers": whole_headers(occurred_at=None)},
        "no instant",
    ),
    "instant without a zone": (
        "teller.events", "Said", FACT,
        {"application_headers": whole_headers(occurred_at="2026-11-16T09:00")}, "an instant without its zone",
    ),
    "actor that is broken JSON": (
        "teller.events", "Said", FACT, {"application_headers": whole_headers(actor="{")}, "broken JSON",
    ),
    "wrong schema": ("teller.events", "Said", b'{"colour": "red"}', {}, "not what the contract declares"),
    "fact that nobody declared": ("", "events-hearer", FACT, {}, "nobody listens to this here"),
    "property that is not UTF-8": ("teller.events", "Said", FACT, {"correlation_id": BAD}, "unreadable"),
    "type that is not UTF-8": ("teller.events", "Said", FACT, {"type": BAD}, "unreadable"),
}


@pytest.fixture
def channel(broker):
    """A channel on which anything can be published."""
    connection = connect(broker.uri, "poisoner")
    yield connection.channel()
    connection.close()


def fact_properties(particulars):
    """Return the properties of a sound fact, some of them replaced; `None` leaves one out."""
    properties = {
        "message_id": str(uuid4()), "content_type": "application/json", "correlation_id": "poison",
        "application_headers": whole_headers(), **particulars,
    }
    return {name: value for name, value in properties.items() if value is not None}


def dead_rows(desk, service):
    """Return the reasons of what a service's inbox keeps as dead, by event id."""
    return {row.event_id: row for row in desk.rows(service, "SELECT * FROM inbox WHERE state = 'dead'")}


@pytest.mark.parametrize("exchange, key, body, particulars, reason", FACTS.values(), ids=FACTS)
def test_keeps_a_poisonous_fact(rabbit_desk, channel, exchange, key, body, particulars, reason):
    # What carries no id is known by its content, so that the content must differ between these tests.
    body = body.replace(b"-1", str(-len(dead_rows(rabbit_desk, "hearer"))).encode())
    before = dead_rows(rabbit_desk, "hearer").keys()
    process = rabbit_desk.process_of("hearer")
    channel.basic_publish(amqp.Message(body, **fact_properties(particulars)), exchange, key)
    new = eventually(lambda: dead_rows(rabbit_desk, "hearer").keys() - before, what="the fact in the inbox")
    (row,) = [dead_rows(rabbit_desk, "hearer")[event_id] for event_id in new]
    assert row.error.startswith(reason)
    assert bytes(row.body) == body
    rabbit_desk.await_effects(rabbit_desk.say(3))
    assert process.poll() is None


CALLS = {
    "no reply_to": (EMPTY, {}),
    "no reply_to and broken JSON": (b"{", {}),
    "no reply_to and pickle": (pickle.dumps({}), {"content_type": "application/x-python-serialize"}),
    "10 MB without reply_to": (b"x" * 10_000_000, {}),
    "property that is not UTF-8": (b"{}", {"correlation_id": BAD, "reply_to": "amq.rabbitmq.reply-to"}),
    "headers of every type": (b"{}", {"application_headers": {"nameko.auth_token": {"a": [1, None, BAD]}}}),
}


@pytest.mark.parametrize("body, particulars", CALLS.values(), ids=CALLS)
def test_keeps_a_call_that_nobody_can_be_answered_for(rabbit_desk, channel, body, particulars):
    before = dead_rows(rabbit_desk, "teller").keys()
    process = rabbit_desk.process_of("teller")
    properties = {"content_type": "application/json", "correlation_id": str(uuid4()), **particulars}
    if "reply_to" in properties:
        channel.basic_consume("amq.rabbitmq.reply-to", no_ack=True)
    channel.basic_publish(amqp.Message(body, **properties), "nameko-rpc", "teller.ping")
    new = eventually(lambda: dead_rows(rabbit_desk, "teller").keys() - before, what="the call in the inbox")
    (row,) = [dead_rows(rabbit_desk, "teller")[event_id] for event_id in new]
    assert (row.listener, row.name) == ("call", "ping")
    assert row.error.startswith(("no reply_to", "unreadable"))
    assert bytes(row.body) == body
    assert rabbit_desk.ask(Teller).ping() is not None
    assert process.poll() is None


@pytest.mark.parametrize("method, body, headers, refusal", [
    ("ping", b"{", {}, "nameko.exceptions.MalformedRequest"),
    ("ping", b"x" * 10_000_000, {}, "nameko.exceptions.MalformedRequest"),
    ("whoami", EMPTY, {"nameko.auth_token": 7}, "chassis.errors.Unauthenticated"),
    ("whoami", EMPTY, {"nameko.auth_token": "forged"}, "chassis.errors.Unauthenticated"),
    ("levitate", EMPTY, {}, "nameko.exceptions.MethodNotFound"),
], ids=["broken JSON", "10 MB", "token that is a number", "forged token", "unknown method"])
def test_answers_a_poisonous_call_where_it_can(rabbit_desk, channel, method, body, headers, refusal):
    answers = []
    channel.basic_consume("amq.rabbitmq.reply-to", no_ack=True, callback=answers.append)
    message = amqp.Message(
        body, content_type="application/json", correlation_id="c", reply_to="amq.rabbitmq.reply-to",
        application_headers=headers,
    )
    channel.basic_publish(message, "nameko-rpc", f"teller.{method}")
    while not answers:
        channel.connection.drain_events(timeout=10)
    assert json.loads(answers[0].body)["error"]["exc_path"] == refusal


def test_survives_a_reply_address_that_leads_nowhere(rabbit_desk, channel):
    process = rabbit_desk.process_of("teller")
    token = rabbit_desk.keys.token(an_actor())
    for reply_to in ("amq.rabbitmq.reply-to.garbage", "nowhere", "x" * 255):
        message = amqp.Message(
            EMPTY, content_type="application/json", correlation_id="c", reply_to=reply_to,
            application_headers={"nameko.auth_token": token},
        )
        channel.basic_publish(message, "nameko-rpc", "teller.whoami")
    for _ in range(10):
        assert rabbit_desk.ask(Teller).ping() is not None
    assert process.poll() is None
