"""What facts about the work orders of contractors make: a mail and a line in their list."""

from services.notifications import queries
from services.notifications.access import CALLED_OFF_WORK
from services.notifications.actions.copies import admitted, people_by_id, ticket_of
from services.notifications.actions.deliveries import write_mails, write_to_person
from services.notifications.actions.in_app import notify_people
from services.notifications.announcement import Announcement


def announce_work_order(work, fact, settings):
    """Tell a contractor that a work order is theirs, unless they take part in its ticket no more or it is called off.

    :param fact: `ContractorInvited`.
    :raises NotYet: ticket or person is unknown to us yet.
    """
    given = fact.data
    # A work order that is heard of for the first time has no row yet that its facts could wait for.
    ticket = ticket_of(work, given["ticket_id"], locked=True)
    recipients = admitted(work, fact, ticket, [given["contractor"]])
    people = people_by_id(work, {one["person_id"] for one in recipients})
    if work.one(queries.WORK_ORDER_MAIL, **_mail(given)):
        return
    inputs = {
        "subject": given["subject"],
        "work_order": given["work_order_number"],
        "work": given["work_order_title"],
    }
    announcement = Announcement(ticket, "work_order", _occasion(given), inputs)
    write_mails(work, settings, announcement, recipients, people)
    notify_people(work, announcement, people)


def call_off_work_order(work, fact, settings):
    """Tell a contractor that a work order of theirs is called off, where it was announced to them.

    Whom its mail has not reached gets none; what waits is withdrawn. One that is heard of later is not told any more.

    :param fact: `ContractorCalledOff`.
    :raises NotYet: ticket or person is unknown to us yet.
    """
    off = fact.data
    ticket = ticket_of(work, off["ticket_id"], locked=True)
    contractor = off["contractor"]
    people = people_by_id(work, {contractor["person_id"]})
    told = work.one(queries.WITHDRAW_WORK_ORDER, **_mail(off), error=CALLED_OFF_WORK)
    if told is None:
        unheard = Announcement(ticket, "work_order", _occasion(off), {"subject": off["subject"]})
        write_mails(work, settings, unheard, [contractor], people, cancelled_for=CALLED_OFF_WORK)
    if told is None or not told.is_told:
        return
    inputs = {name: told.inputs[name] for name in ("subject", "work_order", "work")}
    announcement = Announcement(ticket, "work_order_cancelled", f"{_occasion(off)}:cancelled", inputs)
    if told.is_mailed:
        write_to_person(work, settings, announcement, people[contractor["person_id"]], [told.message_id])
    notify_people(work, announcement, people)


def _mail(fact):
    """Return what finds the mail of a contractor's work order, also where they take part anew since."""
    return {
        "ticket_id": fact["ticket_id"],
        "person_id": fact["contractor"]["person_id"],
        "occasions": f"{_occasion(fact)}:%",
    }


def _occasion(fact):
    return f"work_order:{fact['work_order_id']}"
