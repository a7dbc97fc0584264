"""What facts about tickets make: mails to those who take part, lines in the in-app list."""

from uuid import UUID

from services.notifications import queries
from services.notifications.access import ASSIGNEE_NO_MORE
from services.notifications.actions.copies import (
    admitted,
    keep_source_message,
    pass_over,
    people_by_id,
    ticket_of,
)
from services.notifications.actions.deliveries import write_mails
from services.notifications.actions.in_app import notify_people
from services.notifications.announcement import Announcement
from services.notifications.contract import Notifications
from services.notifications.domain import PASSED_ON_PER_HOUR, assignment_is_mailed
from services.tickets.contract import Tickets

#: Roles that are told by mail how a ticket moves on; the others do the moving and have their list.
FOLLOWING_ROLES = {"requester", "client", "watcher"}


def pass_on_message(work, fact, settings, store):
    """Mail a public message to everybody who may see it but its author; never an automatic one.

    Two automatic answers that were mailed to each other would never end; as not every responder says that it is one,
    what came by mail is passed on within a budget.

    :param fact: `MessageAdded`.
    :param store: `chassis.files.FileStore`; attachments are linked into our own folder before a row names
    them.
    :raises NotYet: ticket or person is unknown to us yet.
    """
    added = fact.data
    ticket = ticket_of(work, added["ticket_id"])
    keep_source_message(
        work,
        ticket_id=ticket.ticket_id,
        participant_id=added["author"]["participant_id"],
        message_id=added["mail"]["message_id"],
        received_at=added["written_at"],
    )
    takes_part = admitted(work, fact, ticket, added["recipients"])
    recipients = [one for one in takes_part if not is_same(one, added["author"])]
    readers = ({one["person_id"] for one in recipients} | {ticket.assignee_id}) - {added["author"]["person_id"]}
    people = people_by_id(work, readers)
    announcement = Announcement(ticket, "message", f"message:{added['message_id']}", _told_of(added))
    if not added["automatic"]:
        for attachment in added["attachments"] if recipients else ():
            store.adopt(Tickets.service, Notifications.service, attachment["sha256"])
        most = PASSED_ON_PER_HOUR if added["channel"] == "mail" else None
        write_mails(work, settings, announcement, recipients, people, most=most)
    notify_people(work, announcement, people)


def announce_note(work, fact):
    """Tell the assignee that there is a new internal note, and of a mail why it is one; notes are never mailed.

    :param fact: `NoteAdded`.
    """
    noted = fact.data
    ticket = ticket_of(work, noted["ticket_id"])
    if ticket.assignee_id in noted["readers"] and ticket.assignee_id != noted["author"]["person_id"]:
        people = people_by_id(work, {ticket.assignee_id})
        announcement = Announcement(ticket, "note", f"note:{noted['message_id']}", _told_of_note(noted))
        notify_people(work, announcement, people)


def announce_assignment(work, fact, settings):
    """Tell somebody that a ticket is theirs now, unless it was already or they took it themselves.

    What waits for whoever had it before is withdrawn.

    :param fact: `TicketAssigned`; one that comes late is passed over.
    :raises NotYet: ticket or person is unknown to us yet.
    """
    assigned = fact.data
    ticket_id, assignee_id = assigned["ticket_id"], assigned["assignee_id"]
    ticket = work.one(queries.CHANGE_ASSIGNEE, ticket_id=ticket_id, assignee_id=assignee_id, version=fact.version)
    if ticket is None:
        pass_over(work, fact, "assignee")
        return
    if ticket.assigned_before not in (None, assignee_id):
        work.change(queries.WITHDRAW_ASSIGNMENTS, ticket_id=ticket_id, error=ASSIGNEE_NO_MORE)
    if assignee_id not in (None, ticket.assigned_before, doer_of(fact)):
        occasion = f"assigned:{ticket_id}:{fact.version}"
        announcement = Announcement(ticket, "assigned", occasion, {"subject": assigned["subject"]})
        _tell_assignee(work, settings, fact, announcement, people_by_id(work, {assignee_id}))


