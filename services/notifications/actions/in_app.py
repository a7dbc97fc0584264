"""The in-app list: a line for a person, their own page, and marking a line as read."""

from chassis import cursors
from chassis.ids import new_id
from services.notifications import access, queries
from services.notifications.actions.copies import is_incident, reason_names_of
from services.notifications.domain import language_of, subject_in
from services.notifications.wording import intervention_in_words, title_of


def notify_people(work, announcement, people):
    """Add a line to the lists of people, each worded in their language; not of a former agent's.

    :param announcement: `Announcement`; for the same person a line is added once.
    :param people: `{person id: row of our copy}`.
    """
    ticket, kind = announcement.ticket, announcement.kind
    known = {"number": ticket.number, "is_incident": is_incident(ticket)}
    wanted = {"subject": ticket.subject, **announcement.inputs}
    for person_id, person in people.items():
        if access.answers_no_more(_roles_taken(ticket, person_id), person.roles):
            continue
        language = language_of(person.language)
        subject = subject_in(language, wanted["subject"], reason_names_of(ticket, wanted["subject"]))
        values = {**known, **wanted, **intervention_in_words(wanted, language), "subject": subject}
        work.change(
            queries.ADD_NOTIFICATION,
            id=new_id(),
            occasion=f"{announcement.occasion}:{person_id}",
            person_id=person_id,
            kind=kind,
            title=title_of(kind, language, values),
            ticket_id=ticket.ticket_id,
            ticket_number=ticket.number,
            created_at=work.now,
        )


def _roles_taken(ticket, person_id):
    """Return the roles in which somebody takes part in a ticket, as far as we know."""
    taken = {one["role"] for one in ticket.participants if one["person_id"] == str(person_id)}
    return taken | ({"agent"} if person_id == ticket.assignee_id else set())


def list_notifications(work, actor, cursor, limit, unread):
    """Return a page of the actor's own list, newest first.

    :raises Invalid: `cursor_invalid`.
    """
    rows = work.load(
        queries.NOTIFICATION_PAGE,
        **access.sight_of(actor),
        before=cursors.id_in(cursor) if cursor else None,
        unread=unread,
        limit=limit + 1,
    )
    return cursors.page_of([row._asdict() for row in rows], limit, lambda last: str(last["id"]))


def mark_read(work, actor, notification_id):
    """Mark a line of the actor's own list as read; the first time counts.

    :raises NotFound: `notification_not_found`.
    """
    row = access.notification_for(work, actor, queries.NOTIFICATION_FOR_UPDATE, notification_id)._asdict()
    if row["read_at"] is None:
        row["read_at"] = work.now
        work.change(queries.READ_NOTIFICATION, id=notification_id, read_at=work.now)
    return row
