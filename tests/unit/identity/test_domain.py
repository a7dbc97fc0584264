"""The rules of identity."""

import pytest

from chassis.errors import Invalid
from services.identity import domain

PERMISSIONS = set(domain.ROLES["admin"])


def test_there_are_the_nine_roles():
    assert set(domain.ROLES) == {
        "requester", "client", "worker", "external_agent", "agent", "manager",
        "app_admin", "masterdata_admin", "admin",
    }  # fmt: skip


def test_the_administrator_may_everything_that_any_role_may_and_always_for_all():
    assert set().union(*domain.ROLES.values()) <= PERMISSIONS
    assert set(domain.ROLES["admin"].values()) == {"all"}


@pytest.mark.parametrize("role", ["requester", "client", "worker", "external_agent"])
def test_people_outside_the_desk_never_assign_prioritise_or_see_the_directory_or_statistics(role):
    assert not set(domain.ROLES[role]) & {
        "tickets.assign", "tickets.prioritise", "tickets.change_group", "tickets.note", "people.read",
        "people.write", "roles.write", "statistics.read",
    }  # fmt: skip


def test_only_the_administrator_changes_people_and_roles():
    having = {role for role, rights in domain.ROLES.items() if {"people.write", "roles.write"} & set(rights)}
    assert having == {"admin"}


def test_an_external_agent_gets_only_what_is_assigned():
    rights = dict(domain.ROLES["external_agent"])
    assert rights.pop("notifications.read") == "own"
    assert set(rights.values()) == {"assigned"}


def test_a_manager_is_an_agent_with_more():
    agent, manager = domain.ROLES["agent"], domain.ROLES["manager"]
    assert agent.items() < manager.items()
    assert set(manager) - set(agent) == {
        "tickets.change_group", "work_orders.write", "interventions.plan", "clock_ins.validate",
        "work.validate", "statistics.read", "usergroups.write",
    }  # fmt: skip


def test_united_rights_keep_the_widest_scope_of_each_permission():
    agent, requester = {"tickets.read": "group", "people.read": "all"}, {"tickets.read": "own"}
    united = domain.united_rights([agent, {"tickets.read": "organisation"}, requester])
    assert united == {"tickets.read": "organisation", "people.read": "all"}


@pytest.mark.parametrize(
    ("rights", "others", "covered"),
    [
        ({"a": "all"}, {}, True),
        ({"a": "all"}, {"a": "group"}, True),
        ({"a": "group"}, {"a": "group"}, True),
        ({"a": "group"}, {"a": "all"}, False),
        ({"a": "all"}, {"b": "own"}, False),
    ],
)
def test_rights_cover_what_is_no_wider(rights, others, covered):
    assert domain.covers(rights, others) is covered


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("Ada@Example.COM", "ada@example.com"),
        ("  ada@example.com ", "ada@example.com"),
        ("ada+lift@example.com", "ada+lift@example.com"),
        ("ada@müller.example", "ada@xn--mller-kva.example"),
        ("printer@office.local", "printer@office.local"),
        ("ada@fielddesk.test", "ada@fielddesk.test"),
        ("ada@intranet", "ada@intranet"),
    ],
)
def test_an_address_has_one_stored_form(given, stored):
    assert domain.normalised_email(given) == stored


@pytest.mark.parametrize(
    "given", ["", "ada", "ada@", "@example.com", "a b@example.com", "ada@exa mple.com", "ada@example.com>",
              "ada@ex\x00ample.com", "ada@example..com", "a" * 65 + "@example.com", '"a b"@example.com',
              "adä@example.com"]
)  # fmt: skip
def test_what_is_not_an_address_is_refused(given):
    with pytest.raises(Invalid) as refused:
        domain.normalised_email(given)
    assert refused.value.code == "email_invalid"
    assert refused.value.context == {"fields": {"email": ["This is not an e-mail address."]}}


@pytest.mark.parametrize("name", ["Europe/Paris", "UTC", "America/Argentina/Ushuaia"])
def test_zones_of_the_iana_database_are_known(name):
    assert domain.check_time_zone(name) is None


@pytest.mark.parametrize("name", [None, "", "Paris", "Europe/Atlantis", "../etc/passwd", "europe/paris"])
def test_other_time_zones_are_refused(name):
    with pytest.raises(Invalid) as refused:
        domain.check_time_zone(name)
    assert refused.value.code == "time_zone_unknown"
    assert refused.value.context == {"fields": {"time_zone": ["Name a time zone such as Europe/Paris."]}}


@pytest.mark.parametrize(
    ("kind", "parents", "said"),
    [
        ("property", {None}, "none"),
        ("building", {None, "property"}, "none or property"),
        ("unit", {"property", "building"}, "building or property"),
    ],
)
def test_the_tree_goes_down_from_property_over_building_to_unit(kind, parents, said):
    refused = set()
    for parent in (None, "property", "building", "unit"):
        try:
            domain.check_place(kind, parent)
        except Invalid as error:
            assert (error.code, error.detail) == ("parent_kind_wrong", f"The parent of a {kind} must be: {said}.")
            assert error.context == {"fields": {"parent_id": [error.detail]}}
            refused.add(parent)
    assert {None, "property", "building", "unit"} - refused == parents


def a_field(kind, value, label="Field", choices=()):
    return {"label": label, "kind": kind, "value": value, "choices": list(choices)}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", "anything"),
        ("address", "12 rue de la Paix\n75002 Paris"),
        ("phone", "+33 (0)1 23-45.67/89"),
        ("url", "https://desk.example/lift?x=1"),
        ("url", "http://intranet"),
        ("number", "-12.5"),
        ("number", "7"),
        ("date", "2026-02-28"),
        ("choice", "north"),
        *((kind, "") for kind in ("text", "phone", "address", "url", "number", "date", "choice")),
    ],
)
def test_values_that_fit_their_kind_are_taken(kind, value):
    assert domain.check_custom_fields([a_field(kind, value, choices=["north", "south"])]) is None


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("phone", "call me"),
        ("phone", "call 112"),
        ("phone", "---"),
        ("url", "javascript:alert(1)"),
        ("url", "javascript://desk.example/%0Aalert(1)"),
        ("url", "https://"),
        ("url", "http://[bad"),
        ("number", "12,5"),
        ("number", "1.2.3"),
        ("number", "٣"),
        ("number", "-"),
        ("date", "2026-02-30"),
        ("date", "20260228"),
        ("choice", "west"),
    ],
)
def test_values_that_do_not_fit_are_refused_by_their_place(kind, value):
    fields = [a_field("text", "fine", label="First"), a_field(kind, value, choices=["north", "south"])]
    with pytest.raises(Invalid) as refused:
        domain.check_custom_fields(fields)
    assert refused.value.code == "field_value_invalid"
    assert refused.value.context == {"fields": {"custom_fields": {"1": [f"This is not a {kind}."]}}}


def test_a_label_stands_once():
    with pytest.raises(Invalid) as refused:
        domain.check_custom_fields([a_field("text", "a", label="Phone"), a_field("text", "b", label="phone")])
    assert set(refused.value.context["fields"]["custom_fields"]) == {"0", "1"}
