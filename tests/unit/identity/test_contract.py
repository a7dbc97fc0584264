"""What identity's contract refuses before any action runs, and that its lists are true."""

import pytest
from marshmallow import ValidationError

from chassis.languages import LANGUAGES
from services.identity import contract, domain
from services.identity.access import PERMISSIONS
from services.identity.contract.words import FIELD_KINDS, SITE_KINDS
from tests.contracts.house import events_of

METHODS = contract.Identity.methods()
ID = "0192a000-0000-7000-8000-000000000001"


def problems(method, **arguments):
    """Return what is wrong with the arguments of a method."""
    return METHODS[method].takes().validate(arguments)


def test_every_permission_that_is_asked_for_is_some_role_s():
    asked = set(PERMISSIONS.values()) - {"anyone"}
    assert asked <= set(domain.ROLES["admin"])


def test_the_words_of_contract_and_rules_are_the_same():
    assert set(SITE_KINDS) == set(domain.PARENT_KINDS)
    assert set(FIELD_KINDS) == {"text", "phone", "address", "url", "number", "date", "choice"}
    assert LANGUAGES == ("fr", "en", "es", "de")


def test_the_roles_that_do_not_answer_for_tickets_are_those_that_reach_no_further_than_their_own_or_their_firms():
    reach = {role: rights.get("tickets.read") for role, rights in domain.ROLES.items()}
    outside = (None, "own", "organisation")
    assert {role for role, scope in reach.items() if scope in outside} == contract.NOT_ANSWERING
    assert not contract.may_answer_for_tickets([])
    assert not contract.may_answer_for_tickets(["requester", "worker"])
    assert contract.may_answer_for_tickets(["requester", "agent"])
    assert contract.may_answer_for_tickets(["copied-agent"])


def test_the_roles_that_are_sent_are_those_that_reach_the_interventions_assigned_to_them():
    reach = {role: rights.get("interventions.read") for role, rights in domain.ROLES.items()}
    assert {role for role, scope in reach.items() if scope == "assigned"} == contract.SENT
    assert contract.may_be_sent(["requester", "worker"])
    assert not contract.may_be_sent(["requester", "agent", "copied-worker"])
    assert not contract.may_be_sent([])


def test_the_roles_that_other_services_name_are_there():
    assert {contract.CLIENT, contract.EXTERNAL_AGENT} == {"client", "external_agent"}
    assert {contract.CLIENT, contract.EXTERNAL_AGENT} <= set(domain.ROLES)


def test_the_roles_that_supervise_are_those_that_assign():
    assigning = {role for role, rights in domain.ROLES.items() if "tickets.assign" in rights}
    assert set(domain.ROLES) - assigning == contract.NOT_SUPERVISING
    assert not contract.may_supervise([])
    assert not contract.may_supervise(["requester", "client"])
    assert contract.may_supervise(["requester", "manager"])
    assert contract.may_supervise(["copied-manager"])


def test_whatever_signs_somebody_in_is_marked_as_secret():
    marked = {
        name: field.metadata.get("secret", False)
        for method in METHODS.values()
        for name, field in method.takes().fields.items()
        if "password" in name or name == "session"
    }
    assert marked == {"password": True, "current_password": True, "session": True}


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("1234567", "Length must be between 8 and 200."),
        ("x" * 201, "Length must be between 8 and 200."),
        ("x" * 1_000_000, "Length must be between 8 and 200."),
        ("with\x00nul in it", "NUL characters are not accepted."),
        (" " * 8, "May not be blank."),
        (12345678, "Not a valid string."),
    ],
)
@pytest.mark.parametrize(
    ("method", "others"),
    [
        ("confirm_registration", {"token": "t"}),
        ("create_person", {"email": "a@b.example", "name": "A", "role": "agent"}),
        ("change_person", {"person_id": ID}),
    ],
)
def test_new_passwords_have_8_to_200_characters(method, others, password, problem):
    assert problems(method, password=password, **others) == {"password": [problem]}


@pytest.mark.parametrize("password", ["12345678", "é" * 200])
def test_passwords_of_8_and_200_characters_are_taken(password):
    assert problems("confirm_registration", token="t", password=password) == {}


@pytest.mark.parametrize(
    ("method", "arguments", "wrong"),
    [
        ("log_in", {"email": "a@b.example"}, "password"),
        ("log_in", {"email": "a" * 255, "password": "x"}, "email"),
        ("log_in", {"email": ["a@b.example"], "password": "x"}, "email"),
        ("token_for", {"session": "x" * 201}, "session"),
        ("token_for", {}, "session"),
        ("register", {"email": "a@b.example", "name": "A\nBcc: b@c.example"}, "name"),
        ("register", {"email": "a@b.example", "name": "A", "password": "x" * 8}, "password"),
        ("create_person", {"email": "a@b.example", "name": "A", "role": "b", "language": "it"}, "language"),
        ("create_person", {"email": "a@b.example", "name": "A"}, "role"),
        ("create_person", {"email": "a@b.example", "name": "A", "roles": []}, "role"),
        ("invite_person", {}, "person_id"),
        ("invite_person", {"person_id": "1"}, "person_id"),
        ("change_person", {"person_id": "1"}, "person_id"),
        ("change_person", {"person_id": ID, "roles": []}, "roles"),
        ("change_person", {"person_id": ID, "if_version": "1"}, "if_version"),
        ("change_person", {"person_id": ID, "password": None}, "password"),
        ("confirm_registration", {"token": "t"}, "password"),
        ("confirm_registration", {"token": "t", "password": None}, "password"),
        ("confirm_registration", {"password": "x" * 8}, "token"),
        ("list_people", {"limit": 0}, "limit"),
        ("list_people", {"limit": 101}, "limit"),
        ("list_people", {"limit": "x"}, "limit"),
        ("list_people", {"q": "x" * 201}, "q"),
        ("list_people", {"q": "\x00"}, "q"),
        ("create_usergroup", {"name": "A", "members": "everybody"}, "members"),
        ("create_usergroup", {"name": "A", "agents": [ID] * 10_001}, "agents"),
        ("create_usergroup", {"name": "A", "custom_fields": [{"label": "L", "kind": "x"}]}, "custom_fields"),
        ("create_usergroup", {"name": " "}, "name"),
        ("create_site", {"name": "A", "kind": "street"}, "kind"),
        ("create_organisation", {"name": "x" * 201}, "name"),
        ("retell", {"kind": "sessions"}, "kind"),
    ],
)
def test_what_is_malformed_is_refused_by_its_field(method, arguments, wrong):
    assert list(problems(method, **arguments)) == [wrong]


def test_the_limit_of_a_page_is_fifty_unless_said():
    loaded = METHODS["list_people"].takes().load({})
    assert loaded == {"q": "", "cursor": None, "limit": 50, "role": None, "active": None}


@pytest.mark.parametrize("event", events_of("identity").values(), ids=lambda event: event.__name__)
def test_every_fact_needs_what_is_required_and_knows_nothing_else(event):
    assert event.source == "identity"
    with pytest.raises(ValidationError) as refusal:
        event().load({"password_hash": "x"})
    assert refusal.value.messages["password_hash"] == ["Unknown field."]
    required = {name for name, field in event().fields.items() if field.required}
    assert refusal.value.messages.keys() - {"password_hash"} == required
