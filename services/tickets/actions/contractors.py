"""Contractors: whoever is given a work order takes part in its ticket, unless it is called off."""

from chassis.errors import NotYet
from services.tickets.actions.recording import join, party, tell_participants
from services.tickets.contract import ContractorInvited
from services.tickets.history import record
from services.tickets.locked import recipient_of

_PERSON = "SELECT person_id, email, name, language FROM people WHERE person_id = %(person_id)s"
_BIND = (
    "UPDATE participants SET as_assignee = %(as_assignee)s"
    " WHERE ticket_id = %(ticket_id)s AND person_id = %(person_id)s"
)
_LEAVE = "DELETE FROM participants WHERE id = %(participant_id)s"
#: Whose work order was called off, unless another one of theirs on the ticket is open or was done.
_WITHOUT_WORK = (
    "SELECT w.contractor_id FROM work_orders w WHERE w.work_order_id = %(work_order_id)s"
    " AND w.contractor_id IS NOT NULL AND NOT EXISTS (SELECT FROM work_orders other WHERE other.ticket_id = w.ticket_id"
    " AND other.contractor_id = w.contractor_id AND other.state <> 'cancelled')"
)


def let_contractor_in(work, ticket, fact):
    """Let the contractor of a new work order take part in its locked ticket, and tell that they are to do it.

    :param fact: `WorkOrderOpened` with a contractor.
    :raises NotYet: the contractor has not been heard of.
    """
    opened = fact.data
    person = work.one(_PERSON, person_id=opened["contractor_id"])
    if person is None:
        raise NotYet(f"contractor {opened['contractor_id']}")
    if join(work, ticket, party(**person._asdict(), role="contractor")):
        _tell(work, ticket, fact, "added", person.name)
    else:
        # Whoever takes part as the assignee goes on once another answers for the ticket.
        _bind(work, ticket, person.person_id, as_assignee=False)
    work.tell(
        ContractorInvited,
        **ticket.named,
        work_order_id=opened["work_order_id"],
        work_order_number=opened["number"],
        work_order_title=opened["title"],
        contractor=recipient_of(ticket.participant_of(person.person_id)),
        invited_at=opened["opened_at"],
    )
    ticket.write()


def take_contractor_out(work, ticket, fact):
    """Let the contractor of a work order that was called off take part no more, unless for another reason.

    :param fact: `WorkOrderClosed`.
    """
    found = work.one(_WITHOUT_WORK, work_order_id=fact.data["work_order_id"])
    leaving = found and ticket.participant_of(found.contractor_id)
    if leaving is None or leaving["role"] != "contractor":
        return
    if ticket.assignee_id == found.contractor_id:
        _bind(work, ticket, found.contractor_id, as_assignee=True)
        return
    work.load(_LEAVE, participant_id=leaving["participant_id"])
    ticket.participants.remove(leaving)
    _tell(work, ticket, fact, "removed", leaving["name"])
    ticket.write()


def _bind(work, ticket, person_id, *, as_assignee):
    work.load(_BIND, ticket_id=ticket.id, person_id=person_id, as_assignee=as_assignee)
    ticket.participant_of(person_id)["as_assignee"] = as_assignee


def _tell(work, ticket, fact, change, name):
    shown = {change: {"name": name, "role": "contractor"}}
    about = {"at": fact.occurred_at, "doer": fact.actor, "new": shown}
    record(work, ticket.id, "TicketParticipantsChanged", "participants", **about)
    tell_participants(work, ticket)