def _tell_assignee(work, settings, fact, announcement, people):
    assigned = fact.data
    # Earlier versions did not tell as whom they take part: an answer would find no conversation.
    if assigned["assignee"] and assignment_is_mailed(assigned["by"], people[assigned["assignee_id"]].roles):
        recipients = admitted(work, fact, announcement.ticket, [assigned["assignee"]])
        write_mails(work, settings, announcement, recipients, people)
    notify_people(work, announcement, people)


def announce_status(work, fact, settings):
    """Tell those who follow a ticket that its work has begun (once), or that it is resolved.

    Its requester hears of the resolution by `ask_for_satisfaction`, of a planned intervention everybody by its own
    fact.

    :param fact: `TicketStatusChanged`.
    """
    moved = fact.data
    ticket = ticket_of(work, moved["ticket_id"])
    recipients = admitted(work, fact, ticket, moved["recipients"])
    inputs = {"subject": moved["subject"], "asks_for_rating": False}
    if moved["to"] == "in_progress":
        announcement = Announcement(ticket, "work_started", f"work_started:{ticket.ticket_id}", inputs)
        _announce(work, settings, fact, announcement, recipients)
    elif moved["to"] == "resolved":
        announcement = Announcement(ticket, "resolved", f"resolved:{ticket.ticket_id}:{fact.version}", inputs)
        _announce(work, settings, fact, announcement, [one for one in recipients if one["role"] != "requester"])


def ask_for_satisfaction(work, fact, settings):
    """Tell the requester that the ticket is resolved, with the link to rate it unless they have done so.

    :param fact: `TicketResolved`.
    """
    resolved = fact.data
    ticket = ticket_of(work, resolved["ticket_id"])
    requester = resolved["requester"]
    occasion = f"resolved:{ticket.ticket_id}:{fact.version}"
    people = people_by_id(work, {requester["person_id"]})
    inputs = {"subject": resolved["subject"], "asks_for_rating": not resolved["already_rated"]}
    announcement = Announcement(ticket, "resolved", occasion, inputs)
    write_mails(work, settings, announcement, [requester], people)
    notify_people(work, announcement, people)


def _announce(work, settings, fact, announcement, recipients):
    """Tell those who take part, but who did what the fact tells: who follows by mail, all in their lists."""
    others = [one for one in recipients if one["person_id"] is None or one["person_id"] != doer_of(fact)]
    followers = [one for one in others if one["role"] in FOLLOWING_ROLES]
    people = people_by_id(work, {one["person_id"] for one in others})
    write_mails(work, settings, announcement, followers, people)
    notify_people(work, announcement, people)


def is_same(participant, author):
    """Whether a participant is who wrote or declared something."""
    if participant["participant_id"] == author["participant_id"]:
        return True
    return author["person_id"] is not None and participant["person_id"] == author["person_id"]


def doer_of(fact):
    """Return the id of the person who did what the fact tells, or `None`."""
    return UUID(fact.actor["person_id"]) if fact.actor else None


def _told_of(added):
    return {
        "subject": added["subject"],
        "author": added["author"]["name"],
        "body": added["body"],
        "files": [_file(attachment) for attachment in added["attachments"]],
    }


def _told_of_note(noted):
    author, mail = noted["author"]["name"], noted["mail"] or {}
    return {
        "author": author,
        # Whoever's name a mail claims may not have written it.
        "sender": mail.get("email") or author,
        "is_automatic": mail.get("automatic", False),
        "is_unverified": mail.get("unverified", False),
    }


def _file(attachment):
    described = {name: attachment[name] for name in ("filename", "content_type", "size", "sha256")}
    return {**described, "attachment_id": str(attachment["attachment_id"])}
