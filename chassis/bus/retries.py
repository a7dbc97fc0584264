"""The sweep that tries again what failed: facts that are due side by side, suspects one by one and alone."""

import logging
import threading
from functools import partial
from time import monotonic, perf_counter

from chassis.bus.facts import Letter, open_letter
from chassis.bus.faults import is_away
from chassis.bus.gate import GATE
from chassis.bus.inbox import UNKNOWN, text_of
from chassis.bus.inbox_rows import (
    DONE_AFTER_ALL,
    DONE_IF_NEW,
    FAILED_AGAIN,
    NEXT_DUE,
    SUSPECT_DUE,
    TAKE_DUE,
    TAKE_SUSPECT,
    row_of,
)
from chassis.bus.wire import Refused

logger = logging.getLogger(__name__)

#: Seconds between two looks for what other processes of the service have left behind.
LOOK_SECONDS = 1.0
#: Seconds for which facts are in the hands of the process that took them: a batch, a suspect.
LEASE_SECONDS = 5
SUSPECT_LEASE_SECONDS = 1
#: Facts taken at once.
BATCH = 32
#: Tries alone of a fact that ends its process, before it is dead.
SUSPECT_TRIES = 5


class SuspectedOften(Exception):
    """The fact was being handled each time the process ended."""


class Retries:
    """Sweeps the inbox of one service.

    :param inbox: `Inbox`.
    :param handlers: `{listener: function(instance, letter)}` for what is kept here and that no method listens to
        (rights taken away, calls); the function carries it out or raises `Refused`.
    :param handle_all: called with a list of `job(instance)`; returns when workers have run them all.
    """

    def __init__(self, inbox, handlers, handle_all):
        self._inbox = inbox
        self._handlers = handlers
        self._database = inbox.database
        self._handle_all = handle_all
        self._wake = threading.Event()
        self._due = monotonic()
        self._ended = False

    def retry_at(self, seconds):
        """Look again after so many seconds, if not before."""
        self._due = min(self._due, monotonic() + seconds)
        self._wake.set()

    def end(self):
        """Begin no further sweep."""
        self._ended = True
        self._wake.set()

    def run(self):
        """Sweep until the end."""
        while not self._ended:
            self._wait()
            try:
                self.sweep()
            except Exception as error:
                if not is_away(error):
                    logger.exception("The inbox could not be swept.")
                self._due = monotonic() + LOOK_SECONDS

    def sweep(self):
        """Handle everything that is due now."""
        self._due = monotonic() + LOOK_SECONDS
        while not self._ended and self._is_something_due():
            rows = self._database.read(TAKE_DUE, lease=LEASE_SECONDS, limit=BATCH)
            if rows:
                self._handle_all([partial(self._try_with_others, row) for row in rows])
            if self._database.read(SUSPECT_DUE):
                self._handle_all([self._try_suspect])

    def _is_something_due(self):
        (seconds,) = self._database.read(NEXT_DUE)[0]
        if seconds is not None:
            self._due = min(self._due, monotonic() + max(seconds, 0))
        return seconds is not None and seconds <= 0

    def _wait(self):
        while not self._ended:
            self._wake.clear()
            seconds = self._due - monotonic()
            if seconds <= 0:
                return
            self._wake.wait(seconds)

    def _try_with_others(self, row, instance):
        with GATE.together():
            self._try(instance, row, row.tries + 1)

    def _try_suspect(self, instance):
        with GATE.alone():
            for row in self._database.read(TAKE_SUSPECT, lease=SUSPECT_LEASE_SECONDS):
                if row.tries > SUSPECT_TRIES:
                    often = SuspectedOften("It was in hand each time the process ended.")
                    self._fail(row, often, row.tries, dead=True)
                else:
                    self._try(instance, row, row.tries)

    def _try(self, instance, row, tries):
        letter = Letter(row.source, row.name, bytes(row.body), row.headers)
        try:
            if row.listener in self._handlers:
                self._handlers[row.listener](instance, letter)
                self._database.read(DONE_AFTER_ALL, listener=row.listener, event_id=row.event_id)
            else:
                self._handle(instance, row, letter)
        except Refused as error:
            self._fail(row, error, row.tries, dead=True)
        except Exception as error:
            if is_away(error):
                raise
            self._fail(row, error, tries)

    def _handle(self, instance, row, letter):
        began = perf_counter()
        listener = self._inbox.listeners.get((row.source, row.name), UNKNOWN)
        if listener is UNKNOWN:
            raise self._inbox.why_unheard(letter)
        fact = open_letter(letter, listener.event)
        with self._inbox.work_for(fact) as work:
            if not work.load(DONE_AFTER_ALL, listener=row.listener, event_id=row.event_id):
                return
            # Kept while nobody listened to it, it may have come again to a process that does.
            is_new = row.listener == listener.method or work.load(DONE_IF_NEW, **row_of(listener.method, letter))
            if is_new and listener.concerns(fact):
                getattr(instance, listener.method)(work, fact)
            work.commit()
        self._inbox.record(listener.method, fact, "done", perf_counter() - began)

    def _fail(self, row, error, tries, dead=False):
        state, delay, tries = ("dead", None, tries) if dead else self._inbox.verdict(error, tries, row.waited)
        with self._database.work() as work:
            work.change(
                FAILED_AGAIN,
                listener=row.listener,
                event_id=row.event_id,
                state=state,
                tries=tries,
                delay=delay,
                error=text_of(error),
            )
            work.commit()
