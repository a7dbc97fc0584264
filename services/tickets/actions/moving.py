"""Moving a ticket from status to status."""

from services.tickets.contract import TicketResolved, TicketStatusChanged
from services.tickets.domain import SETTLED
from services.tickets.history import record


def move(work, ticket, to, reason, doer=None):
    """Give a locked ticket another status, and record and tell it; the caller writes the ticket.

    :param reason: code of why: `person`, `message`, `assigned`, or what happened on site.
    :param doer: `{"person_id", "name"}` of who caused it, or `None`.
    """
    status, now = ticket.status, work.now
    resolved_at = (ticket.resolved_at or now) if to in SETTLED else None
    ticket.set(status=to, resolved_at=resolved_at)
    record(
        work,
        ticket.id,
        "TicketStatusChanged",
        "all",
        at=now,
        doer=doer,
        old={"status": status},
        new={"status": to, "reason": reason},
    )
    work.tell(
        TicketStatusChanged,
        version=ticket.next_version,
        ticket_id=ticket.id,
        number=ticket.number,
        subject=ticket.subject,
        from_=status,
        to=to,
        reason=reason,
        changed_at=now,
        recipients=ticket.recipients(but=doer and doer["person_id"]),
    )
    if to == "resolved":
        _tell_resolved(work, ticket, doer)


def _tell_resolved(work, ticket, doer):
    record(work, ticket.id, "TicketResolved", "all", at=work.now, doer=doer)
    work.tell(
        TicketResolved,
        version=ticket.next_version,
        ticket_id=ticket.id,
        number=ticket.number,
        subject=ticket.subject,
        resolved_at=work.now,
        requester=ticket.requester,
    )
