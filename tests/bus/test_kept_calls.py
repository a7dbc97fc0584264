"""What is kept of calls that nobody could be answered for: enough to count and tell, never token or password."""

import json
import pickle
from uuid import uuid4

import pytest

from chassis.bus.calls import Call
from chassis.bus.inbox_rows import row_of
from chassis.bus.refused_calls import LEFT_OUT, RefusedCalls
from chassis.bus.wire import REQUEST_KEY, TOKEN, InternalError, encode_request
from chassis.dead_letters import REPLAY
from chassis.errors import TimedOut
from chassis.testing import an_actor
from tests.bus.replays import await_second_outcomes
from tests.bus.services.teller.contract import Teller
from tests.waiting import eventually

PASSWORD = "correct horse battery staple"
BOTH = {"password": PASSWORD, "note": "seen"}
KEPT_NOTE = b'{"args":[],"kwargs":{"note":"seen"}}'


def letter_of(method="end_process_secretly", body=None, headers=None, content_type="application/json"):
    """Return what is kept of one call."""
    call = Call(method, encode_request(BOTH) if body is None else body, headers or {}, content_type)
    return RefusedCalls(Teller, None, None).letter_of(call, "c", "r")


@pytest.mark.parametrize(
    "particulars, kept, left_out",
    [
        ({}, KEPT_NOTE, "arguments"),
        ({"body": encode_request({**BOTH, "pasword": PASSWORD})}, KEPT_NOTE, "arguments"),
        ({"body": encode_request({"note": "seen"})}, KEPT_NOTE, None),
        ({"body": encode_request({"link": PASSWORD, "note": "seen"})}, KEPT_NOTE, "arguments"),
        ({"body": encode_request({"note": "seen"}), "headers": {TOKEN: PASSWORD}}, KEPT_NOTE, "token"),
        ({"headers": {TOKEN: {"a": PASSWORD}, "authorization": PASSWORD}}, KEPT_NOTE, "arguments and token"),
        ({"body": encode_request(BOTH)[:-1]}, b"", "body"),
        ({"body": b"[" * 100_000 + PASSWORD.encode()}, b"", "body"),
        ({"body": json.dumps({"args": [PASSWORD], "kwargs": {}}).encode()}, b"", "body"),
        ({"body": encode_request({**BOTH, "note": "x" * 900_000})[:-2] + b" " * 200_000 + b"}}"}, b"", "body"),
        ({"body": pickle.dumps(BOTH), "content_type": "application/x-python-serialize"}, b"", "body"),
        ({"method": "levitate"}, b'{"args":[],"kwargs":{}}', "arguments"),
        ({"method": "levitate", "body": PASSWORD.encode()}, b"", "body"),
        ({"method": "count", "body": b"{"}, b"{", None),
    ],
    ids=[
        "secret argument",
        "misspelt argument",
        "nothing secret",
        "link token",
        "token",
        "token of another type",
        "broken JSON",
        "nested",
        "given by place",
        "too large",
        "pickle",
        "unknown method",
        "unknown method, broken JSON",
        "method without secrets",
    ],
)
def test_keeps_neither_token_nor_secret(particulars, kept, left_out):
    letter = letter_of(**particulars)
    assert letter.body == kept
    assert letter.headers.get(LEFT_OUT) == left_out
    assert PASSWORD not in str(row_of("call", letter, with_content=True))


def test_knows_a_call_again_without_a_hash_of_its_secret():
    headers = {TOKEN: "t", REQUEST_KEY: "k"}
    assert letter_of(headers=headers).headers == {
        "event_id": letter_of().headers["event_id"],
        REQUEST_KEY: "k",
        "content_type": "application/json",
        LEFT_OUT: "arguments and token",
    }
    other = encode_request({"password": "another", "note": "seen"})
    assert letter_of(body=other).event_id == letter_of().event_id
    other = encode_request({"password": PASSWORD, "note": "another"})
    assert letter_of(body=other).event_id != letter_of().event_id


def test_counts_a_call_that_ends_its_process_without_its_secrets(rabbit_desk):
    password, token = f"hidden-{uuid4().hex}", rabbit_desk.keys.token(an_actor(rights={}, epoch=1))
    asking = rabbit_desk.ask(Teller, token=token, request_id="ends-it")
    with rabbit_desk.keep_up() as supervisor:
        with pytest.raises((InternalError, TimedOut)):
            asking.end_process_secretly(password=password, note="seen")
        row = eventually(lambda: dead_call(rabbit_desk), what="the dead call")
        rabbit_desk.await_ready()
        assert row.error == "It was in hand when the process ended."
        assert bytes(row.body) == KEPT_NOTE
        assert row.headers[LEFT_OUT] == "arguments and token"
        assert rabbit_desk.rows("teller", REPLAY, id=str(row.event_id))
        ((state, tries, reason),) = await_second_outcomes(rabbit_desk, "teller", [str(row.event_id)]).values()
        assert (state, tries) == ("dead", 1)
        assert reason.startswith("kept without what it needs: arguments and token; whoever asked")
    assert supervisor.deaths == 2, "the third time, and when it is replayed, it is refused unseen"
    everything = whatever_stands_in(rabbit_desk, "teller")
    assert "ends-it" in everything, "the search finds what is kept"
    for secret in (password, token, token.rpartition(".")[2]):
        assert secret not in everything
        assert secret.encode().hex() not in everything


def dead_call(desk):
    """Return the row of the call that is dead, or nothing yet."""
    kept = "SELECT * FROM inbox WHERE name = 'end_process_secretly' AND state = 'dead'"
    return next(iter(desk.rows("teller", kept)), None)


def whatever_stands_in(desk, service):
    """Return every row of every table of a service as text, binary columns as hexadecimal digits."""
    tables = desk.rows(service, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return "\n".join(row[0] for (table,) in tables for row in desk.rows(service, f'SELECT t::text FROM "{table}" t'))
