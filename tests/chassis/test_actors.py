"""Tokens: what identity signs is what services read, and nothing else is."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws
from joserfc.jwk import OctKey

from chassis.actors import (
    ANONYMOUS,
    ANYONE,
    Actor,
    TokenVerifier,
    claims_of,
    is_let_in,
    private_key,
    require_all,
    sign_token,
    system_actor,
)
from chassis.errors import Forbidden, Unauthenticated
from chassis.ids import new_id
from chassis.testing import NARROWER

NOW = 1_800_000_000.0
PAIR = Ed25519PrivateKey.generate()
PUBLIC = PAIR.public_key().public_bytes_raw()
SOMEBODY = Actor(
    person_id=new_id(), session_id=new_id(), name="Zoé", email="zoe@example.org", language="fr", roles=("agent",),
    rights={"tickets.read": "group"}, serves=frozenset({new_id()}), organisation_id=new_id(), epoch=7,
)  # fmt: skip


def token_of(pair=PAIR, now=NOW):
    """Return a token for SOMEBODY signed with a key pair."""
    key = private_key(pair.private_bytes_raw(), pair.public_key().public_bytes_raw())
    return sign_token(key, claims_of(SOMEBODY), now)


def test_a_signed_actor_is_read_back_whole():
    """The same actor, also from memory."""
    verifier = TokenVerifier(PUBLIC)
    token = token_of()
    assert verifier.actor_of(token, NOW) == SOMEBODY
    assert verifier.actor_of(token, NOW + 299) == SOMEBODY


def test_an_expired_token_is_refused_even_if_remembered():
    """Five minutes, to the second."""
    verifier = TokenVerifier(PUBLIC)
    token = token_of()
    verifier.actor_of(token, NOW)
    with pytest.raises(Unauthenticated) as refusal:
        verifier.actor_of(token, NOW + 300)
    assert refusal.value.code == "token_expired"


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b.c",
        token_of(Ed25519PrivateKey.generate()),
        token_of()[:-8] + "AAAAAAAA",
        jws.serialize_compact({"alg": "HS256"}, b"{}", OctKey.import_key(PUBLIC), algorithms=["HS256"]),
        "eyJhbGciOiJub25lIn0.e30.",
    ],
    ids=["empty", "rubbish", "other key", "cut", "public key as HMAC secret", "alg none"],
)
def test_forged_tokens_are_refused(token):
    """CVE-2015-9235 and kin: only our algorithm with our key counts."""
    with pytest.raises(Unauthenticated) as refusal:
        TokenVerifier(PUBLIC).actor_of(token, NOW)
    assert refusal.value.code == "token_invalid"


@pytest.mark.parametrize(
    "payload",
    [b"", b"x", b"\xff", b"[]", b'"x"', b"{}"]
    + [json.dumps({**claims_of(SOMEBODY), "exp": NOW + 1, **other}).encode() for other in ({"sub": "x"}, {"sub": 7})],
)
def test_what_is_signed_and_names_nobody_is_no_token(payload):
    """With the right key: it may be identity's own, of another version."""
    key = private_key(PAIR.private_bytes_raw(), PUBLIC)
    token = jws.serialize_compact({"alg": "Ed25519"}, payload, key, algorithms=["Ed25519"])
    with pytest.raises(Unauthenticated) as refusal:
        TokenVerifier(PUBLIC).actor_of(token, NOW)
    assert refusal.value.code == "token_invalid"


def test_scopes():
    """A service may all; a person what their rights say; nobody nothing."""
    assert system_actor("dispatch").scope("tickets.read") == "all"
    assert SOMEBODY.scope("tickets.read") == "group"
    assert not SOMEBODY.may("tickets.assign")
    assert not ANONYMOUS.may("tickets.read")


def test_facts_carry_the_person_who_acts():
    """By id and name alone; of nobody and of a service nothing."""
    assert SOMEBODY.as_fact() == {"person_id": str(SOMEBODY.person_id), "name": "Zoé"}
    assert ANONYMOUS.as_fact() is None
    assert system_actor("dispatch").as_fact() is None


@pytest.mark.parametrize(
    ("permission", "is_in"),
    [
        (ANYONE, True),
        ("tickets.read", True),
        ("tickets.assign", False),
        (("tickets.assign", "tickets.read"), True),
        (("tickets.assign", "tickets.move"), False),
        ((), False),
        (None, False),
    ],
)
def test_who_is_let_in(permission, is_in):
    """By what the table names, by one of several, by nothing at all."""
    assert is_let_in(SOMEBODY, permission) is is_in


def test_what_no_table_names_lets_not_even_a_service_in():
    """It may all that has a name."""
    assert not is_let_in(system_actor("dispatch"), None)


@pytest.mark.parametrize("scope", NARROWER)
def test_a_narrower_scope_is_not_all(scope):
    """Nor is none at all."""
    with pytest.raises(Forbidden) as refused:
        require_all(Actor(rights={} if scope is None else {"sla.write": scope}), "sla.write")
    assert refused.value.code == "not_allowed"


def test_all_is_all():
    require_all(Actor(rights={"sla.write": "all"}), "sla.write")
    require_all(system_actor("dispatch"), "sla.write")
