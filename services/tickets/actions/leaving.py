"""Who takes part no more: the right by which they did was taken from them, or they are not sent any more."""

from itertools import groupby

from services.tickets.access import LASTS
from services.tickets.actions.participation import leave_by_standing, stay_as_assignee
from services.tickets.contract import TicketParticipantsChanged
from services.tickets.contract.words import FOR_PARTICIPANTS
from services.tickets.history import record, shown
from services.tickets.locked import lock_for_fact, release

_LAPSED = (
    "SELECT p.ticket_id, p.person_id FROM participants p JOIN tickets t ON t.id = p.ticket_id"
    f" JOIN people known USING (person_id) WHERE p.standing IS NOT NULL AND NOT {LASTS}"
)
_LAPSED_OF_PERSON = f"{_LAPSED} AND p.person_id = %(person_id)s ORDER BY p.ticket_id"
_LAPSED_OF_USERGROUP = f"{_LAPSED} AND t.usergroup_id = %(usergroup_id)s ORDER BY p.ticket_id"
_OFF_INTERVENTION = (
    "SELECT p.ticket_id, p.person_id FROM participants p JOIN tickets t ON t.id = p.ticket_id"
    " WHERE t.intervention_id = %(intervention_id)s AND p.standing = 'visit'"
    " AND p.person_id <> ALL (%(worker_ids)s::uuid[]) ORDER BY p.ticket_id"
)


def leave_with_right(work, person_id):
    """Have a person leave where they took part by an organisation or a role that is theirs no more."""
    _leave(work, work.load(_LAPSED_OF_PERSON, person_id=person_id))


def leave_usergroup(work, usergroup_id):
    """Have those leave who took part because they supervised a usergroup, and do so no more."""
    _leave(work, work.load(_LAPSED_OF_USERGROUP, usergroup_id=usergroup_id))


def leave_intervention(work, intervention_id, worker_ids):
    """Have those leave the incidents of an intervention who were sent there, and are not among its workers any more."""
    _leave(work, work.load(_OFF_INTERVENTION, intervention_id=intervention_id, worker_ids=worker_ids))


def _leave(work, rows):
    for ticket_id, of_ticket in groupby(rows, key=lambda row: row.ticket_id):
        people = [row.person_id for row in of_ticket]
        ticket = lock_for_fact(work, ticket_id)
        if ticket.assignee_id in people:
            stay_as_assignee(work, ticket)
            # Whether they are still reached is judged anew.
            release(work, ticket)
            ticket = lock_for_fact(work, ticket_id)
            people.remove(ticket.assignee_id)
        for left in leave_by_standing(work, ticket, people):
            new = {"removed": shown(left)}
            record(work, ticket_id, TicketParticipantsChanged, FOR_PARTICIPANTS, at=work.now, new=new)
        ticket.tell_participants()
        ticket.write()
        # The same fact may concern it once more.
        release(work, ticket)
