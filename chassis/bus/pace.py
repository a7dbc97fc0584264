"""How fast what follows may follow: at once, but for a while where people wait and the machine has enough to do.

Eight facts follow from one new ticket and cost the machine twice what opening it did. Handed over as they come,
they take it from the next person; kept for a moment, they are not late for anybody.
"""

from time import monotonic

import psutil

from chassis.clock import utcnow

#: Facts handed over at once.
BATCH = 500
#: Facts handed over at once, and the seconds until the next ones, while people wait on a busy machine.
SLOW_BATCH, SLOW_SECONDS = 4, 0.2
#: Seconds for which a fact waits on that account.
PATIENCE_SECONDS = 5
#: Seconds for which others that follow are waited for, and the same while the process answers calls: each round
#: takes time from them.
GATHER_SECONDS, GATHER_SECONDS_BUSY = 0.02, 0.05
#: Part of the machine's time from which on it counts as busy, and seconds between two looks at it. One person
#: waits for one core: on two of them a threshold of a half would let the rest in at every second look.
BUSY_SHARE, LOOK_SECONDS = 1 / 3, 0.1


class MachineLoad:
    """How much of the machine's time is taken, by whomever: service, database or broker.

    :param times: function that returns `(seconds taken, seconds in all)` since some moment, of all cores.
    :param clock: function that returns seconds.
    """

    def __init__(self, times=None, clock=monotonic):
        self._times = times or _machine_times
        self._clock = clock
        self._looked_at = clock()
        self._seen = self._times()
        self._is_high = False

    @property
    def is_high(self):
        """Whether the machine was busy at the last look."""
        now = self._clock()
        if now - self._looked_at >= LOOK_SECONDS:
            self._looked_at = now
            before, self._seen = self._seen, self._times()
            taken, passed = (after - earlier for after, earlier in zip(self._seen, before, strict=True))
            self._is_high = taken > passed * BUSY_SHARE
        return self._is_high


def _machine_times():
    times = psutil.cpu_times()
    # Linux counts the time of guests as its users' too.
    total = sum(times) - getattr(times, "guest", 0) - getattr(times, "guest_nice", 0)
    return total - times.idle - getattr(times, "iowait", 0), total


#: One for the process: in embedded mode all services share it.
LOAD = MachineLoad()


class Pace:
    """Says to a relay how many facts it may hand over now.

    :param are_waiting: function that says whether people wait for answers of this process.
    :param load: `MachineLoad`.
    :param clock: function that returns seconds.
    """

    def __init__(self, are_waiting, load=LOAD, clock=monotonic):
        self._are_waiting = are_waiting
        self._load = load
        self._clock = clock
        self._handed_at = clock() - SLOW_SECONDS
        self._is_late = False

    @property
    def batch(self):
        """Facts that may be handed over now."""
        is_slow = self._load.is_high and self._are_waiting() and not self._is_late
        if not is_slow:
            return BATCH
        return SLOW_BATCH if self._clock() - self._handed_at >= SLOW_SECONDS else 0

    @property
    def gather_seconds(self):
        """Seconds for which to wait for more, once there is something to hand over."""
        return GATHER_SECONDS_BUSY if self._are_waiting() else GATHER_SECONDS

    def note(self, oldest, now=None):
        """Say that facts are handed over.

        :param oldest: when the first of them was told.
        """
        self._handed_at = self._clock()
        self._is_late = ((now or utcnow()) - oldest).total_seconds() > PATIENCE_SECONDS
