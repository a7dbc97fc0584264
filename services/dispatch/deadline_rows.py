"""Deadlines as they are kept, with the policy and calendar they are counted by: statements as text."""

from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from chassis.prepared import Prepared
from services.dispatch.contract.words import DEADLINES

#: The row first, by a statement of its own: the sweep, which holds no tickets, changes it as well.
_LOAD = (
    Prepared("SELECT FROM deadlines WHERE ticket_id = %(ticket_id)s FOR NO KEY UPDATE"),
    Prepared("""
SELECT p.name, p.targets, p.id AS policy_id, p.version AS policy_version,
    c.time_zone, c.hours, c.holidays_country, c.version AS calendar_version, d.*
FROM business_calendar c
CROSS JOIN LATERAL (
    SELECT id, name, targets, version FROM sla_policies WHERE usergroup_id = %(usergroup_id)s OR usergroup_id IS NULL
    ORDER BY usergroup_id NULLS LAST LIMIT 1
) p
LEFT JOIN deadlines d ON d.ticket_id = %(ticket_id)s
"""),
)

#: Per clock: rows that passed with it running and were not told, the longest overdue first.
_OVERDUE = {
    which: f"""
SELECT * FROM deadlines
WHERE {which}_stopped_at IS NULL AND {which}_missed_at IS NULL AND {which}_due_at < %(now)s
ORDER BY {which}_due_at LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
"""
    for which in DEADLINES
}


@dataclass
class DeadlinesRow:
    """The deadlines of a ticket; fields are the columns of `models.TicketDeadlines`, none until computed."""

    ticket_id: UUID
    version: int
    policy_name: str | None
    first_response_due_at: datetime | None
    first_response_stopped_at: datetime | None
    first_response_missed_at: datetime | None
    resolution_due_at: datetime | None
    resolution_stopped_at: datetime | None
    resolution_missed_at: datetime | None


_COLUMNS = [field.name for field in fields(DeadlinesRow)]

_SAVE = Prepared(f"""
INSERT INTO deadlines ({", ".join(_COLUMNS)}) VALUES ({", ".join(f"%({name})s" for name in _COLUMNS)})
ON CONFLICT (ticket_id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[1:])}
""")


def deadlines_of(work, ticket):
    """Return a ticket's `DeadlinesRow`, locked, and the row of the policy and calendar that they are counted by.

    :param ticket: its `TicketRow`, whose row is locked already, or is new.
    """
    found = work.one(_LOAD, ticket_id=ticket.id, usergroup_id=ticket.usergroup_id)
    row = DeadlinesRow(**{name: getattr(found, name) for name in _COLUMNS})
    row.ticket_id, row.version = ticket.id, row.version or 0
    return row, found


def overdue(work, which, limit):
    """Return the `DeadlinesRow`s, locked, of deadlines that passed with their clock running and are not told.

    :param which: `first_response` or `resolution`.
    """
    return [DeadlinesRow(*row) for row in work.load(_OVERDUE[which], now=work.now, limit=limit)]


def save_deadlines(work, row):
    """Write a ticket's deadlines."""
    work.change(_SAVE, **vars(row))
