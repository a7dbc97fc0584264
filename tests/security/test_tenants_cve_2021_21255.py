"""CVE-2021-21255 (GLPI): who named another entity's id was switched into it, with its rights.

CVE-2022-2901 (Chatwoot) was alike. Here two client organisations and two contractor firms use one desk; neither
finds, reads or reaches anything of the other, in whatever service it lies, and no id in a request makes it theirs.
"""

from dataclasses import dataclass, replace

import pytest

from chassis.ids import new_id
from services.identity.actions import places
from tests.actions.dispatch import given as dispatch
from tests.actions.fieldwork import given as fieldwork
from tests.actions.tickets.given import Desk, Place
from tests.security.desk import stranger

LISTS = ("/tickets", "/work-orders", "/interventions", "/sites", "/organisations")


@dataclass
class Tenant:
    """An organisation with somebody of it, and the ids of what is theirs, by list."""

    actor: object
    theirs: dict


def a_client(whole, place, firm, site):
    """Return a client with a place, a ticket, an intervention; the organisation is one of the place's two."""
    identity, admin = whole.works["identity"], stranger("admin")
    known = places.create_organisation(identity, admin, name=new_id().hex)
    house = places.create_site(
        identity, admin, name="House", kind="property", parent_id=None, organisation_id=known["id"],
        usergroup_id=None, address="", time_zone="Europe/Paris", position=None,
    )  # fmt: skip
    intervention = fieldwork.planned(
        whole.works["fieldwork"], site_id=fieldwork.a_site(whole.works["fieldwork"], organisation_id=known["id"])
    )
    firm = replace(firm, organisation_id=known["id"])
    place.site(site, "House", organisation_id=known["id"])
    ticket = place.ticket(firm, site=site)
    theirs = {"/tickets": ticket["id"], "/interventions": intervention.id, "/sites": house["id"]}
    theirs["/organisations"] = known["id"]
    return Tenant(firm, {path: {str(key)} for path, key in theirs.items()})


def a_contractor(whole, place):
    """Return an outside provider with a ticket, a work order and an intervention."""
    work = whole.works["dispatch"]
    firm = new_id()
    actor = place.someone("external_agent", "Cora", organisation_id=firm)
    dispatch.a_person(work, "external_agent", organisation_id=firm, person_id=actor.person_id)
    ticket = place.change(place.ticket(), assignee=actor.person_id)
    order = dispatch.ask(
        work, dispatch.ADMIN, "create_work_order", ticket_id=dispatch.a_ticket(work), title="Lift",
        contractor_id=actor.person_id,
    )  # fmt: skip
    intervention = fieldwork.planned(whole.works["fieldwork"], actor)
    theirs = {"/tickets": ticket["id"], "/work-orders": order.id, "/interventions": intervention.id}
    return Tenant(actor, {path: {str(key)} for path, key in theirs.items()})


@pytest.fixture
def tenants(whole):
    """Return two clients of two organisations and two contractors of two firms."""
    place = Place(Desk(whole.works["tickets"], whole.files))
    clients = [a_client(whole, place, each, new_id()) for each in (place.client, place.other_client)]
    return [*clients, a_contractor(whole, place), a_contractor(whole, place)]


def ids_in(answer):
    """Return the ids of a listed page; of what is refused by role there is none."""
    assert answer.status_code in (200, 403), answer.json
    return {item["id"] for item in answer.json.get("items", [])}


def test_lists_hold_what_is_theirs(whole, tenants):
    """All of it and no more; a list that a role has not is empty."""
    for tenant in tenants:
        caller = whole.as_(tenant.actor)
        assert {path: ids_in(caller.get(path)) for path in LISTS} == {
            path: tenant.theirs.get(path, set()) for path in LISTS
        }


def test_what_is_the_others_is_absent(whole, tenants):
    """By its id, or 403 for who has none of its kind; what is their own is there."""
    with whole.untouched():
        for tenant in tenants:
            caller = whole.as_(tenant.actor)
            for path in LISTS[:-1]:
                has = 200 if path in tenant.theirs else None
                own = {caller.get(f"{path}/{key}").status_code for key in tenant.theirs.get(path, ())}
                foreign = {
                    caller.get(f"{path}/{key}").status_code
                    for other in tenants for key in other.theirs.get(path, ()) if other is not tenant
                }  # fmt: skip
                assert own == ({has} if has else set())
                assert foreign == ({404} if has else {403}), path


def test_no_name_in_a_request_makes_one_of_another(whole, tenants):
    """Neither in the query nor in a header."""
    first, second = tenants[:2]
    (other,) = second.theirs["/organisations"]
    caller = whole.as_(first.actor)
    for name in ("organisation", "organisation_id", "tenant", "entity"):
        refused = caller.get("/tickets", **{name: other})
        assert (refused.status_code, refused.json["code"]) == (422, "input_invalid")
        shown = caller.ask("GET", "/tickets", environ_overrides={f"HTTP_X_{name.upper()}": other})
        assert ids_in(shown) == first.theirs["/tickets"]
