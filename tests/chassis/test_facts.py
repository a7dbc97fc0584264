"""What is a fact, and what is refused with a reason."""

from uuid import uuid4

import pytest

from chassis.bus.facts import Letter, letter_of, open_letter
from chassis.bus.wire import JSON, LARGEST_FACT, Refused
from chassis.contract import Event, fields
from tests.chassis.relays import TOLD_AT, a_row


class Said(Event, source="teller"):
    """Something was said."""

    word = fields.String(required=True)


def a_letter(body=b'{"word": "yes"}', **headers):
    """Return a letter as it comes over the bus; its headers are right unless they are given."""
    right = {"event_id": str(uuid4()), "content_type": JSON, "version": 1, "occurred_at": TOLD_AT.isoformat()}
    return Letter("teller", "Said", body, {**right, "correlation_id": "c", **headers})


@pytest.mark.parametrize("version", [0, 2**63 - 1])
def test_any_version_that_a_table_holds_is_one(version):
    assert open_letter(a_letter(version=version), Said).version == version


ADA = {"person_id": "1", "name": "Ada"}


@pytest.mark.parametrize(
    ("actor", "known"), [(None, None), (ADA, ADA), ('{"person_id": "1", "name": "Ada", "more": 1}', {**ADA, "more": 1})]
)
def test_an_actor_comes_as_json_or_as_amqp_has_it(actor, known):
    fact = open_letter(a_letter(actor=actor), Said)
    assert (fact.actor, fact.data, fact.occurred_at, fact.correlation_id) == (known, {"word": "yes"}, TOLD_AT, "c")


@pytest.mark.parametrize(
    ("headers", "reason"),
    [({"version": version}, "no version") for version in (-1, 2**63, True, 1.0, "1", None)]
    + [({"actor": actor}, "actor is not a person") for actor in ({"name": "Ada"}, {"person_id": "1"}, "7", 7)]
    + [({"occurred_at": text}, "no instant") for text in (None, 7, "yesterday")]
    + [
        ({"occurred_at": "2026-11-16T09:00"}, "an instant without its zone"),
        ({"content_type": "text/json"}, "not JSON"),
        ({"event_id": uuid4().hex}, "no message_id"),
        ({"event_id": uuid4()}, "no message_id"),
        ({"body": b"[]"}, "not a JSON object"),
        ({"body": b'{"word": 7}'}, "not what the contract declares"),
        ({"body": b'{"word": "yes"}'.ljust(LARGEST_FACT + 1)}, "too large"),
    ],
)
def test_what_is_no_fact_says_why(headers, reason):
    with pytest.raises(Refused) as refused:
        open_letter(a_letter(**headers), Said)
    assert refused.value.reason == reason


def test_the_largest_fact_is_one():
    assert open_letter(a_letter(b'{"word": "yes"}'.ljust(LARGEST_FACT)), Said).data == {"word": "yes"}


@pytest.mark.parametrize(
    ("payloads", "is_one"),
    [
        (({"ticket_id": "1"}, {"ticket_id": "1"}), True),
        (({"ticket_id": "1"}, {"ticket_id": "2"}), False),
        (({"ticket_id": "1"}, {}), False),
        (({}, [1]), True),
    ],
)
def test_only_facts_about_one_ticket_are_handled_in_one_transaction(payloads, is_one):
    """Many tickets changed at once would be locked together otherwise."""
    first, second = (a_row(number, "A1") for number in range(2))
    first.payload, second.payload = payloads
    letters = letter_of("tickets", first), letter_of("tickets", second)
    assert letters[0].is_of_one_transaction_with(letters[1]) is is_one
