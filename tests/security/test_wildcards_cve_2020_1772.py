"""CVE-2020-1772 (OTRS): a reset token of `%` matched every one that there was.

FreeScout's search had the same `LIKE`. Here tokens are proofs or looked up by their hash, and the signs that mean
something to SQL or to the search stand for themselves.
"""

import pytest

from chassis.actors import ANONYMOUS
from chassis.errors import NotFound
from tests.actions.identity.given import log_in
from tests.actions.tickets.given import LINKS, refused
from tests.security.desk import stranger

WILD = ("%", "_", "%%", "_" * 43, "*", "?", ".*", "%25", "\\", "a%", "[a-z]*")


@pytest.mark.parametrize(
    "method", ["follow_request", "followed_attachment", "satisfaction_request", "give_satisfaction"]
)
def test_links(desk, place, method):
    """Of a ticket whose true link works."""
    ticket = place.ticket()
    given = {"rating": 1, "comment": ""} if method == "give_satisfaction" else {}
    true = LINKS.sign("follow", ticket["requester"]["participant_id"])
    assert desk.ask(ANONYMOUS, "follow_request", token=true)["number"] == ticket["number"]
    for token in (*WILD, f"{true[:-1]}%", f"{true[:-1]}_"):
        with refused(desk, NotFound, "link_not_found"):
            desk.ask(ANONYMOUS, method, token=token, **given)


def test_sessions_and_registrations(whole, passwords, a_person):
    """With a session and a confirm link about."""
    work = whole.works["identity"]
    log_in(work, a_person(on=work)["email"], passwords=passwords)
    nobody = whole.nobody()
    nobody.post("/registrations", email="rosa@homes.example", name="Rosa", language="en")
    with whole.untouched():
        for token in WILD:
            signed_in = nobody.ask("GET", "/me", environ_overrides={"HTTP_AUTHORIZATION": f"Bearer {token}"})
            assert signed_in.status_code == 401, token
            for verb, body in (("GET", None), ("POST", {"password": "long enough"})):
                answer = nobody.ask(verb, "/public/registrations/" + token.replace("%", "%25").replace("?", "%3F"),
                                    json=body)  # fmt: skip
                assert (answer.status_code, answer.json["code"]) == (404, "link_not_found"), token


def test_lists_of_people(whole, a_person):
    """Are searched for the signs themselves."""
    work, admin = whole.works["identity"], whole.as_(stranger("admin"))
    for name in ("Hundred % Sure", "Under_Score", "Paula Plain"):
        a_person(on=work, name=name)
    for sign, names in (("%", ["Hundred % Sure"]), ("_", ["Under_Score"]), ("P%n", []), ("*", []), ("\\", [])):
        assert [person["name"] for person in admin.get("/people", q=sign).json["items"]] == names, sign


def test_search_of_tickets(desk, place):
    """Signs alone are no words, so they find nothing; within a word they part it."""
    ticket = place.ticket(subject="Heating", description="Half of it.")
    for sign in WILD[:5]:
        assert desk.ask(place.admin, "list_tickets", q=sign)["items"] == [], sign
    for text, found in (("Heat%g", 0), ("H_ating", 0), ("H*", 0), ("Heat%", 1), ("heat", 1)):
        items = desk.ask(place.admin, "list_tickets", q=text)["items"]
        assert [item["id"] for item in items] == [ticket["id"]] * found, text
