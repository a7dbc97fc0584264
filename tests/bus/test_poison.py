"""Whatever is put on RabbitMQ's queues: refused, kept with its reason, and no process ends or loops."""

import json
import pickle
from uuid import uuid4

import amqp
import pytest

from chassis.bus.rabbit.connecting import connect
from chassis.bus.wire import CORRELATION
from chassis.dead_letters import REPLAY
from tests.bus.desks import OUTBOX, SERVICES
from tests.bus.replays import await_second_outcomes, kept_row
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
        "teller.events",
        "Said",
        pickle.dumps({"number": 1}),
        {"content_type": "application/x-python-serialize"},
        "not JSON",
    ),
    "pickle called JSON": ("teller.events", "Said", pickle.dumps({"number": 1}), {}, "broken JSON"),
    "yaml": ("teller.events", "Said", b"number: 1", {"content_type": "application/x-yaml"}, "not JSON"),
    "no content type": ("teller.events", "Said", FACT, {"content_type": None}, "not JSON"),
    "10 MB": ("teller.events", "Said", b'{"number": "' + b"x" * 10_000_000 + b'"}', {}, "too large"),
    "no message_id": ("teller.events", "Said", FACT, {"message_id": None}, "no message_id"),
    "message_id that is no UUID": ("teller.events", "Said", FACT, {"message_id": "1"}, "no message_id"),
    "no headers": ("teller.events", "Said", FACT, {"application_headers": None}, "no version"),
    "version as text": (
        "teller.events",
        "Said",
        FACT,
        {"application_headers": whole_headers(version="1")},
        "no version",
    ),
    "no instant": (
        "teller.events",
        "Said",
        FACT,
        {"application_headers": whole_headers(occurred_at=None)},
        "no instant",
    ),
    "instant without a zone": (
        "teller.events",
        "Said",
        FACT,
        {"application_headers": whole_headers(occurred_at="2026-11-16T09:00")},
        "an instant without its zone",
    ),
    "actor that is broken JSON": (
        "teller.events",
        "Said",
        FACT,
        {"application_headers": whole_headers(actor="{")},
        "broken JSON",
    ),
    "actor that is no Unicode": (
        "teller.events",
        "Said",
        FACT,
        {"application_headers": whole_headers(actor="\ud800")},
        "broken JSON",
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
        "message_id": str(uuid4()),
        "content_type": "application/json",
        "correlation_id": "poison",
        "application_headers": whole_headers(),
        **particulars,
    }
    return {name: value for name, value in properties.items() if value is not None}


def dead_ids(desk, service):
    """Return the ids of what a service's inbox keeps as dead; not the bodies, some of which are huge."""
    return {row[0] for row in desk.rows(service, "SELECT event_id::text FROM inbox WHERE state = 'dead'")}


def numbered(desk, body):
    """Return a body unlike any other: what carries no id is known by its content."""
    return body.replace(b"-1", str(-1 - desk.numbers(1).start).encode())


def kept_of(desk, service, publish):
    """Publish something poisonous; return the one row in which a service keeps it."""
    before = dead_ids(desk, service)
    publish()
    (event_id,) = eventually(lambda: dead_ids(desk, service) - before, what="the message in the inbox")
    return kept_row(desk, service, event_id)


def kept_fact(desk, channel, exchange, key, body, particulars):
    """Publish a poisonous fact; return the row that keeps it."""
    message = amqp.Message(body, **fact_properties(particulars))
    return kept_of(desk, "hearer", lambda: channel.basic_publish(message, exchange, key))


@pytest.mark.parametrize("exchange, key, body, particulars, reason", FACTS.values(), ids=FACTS)
def test_keeps_a_poisonous_fact(rabbit_desk, channel, exchange, key, body, particulars, reason):
    body = numbered(rabbit_desk, body)
    process = rabbit_desk.process_of("hearer")
    row = kept_fact(rabbit_desk, channel, exchange, key, body, particulars)
    assert row.error.startswith(reason)
    assert bytes(row.body) == body
    rabbit_desk.await_effects(rabbit_desk.say(3))
    assert process.poll() is None


def test_keeps_a_fact_of_an_exchange_whose_name_is_not_utf8(rabbit_desk, channel):
    """RabbitMQ declares it: a code point beyond Unicode."""
    exchange, body = b"\xf4\x90\x80\x80.events", numbered(rabbit_desk, FACT)
    channel.exchange_declare(exchange, "topic", auto_delete=True)
    channel.queue_bind("events-hearer", exchange, "Said")
    row = kept_fact(rabbit_desk, channel, exchange, "Said", body, {})
    channel.exchange_delete(exchange)
    assert (row.source, row.name, row.error) == ("????", "Said", "nobody listens to this here")
    assert bytes(row.body) == body
    rabbit_desk.await_effects(rabbit_desk.say(3))


