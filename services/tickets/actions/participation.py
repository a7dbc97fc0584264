"""Who takes part in a ticket: how they join and leave, and by what they go on taking part.

These functions change the table and the `participants` of the locked ticket together, and nothing else changes either.
What the history says, `tell_participants` and writing the ticket are left to the caller, who knows what it was about;
only `stand_back` and `stand_again` have it told by themselves.
"""

from chassis.prepared import Prepared
from services.tickets.access import STANDS
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
_GO_ON = "UPDATE participants SET as_assignee = false, standing = %(standing)s WHERE id = %(participant_id)s"
_BECOME_PERSON = (
    "UPDATE participants SET person_id = %(person_id)s, email = NULL"
    " WHERE ticket_id = %(ticket_id)s AND email = %(email)s AND person_id IS NULL AND NOT doubtful"
)
#: Who takes part by a standing that holds now.
_STANDING = (
    "SELECT p.id FROM participants p JOIN tickets t ON t.id = p.ticket_id JOIN people known USING (person_id)"
    f" WHERE p.ticket_id = %(ticket_id)s AND p.standing IS NOT NULL AND {STANDS}"
)
#: Locks an address until the end of the transaction. Whoever lets an address take part does this, and whoever makes a
#: person of one, so that neither misses the other. It comes before looking for either, and before a ticket is locked.
#: (Where several people are told in one transaction, the second is locked after tickets of the first; should two such
#: transactions block each other, the inbox handles each fact by itself.) Without an address it locks nothing.
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
    """Remove a participant from a locked ticket."""
    work.load(_LEAVE, participant_id=party.participant_id)
    ticket.participants.remove(party)


def join_as_assignee(work, ticket, party):
    """Let the new assignee of a locked ticket take part, who may do so by a standing that does not reach it."""
    if not join(work, ticket, party):
        ticket.participant_of(party.person_id).takes_part = True


def leave_as_assignee(work, ticket):
    """Let the assignee of a locked ticket take part by what else they do so by, if anything.

    :returns: whether they do not any more.
    """
    former = ticket.assignee_id and ticket.participant_of(ticket.assignee_id)
    if former and former.as_assignee:
        work.load(_LEAVE_AS_ASSIGNEE, ticket_id=ticket.id)
        ticket.participants.remove(former)
        return True
    if former and former.standing:
        former.takes_part = former.participant_id in _standing(work, ticket)
        return not former.takes_part
    return False


def leave_by_standing(work, ticket, people):
    """Remove people who take part in a locked ticket by a standing; return them as `Party`s.

    :param people: their ids; none of them takes part in another way.
    """
    work.load(_LEAVE_BY_STANDING, ticket_id=ticket.id, people=people)
    leaving = [party for party in ticket.participants if party.person_id in people]
    ticket.participants[:] = [party for party in ticket.participants if party.person_id not in people]
    return leaving


def stay_as_assignee(work, ticket):
    """Let the assignee of a locked ticket go on as such, now that what they took part by before has ended."""
    work.load(_STAY, ticket_id=ticket.id, assignee_id=ticket.assignee_id)
    assignee = ticket.participant_of(ticket.assignee_id)
    assignee.as_assignee, assignee.standing = True, None


def go_on_by(work, ticket, person_id, standing):
    """Let somebody who may take part as the assignee go on when another is assigned.

    :param standing: by which they do: `visit` or `work_order`.
    """
    party = ticket.participant_of(person_id)
    if party.as_assignee:
        work.load(_GO_ON, participant_id=party.participant_id, standing=standing)
        party.as_assignee, party.standing = False, standing


def become_person(work, ticket, email, person):
    """Make a person of the stranger with an address who takes part in a locked ticket.

    :param person: a mapping with `person_id`, `name` and `language`.
    """
    work.change(_BECOME_PERSON, ticket_id=ticket.id, email=email, person_id=person["person_id"])
    for party in ticket.participants:
        if party.person_id is None and party.email == email:
            party.person_id, party.name, party.language = person["person_id"], person["name"], person["language"]
            if party is ticket.requester:
                ticket.set(requester_person_id=party.person_id, requester_email=None)


def stand_back(ticket, *standings):
    """Take those whose standing does not reach a locked ticket any more off the list of participants that is told.

    Their rows stay, because the ticket may be changed back. Whoever answers for it takes part all the same.

    :param standings: such as `organisation`.
    """
    for party in ticket.participants:
        if party.takes_part and party.standing in standings and party.person_id != ticket.assignee_id:
            party.takes_part = False
            ticket.tell_participants()


def stand_again(work, ticket):
    """Put those whose standing reaches a locked ticket again back on the list of participants that is told."""
    off = [party for party in ticket.participants if party.standing and not party.takes_part]
    if not off:
        return
    standing = _standing(work, ticket)
    back = [party for party in off if party.participant_id in standing]
    for party in back:
        party.takes_part = True
    if back:
        ticket.tell_participants()


def _standing(work, ticket):
    ticket.send_ahead()
    return {row.id for row in work.load(_STANDING, ticket_id=ticket.id)}


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
