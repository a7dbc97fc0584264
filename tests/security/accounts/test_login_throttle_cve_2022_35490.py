"""CVE-2022-35490 (Zammad): wrong passwords were counted after they were looked at, so a burst of them at once was
looked at whole.

Here a try is counted, in a transaction of its own, before the password is looked at; by account and by network.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest

from chassis.ids import new_id
from services.identity.contract import Identity
from services.identity.domain import TRIES_PER_ACCOUNT, TRIES_PER_ORIGIN
from tests.actions.identity.given import PASSWORD, Refusing, contents, try_in_vain

AT_ONCE = 8


@pytest.mark.parametrize("counted", ["account", "network"])
def test_of_many_wrong_logins_at_once_no_more_are_looked_at_than_one_after_another(database, committed, work, counted):
    """On one account from nowhere in particular; from one network on accounts that are each tried a few times."""
    emails = [committed()["email"]] if counted == "account" else [f"{new_id().hex}@people.example" for _ in range(22)]
    origin, limit = ("", TRIES_PER_ACCOUNT) if counted == "account" else ("9.9.4.9", TRIES_PER_ORIGIN)
    tries = [emails[number % len(emails)] for number in range(limit + 50)]
    looking, before = Refusing(), contents(work)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        rounds = pool.map(lambda email: try_in_vain(database, email, 1, origin=origin, passwords=looking), tries)
        codes = [code for (code,) in rounds]
    assert sorted(codes) == ["credentials_wrong"] * limit + ["too_many_attempts"] * 50
    assert len(looking.compared) == limit
    assert contents(work) == before


def test_no_header_says_where_a_login_comes_from(http, services):
    """Else each try would come from another network; the connection's own address is what is counted."""
    services[Identity].log_in.return_value = {"session": "s", "person": {}}
    given = {"email": "a@people.example", "password": PASSWORD}
    claims = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP", "Via")
    for claim in claims:
        http.post("/api/v1/session", json=given, headers={claim: "for=9.9.9.9" if claim == "Forwarded" else "9.9.9.9"})
    assert http.post("/api/v1/session", json={**given, "origin": "9.9.9.9"}).status_code == 422
    assert origins(services) == ["127.0.0.1"] * len(claims)


@pytest.mark.parametrize(
    ("proxies", "passed_on", "origin"),
    [
        (0, "9.9.9.9", "127.0.0.1"),
        (1, "9.9.9.9", "9.9.9.9"),
        (1, "6.6.6.6, 9.9.9.9", "9.9.9.9"),
        (1, "6.6.6.6,127.0.0.1,2001:4860:4860::1", "2001:4860:4860::1"),
        (1, '", 9.9.9.9', "9.9.9.9"),
        (1, '6.6.6.6, "\\, 9.9.9.9', "9.9.9.9"),
        (1, "9.9.9.9,", "127.0.0.1"),
        (1, "", "127.0.0.1"),
        (1, None, "127.0.0.1"),
        (2, "6.6.6.6, 9.9.9.9, 10.0.0.2", "9.9.9.9"),
        (2, "10.0.0.2", "127.0.0.1"),
        (1, "9.9.9.9:4711", "9.9.9.9"),
        (1, "6.6.6.6:80, 9.9.9.9:4711", "9.9.9.9"),
        (1, "[2001:4860:4860::1]:4711", "2001:4860:4860::1"),
        (1, "[2001:4860:4860::1]", "2001:4860:4860::1"),
        (1, "6.6.6.6, [::ffff:9.9.9.9]:4711", "::ffff:9.9.9.9"),
        (2, "6.6.6.6, 9.9.9.9:4711, 10.0.0.2:443", "9.9.9.9"),
        (0, "9.9.9.9:4711", "127.0.0.1"),
        # What is neither form stays what the proxy wrote.
        (1, "2001:4860:4860::1:4711", "2001:4860:4860::1:4711"),
        (1, "9.9.9.9:", "9.9.9.9:"),
        (1, "9.9.9.9:4711:4711", "9.9.9.9:4711:4711"),
        (1, "[2001:4860:4860::1", "[2001:4860:4860::1"),
        (1, "6.6.6.6 9.9.9.9:4711", "6.6.6.6 9.9.9.9:4711"),
        (1, "unknown", "unknown"),
    ],
)
def test_a_proxy_of_ours_says_where_a_login_comes_from(app, http, services, proxies, passed_on, origin):
    """Exactly as many as are trusted, counted from the nearest; what was sent along stands before, and for nothing."""
    app.extensions["fielddesk"].trusted_proxies = proxies
    services[Identity].log_in.return_value = {"session": "s", "person": {}}
    headers = {"X-Real-IP": "6.6.6.6", "Forwarded": "for=6.6.6.6", "X-Forwarded-Host": "evil.example"}
    headers |= {} if passed_on is None else {"X-Forwarded-For": passed_on}
    http.post("/api/v1/session", json={"email": "a@people.example", "password": PASSWORD}, headers=headers)
    assert origins(services) == [origin]


def test_a_login_whose_address_the_server_does_not_know(http, services):
    """As over a socket of this host: it comes from nowhere, and goes on."""
    services[Identity].log_in.return_value = {"session": "s", "person": {}}
    asked = {"email": "a@people.example", "password": PASSWORD}
    http.post("/api/v1/session", json=asked, environ_base={"REMOTE_ADDR": None})
    assert origins(services) == [""]


def origins(services):
    """Return where identity was told that logins come from."""
    return [call.kwargs["origin"] for call in services[Identity].log_in.call_args_list]
