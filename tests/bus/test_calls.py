"""Calls on either bus: who is answered, with what, and what a refusal leaves behind."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from chassis.actors import TOKEN_SECONDS
from chassis.bus.client import RpcClient
from chassis.bus.rabbit import caller
from chassis.bus.rabbit.caller import QUIET_SECONDS
from chassis.bus.rabbit.methods import ask_for_a_sign
from chassis.bus.wire import CORRELATION, REQUEST_KEY, TOKEN, InternalError, MissingFromContract, decode
from chassis.contract import Answer, Contract, RawJSON, query
from chassis.errors import ERRORS, Forbidden, Invalid, TimedOut, Unauthenticated, Unavailable
from chassis.testing import an_actor
from tests.bus.desks import Keys
from tests.bus.services.hearer.contract import Hearer
from tests.bus.services.identity.contract import Identity
from tests.bus.services.teller.contract import Teller


def total(desk):
    """Return the number to which `count` adds."""
    return sum(row.total for row in desk.rows("teller", "SELECT total FROM sums"))


def raw_call(desk, method, body, **headers):
    """Send bytes as a call's body; return the reply's envelope."""
    known = {"token": TOKEN, "key": REQUEST_KEY, "correlation": CORRELATION}
    named = {known[name]: value for name, value in headers.items()}
    reply = desk.client._transport.call("teller", method, body, named, 5)
    return decode(reply.body)


def test_answers_the_actor_that_the_token_names(desk):
    answer = desk.ask(Teller, an_actor(name="Ada", rights={"x": "all"})).whoami()
    assert answer == {"name": "Ada"}, "what the contract does not declare must not leave the service"


def test_answers_anonymous_methods_without_a_token_and_knows_who_brings_one(desk):
    assert desk.client.of(Teller).ping() == {"name": ""}
    assert desk.ask(Teller, an_actor(name="Ada")).ping() == {"name": "Ada"}


@pytest.mark.parametrize("contract", [Teller, Hearer, Identity])
def test_refuses_every_other_method_without_a_token(desk, contract):
    guarded = contract.methods().keys() - contract.anonymous()
    assert guarded, "the contract must have a method to refuse"
    for name in guarded:
        reply = desk.client._transport.call(contract.service, name, b'{"args":[],"kwargs":{}}', {}, 5)
        assert decode(reply.body)["error"]["exc_args"][0] == "token_missing", name


def test_refuses_tokens_that_are_forged_expired_or_nonsense(desk):
    actor, before = an_actor(rights={}), total(desk)
    good = desk.keys.token(actor)
    head, claims, signature = good.split(".")
    tokens = {
        "token_expired": [desk.keys.token(actor, now=time.time() - TOKEN_SECONDS - 1)],
        "token_invalid": [
            Keys().token(actor),
            "x",
            "..",
            f"{head}.{claims}.",
            f"{head}.{claims[:-2]}AA.{signature}",
            # RFC 8725, 2.1: the token says by itself that nobody need sign it.
            f"eyJhbGciOiJub25lIn0.{claims}.",
            {"alg": "none"},
        ],
    }
    for code, bad_tokens in tokens.items():
        for token in bad_tokens:
            with pytest.raises(Unauthenticated) as refusal:
                desk.ask(Teller, token=token).count()
            assert refusal.value.code == code, token
    assert total(desk) == before


def test_refuses_who_lacks_the_permission(desk):
    with pytest.raises(Forbidden) as refusal:
        desk.ask(Teller, an_actor(rights={"things.look_at": "all"})).reserved()
    assert refusal.value.code == "not_allowed"
    allowed = an_actor(name="Ada", rights={"things.reserve": "own"})
    assert desk.ask(Teller, allowed).reserved() == {"name": "Ada"}


def test_refuses_a_method_that_the_permission_table_does_not_name(desk):
    with pytest.raises(Forbidden):
        desk.ask(Teller, an_actor(rights={"forgotten": "all"})).forgotten()


def test_names_the_fields_that_are_wrong_and_does_nothing(desk):
    before = total(desk)
    with pytest.raises(Invalid) as refusal:
        desk.ask(Teller).count(amount="many", colour="red", note="a\x00b")
    assert refusal.value.context["fields"].keys() == {"amount", "colour", "note"}
    assert total(desk) == before


def test_says_that_a_method_is_unknown(desk):
    class Newer(Contract):
        service = "teller"

        @query(gives=Answer)
        def levitate(self):
            """Nobody can."""

    with pytest.raises(MissingFromContract):
        desk.ask(Newer).levitate()


@pytest.mark.parametrize("kind", sorted(ERRORS))
def test_carries_refusals_whole(desk, kind):
    with pytest.raises(ERRORS[kind]) as refusal:
        desk.ask(Teller).refuse(kind=kind)
    assert type(refusal.value) is ERRORS[kind]
    assert refusal.value.args == ("refused_here", "No.", {"why": ["because"]})


def test_keeps_the_cause_of_a_failure_to_itself_and_logs_it(desk):
    with pytest.raises(InternalError) as failure:
        desk.ask(Teller).refuse(kind="bug")
    assert str(failure.value) == "internal_error"
    assert "the secret cause" in desk.log("embedded" if desk.kind == "local" else "teller")


def test_passes_the_bytes_that_postgresql_built_untouched(desk):
    answer = desk.ask(Teller).raw()
    assert answer == RawJSON('{"b":  1, "a": "é"}'.encode(), 7)


def test_gives_up_when_its_patience_ends(desk):
    hasty = RpcClient(desk.client._transport, timeout=0.2)
    began = time.monotonic()
    with pytest.raises(TimedOut):
        hasty.of(Teller).wait(seconds=1)
    assert time.monotonic() - began < 0.8
    assert desk.ask(Teller).ping()["name"], "a slow call must not hold up others"


def test_waits_for_a_service_that_takes_its_time(desk):
    """However long it is silent, within the caller's patience; others are answered meanwhile."""
    with ThreadPoolExecutor(1) as threads:
        late = threads.submit(desk.ask(Teller, an_actor(name="Ada")).wait, seconds=2.5 * QUIET_SECONDS)
        assert desk.ask(Teller, an_actor(name="Ada")).ping() == {"name": "Ada"}
        assert not late.done()
        assert late.result() == {"name": "late"}


