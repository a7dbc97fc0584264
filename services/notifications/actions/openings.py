"""What a new ticket makes: a receipt, or word to those concerned of an incident."""

from chassis.errors import NotYet
from services.notifications import queries
from services.notifications.actions.conversations import doer_of, is_same
from services.notifications.actions.copies import keep_ticket, participants_of, people_by_id, ticket_of
from services.notifications.actions.deliveries import write_mails, write_receipt
from services.notifications.actions.in_app import notify_people
from services.notifications.actions.interventions import when_and_where
from services.notifications.announcement import Announcement
from services.notifications.domain import receipt_is_due

#: What earlier versions of tickets and fieldwork told of an incident beside its ticket.
TOLD_BEFORE = {"place": None, "starts_at": None, "ticket_number": None, "ticket_kind": None}


def open_correspondence(work, fact, settings):
    """Keep a new ticket; send whoever asks a receipt that is due, or tell those concerned of an incident.

    :param fact: `TicketOpened`.
    :raises NotYet: its mailbox, or the site of its intervention, is unknown to us yet.
    """
    opened = fact.data
    keep_ticket(work, fact)
    mailbox_id = opened["source"]["mailbox_id"]
    if mailbox_id is not None and work.one(queries.MAILBOX, mailbox_id=mailbox_id) is None:
        raise NotYet(f"mailbox {mailbox_id}")
    if opened["kind"] == "incident":
        _tell_of_incident(work, settings, ticket_of(work, opened["ticket_id"]), opened)
    elif receipt_is_due(opened["channel"], opened["source"]["automatic"], is_for_another=_is_for_another(fact)):
        write_receipt(work, settings, ticket_of(work, opened["ticket_id"]), opened)


def _is_for_another(fact):
    """Whether a person has opened a ticket that somebody else asks for."""
    return doer_of(fact) not in (None, fact.data["requester"]["person_id"])


def _tell_of_incident(work, settings, ticket, opened):
    author = opened["requester"]
    others = [one for one in participants_of(ticket) if not is_same(one, author)]
    people = people_by_id(work, {one["person_id"] for one in others})
    declared = {"author": author["name"], "body": opened["description"], **_declared(work, opened)}
    inputs = {"subject": opened["subject"], **declared}
    announcement = Announcement(ticket, "incident", f"incident:{ticket.ticket_id}", inputs)
    write_mails(work, settings, announcement, others, people)
    notify_people(work, announcement, people)


def _declared(work, opened):
    """Return what the wording needs of the intervention at which an incident was declared."""
    told = opened["declaration"] or TOLD_BEFORE
    window = when_and_where(work, {**told, "site_id": opened["site_id"]}) if told["starts_at"] else {}
    return {
        **window,
        "place": told["place"] or window.get("place"),
        # Mails that wait, written by an earlier version, call it so as well.
        "visit_number": told["ticket_number"],
        "is_about_incident": told["ticket_kind"] == "incident",
    }
