"""Places for the calls that a service answers at once, and seats for commands that wait for a fact to arrive."""

from time import sleep

from eventlet.semaphore import Semaphore

from chassis.bus.intake import CALLS
from chassis.errors import NotHereYet

#: Seconds before each further try; facts arrive within some 50 ms.
PAUSES = (0.05, 0.05, 0.1, 0.1, 0.2, 0.25, 0.25)


class Places:
    """Lets as many calls at once be answered as there are connections for.

    A command that waits for a fact gives its place back and takes a seat meanwhile: it holds no transaction, and facts
    do not give way to it. Where all seats are taken it does not wait, so that ids that never arrive bind nothing else.

    :param count: of places.
    """

    def __init__(self, count):
        self.count = count
        self._places = Semaphore(count)
        #: Fewer than places, because each also binds one of the gateway's sixteen threads.
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
