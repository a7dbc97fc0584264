"""CVE-2020-11982 (Airflow): whoever reached the broker had code carried out; CVE-2021-23727 (Celery) by its results.

Reaching the broker is no right here: each method of each service wants a token that identity has signed, and looks at
it before it looks at anything else. Bodies are JSON and nothing else is ever decoded (CVE-2026-47161: pickle).
"""

import json
import pickle
from base64 import urlsafe_b64decode, urlsafe_b64encode
from time import time
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws
from joserfc.jwk import OctKey

from chassis.actors import ANYONE, claims_of
from chassis.bus.calls import Call
from chassis.bus.wire import REQUEST_KEY, TOKEN, encode_request
from chassis.testing import an_actor
from tests.contracts.house import SERVICES, methods_of, permissions_asked, permissions_of
from tests.security.edges import PUBLIC, edge_of, token_of

ADMIN = an_actor(role="admin", rights=["people.write"])
NOBODY = an_actor(rights={})


class Untouched:
    """Stands for a database and a service that a refused call must not reach."""

    def __getattr__(self, name):
        raise AssertionError(f"the call came as far as {name}")


def with_payload(token, **claims):
    """Return a token with other claims under the old signature."""
    head, _, signature = token.split(".")
    payload = urlsafe_b64encode(json.dumps({**claims_of(ADMIN), **claims}).encode()).rstrip(b"=").decode()
    return f"{head}.{payload}.{signature}"


def unsigned(token, algorithm="none"):
    """Return a token that says it needs no signature, or another one."""
    head = urlsafe_b64encode(json.dumps({"alg": algorithm}).encode()).rstrip(b"=").decode()
    return f"{head}.{token.split('.')[1]}."


def hashed(token):
    """Return a token whose signature is an HMAC by our public key, which everybody may know."""
    payload = token.split(".")[1]
    claims = urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    return jws.serialize_compact({"alg": "HS256"}, claims, OctKey.import_key(PUBLIC), algorithms=["HS256"])


GOOD = token_of(ADMIN)
FORGED = {
    "none": (None, "token_missing"),
    "empty": ("", "token_missing"),
    "another key's": (token_of(ADMIN, pair=Ed25519PrivateKey.generate()), "token_invalid"),
    "expired": (token_of(ADMIN, now=time() - 301), "token_expired"),
    "with more rights": (with_payload(token_of(NOBODY), exp=int(time()) + 300), "token_invalid"),
    "unsigned": (unsigned(GOOD), "token_invalid"),
    "without its signature": (unsigned(GOOD, "Ed25519"), "token_invalid"),
    "hashed": (hashed(GOOD), "token_invalid"),
    "a person's id": (str(ADMIN.person_id), "token_invalid"),
    "no text": ({"sub": str(ADMIN.person_id)}, "token_invalid"),
}


def refusal_of(service, method, token, body=None, content_type="application/json"):
    """Return `(kind, code)` of the refusal of a call; it must not reach the database or the service."""
    edge = edge_of(service, Untouched(), SimpleNamespace(check=lambda actor: None))
    headers = {REQUEST_KEY: "one", **({} if token is None else {TOKEN: token})}
    body = encode_request({}) if body is None else body
    error = json.loads(edge.answer(Untouched(), Call(method, body, headers, content_type)).body)["error"]
    return error["exc_type"], error["exc_args"][0]


@pytest.mark.parametrize("forgery", FORGED)
@pytest.mark.parametrize("service", SERVICES)
def test_no_method_is_carried_out_for_a_forged_token(service, forgery):
    """Anonymous methods neither, once a token is shown; only without one do they answer anybody."""
    token, code = FORGED[forgery]
    for name, method in methods_of(service).items():
        if token or not method.anonymous:
            assert refusal_of(service, name, token) == ("Unauthenticated", code), name


@pytest.mark.parametrize("service", SERVICES)
def test_a_good_token_without_the_right_goes_no_further(service):
    """The permission is looked at before the arguments."""
    token = token_of(NOBODY)
    for name, permission in permissions_of(service).items():
        if permission != ANYONE:
            assert refusal_of(service, name, token) == ("Forbidden", "not_allowed"), name


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_no_json_is_never_decoded(service):
    """Not even from the administrator."""
    opened = []
    bomb = pickle.dumps(SimpleNamespace(made=opened))
    for name, method in methods_of(service).items():
        token = None if method.anonymous else token_of(an_actor(rights=permissions_asked(service)))
        for content_type in ("application/x-python-serialize", "application/x-yaml", "application/data"):
            refusal = refusal_of(service, name, token, bomb, content_type)
            assert refusal == ("MalformedRequest", f"not JSON: content type {content_type!r}"), name
        assert refusal_of(service, name, token, bomb)[1].startswith("broken JSON"), name


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_but_the_contract_is_a_method(service):
    """Attributes of the service are none, whatever they are called."""
    for name in ("__init__", "__class__", "contract", "database", "settings", "files", "forget_expired", "sweep"):
        assert refusal_of(service, name, GOOD) == ("MethodNotFound", name)
