"""Contractors: whoever is given a work order takes part in its ticket, unless it is called off.

They do so by a standing (decision 14), so that a role taken away takes their work orders along.
"""

from chassis.errors import NotYet
from services.tickets.actions.participation import go_on_by, join, leave, stay_as_assignee
from services.tickets.contract import ContractorCalledOff, ContractorInvited, TicketParticipantsChanged
from services.tickets.contract.words import FOR_PARTICIPANTS
from services.tickets.domain import CONTRACTOR, TOO_EARLY
from services.tickets.history import record, shown
from services.tickets.party import Party

#: The copy of a person, and whether they can have a work order, by the same rule as in dispatch.
_PERSON = (
    f"SELECT person_id, email, name, language, active AND '{CONTRACTOR}' = ANY (roles) AS is_contractor FROM people"
    " WHERE person_id = %(person_id)s"
)
_CONTRACTOR = (
    "SELECT contractor_id FROM work_orders WHERE work_order_id = %(work_order_id)s AND contractor_id IS NOT NULL"
)
#: Whose work order was called off, unless another one of theirs on the ticket is open or was done.
_WITHOUT_WORK = (
    "SELECT w.contractor_id FROM work_orders w WHERE w.work_order_id = %(work_order_id)s"
    " AND w.contractor_id IS NOT NULL AND NOT EXISTS (SELECT FROM work_orders other WHERE other.ticket_id = w.ticket_id"
    " AND other.contractor_id = w.contractor_id AND other.state <> 'cancelled')"
)

#: Of a work order that was over before its opening was heard.
_KEEP_CONTRACTOR = (
    "UPDATE work_orders SET number = %(number)s, contractor_id = %(contractor_id)s"
    " WHERE work_order_id = %(work_order_id)s"
)
#: Who has a work order that was not called off, while they are a contractor.
_WITH_WORK = (
    "SELECT p.person_id, p.email, p.name, p.language FROM work_orders w JOIN people p ON p.person_id = w.contractor_id"
    " WHERE w.work_order_id = %(work_order_id)s AND w.state <> 'cancelled'"
    f" AND p.active AND '{CONTRACTOR}' = ANY (p.roles)"
)


def let_contractor_in(work, ticket, fact):
    """Let the contractor of a new work order take part in its locked ticket, and tell that they are to do it.

    One whose role has been taken away since is not let in.

    :param fact: `WorkOrderOpened` with a contractor.
    :raises NotYet: the contractor, or their role, has not been heard of.
    """
    opened = fact.data
    person = _contractor(work, opened)
    if person is None:
        return
    joining = Party(**person, role="contractor", standing="work_order")
    if join(work, ticket, joining):
        _tell(work, ticket, fact, "added", joining)
    else:
        go_on_by(work, ticket, person["person_id"], "work_order")
    work.tell(
        ContractorInvited,
        **ticket.named,
        work_order_id=opened["work_order_id"],
        work_order_number=opened["number"],
        work_order_title=opened["title"],
        contractor=ticket.participant_of(person["person_id"]).as_fact(),
        invited_at=opened["opened_at"],
    )
    ticket.write()


def take_contractor_out(work, ticket, fact):
    """Tell that the work order of a contractor was called off; let them take part no more, unless for another reason.

    :param fact: `WorkOrderClosed`.
    """
    found = work.one(_CONTRACTOR, work_order_id=fact.data["work_order_id"])
    contractor = found and ticket.participant_of(found.contractor_id)
    if contractor is None:
        return
    work.tell(
        ContractorCalledOff,
        **ticket.named,
        work_order_id=fact.data["work_order_id"],
        contractor=contractor.as_fact(),
        called_off_at=fact.data["closed_at"],
    )
    _leave_without_work(work, ticket, fact)
    ticket.write()


def _leave_without_work(work, ticket, fact):
    found = work.one(_WITHOUT_WORK, work_order_id=fact.data["work_order_id"])
    leaving = found and ticket.participant_of(found.contractor_id)
    if leaving is None or leaving.standing != "work_order":
        return
    if ticket.assignee_id == found.contractor_id:
        stay_as_assignee(work, ticket)
        return
    leave(work, ticket, leaving)
    _tell(work, ticket, fact, "removed", leaving)


def let_contractor_back(work, ticket, fact):
    """Let the contractor of work that was done after all take part again; one who never left goes on as they do.

    :param fact: `WorkOrderClosed`.
    """
    person = work.one(_WITH_WORK, work_order_id=fact.data["work_order_id"])
    joining = person and Party(**person._asdict(), role="contractor", standing="work_order")
    if joining and join(work, ticket, joining):
        _tell(work, ticket, fact, "added", joining)
        ticket.write()


def let_contractor_in_late(work, ticket, fact):
    """Keep whose a work order was that was over before its opening was heard; there is nothing to do for them.

    They take part where its work was done. It may be told as done later, too.

    :param fact: `WorkOrderOpened`.
    :raises NotYet: the contractor, or their role, has not been heard of.
    """
    opened = fact.data
    work.send_ahead(_KEEP_CONTRACTOR, **{name: opened[name] for name in ("work_order_id", "number", "contractor_id")})
    if opened["contractor_id"] and _contractor(work, opened) is not None:
        let_contractor_back(work, ticket, fact)


def _contractor(work, opened):
    found = work.one(_PERSON, person_id=opened["contractor_id"])
    if found is None or not (found.is_contractor or work.now - opened["opened_at"] >= TOO_EARLY):
        raise NotYet(f"contractor {opened['contractor_id']}")
    person = found._asdict()
    return person if person.pop("is_contractor") else None


def _tell(work, ticket, fact, change, party):
    about = {"at": fact.occurred_at, "doer": fact.actor, "new": {change: shown(party)}}
    record(work, ticket.id, TicketParticipantsChanged, FOR_PARTICIPANTS, **about)
    ticket.tell_participants()
