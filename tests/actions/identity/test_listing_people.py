"""Who sees whom, and lists of people."""

from itertools import pairwise

import pytest

from chassis.errors import Forbidden, Invalid, NotFound
from chassis.ids import new_id
from chassis.testing import NARROWER, an_actor
from services.identity import access, queries
from services.identity.domain import ROLES
from services.identity.models import Person
from tests.actions.identity.given import (
    ADMIN,
    actor_as,
    an_organisation,
)


def page_of(work, actor, conditions=(), **options):
    """Return a page of people."""
    arguments = {"q": "", "cursor": None, "limit": 50, **options}
    return queries.page(work, actor, Person, conditions=conditions, **arguments)


def test_people_are_listed_by_name_page_by_page(work, a_person):
    mark = new_id().hex
    names = ["Zoe", "adam", "Berta", "Adam", "Émile"]
    made = [a_person(name=f"{name} {mark}") for name in names]
    seen, cursor, pages = [], None, 0
    while pages == 0 or cursor:
        page = page_of(work, ADMIN, q=mark, cursor=cursor, limit=2)
        seen += page["items"]
        cursor, pages = page["next_cursor"], pages + 1
    assert pages == 3
    assert page_of(work, ADMIN, q=mark, limit=5)["next_cursor"] is None
    assert sorted(person["id"] for person in seen) == sorted(person["id"] for person in made)
    order = [(person["name"].lower(), person["id"]) for person in seen]
    assert all(one < two for one, two in pairwise(order))


def test_people_are_found_by_a_part_of_name_or_address(work, a_person):
    mark = new_id().hex
    by_name = a_person(name=f"Per 100%_{mark.upper()}")
    by_address = a_person(email=f"x{mark}@people.example")
    a_person(name="Somebody else")
    found = page_of(work, ADMIN, q=mark)["items"]
    assert {person["id"] for person in found} == {by_name["id"], by_address["id"]}
    assert page_of(work, ADMIN, q=f"%{mark}")["items"] == []
    assert [person["id"] for person in page_of(work, ADMIN, q=f"100%_{mark}")["items"]] == [by_name["id"]]


def test_people_are_found_by_role_and_activity(work, a_person, change):
    mark = new_id().hex
    agent, worker = (a_person(role, name=mark) for role in ("agent", "worker"))
    gone = a_person("agent", name=mark)
    change(ADMIN, gone, active=False)

    def ids(role, active):
        conditions = queries.people_like(role, active)
        return {person["id"] for person in page_of(work, ADMIN, conditions, q=mark)["items"]}

    assert ids("agent", None) == {agent["id"], gone["id"]}
    assert ids("agent", True) == {agent["id"]}
    assert ids(None, False) == {gone["id"]}
    assert ids("worker", True) == {worker["id"]}


@pytest.mark.parametrize(
    "cursor", ["", "x", "é", "W10=", "WzEsMl0=", "bnVsbA==", "WyJhIiwgImIiXQ==", "W1tbW1tb" * 200,
               "WyJcdTAwMDAiLCAiMDE5MmEwMDAtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDAxIl0=",
               "WyJcdWQ4MDAiLCAiMDE5MmEwMDAtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDAxIl0="]
)  # fmt: skip
def test_a_cursor_of_ones_own_making_is_refused(work, cursor):
    with pytest.raises(Invalid) as refusal:
        page_of(work, ADMIN, cursor=cursor)
    assert refusal.value.code == "cursor_invalid"


@pytest.mark.parametrize("role", sorted(ROLES))
def test_who_sees_whom(work, a_person, role):
    firm = an_organisation(work)
    mark = new_id().hex
    actor_person = a_person(role, name=mark, organisation_id=firm["id"])
    other = a_person(name=mark, organisation_id=firm["id"])
    actor = actor_as(role, actor_person, organisation_id=firm["id"])
    sees_all = role in ("agent", "manager", "app_admin", "masterdata_admin", "admin")
    expected = {actor_person["id"], other["id"]} if sees_all else {actor_person["id"]}
    assert {person["id"] for person in page_of(work, actor, q=mark)["items"]} == expected
    assert access.shown(work, actor, Person, actor_person["id"]) == actor_person
    if not sees_all:
        with pytest.raises(NotFound) as refusal:
            access.shown(work, actor, Person, other["id"])
        assert refusal.value.args == ("person_not_found", "There is no such person.", {})


@pytest.mark.parametrize("of_firm", [True, False])
def test_whoever_sees_people_of_their_organisation_sees_no_others(work, a_person, of_firm):
    firm, mark = an_organisation(work)["id"], new_id().hex
    own = a_person(name=mark, organisation_id=firm if of_firm else None)
    colleague, _ = (a_person(name=mark, organisation_id=each) for each in (firm, None))
    rights = {"people.read": "organisation"}
    actor = an_actor(rights=rights, person_id=own["id"], organisation_id=own["organisation_id"])
    seen = [own["id"], colleague["id"]] if of_firm else [own["id"]]
    assert [person["id"] for person in page_of(work, actor, q=mark)["items"]] == sorted(seen)


def test_a_shown_person_has_no_secret(work, a_person):
    assert set(a_person()) == {
        "id", "email", "name", "language", "roles", "organisation_id", "active", "confirmed", "version",
    }  # fmt: skip


def test_all_nine_roles_are_listed_with_their_permissions(work):
    listed = {role["name"]: role["permissions"] for role in queries.all_roles(work, ADMIN)}
    assert listed == ROLES


@pytest.mark.parametrize("scope", NARROWER)
def test_roles_are_for_those_who_see_all_people(work, scope):
    with pytest.raises(Forbidden) as refusal:
        queries.all_roles(work, an_actor(rights={"people.read": scope} if scope else {}))
    assert refusal.value.code == "not_allowed"
