"""Tickets as routing and clocks read and write them: statements as text, for this is dispatch's busiest path.

Several statements in one text are one round trip, and each sees what was committed before it. So the first one waits
for the lock and the next one reads; that one locks as well, for a ticket that is committed between the two.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from chassis.errors import NotYet
from chassis.prepared import Prepared
from services.dispatch.domain.assignment import MOST_LOAD, Candidate
from services.dispatch.domain.deadlines import Move, in_order
from services.identity.contract import NOT_ANSWERING

#: The moves of `tickets t`, all four arrays in one order.
_MOVES = "FROM ticket_moves WHERE ticket_id = t.id ORDER BY version, status"
_LOCKED = (
    Prepared("SELECT FROM tickets WHERE id = %(ticket_id)s FOR NO KEY UPDATE"),
    Prepared(f"""
SELECT t.*, ARRAY(SELECT status {_MOVES}) AS statuses, ARRAY(SELECT at {_MOVES}) AS instants,
    ARRAY(SELECT version {_MOVES}) AS versions, ARRAY(SELECT came_from {_MOVES}) AS origins
FROM tickets t WHERE t.id = %(ticket_id)s FOR NO KEY UPDATE OF t
"""),
)

_ADD_MOVE = Prepared("""
INSERT INTO ticket_moves (ticket_id, version, status, at, came_from)
VALUES (%(ticket_id)s, %(version)s, %(status)s, %(at)s, %(came_from)s)
ON CONFLICT DO NOTHING
""")

#: The usergroup first, so that two tickets of one moment do not go by the same count; then its agents in the
#: order of their ids, for they may serve other usergroups, too. The load is counted by the index alone and no
#: further than it matters, the ticket itself is taken off afterwards.
_CANDIDATES = (
    Prepared("SELECT FROM usergroups WHERE usergroup_id = %(usergroup_id)s FOR NO KEY UPDATE"),
    Prepared("""
SELECT FROM people
WHERE person_id = ANY (ARRAY(SELECT unnest(agents) FROM usergroups WHERE usergroup_id = %(usergroup_id)s))
ORDER BY person_id FOR NO KEY UPDATE
"""),
    Prepared(f"""
SELECT p.person_id, p.last_assigned_at,
    least({MOST_LOAD}, (SELECT count(*) FROM (SELECT FROM tickets t
        WHERE t.assignee_id = p.person_id AND t.status NOT IN ('resolved', 'closed') LIMIT {MOST_LOAD} + 1) counted)
    - (SELECT count(*) FROM tickets t WHERE t.assignee_id = p.person_id AND t.status NOT IN ('resolved', 'closed')
        AND t.id = %(ticket_id)s)) AS load
FROM usergroups u
LEFT JOIN people p ON p.person_id = ANY (u.agents) AND p.active
    AND NOT p.roles <@ %(not_answering)s::varchar[]
WHERE u.usergroup_id = %(usergroup_id)s
"""),
)

_NOTE_TURN = Prepared("""
UPDATE people SET last_assigned_at = %(at)s
WHERE person_id = %(person_id)s AND (last_assigned_at IS NULL OR last_assigned_at < %(at)s)
""")


@dataclass
class TicketRow:
    """A ticket's copy as it is, locked; fields are the columns of `models.Ticket`.

    :param moves: `Move`s in the order in which the ticket made them.
    """

    id: UUID
    number: str | None
    subject: str | None
    opened_at: datetime
    site_id: UUID | None
    site_version: int
    private: bool
    private_version: int
    participants: list
    participants_version: int
    status: str
    priority: str
    priority_version: int
    usergroup_id: UUID | None
    usergroup_version: int
    assignee_id: UUID | None
    assignee_version: int
    assigned_by: str | None
    answered_at: datetime | None
    routing_reason: str | None
    routing_rule_id: UUID | None
    decisions: int
    moves: list

    @property
    def is_held_by_person(self):
        """Whether a person, not routing, gave it to its assignee."""
        return self.assigned_by == "person" and self.assignee_id is not None


_COLUMNS = [field.name for field in fields(TicketRow) if field.name != "moves"]
#: What stays as it was at the opening.
_FIXED = {"id", "number", "subject", "opened_at", "routing_reason", "routing_rule_id"}
_SAVE = Prepared(
    f"UPDATE tickets SET {', '.join(f'{name} = %({name})s' for name in _COLUMNS if name not in _FIXED)}"
    " WHERE id = %(id)s"
)


def columns_of(ticket):
    """Return `{column: value}` of a ticket's copy."""
    return {name: getattr(ticket, name) for name in _COLUMNS}


def ticket_of_fact(work, fact):
    """Return the `TicketRow` that a fact is about.

    :raises NotYet: its opening has not been heard.
    """
    row = work.one(_LOCKED, ticket_id=fact.data["ticket_id"])
    if row is None:
        raise NotYet(f"The opening of ticket {fact.data['ticket_id']} has not been heard.")
    moves = list(map(Move, row.statuses, row.instants, row.versions, row.origins))
    return TicketRow(**{name: getattr(row, name) for name in _COLUMNS}, moves=in_order(moves))


def save_ticket(work, ticket):
    """Write what of a ticket may change."""
    work.change(_SAVE, **columns_of(ticket))


def add_move(work, ticket, move):
    """Keep a move of a ticket; one that comes late takes its place among the others."""
    work.change(_ADD_MOVE, ticket_id=ticket.id, **vars(move))
    ticket.moves = in_order([*ticket.moves, move])
    ticket.status = ticket.moves[-1].status


def candidates_for(work, ticket):
    """Return the available agents of a ticket's usergroup as `Candidate`s, all locked with the usergroup.

    Whose role does not let them answer for tickets is not available, though the list still names them.

    :raises NotYet: nothing has been heard of the usergroup.
    """
    about = {"usergroup_id": ticket.usergroup_id, "ticket_id": ticket.id}
    rows = work.load(_CANDIDATES, **about, not_answering=sorted(NOT_ANSWERING))
    if not rows:
        raise NotYet(f"Nothing has been heard of usergroup {ticket.usergroup_id}.")
    return [Candidate(row.person_id, row.load, row.last_assigned_at) for row in rows if row.person_id]


def note_turn(work, person_id, at):
    """Keep when somebody was last given a ticket."""
    work.change(_NOTE_TURN, person_id=person_id, at=at)