def test_asks_a_healthy_broker_for_signs_while_a_service_takes_its_time(rabbit_desk, monkeypatch):
    """It gives them; nothing else comes from it meanwhile, and the one late answer is that of the service."""
    asked = []
    monkeypatch.setattr(caller, "ask_for_a_sign", lambda channel: asked.append(channel) or ask_for_a_sign(channel))
    client = RpcClient.connect(rabbit_desk.uri)
    try:
        assert client.of(Teller).wait(seconds=2.5 * QUIET_SECONDS) == {"name": "late"}
        # Two at least; a busy machine answers later.
        assert asked[:2] == [client._transport._channel] * 2
    finally:
        client.close()


def test_says_at_once_that_nobody_is_such_a_service(desk):
    class Nobody(Contract):
        service = "nobody"

        @query()
        def ping(self):
            """Nobody answers."""

    began = time.monotonic()
    with pytest.raises(Unavailable):
        desk.client.of(Nobody).ping()
    assert time.monotonic() - began < 1


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"[]",
        b'{"args": []}',
        b'{"args": [1], "kwargs": {}}',
        b'{"kwargs": {"amount": NaN}}',
        b'{"kwargs": {"note": "\\ud800"}}',
        b"\xff\xfe",
        b'{"kwargs": ' + b'{"a":' * 50_000,
        b'{"kwargs": {"note": "' + b"x" * 1_000_000 + b'"}}',
    ],
    ids=lambda body: repr(body[:24]),
)
def test_refuses_a_body_that_is_not_a_request(desk, body):
    before = total(desk)
    envelope = raw_call(desk, "count", body, token=desk.keys.token(an_actor()), key="k")
    assert envelope["error"]["exc_path"] == "nameko.exceptions.MalformedRequest"
    assert total(desk) == before


def test_logs_one_line_with_the_correlation_id(desk):
    desk.ask(Teller, correlation_id="corr-1234").whoami()
    lines = [
        line for line in desk.log("embedded" if desk.kind == "local" else "teller").splitlines() if "corr-1234" in line
    ]
    assert len(lines) == 1
    assert '"method": "teller.whoami"' in lines[0] and '"duration_ms"' in lines[0]


class TestRequestKeys:
    """A command is carried out once per request key."""

    def test_gives_the_same_answer_again_and_does_nothing(self, desk):
        asking = desk.ask(Teller, request_id="same-key")
        first = asking.count(amount=5)
        before = total(desk)
        assert asking.count(amount=5) == first
        assert total(desk) == before

    def test_refuses_the_key_for_something_else(self, desk):
        asking = desk.ask(Teller, request_id="other-body")
        asking.count(amount=1)
        before = total(desk)
        with pytest.raises(Invalid) as refusal:
            asking.count(amount=2)
        assert (refusal.value.code, refusal.value.status) == ("request_key_reused", 422)
        assert total(desk) == before

    def test_keeps_the_keys_of_different_actors_apart(self, desk):
        before = total(desk)
        for actor in (an_actor(), an_actor()):
            desk.ask(Teller, actor, request_id="shared-key").count(amount=1)
        assert total(desk) == before + 2

    def test_carries_out_one_of_many_at_once(self, desk):
        actor, before = an_actor(), total(desk)
        asking = desk.ask(Teller, actor, request_id="all-at-once")
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(lambda _: asking.count(amount=1), range(16)))
        assert answers == [answers[0]] * 16
        assert total(desk) == before + 1

    @pytest.mark.parametrize(
        "key, code",
        [
            (None, "request_key_missing"),
            ("", "request_key_missing"),
            ("k" * 256, "request_key_wrong"),
            ("a\nb", "request_key_wrong"),
            (7, "request_key_wrong"),
        ],
    )
    def test_refuses_a_command_without_a_fit_key(self, desk, key, code):
        before = total(desk)
        token = desk.keys.token(an_actor())
        envelope = raw_call(desk, "count", b'{"kwargs": {}}', token=token, key=key)
        assert envelope["error"]["exc_args"][0] == code
        assert total(desk) == before

    def test_never_stores_an_answer_that_is_secret(self, desk):
        before = total(desk)
        desk.client.of(Teller, request_id="secret-key").count_secretly(amount=1)
        assert total(desk) == before + 1
        stored = "SELECT count(*) FROM requests WHERE method = 'count_secretly' OR key = 'secret-key'"
        assert desk.value("teller", stored) == 0
