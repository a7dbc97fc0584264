"""CVE-2026-34720 (Zammad): a header with which a proxy tells who signed in was taken from anybody.

Here only a session says who somebody is over HTTP, and only a signed token over the broker: nameko's context headers,
sent by HTTP, stay outside, and a `user_id` within the context is no more than a word.
"""

import json

from chassis.bus.calls import Call
from chassis.bus.wire import REQUEST_KEY, TOKEN, encode_request
from chassis.ids import new_id
from chassis.testing import an_actor
from services.identity.contract import Identity
from services.tickets.contract import Tickets
from tests.contracts.house import service_class
from tests.gateway.conftest import SIGNED_IN
from tests.security.edges import edge_of, token_of

NAMES = [
    "X-Remote-User", "Remote-User", "X-Forwarded-User", "X-Forwarded-Email", "X-User-Id", "X-Auth-Token",
    "X-Auth-Request-User", "X-WebAuth-User", "X-SSL-Client-S-DN", "X-Original-User", "X-Real-User", "Cookie",
    "Proxy-Authorization", "X-Amzn-Oidc-Identity", "nameko.auth_token", "nameko.user_id", "nameko.call_id_stack",
    "auth_token", "user_id",
]  # fmt: skip
WORDS = ("user_id", "nameko.user_id", "nameko.session", "nameko.role", "nameko.actor", "auth_token", "actor")


def test_a_header_from_outside_is_nothing(http, services):
    """Unsigned it is refused before anybody is asked; signed in, the call is the same with and without."""
    services[Tickets].list_tickets.return_value = {"items": [], "next_cursor": None}
    key = {"Idempotency-Key": "one"}
    for name in NAMES:
        assert http.get("/api/v1/tickets", headers={name: "admin"}).status_code == 401, name
    assert services.asked == []
    for claim in ({}, *({name: "admin"} for name in NAMES)):
        assert http.get("/api/v1/tickets", headers=SIGNED_IN | key | claim).status_code == 200, claim
    asked = [one[:3] for one in services.asked if one[0] is Tickets]
    assert asked == [(Tickets, "token-1", "one")] * (1 + len(NAMES))
    calls = services[Tickets].list_tickets.call_args_list
    assert calls == [calls[0]] * (1 + len(NAMES))


def asked(database, method, headers, **arguments):
    """Return `(result, error's code)` of a call to identity."""
    headers = {REQUEST_KEY: new_id().hex, **headers}
    reply = edge_of("identity", database).answer(
        service_class("identity")(), Call(method, encode_request(arguments), headers)
    )
    envelope = json.loads(reply.body)
    return envelope["result"], envelope["error"] and envelope["error"]["exc_args"][0]


def test_a_word_in_the_context_is_nobody(database, committed):
    """It neither signs anybody in nor makes the bearer of a token another one."""
    admin, person = committed("admin"), committed("requester")
    claims = {word: str(admin["id"]) for word in WORDS}
    for method in set(Identity.methods()) - Identity.anonymous():
        assert asked(database, method, claims) == (None, "token_missing"), method
    token = {TOKEN: token_of(an_actor(rights={}, person_id=person["id"]))}
    assert asked(database, "me", claims | token)[0]["id"] == str(person["id"])
    assert asked(database, "list_people", claims | token) == (None, "not_allowed")
