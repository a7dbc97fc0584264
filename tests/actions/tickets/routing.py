"""Where a ticket belongs and whose it is: what dispatch tells, and the timer that takes it from who cannot serve it."""

from chassis.testing import MONDAY, end_action
from services.dispatch.contract import AssignmentDecided, TicketRouted
from services.tickets.actions.relieving import relieve_assignees


def route(desk, ticket, **found):
    """Tell where a ticket belongs."""
    nothing = {
        "usergroup_id": None,
        "category_id": None,
        "priority": None,
        "rule_id": None,
        "rule_name": None,
    }
    routed = {"reason": "rule" if found else "none", "routed_at": MONDAY}
    return desk.hear(TicketRouted, ticket_id=ticket["id"], **{**nothing, **routed, **found})


def decide(desk, ticket, person, *, decided_at=MONDAY, version=1):
    """Tell who is to work on a ticket."""
    reason = {
        "code": "least_loaded" if person else "no_candidate",
        "load": 2 if person else None,
        "candidates": 3,
    }
    assignee_id = person and person.person_id
    desk.hear(
        AssignmentDecided,
        version=version,
        ticket_id=ticket["id"],
        assignee_id=assignee_id,
        reason=reason,
        decided_at=decided_at,
    )


def look(desk, **options):
    """Let the timer run; return what is told of it."""
    desk.forget()
    relieve_assignees(desk.work, **options)
    end_action(desk.work)
    return desk.told()
