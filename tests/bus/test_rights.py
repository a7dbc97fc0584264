"""A right taken away is gone within a second, in every process of every service."""

import time
from uuid import uuid4

import amqp
import pytest

from chassis.bus.rabbit.connecting import connect
from chassis.bus.wire import JSON
from chassis.errors import Unauthenticated
from chassis.testing import an_actor
from tests.bus.services.hearer.contract import Hearer
from tests.bus.services.identity.contract import Identity
from tests.bus.services.teller.contract import Teller
from tests.waiting import eventually

METHODS = ((Teller, "whoami"), (Hearer, "heard"), (Identity, "signed_in"))


def is_stale(desk, contract, method, token):
    """Whether a service refuses a token as stale; `AssertionError` if it refuses it for another reason."""
    try:
        getattr(desk.ask(contract, token=token), method)()
    except Unauthenticated as refusal:
        assert refusal.code == "stale"
        return True
    return False


def test_refuses_older_tokens_within_a_second_and_takes_newer_ones(desk):
    person = uuid4()
    old = desk.keys.token(an_actor(person_id=person, epoch=3))
    assert [is_stale(desk, *method, old) for method in METHODS] == [False] * 3
    desk.ask(Identity).end_rights(person_id=person, epoch=4)
    answered = time.monotonic()
    for method in METHODS:
        left = 1 - (time.monotonic() - answered)
        eventually(lambda method=method: is_stale(desk, *method, old), within=left)
    new = desk.keys.token(an_actor(person_id=person, epoch=4))
    assert [is_stale(desk, *method, new) for method in METHODS] == [False] * 3


def test_reaches_both_processes_of_a_service(rabbit_desk):
    rabbit_desk.start("teller-2")
    person = uuid4()
    old = rabbit_desk.keys.token(an_actor(person_id=person, epoch=1))
    assert not is_stale(rabbit_desk, Teller, "whoami", old)
    rabbit_desk.ask(Identity).end_rights(person_id=person, epoch=2)
    ends = time.monotonic() + 1
    eventually(lambda: is_stale(rabbit_desk, Teller, "whoami", old), within=1)
    while time.monotonic() < ends:
        is_stale(rabbit_desk, Teller, "whoami", old)
    answers = [is_stale(rabbit_desk, Teller, "whoami", old) for _ in range(20)]
    assert answers == [True] * 20, "calls go to both processes in turn"
    rabbit_desk.end("teller-2")


def test_ends_nobody_elses_rights_and_no_newer_ones(desk):
    one, other = uuid4(), uuid4()
    desk.ask(Identity).end_rights(person_id=one, epoch=5)
    desk.ask(Identity).end_rights(person_id=one, epoch=2)
    older = desk.keys.token(an_actor(person_id=one, epoch=4))
    eventually(lambda: is_stale(desk, Teller, "whoami", older), within=1)
    desk.await_quiet()
    assert is_stale(desk, Teller, "whoami", older), "a fact that comes late must not give rights back"
    assert not is_stale(desk, Teller, "whoami", desk.keys.token(an_actor(person_id=one, epoch=5)))
    assert not is_stale(desk, Teller, "whoami", desk.keys.token(an_actor(person_id=other, epoch=1)))


@pytest.mark.parametrize("payload", ['{"person_id": "x", "epoch": 1}', '{"epoch": 1}', '{"person_id": 1}', "[]"])
def test_keeps_what_is_no_such_fact_with_the_reason(desk, payload):
    event_id = str(uuid4())
    desk.rows(
        "identity",
        "INSERT INTO outbox (event_id, name, payload, version, correlation_id, occurred_at) "
        "VALUES (%(event_id)s, 'GrantsChanged', %(payload)s, 1, '', now())",
        event_id=event_id,
        payload=payload,
    )
    kept = "SELECT state, listener, error FROM inbox WHERE event_id = %(event_id)s"
    (row,) = eventually(lambda: desk.rows("teller", kept, event_id=event_id))
    assert (row.state, row.listener) == ("dead", "grants")
    assert "not what the contract declares" in row.error or "not a JSON object" in row.error


@pytest.mark.parametrize("exchange, key", [("", "grants-teller"), ("teller.events", "GrantsChanged")])
def test_ends_nobodys_rights_on_the_word_of_others_than_identity(rabbit_desk, exchange, key):
    """Whoever answers calls may write to any queue by its name; a service to its own exchange."""
    person, event_id = uuid4(), str(uuid4())
    token = rabbit_desk.keys.token(an_actor(person_id=person, epoch=1))
    body = f'{{"person_id": "{person}", "epoch": 2}}'
    with connect(rabbit_desk.uri, "forger") as connection:
        channel = connection.channel()
        channel.queue_bind("grants-teller", "teller.events", "GrantsChanged")
        channel.basic_publish(amqp.Message(body, content_type=JSON, message_id=event_id), exchange, key)
        kept = "SELECT state, listener, error FROM inbox WHERE event_id = %(event_id)s"
        (row,) = eventually(lambda: rabbit_desk.rows("teller", kept, event_id=event_id))
        channel.queue_unbind("grants-teller", "teller.events", "GrantsChanged")
    assert row == ("dead", "grants", "nobody listens to this here")
    assert not is_stale(rabbit_desk, Teller, "whoami", token)
    assert rabbit_desk.rows("teller", "SELECT 1 FROM epochs WHERE person_id = %(person)s", person=str(person)) == []