CALLS = {
    "no reply_to": (EMPTY, {}),
    "no reply_to and broken JSON": (b"{", {}),
    "no reply_to and pickle": (pickle.dumps({}), {"content_type": "application/x-python-serialize"}),
    "10 MB without reply_to": (b"x" * 10_000_000, {}),
    "property that is not UTF-8": (b"[-1]", {"correlation_id": BAD, "reply_to": "amq.rabbitmq.reply-to"}),
    "headers of every type": (b"{}", {"application_headers": {"nameko.auth_token": {"a": [1, None, BAD]}}}),
}


def kept_call(desk, channel, body, particulars):
    """Publish a call of `ping` that cannot be answered; return the row that keeps it."""
    properties = {"content_type": "application/json", "correlation_id": str(uuid4()), **particulars}
    if "reply_to" in properties:
        channel.basic_consume("amq.rabbitmq.reply-to", no_ack=True)
    message = amqp.Message(body, **properties)
    return kept_of(desk, "teller", lambda: channel.basic_publish(message, "nameko-rpc", "teller.ping"))


@pytest.mark.parametrize("body, particulars", CALLS.values(), ids=CALLS)
def test_keeps_a_call_that_nobody_can_be_answered_for(rabbit_desk, channel, body, particulars):
    body = numbered(rabbit_desk, body)
    process = rabbit_desk.process_of("teller")
    row = kept_call(rabbit_desk, channel, body, particulars)
    assert (row.listener, row.name) == ("call", "ping")
    assert row.error.startswith(("no reply_to", "unreadable"))
    assert bytes(row.body) == body
    assert rabbit_desk.ask(Teller).ping() is not None
    assert process.poll() is None


@pytest.mark.parametrize(
    "method, body, headers, refusal",
    [
        ("ping", b"{", {}, "nameko.exceptions.MalformedRequest"),
        ("ping", b"x" * 10_000_000, {}, "nameko.exceptions.MalformedRequest"),
        ("whoami", EMPTY, {"nameko.auth_token": 7}, "chassis.errors.Unauthenticated"),
        ("whoami", EMPTY, {"nameko.auth_token": "forged"}, "chassis.errors.Unauthenticated"),
        ("levitate", EMPTY, {}, "nameko.exceptions.MethodNotFound"),
        ("\ud800", EMPTY, {}, "nameko.exceptions.MethodNotFound"),
        (b"\xff", EMPTY, {}, "nameko.exceptions.MethodNotFound"),
    ],
    ids=[
        *("broken JSON", "10 MB", "token that is a number", "forged token", "unknown method"),
        *("name that is no Unicode", "name that is not UTF-8"),
    ],
)
def test_answers_a_poisonous_call_where_it_can(rabbit_desk, channel, method, body, headers, refusal):
    answers = []
    channel.basic_consume("amq.rabbitmq.reply-to", no_ack=True, callback=answers.append)
    message = amqp.Message(
        body,
        content_type="application/json",
        correlation_id="c",
        reply_to="amq.rabbitmq.reply-to",
        application_headers=headers,
    )
    name = method if isinstance(method, bytes) else method.encode(errors="surrogatepass")
    channel.basic_publish(message, "nameko-rpc", b"teller." + name)
    while not answers:
        channel.connection.drain_events(timeout=10)
    assert json.loads(answers[0].body)["error"]["exc_path"] == refusal


@pytest.mark.parametrize(
    "reply_to", ["amq.rabbitmq.reply-to.garbage", "amq.rabbitmq.reply-to.a.b", "nowhere", "x" * 255]
)
def test_carries_out_once_what_names_a_reply_address_that_leads_nowhere(rabbit_desk, channel, reply_to):
    """The broker ends the connection of whoever publishes to what only looks like an address that it has made."""
    process, correlation_id = rabbit_desk.process_of("teller"), uuid4().hex
    message = amqp.Message(
        EMPTY,
        content_type="application/json",
        correlation_id="c",
        reply_to=reply_to,
        application_headers={CORRELATION: correlation_id},
    )
    channel.basic_publish(message, "nameko-rpc", "teller.ping")
    eventually(lambda: correlation_id in rabbit_desk.log("teller"), what="the call")
    for _ in range(3):
        assert rabbit_desk.ask(Teller).ping() is not None
    assert rabbit_desk.log("teller").count(correlation_id) == 1
    assert process.poll() is None


#: What becomes of it on a replay where the reason is another one: the properties could not be read, and are gone.
REASONS_AFTER_ALL = {
    "property that is not UTF-8": "not JSON: content type None",
    "type that is not UTF-8": "not JSON: content type None",
}
#: name: (state, tries, beginning of the reason); a call that can be read after all is carried out.
CALLS_AFTER_ALL = {
    "no reply_to": ("done", 1, ""),
    "no reply_to and broken JSON": ("dead", 1, "refused again: broken JSON"),
    "no reply_to and pickle": ("dead", 1, "refused again: not JSON"),
    "10 MB without reply_to": ("dead", 1, "refused again: too large"),
    "property that is not UTF-8": ("dead", 1, "refused again: not JSON"),
    "headers of every type": ("dead", 1, "kept without what it needs: token"),
}
#: What a teller with a bug may put on either bus; what is too large never leaves its outbox.
#: name: (body, actor, version, beginning of the reason)
TOLD = {
    "wrong schema": ('{"colour": "red"}', None, 1, "not what the contract declares"),
    "list": ("[1]", None, 1, "not a JSON object"),
    "version below 0": ('{"number": -1, "trouble": "none"}', None, -1, "no version"),
    "actor that is no person": ('{"number": -1, "trouble": "none"}', '"x"', 1, "actor is not a person"),
}
GRANTS = {
    "person who is no UUID": ('{"person_id": "x", "epoch": 1}', "not what the contract declares"),
    "nobody": ('{"epoch": 1}', "not what the contract declares"),
    "epoch below 0": (f'{{"person_id": "{uuid4()}", "epoch": -1}}', "not what the contract declares"),
    "list": ("[]", "not a JSON object"),
}


