"""Inviting people."""

from datetime import timedelta

import pytest

from chassis.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from chassis.ids import new_id
from chassis.testing import MONDAY, told
from services.identity.actions import people, sessions
from services.identity.domain import ROLES
from tests.actions.identity.given import (
    ADMIN,
    PASSWORD,
    actor_as,
    an_organisation,
    contents,
    fact_of,
    log_in,
    refused,
)

DAY = timedelta(days=1)


@pytest.fixture
def create(work, passwords):
    """Return a function that invites somebody as an actor."""

    def invite(actor=ADMIN, **particulars):
        given = {
            "email": f"{new_id().hex}@people.example",
            "name": "Nora New",
            "language": "de",
            "password": PASSWORD,
            "organisation_id": None,
            "confirmed": True,
        }
        arguments = {**given, **({} if "roles" in particulars else {"role": "agent"}), **particulars}
        return people.create_person(work, actor, passwords=passwords, **arguments)

    return invite


@pytest.fixture
def invite_again(work):
    """Return a function that invites a person once more as an actor."""

    def invite(person, actor=ADMIN, now=MONDAY):
        work.now = now
        return people.invite_person(work, actor, person_id=person["id"])

    return invite


def test_an_invited_person_is_shown_told_and_can_log_in(work, create):
    firm = an_organisation(work)
    person = create(
        email="  Nora@FIRM.example", roles=["worker", "client"], organisation_id=firm["id"], confirmed=False
    )
    shown = {
        "email": "nora@firm.example",
        "name": "Nora New",
        "language": "de",
        "roles": ["client", "worker"],
        "organisation_id": firm["id"],
        "active": True,
        "confirmed": False,
        "version": 1,
    }
    assert {name: value for name, value in person.items() if name != "id"} == shown
    assert told(work) == [fact_of(person)]
    assert log_in(work, "nora@firm.example")["person"]["id"] == person["id"]


def test_who_gets_no_password_is_invited_in_their_language(work, create):
    """The fact says who invites them, and holds no link; the request that waits has the person's own id."""
    person = create(password=None, email="nora@invited.example")
    invitation = {
        "person_id": str(person["id"]),
        "email": "nora@invited.example",
        "name": "Nora New",
        "language": "de",
        "invited_by": "Ada Actor",
        "invited_at": MONDAY.isoformat(),
    }
    assert told(work) == [fact_of(person), ("PersonInvited", invitation)]
    waiting = "SELECT id, name, language FROM registrations WHERE email = %(email)s"
    assert list(map(tuple, work.load(waiting, email=person["email"]))) == [(person["id"], "Nora New", "de")]


def test_whoever_has_no_password_yet_is_invited_once_more(work, create, invite_again):
    """As they are called and spoken to now; nothing of the person changes, and one invitation waits."""
    person = create(password=None, email="nora@twice.example")
    change = {"name": "Nora Newer", "language": "es", "email": "nora@right.example", "roles": ["client"]}
    person = people.change_person(work, ADMIN, person_id=person["id"], passwords=None, **change)
    before, people_before = len(told(work)), contents(work)["people"]
    assert invite_again(person, now=MONDAY + DAY) == person
    invitation = {
        "person_id": str(person["id"]),
        "email": "nora@right.example",
        "name": "Nora Newer",
        "language": "es",
        "invited_by": "Ada Actor",
        "invited_at": (MONDAY + DAY).isoformat(),
    }
    assert told(work)[before:] == [("PersonInvited", invitation)]
    assert contents(work)["people"] == people_before
    waiting = "SELECT email, name, language, requested_at FROM registrations WHERE id = %(id)s"
    assert list(map(tuple, work.load(waiting, id=person["id"]))) == [
        ("nora@right.example", "Nora Newer", "es", MONDAY + DAY)
    ]


