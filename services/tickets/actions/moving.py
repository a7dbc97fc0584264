"""Moving a ticket from status to status."""

from services.tickets.contract import TicketResolved, TicketStatusChanged
from services.tickets.contract.words import FOR_ALL
from services.tickets.domain import SETTLED
from services.tickets.history import record

_RATED = "SELECT EXISTS (SELECT FROM satisfactions WHERE participant_id = %(participant_id)s) AS is_rated"


def move(work, ticket, to, reason, doer=None):
    """Give a locked ticket another status, and record and tell it; the caller writes the ticket.

    :param reason: code of why: `person`, `message`, `assigned`, or what happened on site.
    :param doer: `{"person_id", "name"}` of who caused it, or `None`.
    """
    status, now = ticket.status, work.now
    resolved_at = (ticket.resolved_at or now) if to in SETTLED else None
    ticket.set(status=to, resolved_at=resolved_at)
    old, new = {"status": status}, {"status": to, "reason": reason}
    record(work, ticket.id, TicketStatusChanged, FOR_ALL, at=now, doer=doer, old=old, new=new)
    work.tell(
        TicketStatusChanged,
        **ticket.named,
        from_=status,
        to=to,
        reason=reason,
        changed_at=now,
        recipients=ticket.recipients(but=doer and doer["person_id"]),
    )
    if to == "resolved":
        _tell_resolved(work, ticket, doer)


def _tell_resolved(work, ticket, doer):
    record(work, ticket.id, TicketResolved, FOR_ALL, at=work.now, doer=doer)
    work.tell(
        TicketResolved,
        **ticket.named,
        resolved_at=work.now,
        requester=ticket.requester.as_fact(),
        already_rated=work.one(_RATED, participant_id=ticket.requester.participant_id).is_rated,
    )
