"""How fast what follows may follow: at once, but slower at first where people wait and the machine has enough to do.

Eight facts follow from one new ticket and cost the machine twice what opening it did. Handed over as they come,
they take it from the next person; kept for a moment, they are not late for anybody.
"""

import logging
from time import monotonic

import psutil

logger = logging.getLogger(__name__)

#: Facts handed over at once.
BATCH = 500
#: Facts handed over at once, and the seconds until the next ones, while people wait on a busy machine.
SLOW_BATCH, SLOW_SECONDS = 4, 0.2
#: Seconds of falling behind after which it goes faster, and seconds in which it then becomes twice as fast.
PATIENCE_SECONDS, DOUBLING_SECONDS = 3.0, 0.5
#: Seconds to wait for more facts before a round, and while the process answers calls, from which each round takes time.
GATHER_SECONDS, GATHER_SECONDS_BUSY = 0.02, 0.05
#: A machine is busy while fewer cores than this are free: a request of one person takes one, so of two cores one is
#: free even then. On the smallest it is busy while more than this share of its time is taken.
FREE_CORES, LEAST_BUSY_SHARE = 4 / 3, 1 / 3
#: Seconds between two looks at the machine.
LOOK_SECONDS = 0.1


class MachineLoad:
    """Whether the machine has enough to do, by whomever: service, database or broker.

    :param times: function that returns `(seconds taken, seconds in all)` since some moment, of all cores.
    :param cores: of the machine; counted unless given.
    :param clock: function that returns seconds.
    """

    def __init__(self, times=None, cores=None, clock=monotonic):
        self._times = times or _machine_times
        self._clock = clock
        cores = cores or psutil.cpu_count() or 1
        self._busy_share = max(LEAST_BUSY_SHARE, 1 - FREE_CORES / cores)
        self._looked_at = clock()
        self._seen = None
        self._is_high = False

    def is_high(self):
        """Return whether the machine was busy at the last look; look again if that was a while ago."""
        now = self._clock()
        if now - self._looked_at >= LOOK_SECONDS:
            self._looked_at = now
            self._is_high = self._look()
        return self._is_high

    def _look(self):
        before = self._seen
        try:
            self._seen = self._times()
        except Exception as error:
            # Where nobody may look, everything goes at once: a machine that cannot be seen must not stop the relay.
            logger.debug("The machine's load cannot be read: %r", error)
            self._seen = None
        if before is None or self._seen is None:
            return False
        taken, passed = (after - earlier for after, earlier in zip(self._seen, before, strict=True))
        return taken > passed * self._busy_share


def _machine_times():
    times = psutil.cpu_times()
    # Linux counts the time of guests as its users' too.
    total = sum(times) - getattr(times, "guest", 0) - getattr(times, "guest_nice", 0)
    return total - times.idle - getattr(times, "iowait", 0), total


#: One for the process: in embedded mode all services share it.
LOAD = MachineLoad()


class Pace:
    """Says to a relay how many facts it may hand over now.

    It begins slowly. Whoever falls behind for longer than `PATIENCE_SECONDS` goes twice as fast every
    `DOUBLING_SECONDS`, and slower again once nothing is left, so that it settles at what is told.

    :param are_waiting: function that says whether people wait for answers of this process.
    :param load: `MachineLoad`.
    :param clock: function that returns seconds.
    """

    def __init__(self, are_waiting, load=LOAD, clock=monotonic):
        self._are_waiting = are_waiting
        self._load = load
        self._clock = clock
        self._handed_at = clock() - SLOW_SECONDS
        self._behind = 0.0

    def batch(self):
        """Return how many facts may be handed over now."""
        if not (self._are_waiting() and self._load.is_high()):
            self._behind = 0.0
            return BATCH
        if self._clock() - self._handed_at < SLOW_SECONDS:
            return 0
        doublings = max(0.0, self._behind - PATIENCE_SECONDS) / DOUBLING_SECONDS
        return min(int(SLOW_BATCH * 2**doublings), BATCH)

    def gather_seconds(self):
        """Return the seconds for which to wait for more, once there is something to hand over."""
        return GATHER_SECONDS_BUSY if self._are_waiting() else GATHER_SECONDS

    def note(self, handed, allowed):
        """Say how many facts were handed over of those that were allowed, if any were."""
        now = self._clock()
        passed = min(now - self._handed_at, 2 * SLOW_SECONDS)
        self._handed_at = now
        self._behind = max(0.0, self._behind + passed if handed >= allowed else self._behind - passed)
