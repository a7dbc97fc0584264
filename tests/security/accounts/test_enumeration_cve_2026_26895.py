"""CVE-2026-26895 (osTicket): the answer of a login or a forgotten password told which addresses have an account.

CVE-2021-36095, CVE-2022-32741 (OTRS) and CVE-2021-38562 (RT) are its kin, by text or by time. Here an address that
is unknown, somebody's, invited or closed is answered by the same bytes but for ids, and costs the same Argon2.
"""

import re

import pytest
from argon2 import extract_parameters

from chassis.ids import new_id
from chassis.testing import MONDAY
from services.identity import passwords as hashing
from services.identity.actions import people
from tests.actions.identity.given import ADMIN, PASSWORD

_IDS = re.compile(rb'"(?:request_id|person_id)": ?"[0-9a-f-]{36}"')


class Counting:
    """The hasher that the desk has, and what it was asked to do."""

    def __init__(self, hasher):
        self._hasher = hasher
        self.hashed, self.compared = 0, []

    def hash(self, password):
        """Count and hash."""
        self.hashed += 1
        return self._hasher.hash(password)

    def verify(self, password_hash, password):
        """Keep the cost that the hash asks for, and compare."""
        self.compared.append((extract_parameters(password_hash), password))
        return self._hasher.verify(password_hash, password)


@pytest.fixture
def counting(monkeypatch):
    """Return what counts the work of Argon2."""
    hasher = Counting(hashing._HASHER)
    monkeypatch.setattr(hashing, "_HASHER", hasher)
    return hasher


@pytest.fixture
def addresses(database, committed, passwords):
    """Return an address of each kind by name."""
    closed = committed()
    with database.work(now=MONDAY) as closing:
        people.change_person(closing, ADMIN, person_id=closed["id"], active=False, passwords=passwords)
        closing.commit()
    # As long as the others: the length of an answer must not follow from the length of a question.
    unknown = f"{new_id().hex}@people.example"
    kinds = {"somebody's": committed()["email"], "invited": committed(password=None)["email"]}
    return {**kinds, "closed": closed["email"], "unknown": unknown}


def seen(answer):
    """Return all that a stranger sees of an answer but for what is another each time."""
    headers = {name: value for name, value in answer.headers.items() if name not in ("X-Request-ID", "Date")}
    return answer.status_code, headers, _IDS.sub(b"", answer.data), len(answer.data)


def test_every_refused_login_is_the_same_and_costs_the_same(desk_over_http, addresses, counting):
    """One comparison by Argon2 at the same cost, which no clock needs to be asked for."""
    http, answers = desk_over_http("identity"), {}
    for kind, email in addresses.items():
        password = "not the password" if kind == "somebody's" else PASSWORD
        answers[kind] = seen(http.post("/api/v1/session", json={"email": email, "password": password}))
        assert len(counting.compared) == len(answers), kind
    assert answers["unknown"][0] == 401
    assert list(answers.values()) == [answers["unknown"]] * len(addresses)
    assert [cost for cost, _ in counting.compared] == [counting.compared[0][0]] * len(addresses)
    assert {password for _, password in counting.compared} == {PASSWORD, "not the password"}
    assert counting.hashed == 0


def test_every_registration_is_answered_alike(desk_over_http, addresses, counting):
    """Also the fourth one, of which nobody is told; and none makes the desk hash anything."""
    http = desk_over_http("identity")
    answers = {}
    for kind, email in addresses.items():
        asked = {"email": email, "name": "Whoever", "language": "en"}
        for number in range(4):
            answers[kind, number] = seen(http.post("/api/v1/registrations", json=asked))
    first = answers["unknown", 0]
    assert first[0] < 300
    assert list(answers.values()) == [first] * 4 * len(addresses)
    assert (counting.hashed, counting.compared) == (0, [])
