"""Who takes part in a ticket, new or locked: how they come to, by what they go on, how that ends and how it is told.

Whoever is changed here is changed in the table and in the locked ticket at once; nothing else changes them. History and
the telling are the caller's, who knows what it was about, and so is the writing of the ticket.
"""

from chassis.prepared import Prepared
from services.tickets.access import STANDS
from services.tickets.contract import TicketParticipantsChanged
from services.tickets.models import Participant

_JOIN = Prepared(
    "INSERT INTO participants (id, ticket_id, person_id, email, name, language, role, standing, as_assignee, added_at)"
    " VALUES (%(id)s, %(ticket_id)s, %(person_id)s, %(email)s, %(name)s, %(language)s, %(role)s, %(standing)s,"
    " %(as_assignee)s, %(added_at)s) ON CONFLICT DO NOTHING RETURNING id"
)
_LEAVE = "DELETE FROM participants WHERE id = %(participant_id)s"
_LEAVE_AS_ASSIGNEE = "DELETE FROM participants WHERE ticket_id = %(ticket_id)s AND as_assignee"
_LEAVE_BY_STANDING = (
    "DELETE FROM participants WHERE ticket_id = %(ticket_id)s AND person_id = ANY (%(people)s::uuid[])"
    " AND standing IS NOT NULL"
)
_STAY = (
    "UPDATE participants SET as_assignee = true, standing = NULL"
    " WHERE ticket_id = %(ticket_id)s AND person_id = %(assignee_id)s"
)
_BY_WORK_ORDER = "UPDATE participants SET as_assignee = false, standing = 'work_order' WHERE id = %(participant_id)s"
_BECOME_PERSON = (
    "UPDATE participants SET person_id = %(person_id)s, email = NULL"
    " WHERE ticket_id = %(ticket_id)s AND email = %(email)s AND person_id IS NULL AND NOT doubtful"
)
#: Who takes part by a standing that holds now.
_STANDING = (
    "SELECT p.id FROM participants p JOIN tickets t ON t.id = p.ticket_id JOIN people known USING (person_id)"
    f" WHERE p.ticket_id = %(ticket_id)s AND p.standing IS NOT NULL AND {STANDS}"
)
#: Held until the end of the transaction by whoever lets an address take part and by whoever makes a person of it, so
#: that neither misses the other: run it before looking for the one or the other, and before a ticket is locked. (Of
#: several people told at once the second comes after tickets of the first; should two such meet, each is told alone.)
#: Without an address it holds nothing.
HOLD_ADDRESS = Prepared("SELECT pg_advisory_xact_lock(hashtextextended('address:' || %(email)s::text, 0))")


def participant_row(ticket_id, party, now):
    """Return the row of a participant; a person's address is not kept beside the copy of the person."""
    return Participant(**_columns_of(ticket_id, party, now))


def join(work, ticket, party):
    """Let somebody take part in a locked ticket; return whether they did not before."""
    row = {**_columns_of(ticket.id, party, work.now), "as_assignee": party.as_assignee}
    if work.one(_JOIN, **row) is None:
        return False
    ticket.participants.append(party)
    return True


def leave(work, ticket, party):
    """Have one of a locked ticket's participants take part no more."""
    work.load(_LEAVE, participant_id=party.participant_id)
    ticket.participants.remove(party)


def leave_as_assignee(work, ticket):
    """Have whoever takes part as the assignee do so no more; return whether there was one."""
    has_left = any(party.as_assignee for party in ticket.participants)
    if has_left:
        work.load(_LEAVE_AS_ASSIGNEE, ticket_id=ticket.id)
        ticket.participants[:] = [party for party in ticket.participants if not party.as_assignee]
    return has_left


def leave_by_standing(work, ticket, people):
    """Have people take part no more who did so by a standing; return who has left.

    :param people: ids of theirs.
    """
    work.load(_LEAVE_BY_STANDING, ticket_id=ticket.id, people=people)
    leaving = [party for party in ticket.participants if party.person_id in people]
    ticket.participants[:] = [party for party in ticket.participants if party.person_id not in people]
    return leaving


def stay_as_assignee(work, ticket):
    """Have whoever answers for a locked ticket take part for as long as they do, whatever else ended."""
    work.load(_STAY, ticket_id=ticket.id, assignee_id=ticket.assignee_id)
    assignee = ticket.participant_of(ticket.assignee_id)
    assignee.as_assignee, assignee.standing = True, None


def go_on_by_work_order(work, ticket, person_id):
    """Have whoever takes part as the assignee go on once another answers for the ticket."""
    party = ticket.participant_of(person_id)
    if party.as_assignee:
        work.load(_BY_WORK_ORDER, participant_id=party.participant_id)
        party.as_assignee, party.standing = False, "work_order"


def become_person(work, ticket, email, person):
    """Have the strangers of an address who take part in a locked ticket be a person from now on.

    :param person: copy of theirs, a mapping with `person_id`, `name` and `language`.
    """
    work.change(_BECOME_PERSON, ticket_id=ticket.id, email=email, person_id=person["person_id"])
    for party in ticket.participants:
        if party.person_id is None and party.email == email:
            party.person_id, party.name, party.language = person["person_id"], person["name"], person["language"]
            if party is ticket.requester:
                ticket.set(requester_person_id=party.person_id, requester_email=None)


def stand_back(work, ticket, *standings):
    """Tell whoever takes part in a locked ticket by a standing that reaches it no more nothing of what follows.

    They stay where they are, for the ticket may be changed back.
    """
    lapsed = [party for party in ticket.participants if party.takes_part and party.standing in standings]
    for party in lapsed:
        party.takes_part = False
    if lapsed:
        tell_participants(work, ticket)


def stand_again(work, ticket):
    """Tell whoever takes part in a locked ticket by a standing that reaches it again what follows.

    Whoever keeps a list has forgotten them.
    """
    ticket.send_ahead()
    standing = {row.id for row in work.load(_STANDING, ticket_id=ticket.id)}
    back = [party for party in ticket.participants if not party.takes_part and party.participant_id in standing]
    for party in back:
        party.takes_part = True
    if back:
        tell_participants(work, ticket)


def tell_participants(work, ticket):
    """Tell who takes part in a ticket now."""
    work.tell(
        TicketParticipantsChanged,
        version=ticket.next_version,
        ticket_id=ticket.id,
        participants=ticket.taking_part,
    )


def _columns_of(ticket_id, party, now):
    return {
        "id": party.participant_id,
        "ticket_id": ticket_id,
        "person_id": party.person_id,
        "email": None if party.person_id else party.email,
        "name": party.name,
        "language": party.language,
        "role": party.role,
        "standing": party.standing,
        "added_at": now,
    }
