"""How somebody comes to take part in a ticket, new or locked, and how that is told."""

from chassis.ids import new_id
from chassis.prepared import Prepared
from services.tickets.contract import TicketParticipantsChanged
from services.tickets.models import Participant

_JOIN = Prepared(
    "INSERT INTO participants (id, ticket_id, person_id, email, name, language, role, standing, as_assignee, added_at)"
    " VALUES (%(id)s, %(ticket_id)s, %(person_id)s, %(email)s, %(name)s, %(language)s, %(role)s, %(standing)s,"
    " %(as_assignee)s, %(added_at)s) ON CONFLICT DO NOTHING RETURNING id"
)
#: Held until the end of the transaction by whoever lets an address take part and by whoever makes a person of it, so
#: that neither misses the other: run it before looking for the one or the other, and before a ticket is locked. (Of
#: several people told at once the second comes after tickets of the first; should two such meet, each is told alone.)
#: Without an address it holds nothing.
HOLD_ADDRESS = Prepared("SELECT pg_advisory_xact_lock(hashtextextended('address:' || %(email)s::text, 0))")


def party(*, person_id=None, email=None, name, language, role="requester", standing=None, participant_id=None):
    """Return somebody who is to take part.

    :param standing: by what they do so only while it lasts, as `Participant` has it.
    :param participant_id: minted elsewhere, for links that were given out before the ticket is there.
    """
    return {
        "participant_id": participant_id or new_id(),
        "person_id": person_id,
        "email": email,
        "name": name,
        "language": language,
        "role": role,
        "standing": standing,
    }


def participant_row(ticket_id, party, now):
    """Return the row of a participant; a person's address is not kept beside the copy of the person."""
    return Participant(**_columns_of(ticket_id, party, now))


def join(work, ticket, party, *, as_assignee=False):
    """Let somebody take part in a locked ticket; return whether they did not before.

    :param as_assignee: only while they answer for it.
    """
    row = {**_columns_of(ticket.id, party, work.now), "as_assignee": as_assignee}
    if work.one(_JOIN, **row) is None:
        return False
    ticket.participants.append({**party, "as_assignee": as_assignee, "active": True})
    return True


def tell_participants(work, ticket):
    """Tell who takes part in a ticket now."""
    work.tell(
        TicketParticipantsChanged,
        version=ticket.next_version,
        ticket_id=ticket.id,
        participants=ticket.recipients(),
    )


def _columns_of(ticket_id, party, now):
    return {
        "id": party["participant_id"],
        "ticket_id": ticket_id,
        "person_id": party["person_id"],
        "email": None if party["person_id"] else party["email"],
        "name": party["name"],
        "language": party["language"],
        "role": party["role"],
        "standing": party["standing"],
        "added_at": now,
    }
