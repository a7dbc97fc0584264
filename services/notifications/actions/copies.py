"""Copies of tickets: who takes part, who works on it, and which mails of theirs ours answer."""

import json
from uuid import UUID

from chassis.errors import NotYet
from services.notifications import queries
from services.notifications.domain import usable_message_id


def keep_ticket(work, fact):
    """Keep what a new ticket's mails need, and the Message-ID of the mail that opened it; return the copy.

    :param fact: `TicketOpened`.
    """
    opened = fact.data
    work.load(
        queries.KEEP_TICKET,
        ticket_id=opened["ticket_id"],
        number=opened["number"],
        subject=opened["subject"],
        language=opened["language"],
        mailbox_id=opened["source"]["mailbox_id"],
        participants=_dumped(opened["participants"]),
        version=fact.version,
    )
    keep_source_message(
        work,
        ticket_id=opened["ticket_id"],
        participant_id=opened["requester"]["participant_id"],
        message_id=opened["source"]["message_id"],
        received_at=opened["opened_at"],
    )
    return ticket_of(work, opened["ticket_id"])


def keep_source_message(work, *, ticket_id, participant_id, message_id, received_at):
    """Keep the Message-ID of a participant's mail, unless it is none that may stand in our headers."""
    message_id = usable_message_id(message_id)
    if participant_id is not None and message_id is not None:
        work.load(
            queries.KEEP_SOURCE_MESSAGE,
            participant_id=participant_id,
            message_id=message_id,
            ticket_id=ticket_id,
            received_at=received_at,
        )


def change_participants(work, fact):
    """Keep who takes part now.

    :param fact: `TicketParticipantsChanged`.
    :raises NotYet: the ticket's opening is still under way.
    """
    ticket_of(work, fact.data["ticket_id"])
    work.load(
        queries.CHANGE_PARTICIPANTS,
        ticket_id=fact.data["ticket_id"],
        participants=_dumped(fact.data["participants"]),
        version=fact.version,
    )


def ticket_of(work, ticket_id):
    """Return the copy of a ticket.

    :raises NotYet: its opening is still under way.
    """
    ticket = work.one(queries.TICKET, ticket_id=ticket_id)
    if ticket is None:
        raise NotYet(f"ticket {ticket_id}")
    return ticket


def participants_of(ticket):
    """Return those who take part in a ticket, as its newest fact lists them, with typed ids."""
    return [
        {
            **participant,
            "participant_id": UUID(participant["participant_id"]),
            "person_id": UUID(participant["person_id"]) if participant["person_id"] else None,
        }
        for participant in ticket.participants
    ]


def still_listed(ticket, fact, recipients):
    """Return the recipients of a fact who take part in the ticket as far as we know.

    :raises NotYet: somebody is unknown to us, and the fact is newer than our list.
    """
    known = {participant["participant_id"] for participant in ticket.participants}
    strangers = [one for one in recipients if str(one["participant_id"]) not in known]
    if strangers and ticket.participants_version < fact.version:
        raise NotYet(f"participants of ticket {ticket.ticket_id}")
    return [one for one in recipients if one not in strangers]


def people_by_id(work, person_ids):
    """Return `{person id: row}` for people.

    :raises NotYet: of one of them nothing has been heard yet.
    """
    wanted = {person_id for person_id in person_ids if person_id is not None}
    if not wanted:
        return {}
    rows = work.load(queries.PEOPLE, person_ids=sorted(wanted))
    if len(rows) < len(wanted):
        raise NotYet(f"people {sorted(wanted - {row.person_id for row in rows})}")
    return {row.person_id: row for row in rows}


def _dumped(participants):
    return json.dumps(participants, default=str)
