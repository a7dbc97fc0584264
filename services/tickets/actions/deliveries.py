"""What became of the mails about a ticket, for its history."""

from chassis.errors import NotYet
from chassis.prepared import Prepared
from services.tickets.contract.words import FOR_AGENTS
from services.tickets.history import record_fact

_RECIPIENT = Prepared(
    "SELECT coalesce(known.name, p.name) AS name FROM tickets t"
    " LEFT JOIN participants p ON p.ticket_id = t.id AND p.id = %(participant_id)s"
    " LEFT JOIN people known ON known.person_id = coalesce(p.person_id, %(person_id)s) WHERE t.id = %(ticket_id)s"
)


def note_delivery(work, fact):
    """Add the line of a mail that has left, or that will not; mails about no ticket have none.

    :raises NotYet: the ticket has not been heard of.
    """
    delivery = fact.data
    ticket_id = delivery["ticket_id"]
    if ticket_id is None:
        return
    whom = {"participant_id": delivery["participant_id"], "person_id": delivery.get("person_id")}
    recipient = work.one(_RECIPIENT, ticket_id=ticket_id, **whom)
    if recipient is None:
        raise NotYet(f"ticket {ticket_id}")
    record_fact(
        work,
        ticket_id,
        fact,
        FOR_AGENTS,
        delivery_id=delivery["delivery_id"],
        to=recipient.name,
        kind=delivery.get("kind"),
        error=delivery.get("error"),
    )
