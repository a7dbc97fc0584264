"""Who stands in a ticket: takes part, is told of it, or finds nothing there."""

from dataclasses import replace

from chassis.errors import NotFound
from chassis.ids import new_id
from chassis.testing import MONDAY
from services.fieldwork.contract import IncidentDeclared
from tests.actions.tickets.given import minutes, refused

METHODS = ("ticket_by_id", "messages_of_ticket", "history_of_ticket")


def told_of(desk, place, ticket):
    """Return the names that the fact of the next message reaches."""
    desk.forget()
    place.write(ticket, place.admin, body="We come tomorrow.")
    (told,) = desk.told("MessageAdded")
    return {recipient["name"] for recipient in told["recipients"]}


def names_in(place, ticket):
    """Return who takes part."""
    return {participant["name"] for participant in place.shown(ticket)["participants"]}


def assert_absent(desk, place, ticket, actor):
    """Nothing of a ticket is there for somebody: not to read, not to list, not to write on."""
    for method in METHODS:
        with refused(desk, NotFound, "ticket_not_found"):
            desk.ask(actor, method, ticket_id=ticket["id"])
    with refused(desk, NotFound, "ticket_not_found"):
        place.write(ticket, actor)
    assert ticket["id"] not in {item["id"] for item in desk.ask(actor, "list_tickets")["items"]}


def moved(place, actor, **changes):
    """Return somebody after a change of role or organisation, of which tickets has heard."""
    changed = replace(actor, **changes)
    place.person(changed, version=2)
    return changed


def declared(desk, place, parent, by=None, **changes):
    """Return the ticket of an incident that the worker, or whoever is named, has declared at an intervention of two."""
    by = by or place.worker
    known = {
        "incident_id": new_id(),
        "ticket_id": new_id(),
        "intervention_id": new_id(),
        "parent_ticket_id": parent["id"],
        "reason_name": "No access",
        "at": "start",
        "text": "The boiler room is locked.",
        "site_id": place.flat,
        "usergroup_id": place.heating,
        "worker_ids": [place.worker.person_id, place.contractor.person_id],
        "declared_by": {"person_id": by.person_id, "name": by.name},
        "declared_at": MONDAY,
        "attachments": [],
        **changes,
    }
    desk.hear(IncidentDeclared, **known)
    return {"id": str(known["ticket_id"]), "intervention_id": known["intervention_id"]}


def plan(desk, event, version, intervention_id, parent, *workers):
    """Tell who is sent to an intervention."""
    desk.hear(
        event,
        version=version,
        intervention_id=intervention_id,
        work_order_id=new_id(),
        ticket_id=parent["id"],
        site_id=None,
        service_type_id=None,
        usergroup_id=None,
        workers=[{"person_id": worker.person_id, "name": worker.name} for worker in workers],
        starts_at=MONDAY,
        ends_at=MONDAY + minutes(60),
        planned_at=MONDAY,
    )
