"""Waiting for a condition: the one place in the tests where time passes."""

import threading
import time
from contextlib import suppress

import psutil

#: Seconds between two looks.
PAUSE = 0.05


def eventually(look, *, within=20.0, what="the condition"):
    """Call `look` until it gives something true; return that.

    :param look: function without arguments; an `AssertionError` in it counts as not yet.
    :param within: seconds at the most.
    :raises AssertionError: it never did; names the last refusal.
    """
    ends = time.monotonic() + within
    last = None
    while True:
        try:
            seen = look()
        except AssertionError as error:
            seen, last = None, error
        if seen:
            return seen
        if time.monotonic() > ends:
            raise AssertionError(f"{what} did not come within {within} s") from last
        threading.Event().wait(PAUSE)


class QuietClock:
    """Counts seconds without the share of the machine that other programs had: on a quiet one, all of them.

    Ours is whatever descends from the program that has started these tests.
    """

    def __init__(self):
        self._began = self._look()

    def seconds(self):
        """Return how many there were since it was made."""
        wall, others = (now - then for now, then in zip(self._look(), self._began, strict=True))
        return wall - max(0, others) / psutil.cpu_count()

    @staticmethod
    def _look():
        times = psutil.cpu_times()
        busy = times.user + times.nice + times.system + times.irq + times.softirq
        starter = psutil.Process().parent() or psutil.Process()
        ours = 0
        for process in (starter, *starter.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                ours += sum(process.cpu_times()[:4])
        return time.monotonic(), busy - ours
