"""Copies of what other services own: people, sites and mailboxes, and of tickets who takes part and what they wrote.

A fact that comes late changes nothing.
"""

import json
from uuid import UUID

from chassis.copies import keep_told
from chassis.errors import NotYet
from services.notifications import queries
from services.notifications.domain import usable_message_id
from services.notifications.models import Mailbox, Person, Site


def keep_person(work, fact):
    """Keep where and in what language somebody is written to, and what they may."""
    keep_told(work, Person, fact, "person_id", "email", "name", "language", "roles", "active")


def keep_site(work, fact):
    """Keep the time zone of a site and the way there."""
    keep_told(work, Site, fact, "site_id", "time_zone", "name", "path", "address")


def keep_mailbox(work, fact):
    """Keep the address that a mailbox sends from, its name and its usergroup."""
    keep_told(work, Mailbox, fact, "mailbox_id", "address", "name", "usergroup_id", "active")


def keep_ticket(work, fact):
    """Keep what a new ticket's mails need, and the Message-ID of the mail that opened it.

    :param fact: `TicketOpened`.
    """
    opened = fact.data
    declaration = opened["declaration"]
    work.send_ahead(
        queries.KEEP_TICKET,
        ticket_id=opened["ticket_id"],
        number=opened["number"],
        subject=opened["subject"],
        reason_names=declaration and json.dumps(declaration["reason_names"]),
        language=opened["language"],
        mailbox_id=opened["source"]["mailbox_id"],
        usergroup_id=opened["usergroup_id"],
        participants=json.dumps(_dated(opened["participants"], fact.version)),
        version=fact.version,
    )
    keep_source_message(
        work,
        ticket_id=opened["ticket_id"],
        participant_id=opened["requester"]["participant_id"],
        message_id=opened["source"]["message_id"],
        received_at=opened["opened_at"],
    )


def keep_source_message(work, *, ticket_id, participant_id, message_id, received_at):
    """Keep the Message-ID of a participant's mail, unless it is none that may stand in our headers."""
    message_id = usable_message_id(message_id)
    if participant_id is not None and message_id is not None:
        work.send_ahead(
            queries.KEEP_SOURCE_MESSAGE,
            participant_id=participant_id,
            message_id=message_id,
            ticket_id=ticket_id,
            received_at=received_at,
        )


def change_usergroup(work, fact):
    """Keep which usergroup serves a ticket, as its mails come from that one's mailbox where they came by none.

    :param fact: `TicketUsergroupChanged`; one that comes late is passed over.
    :raises NotYet: the ticket's opening is still under way.
    """
    now_served = {name: fact.data[name] for name in ("ticket_id", "usergroup_id")}
    if work.one(queries.CHANGE_USERGROUP, **now_served, version=fact.version) is None:
        pass_over(work, fact, "usergroup")


def change_participants(work, fact):
    """Keep who takes part now; whoever was admitted by a later fact stays.

    :param fact: `TicketParticipantsChanged`; one that comes late is passed over.
    :raises NotYet: the ticket's opening is still under way.
    """
    ticket = ticket_of(work, fact.data["ticket_id"], locked=True)
    # Earlier versions told the list of one change more than once, under one version: the last word stays.
    if ticket.participants_version > fact.version:
        return
    listed = _dated(fact.data["participants"], fact.version)
    ids = {one["participant_id"] for one in listed}
    later = [one for one in ticket.participants if one["as_of"] > fact.version and one["participant_id"] not in ids]
    _write_participants(work, ticket, listed + later, fact.version)


def admitted(work, fact, ticket, recipients):
    """Return the recipients of a fact who take part in its ticket as far as we know.

    A fact names everybody who takes part at its time, so it brings those in of whom no list has told yet (an
    assignee takes part without one). A list that is newer than the fact, or of the same change, has the last word.

    :param ticket: row of our copy.
    """
    if not _unknown(ticket, recipients):
        return recipients
    ticket = ticket_of(work, ticket.ticket_id, locked=True)
    unknown = _unknown(ticket, recipients)
    if ticket.participants_version >= fact.version:
        return [one for one in recipients if one not in unknown]
    newcomers = _dated(unknown, fact.version)
    _write_participants(work, ticket, ticket.participants + newcomers, ticket.participants_version)
    return recipients


def ticket_of(work, ticket_id, *, locked=False):
    """Return the copy of a ticket.

    :param locked: for a change of it; others wait.
    :raises NotYet: its opening is still under way.
    """
    ticket = work.one(queries.TICKET_FOR_UPDATE if locked else queries.TICKET, ticket_id=ticket_id)
    if ticket is None:
        raise NotYet(f"ticket {ticket_id}")
    return ticket


def pass_over(work, fact, part):
    """Pass over a fact that has found no older copy of its ticket to change.

    :param part: `assignee` or `usergroup`, by whose version it would have.
    :raises NotYet: the ticket's opening is still under way, or was until a moment ago.
    """
    ticket = ticket_of(work, fact.data["ticket_id"])
    if getattr(ticket, f"{part}_version") < fact.version:
        raise NotYet(f"ticket {ticket.ticket_id}")


def reason_names_of(ticket, subject):
    """Return what an incident is called in each language, nothing where somebody has given it another subject.

    :param ticket: row of our copy.
    :param subject: of the ticket by now.
    """
    return ticket.reason_names or {} if subject == ticket.subject else {}


def is_incident(row):
    """Whether a ticket is an incident; of one that was opened before names of its reason were kept nobody knows.

    :param row: our copy of the ticket, or row of `queries.CLAIMED`.
    """
    return row.reason_names is not None


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


def _unknown(ticket, recipients):
    known = {one["participant_id"] for one in ticket.participants}
    return [one for one in recipients if str(one["participant_id"]) not in known]


def _dated(participants, version):
    """Return participants as our copy has them: JSON-ready, each with the version of the naming fact."""
    return [{**{name: _json(value) for name, value in one.items()}, "as_of": version} for one in participants]


def _json(value):
    return str(value) if isinstance(value, UUID) else value


def _write_participants(work, ticket, participants, version):
    work.change(
        queries.CHANGE_PARTICIPANTS,
        ticket_id=ticket.ticket_id,
        participants=json.dumps(participants),
        version=version,
    )
