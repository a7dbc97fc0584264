"""Changing people, and what that takes away at once."""

import pytest

from chassis.errors import Conflict, Forbidden, NotFound, Stale
from chassis.ids import new_id
from chassis.testing import MONDAY, told
from services.identity.actions import people
from services.identity.domain import ROLES
from tests.actions.identity.given import (
    ADMIN,
    actor_as,
    an_organisation,
    contents,
    epoch_of,
    fact_of,
    grants_of,
    log_in,
    refused,
)


def test_people_change_their_own_name_and_language(work, a_person, change):
    person = a_person("requester")
    changed = change(actor_as("requester", person), person, name="Paula P.", language="es")
    assert changed == {**person, "name": "Paula P.", "language": "es", "version": 2}
    assert told(work) == [fact_of(changed)]
    assert epoch_of(work, person) == 1


@pytest.mark.parametrize("role", sorted(set(ROLES) - {"admin"}))
@pytest.mark.parametrize(
    "changes",
    [
        {"roles": ["admin"]},
        {"active": False},
        {"email": "other@people.example"},
        {"confirmed": False},
        {"organisation_id": None},
        {"name": "Fine", "roles": ["agent"]},
    ],
)
def test_nobody_but_administrators_changes_what_gives_rights(work, a_person, change, role, changes):
    person = a_person(role)
    refused(work, Forbidden, "not_allowed", lambda: change(actor_as(role, person), person, **changes))


@pytest.mark.parametrize("role", ["requester", "client", "worker", "external_agent"])
def test_people_outside_the_desk_find_nobody_else(work, a_person, change, role):
    firm = an_organisation(work)
    other = a_person(organisation_id=firm["id"])
    actor = actor_as(role, a_person(role, organisation_id=firm["id"]), organisation_id=firm["id"])
    refused(work, NotFound, "person_not_found", lambda: change(actor, other, name="Mine"))


@pytest.mark.parametrize("role", ["agent", "manager", "app_admin", "masterdata_admin"])
def test_people_of_the_desk_see_others_and_may_not_change_them(work, a_person, change, role):
    other = a_person()
    for changes in ({"name": "Mine"}, {"password": "another long password"}):
        refused(work, Forbidden, "not_allowed", lambda c=changes: change(actor_as(role), other, **c))


def test_an_absent_person_is_not_found(work, change):
    refused(work, NotFound, "person_not_found", lambda: change(ADMIN, {"id": new_id()}, name="Nobody"))


def test_what_is_the_same_is_no_change(work, a_person, change):
    person = a_person("agent")
    same = {name: person[name] for name in ("email", "name", "language", "roles", "active", "confirmed")}
    assert change(ADMIN, person, organisation_id=None, **same) == person
    assert told(work) == []


def test_new_roles_raise_the_epoch_and_are_told(work, a_person, change):
    person = a_person("agent")
    changed = change(ADMIN, person, roles=["worker", "manager"])
    assert changed == {**person, "roles": ["manager", "worker"], "version": 2}
    assert told(work) == [grants_of(person, 2), fact_of(changed)]
    assert epoch_of(work, person) == 2


@pytest.mark.parametrize(
    ("changes", "raised"),
    [
        ({"name": "Other"}, False),
        ({"language": "fr"}, False),
        ({"confirmed": False}, False),
        ({"email": "other@changed.example"}, True),
    ],
)
def test_the_epoch_is_raised_by_what_stands_for_rights_only(work, a_person, change, changes, raised):
    person = a_person()
    changed = change(ADMIN, person, **changes)
    assert told(work) == [grants_of(person, 2)] * raised + [fact_of(changed)]
    assert epoch_of(work, person) == 1 + raised


def test_another_organisation_is_another_right(work, a_person, change):
    firm, person = an_organisation(work), a_person("client")
    changed = change(ADMIN, person, organisation_id=firm["id"])
    assert changed["organisation_id"] == firm["id"]
    assert told(work) == [grants_of(person, 2), fact_of(changed)]


def test_an_unknown_organisation_is_refused(work, a_person, change):
    person = a_person("client")
    unknown = {"organisation_id": new_id()}
    refused(work, NotFound, "organisation_not_found", lambda: change(ADMIN, person, **unknown))


