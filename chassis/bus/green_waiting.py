"""Waiting for the database in green threads, but not for ever."""

from time import monotonic

from eventlet.hubs import get_hub, trampoline
from greenlet import getcurrent

from chassis.database.waiting import Silent, wait_at_most

#: Seconds for one text: more than the server itself lets a statement take (`SERVER_OPTIONS`), so that whoever is
#: silent then is away.
ANSWER_SECONDS = 35
#: Seconds for a connection to be made, as long as callers wait: other green threads may hold the processor meanwhile.
CONNECT_SECONDS = 10
#: Seconds between two looks at who has waited too long.
LOOK_SECONDS = 0.5


def wait_green(seconds=ANSWER_SECONDS, connecting=CONNECT_SECONDS):
    """Have connections wait as eventlet has them wait, and at most so long."""
    wait_at_most(seconds, connecting, Watch().until_ready)


class Watch:
    """Ends waits that last too long; a timer for each would cost a tenth of a short transaction's time."""

    def __init__(self):
        self._ends = {}
        self._is_looking = False

    def until_ready(self, number, is_for_writing, ends):
        """Let other green threads work until a socket is ready."""
        waiting = getcurrent()
        self._ends[waiting] = ends
        if not self._is_looking:
            self._look_again()
        try:
            trampoline(number, read=not is_for_writing, write=is_for_writing)
        finally:
            del self._ends[waiting]

    def _look_again(self):
        self._is_looking = True
        get_hub().schedule_call_global(LOOK_SECONDS, self._look)

    def _look(self):
        now = monotonic()
        for waiting in [one for one, ends in self._ends.items() if ends <= now]:
            # Whoever was ended before may have ended others.
            if waiting in self._ends:
                waiting.throw(Silent)
        self._is_looking = False
        if self._ends:
            self._look_again()
