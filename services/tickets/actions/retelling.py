"""Telling everything of a kind again, for a service that has lost its copies or is new."""

from chassis.retelling import retelling_of
from services.tickets.actions.categories import categories_after, tell_category
from services.tickets.contract import TicketPrivacyChanged

_PRIVATE_AFTER = (
    "SELECT id, version, updated_at FROM tickets"
    " WHERE private AND (%(after_id)s IS NULL OR id > %(after_id)s) ORDER BY id LIMIT %(limit)s"
)


def _private_tickets_after(work, after_id, limit):
    return work.load(_PRIVATE_AFTER, after_id=after_id, limit=limit)


def _tell_private(work, row):
    version, changed_at = row.version, row.updated_at
    work.tell(TicketPrivacyChanged, version=version, ticket_id=row.id, private=True, changed_at=changed_at)


retell = retelling_of(
    {"categories": (categories_after, tell_category), "private_tickets": (_private_tickets_after, _tell_private)}
)
