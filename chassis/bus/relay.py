"""The relay: takes facts from the outbox to whoever carries them, and forgets them once they are safe.

Woken in memory after a commit, it looks anyway every 200 ms (other processes write to the same outbox), gathers
for a moment and hands over batches, as `Pace` says; a right taken away waits for nothing.
"""

import logging
import threading
from time import monotonic

from chassis import metrics
from chassis.bus.facts import GRANTS, letter_of
from chassis.bus.intake import MOST_AT_ONCE
from chassis.bus.pace import BATCH

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 0.2
#: Seconds between two looks at what waits and what is dead, for `/metrics`.
SHOW_SECONDS = 2
#: Seconds for which a kind of fact that nobody would take is left alone; doubled each time up to the second.
HOLD_SECONDS = (1.0, 30.0)

_COLUMNS = "id, event_id, name, payload, actor, version, correlation_id, occurred_at, xmin::text AS transaction"
_READ = (
    f"SELECT {_COLUMNS} FROM outbox WHERE NOT (id = ANY(%(in_hand)s)) AND NOT (name = ANY(%(held)s)) "
    "ORDER BY id LIMIT %(limit)s"
)
_READ_URGENT = (
    f"SELECT {_COLUMNS} FROM outbox WHERE name = 'GrantsChanged' AND NOT (id = ANY(%(in_hand)s)) "
    "AND NOT (name = ANY(%(held)s)) ORDER BY id LIMIT %(limit)s"
)
_FORGET = "DELETE FROM outbox WHERE id = ANY(%(ids)s)"
_STUCK = "SELECT count(*) AS stuck FROM outbox WHERE name = ANY(%(held)s) OR id = ANY(%(ids)s)"
_COUNTS = "SELECT (SELECT count(*) FROM outbox) AS waiting, (SELECT count(*) FROM inbox WHERE state = 'dead') AS dead"


class CarrierAway(Exception):
    """Nothing can be handed over just now; everything stays in the outbox."""


class Relay:
    """Moves the facts of one service.

    :param service: the teller's name.
    :param carrier: takes letters. `send({outbox id: Letter})` begins to carry them and raises `CarrierAway`;
        `finished()` returns and forgets three sets of ids: of what is safe, of what nobody took, which is sent again,
        and of what cannot be carried at all; `capacity` is how many more it takes now.
    :param pace: `Pace`.
    """

    def __init__(self, service, carrier, pace):
        self._service = service
        self._pace = pace
        self._carrier = carrier
        self._woken = threading.Event()
        self._urgent = threading.Event()
        self._in_hand = {}
        self._safe = set()
        self._refused = set()
        self._held = {}
        self._shown_at = 0

    def wake(self, names):
        """Say that facts of these names have just been committed in this process."""
        if GRANTS[1] in names:
            self._urgent.set()
        self._woken.set()

    def nudge(self):
        """Say that something the carrier had in hand is finished."""
        self._woken.set()
        self._urgent.set()

    def end(self):
        """Stop waiting; the round under way is the last."""
        self.nudge()

    def lead(self, query):
        """Make one round on the leader's connection.

        :param query: function `(statement, **values) -> rows`.
        """
        self._settle(query)
        sent = self._send(query, self._pace.batch())
        self._settle(query)
        self._show(query)
        if sent < BATCH:
            self._rest()

    def last_round(self, query):
        """Hand over what was committed last, and forget what is safe."""
        self._send(query, BATCH)
        self._settle(query)

    def _send(self, query, batch):
        rows = self._due(query, batch)
        if not rows:
            return 0
        self._in_hand.update((row.id, row.name) for row in rows)
        try:
            self._carrier.send({row.id: letter_of(self._service, row) for row in rows})
        except CarrierAway:
            for row in rows:
                del self._in_hand[row.id]
            return 0
        return len(rows)

    def _due(self, query, batch):
        """Return the rows that are handed over now: the urgent ones, and a batch of all the others."""
        capacity = min(BATCH, self._carrier.capacity)
        if capacity <= 0:
            return []
        where = {"in_hand": [*self._in_hand, *self._refused], "held": self._held_names()}
        urgent, rows = [], []
        if self._service == GRANTS[0]:
            urgent = query(_READ_URGENT, limit=capacity, **where)
            where["in_hand"] += [row.id for row in urgent]
        if batch:
            limit = min(batch, capacity)
            rows = _up_to_whole(query(_READ, limit=min(limit + MOST_AT_ONCE, capacity), **where), limit)
            self._pace.note(len(rows), limit)
        return urgent + rows

    def _settle(self, query):
        safe, untaken, refused = self._carrier.finished()
        self._safe.update(safe)
        if self._safe:
            query(_FORGET, ids=list(self._safe))
            for outbox_id in self._safe:
                metrics.FACTS_PUBLISHED.labels(self._in_hand.pop(outbox_id, "unknown")).inc()
            self._safe.clear()
        for outbox_id in untaken:
            self._hold(self._in_hand.pop(outbox_id, None))
        for outbox_id in refused:
            logger.error("The fact %s of %s cannot be carried; it is kept.", outbox_id, self._service)
            self._in_hand.pop(outbox_id, None)
            self._refused.add(outbox_id)

    def _hold(self, name):
        if name is None:
            return
        first, longest = HOLD_SECONDS
        until, seconds = self._held.get(name, (0, first / 2))
        if until <= monotonic():
            seconds = min(seconds * 2, longest)
            self._held[name] = (monotonic() + seconds, seconds)
            logger.warning("Nobody takes %s.%s; it is kept and tried again.", self._service, name)

    def _held_names(self):
        return [name for name, (until, _) in self._held.items() if until > monotonic()]

    def _show(self, query):
        if monotonic() - self._shown_at < SHOW_SECONDS:
            return
        self._shown_at = monotonic()
        counts = query(_COUNTS)[0]
        metrics.FACTS_WAITING.labels(self._service).set(counts.waiting)
        metrics.DEAD_LETTERS.labels(self._service).set(counts.dead)
        stuck = 0
        if self._held or self._refused:
            stuck = query(_STUCK, held=list(self._held), ids=list(self._refused))[0].stuck
        if not stuck:
            self._held.clear()
        metrics.FACTS_STUCK.labels(self._service).set(stuck)

    def _rest(self):
        if self._woken.wait(SWEEP_SECONDS):
            self._urgent.wait(self._pace.gather_seconds())
        self._woken.clear()
        self._urgent.clear()


def _up_to_whole(rows, limit):
    """Return so many rows, and those behind them that were committed with the last: they are handled together."""
    while limit < len(rows) and rows[limit].transaction == rows[limit - 1].transaction:
        limit += 1
    return rows[:limit]
