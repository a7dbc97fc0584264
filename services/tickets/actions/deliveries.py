"""What became of the mails about a ticket, for its history."""

from services.tickets.history import record_fact
from services.tickets.locked import lock_for_fact


def note_delivery(work, fact):
    """Add the line of a mail that has left, or that will not; mails about no ticket have none."""
    delivery = fact.data
    if delivery["ticket_id"] is None:
        return
    ticket = lock_for_fact(work, delivery["ticket_id"])
    participant = ticket.participant(delivery["participant_id"])
    record_fact(
        work,
        ticket.id,
        fact,
        "agents",
        to=participant and participant["name"],
        kind=delivery.get("kind"),
        error=delivery.get("error"),
    )
