"""CVE-2026-44208 (Frappe): one endpoint, for discussions, had been forgotten and answered anybody.

Here whatever is not on a list asks for a session: routes by the gateway's own map, below. (Methods by their contracts:
`tests/contracts/test_entrypoints.py`; over the broker directly: `tests/e2e/test_rights.py`.)
"""

import pytest

from chassis.ids import new_id
from tests.contracts.house import ANONYMOUS
from tests.gateway.sockets import refusal, sent
from tests.security.samples import a_body
from tests.security.ways import ways_of

#: The whole list of routes that ask a service for anybody.
ROUTES = {
    "POST /session", "POST /registrations", "GET /public/registrations/<token>", "POST /public/registrations/<token>",
    "GET /public/forms/<slug>", "POST /public/forms/<slug>",
    "GET /public/requests/<token>", "GET /public/attachments/<token>",
    "GET /public/satisfaction/<token>", "POST /public/satisfaction/<token>",
}  # fmt: skip
#: Routes that ask no service.
ASK_NOBODY = {"/", "/home.css", "/livez", "/readyz", "/metrics", "/api/v1/openapi.json"}
#: Requests that are wrong in every way but one: they name nobody.
WRONG = {
    "fields": {"json": {"unheard_of": 1}, "query_string": "unheard_of=1"},
    "JSON": {"data": b"{", "content_type": "application/json"},
    "media type": {"data": b"unheard_of=1", "content_type": "text/plain"},
    "size": {"data": b" " * 2_000_000, "content_type": "application/json"},
    "version": {"json": {}, "headers": {"If-Match": ""}},
    "key": {"json": {}, "headers": {"Idempotency-Key": "é"}},
}


def test_every_rule_of_the_map_is_known(gateway_app):
    """It asks a service, or it is one of those that answer with nothing of anybody's."""
    asking = {f"/api/v1{way.path}" for way in ways_of(gateway_app)}
    assert {rule.rule for rule in gateway_app.url_map.iter_rules()} - asking == ASK_NOBODY
    asking_somebody = [rule for rule in gateway_app.url_map.iter_rules() if rule.rule not in ASK_NOBODY]
    assert len(ways_of(gateway_app)) == len(asking_somebody)


def test_routes(app, http, services):
    """Asked with whatever they take, all but the public ones answer 401, and no service hears of it."""
    private = [way for way in ways_of(app) if str(way) not in ROUTES]
    assert len(private) + len(ROUTES) == len(ways_of(app))
    for way in private:
        body = None if way.verb in ("GET", "DELETE") or "attachments" in way.path else a_body(way.takes)
        answer = http.open(f"/api/v1{way.path_to(new_id())}", method=way.verb, json=body)
        assert (answer.status_code, answer.json["code"]) == (401, "not_signed_in"), str(way)
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert services.asked == []
    assert [str(way) for way in private if way.method.name in ANONYMOUS.get(way.service, ())] == []


@pytest.mark.parametrize("request_", WRONG.values(), ids=WRONG)
def test_whoever_bears_no_session_is_told_so_first(app, http, services, request_):
    """Nothing else of the request is looked at, so nothing is learnt of what a route takes."""
    for way in ways_of(app):
        if str(way) not in ROUTES:
            answer = http.open(f"/api/v1{way.path_to(new_id())}", method=way.verb, **request_)
            assert (answer.status_code, answer.json["code"]) == (401, "not_signed_in"), str(way)
    assert services.asked == []


def test_public_routes_say_what_they_take(app, http, services):
    """They are for those who bear no session."""
    for way in ways_of(app):
        if str(way) in ROUTES and way.verb == "POST":
            answer = http.open(f"/api/v1{way.path_to(new_id())}", method=way.verb, json={"unheard_of": 1})
            assert (answer.status_code, answer.json["code"]) == (422, "input_invalid"), str(way)
    assert services.asked == []


def test_whoever_asks_what_a_route_can_do_is_told(http):
    """That stands in the public document, too."""
    answer = http.options("/api/v1/tickets")
    assert (answer.status_code, set(answer.allow)) == (200, {"GET", "HEAD", "OPTIONS", "POST"})


def test_both_servers_say_so_first(ports):
    """The one that everything runs in, and gunicorn."""
    for port in ports:
        head = "POST /api/v1/tickets HTTP/1.1\r\nHost: desk\r\nConnection: close\r\nContent-Type: application/json\r\n"
        with sent(port, f'{head}Content-Length: 16\r\n\r\n{{"unheard_of": 1') as connection:
            assert refusal(connection) == (401, "not_signed_in")
