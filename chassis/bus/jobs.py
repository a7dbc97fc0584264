"""The jobs of one service: answering a call, handling a fact, a timer. A worker of its container runs each."""

import logging
import threading
from functools import partial

from eventlet.event import Event
from eventlet.semaphore import Semaphore

from chassis.bus.faults import is_away
from chassis.bus.wire import InternalError, error_reply

logger = logging.getLogger(__name__)

#: Seconds between two attempts to store what became of a message while the database is away: first, longest.
HOLD_SECONDS = (0.1, 2.0)


class Jobs:
    """Hands jobs to workers; a job is called with the service object.

    :param container: `Container` of the service.
    :param at_once: jobs of the sweep and of timers at the most.
    """

    def __init__(self, container, at_once):
        self._container = container
        self._places = Semaphore(at_once)
        self._ending = threading.Event()

    def end(self):
        """Hold nothing any longer that cannot be stored: it comes again."""
        self._ending.set()

    def answer(self, method, reply_of, done):
        """Have a call answered: `done(reply_of(instance))`."""

        def job(instance):
            try:
                reply = reply_of(instance)
            except Exception:
                # A call that is neither answered nor acknowledged would keep its place for ever.
                logger.exception("A call could not be answered as it should be.")
                reply = error_reply(InternalError())
            done(reply)

        self._container.run(method, job)

    def store(self, method, action, done):
        """Have `action(instance)` store what becomes of a message, again and again while the database is away."""

        def job(instance):
            if self._until_stored(action, instance):
                done()

        self._container.run(method, job)

    def run(self, method, job):
        """Run a job and wait for it."""
        self.run_all([job], method)

    def run_all(self, jobs, method=None):
        """Run jobs, so many at once, and wait for all of them."""
        ends = []
        for job in jobs:
            end = Event()
            ends.append(end)
            self._places.acquire()
            self._container.run(method, partial(self._run_in_place, job, end))
        for end in ends:
            end.wait()

    def _run_in_place(self, job, end, instance):
        try:
            job(instance)
        finally:
            self._places.release()
            end.send()

    def _until_stored(self, action, instance):
        seconds, longest = HOLD_SECONDS
        while True:
            try:
                action(instance)
                return True
            except Exception as error:
                if not is_away(error):
                    logger.exception("What became of a message could not be stored; it is held.")
            if self._ending.wait(seconds):
                return False
            seconds = min(seconds * 2, longest)
