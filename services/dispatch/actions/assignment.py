"""Who works on a ticket: decided at its routing, and anew in another usergroup unless a person has said."""

from services.dispatch.contract import AssignmentDecided
from services.dispatch.domain.assignment import decide
from services.dispatch.ticket_rows import candidates_for, note_turn

#: The decision made at the opening of a ticket, in the transaction that keeps the ticket.
FIRST_DECISION = 1


def assign_ticket(work, ticket):
    """Give a ticket to the least loaded available agent of its usergroup, and say why.

    :param ticket: its `TicketRow`; the caller saves it.
    :raises NotYet: nothing has been heard of the usergroup.
    """
    has_usergroup = ticket.usergroup_id is not None
    decision = decide(candidates_for(work, ticket) if has_usergroup else [], has_usergroup)
    ticket.assignee_id = decision.assignee_id
    ticket.assigned_by = "routing" if decision.assignee_id else None
    ticket.decisions += 1
    if decision.assignee_id:
        note_turn(work, decision.assignee_id, work.now)
    work.tell(
        AssignmentDecided,
        version=ticket.decisions,
        ticket_id=ticket.id,
        assignee_id=decision.assignee_id,
        reason={"code": decision.code, "load": decision.load, "candidates": decision.candidates},
        decided_at=work.now,
    )
