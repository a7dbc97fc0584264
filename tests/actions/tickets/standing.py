"""Who stands in a ticket: takes part, is told of it, or finds nothing there."""

from dataclasses import replace

from chassis.errors import NotFound
from tests.actions.tickets.given import refused

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