def assert_second_outcomes(desk, service, kept, expected):
    """Replay each row once as `./desk dead-letters replay` does, and hold what becomes of it.

    :param kept: `{name: row}`.
    :param expected: `{name: (state, tries, beginning of the reason)}`.
    """
    for row in kept.values():
        (replayed,) = desk.rows(service, REPLAY, id=row.id)
        assert replayed.listener == row.listener
    outcomes = await_second_outcomes(desk, service, [row.id for row in kept.values()])
    for name, (state, tries, beginning) in expected.items():
        row = kept[name]
        assert outcomes[row.id][:2] == (state, tries), name
        assert outcomes[row.id][2].startswith(beginning), name
        body = kept_row(desk, service, row.id).body
        assert body is None if state == "done" else bytes(body) == bytes(row.body), name


def test_replays_each_poisonous_fact_once(rabbit_desk, channel):
    process, kept, expected = rabbit_desk.process_of("hearer"), {}, {}
    for name, (exchange, key, body, particulars, reason) in FACTS.items():
        kept[name] = kept_fact(rabbit_desk, channel, exchange, key, numbered(rabbit_desk, body), particulars)
        expected[name] = ("dead", 1, REASONS_AFTER_ALL.get(name, reason))
    assert_second_outcomes(rabbit_desk, "hearer", kept, expected)
    assert_no_effect_of_poison(rabbit_desk)
    assert process.poll() is None


def test_replays_each_poisonous_call_once(rabbit_desk, channel):
    process = rabbit_desk.process_of("teller")
    kept = {
        name: kept_call(rabbit_desk, channel, numbered(rabbit_desk, body), particulars)
        for name, (body, particulars) in CALLS.items()
    }
    assert_second_outcomes(rabbit_desk, "teller", kept, CALLS_AFTER_ALL)
    assert rabbit_desk.rows("teller", REPLAY, id=kept["no reply_to"].id) == [], "it is done"
    assert process.poll() is None


def test_replays_each_fact_of_a_teller_with_a_bug_once(desk):
    process = desk.process_of("hearer")
    told = {name: (payload, actor, version) for name, (payload, actor, version, _) in TOLD.items()}
    kept = await_kept(desk, "hearer", tell(desk, "teller", "Said", told))
    expected = {name: ("dead", 1, reason) for name, (*_, reason) in TOLD.items()}
    assert_second_outcomes(desk, "hearer", kept, expected)
    assert_no_effect_of_poison(desk)
    assert process.poll() is None


def test_replays_each_poisonous_end_of_rights_once_in_every_service(desk):
    told = {name: (payload, None, 1) for name, (payload, _) in GRANTS.items()}
    known = [desk.rows(service, "SELECT * FROM epochs") for service in SERVICES]
    processes = [desk.process_of(service) for service in SERVICES]
    event_ids = tell(desk, "identity", "GrantsChanged", told)
    for service in SERVICES:
        kept = await_kept(desk, service, event_ids)
        expected = {name: ("dead", 1, reason) for name, (_, reason) in GRANTS.items()}
        assert_second_outcomes(desk, service, kept, expected)
    assert [desk.rows(service, "SELECT * FROM epochs") for service in SERVICES] == known
    assert [process.poll() for process in processes] == [None] * len(SERVICES)


def tell(desk, teller, fact, told):
    """Put facts into a teller's outbox past `Work.tell`: `{name: (payload, actor, version)}`; return their ids."""
    event_ids = {name: str(uuid4()) for name in told}
    for name, (payload, actor, version) in told.items():
        values = {"payload": payload, "actor": actor, "version": version}
        desk.rows(teller, OUTBOX, event_id=event_ids[name], name=fact, **values)
    return event_ids


def await_kept(desk, service, event_ids):
    """Wait until a service keeps all these facts; return the rows by name."""
    eventually(lambda: dead_ids(desk, service) >= set(event_ids.values()), what="every fact in the inbox")
    return {name: kept_row(desk, service, event_id) for name, event_id in event_ids.items()}


def assert_no_effect_of_poison(desk):
    """Make sure that no poisonous fact had an effect: their numbers are those below 0."""
    assert desk.rows("hearer", "SELECT number FROM effects WHERE number < 0") == []