def test_an_invitation_that_is_forgotten_is_made_again(work, create, invite_again):
    """Identity deletes those that are too old."""
    person = create(password=None)
    work.now = MONDAY + 4 * DAY
    sessions.forget_expired(work)
    assert work.load("SELECT 1 FROM registrations WHERE id = %(id)s", id=person["id"]) == []
    invite_again(person, now=MONDAY + 4 * DAY)
    assert [name for name, _ in told(work)] == ["PersonChanged", "PersonInvited", "PersonInvited"]
    assert len(work.load("SELECT 1 FROM registrations WHERE id = %(id)s", id=person["id"])) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"password": PASSWORD}, "password_chosen"),
        ({"active": False}, "person_closed"),
        ({"active": False, "password": PASSWORD}, "person_closed"),
    ],
)
def test_whoever_can_sign_in_or_never_shall_is_not_invited_again(work, create, invite_again, passwords, changes, code):
    person = create(password=None)
    people.change_person(work, ADMIN, person_id=person["id"], passwords=passwords, **changes)
    refused(work, Conflict, code, lambda: invite_again(person))


@pytest.mark.parametrize("role", sorted(set(ROLES) - {"admin"}))
def test_only_administrators_invite_again(work, create, invite_again, role):
    """Whoever may not is told the same of a person and of nobody."""
    for person in (create(password=None), {"id": new_id()}):
        refused(work, Forbidden, "not_allowed", lambda person=person: invite_again(person, actor_as(role)))


def test_nobody_is_invited_again_by_whoever_has_fewer_rights(work, create, invite_again):
    """As nobody is made with more."""
    registrar = actor_as("agent")
    registrar.rights["people.write"] = "all"
    admin, agent = create(password=None, role="admin"), create(password=None, role="agent")
    refused(work, Forbidden, "rights_exceeded", lambda: invite_again(admin, registrar))
    assert invite_again(agent, registrar) == agent


def test_whoever_is_not_there_is_not_invited_again(work, invite_again):
    refused(work, NotFound, "person_not_found", lambda: invite_again({"id": new_id()}))


def test_who_gets_a_password_is_not_invited(work, create):
    person = create()
    assert told(work) == [fact_of(person)]
    assert work.load("SELECT 1 FROM registrations WHERE email = %(email)s", email=person["email"]) == []


def test_an_invited_person_without_a_password_cannot_log_in(work, create):
    person = create(password=None)
    with pytest.raises(Unauthenticated):
        log_in(work, person["email"], "")


@pytest.mark.parametrize("role", sorted(set(ROLES) - {"admin"}))
def test_only_administrators_invite(work, create, role):
    refused(work, Forbidden, "not_allowed", lambda: create(actor_as(role)))


@pytest.mark.parametrize("role", sorted(ROLES))
def test_administrators_give_every_role(create, role):
    assert create(role=role)["roles"] == [role]


def test_nobody_gives_rights_beyond_their_own(work, create):
    """CVE-2021-42086: who may change people must not make administrators."""
    registrar = actor_as("agent")
    registrar.rights["people.write"] = "all"
    refused(work, Forbidden, "rights_exceeded", lambda: create(registrar, role="admin"))
    refused(work, Forbidden, "rights_exceeded", lambda: create(registrar, roles=["agent", "manager"]))
    assert create(registrar, role="agent")["roles"] == ["agent"]


def test_an_address_belongs_to_one_person(work, create):
    first = create()
    refused(work, Conflict, "email_taken", lambda: create(email=first["email"].upper()))


@pytest.mark.parametrize(
    ("particulars", "error", "code"),
    [
        ({"email": "nobody"}, Invalid, "email_invalid"),
        ({"role": "emperor"}, Invalid, "role_unknown"),
        ({"organisation_id": new_id()}, NotFound, "organisation_not_found"),
    ],
)
def test_what_does_not_exist_is_refused(work, create, particulars, error, code):
    refused(work, error, code, lambda: create(**particulars))
