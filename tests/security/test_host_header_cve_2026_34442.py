"""CVE-2026-34442 (FreeScout): links were built from the request's Host header, so that whoever asked for a mail in
another's name chose where its links lead.

The same kind in many: reset poisoning by `X-Forwarded-Host`. Here no answer, and nothing that a service is told,
has a word of these headers in it; links begin with PUBLIC_URL, which is a setting.
"""

import re
from uuid import UUID

import pytest

from services.tickets.contract import Tickets
from tests.contracts.house import SERVICES, service_class
from tests.gateway.conftest import SIGNED_IN
from tests.gateway.routes import rules_of
from tests.security.edges import PUBLIC_URL

EVIL = "evil.example"
CLAIMS = [
    {"Host": EVIL},
    {"Host": f"{EVIL}:443@desk.example"},
    {"X-Forwarded-Host": EVIL},
    {"X-Forwarded-Host": f"desk.example, {EVIL}", "X-Forwarded-Proto": "https", "X-Forwarded-Port": "666"},
    {"Forwarded": f"host={EVIL};proto=https"},
    {"X-Host": EVIL, "X-Original-Host": EVIL, "X-HTTP-Host-Override": EVIL},
    {"X-Forwarded-Server": EVIL, "X-Forwarded-Prefix": f"//{EVIL}"},
    {"X-Original-URL": f"https://{EVIL}/", "X-Rewrite-URL": f"https://{EVIL}/", "Referer": f"https://{EVIL}/"},
]


@pytest.fixture
def answering(services):
    """Services that answer every method with a word."""
    for name in SERVICES:
        contract = service_class(name).contract
        for method in contract.methods():
            if method != "token_for":
                getattr(services[contract], method).return_value = {"id": "word"}
    return services


def paths_of(app):
    """Return `(verb, path)` of every route, also as it is written with a slash too many."""
    for verb, rule in rules_of(app):
        path = re.sub("<[a-z_]+>", "x", re.sub("<uuid:[a-z_]+>", str(UUID(int=1)), rule))
        yield from ((verb, path), (verb, path.replace("/api/", "/api//")))


def test_no_answer_and_no_call_has_a_word_of_it(app, http, answering):
    """On every route, redirects and refusals included; all that is claimed is claimed at once."""
    claims = {name: value for claim in CLAIMS for name, value in claim.items()} | CLAIMS[0] | SIGNED_IN
    for verb, path in paths_of(app):
        answer = http.open(path, method=verb, json={} if verb in ("POST", "PATCH") else None, headers=claims)
        assert EVIL not in str(answer.headers), (verb, path)
        assert EVIL.encode() not in answer.data, (verb, path)
    asked = [str(call) for made in answering._made.values() for call in made.mock_calls]
    assert len(asked) > len(Tickets.methods())
    assert [call for call in asked if EVIL in call] == []


def test_the_link_of_a_webform_leads_to_the_public_url(desk_over_http, own_databases, a_form):
    """In the answer; the mail's is made of the setting by notifications, which the fact tells nothing of it."""
    http = desk_over_http("inbound")
    report = {"subject": "Lift", "description": "It stands still."}
    for claims in CLAIMS:
        answer = http.post(f"/api/v1/public/forms/{a_form}", json=report, headers=claims).json
        assert answer["follow_url"] == f"{PUBLIC_URL}/api/v1/public/requests/{answer['token']}"
    told = own_databases("inbound").read("SELECT * FROM outbox WHERE name = 'WebformSubmitted'")
    assert len(told) >= len(CLAIMS)
    assert EVIL not in str(told)
