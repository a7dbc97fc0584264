"""Waiting for the database in green threads, but not for ever."""

from time import monotonic

from eventlet.hubs import get_hub, trampoline
from greenlet import getcurrent

from chassis.database.waiting import Silent, wait_at_most

#: Seconds to wait for the answer to one text. The server itself ends a statement sooner (`SERVER_OPTIONS`), so one
#: that is silent for so long is away.
ANSWER_SECONDS = 35
#: Seconds to wait for a connection, as many as a caller waits: other green threads may hold the processor meanwhile.
CONNECT_SECONDS = 10
#: Seconds between two looks at who has waited too long.
LOOK_SECONDS = 0.5


def wait_green(seconds=ANSWER_SECONDS, connecting=CONNECT_SECONDS):
    """Let other green threads work while a connection of this process waits; have it raise `Silent` in the end.

    :param seconds: to wait for the answer to one text.
    :param connecting: seconds to wait for a connection.
    """
    wait_at_most(seconds, connecting, Watch().until_ready)


class Watch:
    """Ends waits that last too long, with one timer: one each would cost a tenth of a short transaction's time."""

    def __init__(self):
        self._ends = {}
        self._is_looking = False

    def until_ready(self, number, is_for_writing, ends):
        """Let other green threads work until a socket is ready.

        :param number: of the socket's file.
        :param is_for_writing: whether it is to be written to, not read from.
        :param ends: moment of `monotonic()` to wait until.
        :raises Silent: it is not ready by then.
        """
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
            # Throwing into the one before may have let others run, whose waits are over by now.
            if waiting in self._ends:
                waiting.throw(Silent)
        self._is_looking = False
        if self._ends:
            self._look_again()
