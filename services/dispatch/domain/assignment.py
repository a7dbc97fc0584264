"""Who of a usergroup's agents gets a ticket: the least loaded, then who waits longest, then the lowest id."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

#: Load is counted up to here: who has as many open tickets is full, and among such agents it goes by turns.
MOST_LOAD = 200
#: How long to wait for the fact that says why an agent cannot serve a ticket, where tickets says so and our copies do
#: not. After that the ticket stays with nobody, or two services whose copies differ would pass it to and fro for ever.
#: Shorter than the inbox waits for what has not been heard yet (`chassis.bus.inbox.NOT_YET_PATIENCE`).
UNABLE_PATIENCE = timedelta(minutes=1)
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Candidate:
    """An available agent.

    :param load: open tickets assigned to them, `MOST_LOAD` at the most.
    :param last_assigned_at: when they were last given one, `None` for never.
    """

    person_id: UUID
    load: int
    last_assigned_at: datetime | None


@dataclass(frozen=True)
class Decision:
    """Whom a ticket goes to, and why.

    :param load: of the chosen, before this ticket.
    :param candidates: among how many they were chosen.
    """

    assignee_id: UUID | None
    code: str
    load: int | None
    candidates: int


def decide(candidates, has_usergroup=True):
    """Return the `Decision` among the available agents of the ticket's usergroup."""
    if not has_usergroup:
        return Decision(None, "no_usergroup", None, 0)
    if not candidates:
        return Decision(None, "no_candidate", None, 0)
    chosen = min(candidates, key=lambda one: (one.load, one.last_assigned_at or _NEVER, one.person_id))
    code = "only_candidate" if len(candidates) == 1 else "least_loaded"
    return Decision(chosen.person_id, code, chosen.load, len(candidates))