def test_leaving_takes_sessions_and_logins_away_at_once(work, a_person, change):
    person = a_person("agent")
    log_in(work, person["email"])
    changed = change(ADMIN, person, active=False)
    assert (changed["active"], changed["version"]) == (False, 2)
    assert told(work) == [grants_of(person, 2), fact_of(changed)]
    assert work.load("SELECT id FROM sessions WHERE person_id = %(id)s", id=person["id"]) == []
    assert work.load("SELECT id FROM people WHERE id = %(id)s AND active", id=person["id"]) == []


def test_closing_ones_own_account_ends_the_session_that_did_it(work, a_person, change):
    person = a_person("admin")
    log_in(work, person["email"])
    (session,) = work.load("SELECT id FROM sessions WHERE person_id = %(id)s", id=person["id"])
    a_person("admin")
    change(actor_as("admin", person, session_id=session.id), person, active=False)
    assert work.load("SELECT id FROM sessions WHERE person_id = %(id)s", id=person["id"]) == []


def test_who_comes_back_is_told_too(work, a_person, change):
    person = a_person("agent")
    change(ADMIN, person, active=False)
    del work.facts[:]
    changed = change(ADMIN, person, active=True)
    assert told(work) == [grants_of(person, 3), fact_of({**person, "active": True})]
    assert changed["version"] == 3


@pytest.mark.parametrize("beside", [{}, {"roles": ["manager"]}])
def test_a_taken_address_is_refused_and_told_to_nobody(database, committed, passwords, beside):
    first, second = committed(), committed()
    changes = {"email": first["email"], **beside}
    with database.work(now=MONDAY) as work, pytest.raises(Conflict) as refusal:
        people.change_person(work, ADMIN, person_id=second["id"], **changes, passwords=passwords)
    assert (refusal.value.code, told(work)) == ("email_taken", [])
    (row,) = database.read("SELECT email, version FROM people WHERE id = %(id)s", id=second["id"])
    assert (row.email, row.version) == (second["email"], 1)
    roles = database.read("SELECT role FROM people_roles WHERE person_id = %(id)s", id=second["id"])
    assert [role for (role,) in roles] == second["roles"]


def test_an_older_version_is_refused(work, a_person, change):
    person = a_person()
    change(ADMIN, person, name="First", if_version=1)
    refused(work, Stale, "version_stale", lambda: change(ADMIN, person, name="Second", if_version=1))


def test_nobody_touches_those_who_have_more_rights(work, a_person, change):
    registrar = actor_as("agent")
    registrar.rights["people.write"] = "all"
    admin, agent = a_person("admin"), a_person("agent")
    for changes in ({"password": "mine, all mine"}, {"email": "mine@people.example"}, {"active": False}):
        refused(work, Forbidden, "rights_exceeded", lambda c=changes: change(registrar, admin, **c))
    refused(work, Forbidden, "rights_exceeded", lambda: change(registrar, agent, roles=["admin"]))
    assert change(registrar, agent, name="Anna")["name"] == "Anna"


@pytest.fixture
def only_admin(work, a_person):
    """Return the only administrator who can log in, for this transaction."""
    others = "DELETE FROM people_roles WHERE role = 'admin'"
    work.load(others)
    a_person("admin", password=None)
    return a_person("admin")


@pytest.mark.parametrize("changes", [{"active": False}, {"roles": ["agent"]}])
@pytest.mark.parametrize("own", [True, False])
def test_the_last_administrator_stays(work, only_admin, change, changes, own):
    actor = actor_as("admin", only_admin) if own else ADMIN
    facts = told(work)
    work.load("SAVEPOINT before_the_call")
    before = contents(work)
    with pytest.raises(Conflict) as refusal:
        change(actor, only_admin, **changes)
    work.load("ROLLBACK TO before_the_call")
    assert refusal.value.code == "last_admin"
    assert (contents(work), told(work)) == (before, facts)


def test_with_another_administrator_one_may_go(work, only_admin, a_person, change):
    a_person("admin")
    assert change(ADMIN, only_admin, active=False)["active"] is False


def test_an_administrator_without_a_password_is_renamed_where_there_is_no_other(work, a_person, change):
    work.load("DELETE FROM people_roles WHERE role = 'admin'")
    invited = a_person("admin", password=None)
    assert change(ADMIN, invited, name="Nora")["name"] == "Nora"


def test_a_role_beside_is_no_loss(work, only_admin, change):
    assert change(ADMIN, only_admin, roles=["admin", "agent"])["roles"] == ["admin", "agent"]
