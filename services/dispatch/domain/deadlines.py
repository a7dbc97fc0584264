"""The two clocks of a ticket, computed from all facts known about it, in whatever order they came.

The first response clock runs from the opening to the first public answer of the staff, or to the first
resolution where nobody answered before. The resolution clock stands while the ticket is pending, resolved or
closed; reopening lets it run on. Targets are in business time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

RUNNING = frozenset({"new", "open", "planned", "in_progress"})
OVER = frozenset({"resolved", "closed"})
STATUSES = RUNNING | OVER | {"pending"}


@dataclass(frozen=True)
class Move:
    """A ticket's status from an instant on.

    :param version: of the ticket; one change of a ticket may move it twice under one version.
    :param came_from: the status before.
    """

    status: str
    at: datetime
    version: int = 0
    came_from: str = ""


@dataclass(frozen=True)
class Clock:
    """One deadline.

    :param due_at: where the clock stands, the deadline that it had when it stopped.
    :param stopped_at: since when it stands; `None` while it runs.
    """

    due_at: datetime
    stopped_at: datetime | None

    def is_missed(self, now):
        """Whether the deadline passed while the clock ran; an end at the very instant is in time."""
        return self.due_at < (self.stopped_at or now)


def is_felt(came_from, status):
    """Whether a move makes a clock stand or run, or a ticket count as somebody's load; others are no news here."""
    return not RUNNING.issuperset((came_from, status))


def in_order(moves):
    """Return a list of moves in the order in which the ticket made them.

    That is by version, and within one by what came from what.
    """
    reached = {(move.version, move.status) for move in moves}
    return sorted(moves, key=lambda move: (move.version, (move.version, move.came_from) in reached))


def first_response(calendar, opened_at, minutes, answered_at, moves):
    """Return the first response `Clock`.

    :param minutes: business minutes allowed.
    :param answered_at: instant of the first public answer, or `None`.
    :param moves: `Move`s in the order in which the ticket made them.
    """
    ends = [move.at for move in moves if move.status in OVER][:1]
    if answered_at is not None:
        ends.append(answered_at)
    return Clock(calendar.after(opened_at, timedelta(minutes=minutes)), min(ends, default=None))


def resolution(calendar, opened_at, minutes, moves):
    """Return the resolution `Clock`; parameters as for `first_response`."""
    stretches = running_stretches(opened_at, moves)
    left = timedelta(minutes=minutes)
    for start, end in stretches[:-1]:
        passed = calendar.between(start, end)
        if passed >= left:
            return Clock(calendar.after(start, left), stretches[-1][1])
        left -= passed
    start, stopped_at = stretches[-1]
    return Clock(calendar.after(start, left), stopped_at)


def running_stretches(opened_at, moves):
    """Return the stretches `[(start, end)]` in which the resolution clock runs; the last end may be `None`.

    An instant before its predecessor's (two servers' clocks) counts as that of its predecessor.
    """
    stretches, since, reached = [], opened_at, opened_at
    for move in moves:
        reached = max(reached, move.at)
        if move.status in RUNNING and since is None:
            since = reached
        elif move.status not in RUNNING and since is not None:
            stretches.append((since, reached))
            since = None
    if since is not None:
        stretches.append((since, None))
    return stretches
