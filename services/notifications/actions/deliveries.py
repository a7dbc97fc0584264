"""Writing deliveries: one row per mail and recipient, in the transaction that decided it."""

import json
from collections import defaultdict

from chassis.ids import new_id
from chassis.mail_identity import message_id
from services.notifications import queries
from services.notifications.actions.copies import people_by_id, reason_names_of
from services.notifications.domain import (
    BUDGET_PERIOD,
    RECEIPTS_PER_HOUR,
    REGISTRATIONS_PER_HOUR,
    clean_line,
    counted_as,
    language_of,
    thread_of,
)


def write_mails(work, settings, announcement, recipients, people, *, most=None, cancelled_for=None):
    """Write one mail about a ticket to each recipient who has an address.

    :param announcement: `Announcement`.
    :param recipients: participants, `{participant_id, person_id, email, name, language, ...}`.
    :param people: `{person id: row of our copy}` of those among them who are persons.
    :param most: mails of this kind to one address about this ticket within an hour; none where they are not counted.
        What is over it is there all the same, cancelled.
    :param cancelled_for: why none of them leaves, a code.
    """
    ticket, kind = announcement.ticket, announcement.kind
    threads = threads_of(work, ticket.ticket_id) if recipients else {}
    for recipient, person, address in _addressed(recipients, people, is_counted=most is not None):
        spent = most is not None and _is_spent(work, address, [kind], most, ticket.ticket_id)
        _write(
            work,
            settings,
            {
                **_to(ticket, recipient, person, threads.get(recipient["participant_id"])),
                **_about(announcement, recipient["participant_id"]),
                "recipient": address,
            },
            cancelled_for="budget_spent" if spent else cancelled_for,
        )


def _addressed(recipients, people, *, is_counted):
    """Return `[(recipient, row of our copy or None, address)]` of those who have an address."""
    named = [(recipient, people.get(recipient["person_id"])) for recipient in recipients]
    found = [(recipient, person, person.email if person else recipient["email"]) for recipient, person in named]
    addressed = [one for one in found if one[2]]
    # Whoever counts an address locks it; in one order, so that two who count the same ones cannot block each other.
    return sorted(addressed, key=lambda one: counted_as(one[2])) if is_counted else addressed


def write_to_workers(work, settings, announcement, people):
    """Write one mail about an intervention to each who is sent, or chooses who is.

    They need not take part in its ticket.

    :param announcement: `Announcement` of an intervention.
    :param people: `{person id: row of our copy}`.
    """
    threads = threads_of_intervention(work, announcement) if people else {}
    for person_id, person in people.items():
        write_to_person(work, settings, announcement, person, threads.get(person_id))


def write_to_person(work, settings, announcement, person, thread):
    """Write one mail about work to a person who need not take part in its ticket.

    :param person: row of our copy.
    :param thread: Message-IDs that it refers to, oldest first.
    """
    recipient = {"participant_id": None, "person_id": person.person_id, "language": None}
    _write(
        work,
        settings,
        {
            **_to(announcement.ticket, recipient, person, thread),
            **_about(announcement, person.person_id),
            "recipient": person.email,
        },
    )


def write_receipt(work, settings, ticket, opened):
    """Write the receipt of a ticket to its requester: one per ticket, and few to one address within an hour.

    Over the budget the row is there all the same, cancelled, so that it can be seen why nobody was answered.

    :param opened: payload of `TicketOpened`.
    """
    requester = opened["requester"]
    person = people_by_id(work, [requester["person_id"]]).get(requester["person_id"])
    address = person.email if person else requester["email"]
    if not address:
        return
    spent = _is_spent(work, address, ["receipt"], RECEIPTS_PER_HOUR[opened["channel"]])
    threads = threads_of(work, ticket.ticket_id)
    _write(
        work,
        settings,
        {
            **_to(ticket, requester, person, threads.get(requester["participant_id"])),
            "kind": "receipt",
            "occasion": f"receipt:{ticket.ticket_id}",
            "recipient": address,
            "inputs": {"number": ticket.number},
        },
        cancelled_for="budget_spent" if spent else None,
    )


