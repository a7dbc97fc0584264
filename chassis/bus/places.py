"""Places for the calls that a service answers, and seats for commands that came before the fact of what they name."""

from time import sleep

from eventlet.semaphore import Semaphore

from chassis.bus.intake import CALLS
from chassis.errors import NotHereYet

#: Seconds before each further try; facts arrive within some 50 ms.
PAUSES = (0.05, 0.05, 0.1, 0.1, 0.2, 0.25, 0.25)


class Places:
    """Lets as many calls at once be answered as there are connections for.

    Who waits for a fact has a seat instead of a place: without a transaction, in nobody's way, not counted among the
    calls that facts give way to. Where all seats are taken nobody waits: ids that never come bind nothing else.
    :param count: of places.
    """

    def __init__(self, count):
        self.count = count
        self._places = Semaphore(count)
        #: Fewer than places: a thread of the gateway is bound by each, too, and it has sixteen.
        self.seats = max(1, count // 2)
        self._free_seats = self.seats

    def answer(self, attempt):
        """Return what `attempt()` returns, in a place."""
        with CALLS, self._places:
            return attempt()

    def answer_once_arrived(self, attempt):
        """Return what `attempt()` returns; while what it names is not here yet, it is called again for a second.

        :raises NotHereYet: it did not come, or all seats are taken.
        """
        try:
            return self.answer(attempt)
        except NotHereYet:
            if not self._free_seats:
                raise
        self._free_seats -= 1
        try:
            return self._tried_again(attempt)
        finally:
            self._free_seats += 1

    def _tried_again(self, attempt):
        for pause in PAUSES:
            sleep(pause)
            try:
                return self.answer(attempt)
            except NotHereYet as error:
                refusal = error
        raise refusal