def write_registration(work, fact, settings):
    """Write the mail that asks for the confirmation of an address, or says that it has an account already.

    :param fact: `RegistrationRequested`.
    """
    asked = fact.data
    kinds = ["registration", "already_registered"]
    spent = _is_spent(work, asked["email"], kinds, REGISTRATIONS_PER_HOUR)
    _write(
        work,
        settings,
        {
            **_without_ticket(asked),
            "kind": kinds[asked["already_registered"]],
            "occasion": f"registration:{fact.event_id}",
            "name": "",
            "inputs": {},
        },
        cancelled_for="budget_spent" if spent else None,
    )


def write_invitation(work, fact, settings):
    """Write the mail that invites a person to choose their password, once per invitation.

    :param fact: `PersonInvited`.
    """
    invited = fact.data
    invited_at = invited["invited_at"] and invited["invited_at"].isoformat()
    _write(
        work,
        settings,
        {
            **_without_ticket(invited),
            "kind": "invitation",
            "occasion": f"invitation:{invited['person_id']}:{invited_at or ''}",
            "name": clean_line(invited["name"]),
            "inputs": {"author": invited["invited_by"], "invited_at": invited_at},
        },
    )


def threads_of(work, ticket_id):
    """Return `{participant id: [Message-ID, ...]}`: what the next mail to each participant refers to."""
    return _threads(work.load(queries.THREAD, ticket_id=ticket_id))


def threads_of_intervention(work, announcement):
    """Return `{person id: [Message-ID, ...]}`: what the next mail to each who is sent to an intervention refers to."""
    about = {"ticket_id": announcement.ticket.ticket_id, "intervention_id": announcement.intervention_id}
    return _threads(work.load(queries.THREAD_OF_INTERVENTION, **about))


def _threads(rows):
    mails = defaultdict(list)
    for recipient_id, id_ in rows:
        mails[recipient_id].append(id_)
    return {recipient_id: thread_of(ids) for recipient_id, ids in mails.items()}


def _to(ticket, recipient, person, thread):
    """Return what a delivery has of whom it goes to."""
    return {
        "ticket_id": ticket.ticket_id,
        "participant_id": recipient["participant_id"],
        "person_id": recipient["person_id"],
        "mailbox_id": ticket.mailbox_id,
        "name": clean_line(person.name if person else recipient["name"]),
        "language": language_of(person and person.language, recipient["language"], ticket.language),
        "thread": thread or [],
    }


def _about(announcement, recipient_id):
    """Return what a delivery has of what is told; to the same recipient it is written once."""
    ticket, inputs = announcement.ticket, announcement.inputs
    names = reason_names_of(ticket, inputs["subject"])
    return {
        "intervention_id": announcement.intervention_id,
        "kind": announcement.kind,
        "occasion": f"{announcement.occasion}:{recipient_id}",
        "inputs": {"number": ticket.number, **inputs, **({"reason_names": names} if names else {})},
    }


def _without_ticket(addressed):
    """Return what a delivery has of a fact that names a person and an address, and no ticket."""
    return {
        "ticket_id": None,
        "participant_id": None,
        "mailbox_id": None,
        "person_id": addressed["person_id"],
        "recipient": addressed["email"],
        "language": language_of(addressed["language"]),
        "thread": [],
    }


def _is_spent(work, address, kinds, most, ticket_id=None):
    counted = {"counted_as": counted_as(address), "kinds": kinds, "ticket_id": ticket_id}
    return work.one(queries.SPENT_BUDGET, **counted, since=work.now - BUDGET_PERIOD).mails >= most


def _write(work, settings, delivery, cancelled_for=None):
    delivery_id = new_id()
    work.change(
        queries.ADD_DELIVERY,
        **{
            "intervention_id": None,
            **delivery,
            "id": delivery_id,
            "counted_as": counted_as(delivery["recipient"]),
            "inputs": json.dumps(delivery["inputs"]),
            "thread": json.dumps(delivery["thread"]),
            "message_id": _message_id(settings, delivery, delivery_id),
            "state": "cancelled" if cancelled_for else "waiting",
            "error": cancelled_for,
            "created_at": work.now,
        },
    )


def _message_id(settings, delivery, delivery_id):
    # Whoever is sent answers by their person's id, as they need not take part.
    answers_as = delivery["participant_id"] or (delivery["ticket_id"] and delivery["person_id"])
    if answers_as is not None:
        return message_id(settings.links, delivery["ticket_id"], answers_as, delivery_id, settings.mail_domain)
    mark = settings.links.mark("message-id", f"r.{delivery_id.hex}")
    return f"<r.{delivery_id.hex}.{mark}@{settings.mail_domain}>"
