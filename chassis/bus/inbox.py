"""What a service hears: each fact has its effect once, and a fact that cannot be handled is kept, never lost.

`inbox` holds a row per fact and listener: `done` together with the effect, `retry` with the time of the next
try, `dead` with the reason. `dead` is the dead letter. The same on both buses.
"""

import logging
import traceback
from collections.abc import Callable
from time import perf_counter
from typing import NamedTuple

import structlog

from chassis import logs, metrics
from chassis.actors import system_actor
from chassis.bus.facts import open_letter
from chassis.bus.faults import breaks, is_away
from chassis.bus.gate import GATE
from chassis.bus.inbox_rows import BURY, DONE, FAILED_FIRST, PARK, clean, row_of
from chassis.bus.wire import Refused
from chassis.clock import utcnow
from chassis.errors import NotYet

log = logs.get(__name__)
logger = logging.getLogger(__name__)

#: Seconds before a listener that lacks an earlier fact is tried again, at first.
NOT_YET_SECONDS = 0.2
#: Seconds after which such a fact counts as failing like another.
NOT_YET_PATIENCE = 120
#: Characters of an error that are kept.
LONGEST_ERROR = 8_000


class Listener(NamedTuple):
    """Who hears a kind of fact in a service.

    :param method: name of the service's method.
    :param event: `Event` class, `None` for what nobody listens to.
    :param only_if: function of the fact's data that says whether it concerns the listener, or `None`.
    """

    method: str
    event: type | None
    only_if: Callable | None

    def concerns(self, fact):
        """Whether a fact is to be handled rather than passed over."""
        return self.only_if is None or self.only_if(fact.data)


UNKNOWN = Listener("unknown", None, None)
#: The listeners under which the inbox keeps what is for no method: rights taken away, calls.
GRANTS_LISTENER, CALLS_LISTENER = "grants", "call"


class Inbox:
    """Hands facts to the listeners of one service.

    :param listeners: `{(source, event name): Listener}`.
    :param retry_delays: seconds before each further try; after the last one the fact is dead.
    :param retry_at: called with the seconds until a failed fact is due.
    """

    def __init__(self, service, listeners, database, retry_delays, retry_at):
        self.listeners = listeners
        self.database = database
        self._service = service
        self._delays = retry_delays
        self._retry_at = retry_at
        self._actor = system_actor(service)

    def hear(self, instance, letters):
        """Handle facts that come for the first time, or again; afterwards each is done or kept in the inbox.

        Facts that the teller committed together are handled in one transaction; if that fails, each in one of its own.

        :param instance: service object whose methods listen.
        :param letters: of one transaction of the teller, in its order.
        :raises Exception: only of the kind that `is_away` knows: the database cannot be reached. The letters are handed
            over again then; those whose outcome is stored are found to be dealt with.
        """
        opened = [one for letter in letters for one in self._opened(letter)]
        with GATE.together():
            if len(opened) < 2 or not self._handle_at_once(instance, opened):
                for listener, letter, fact in opened:
                    self._handle(instance, listener, letter, fact)

    def _opened(self, letter):
        """Return `[(method, letter, fact)]`; nothing for one that is refused or concerns nobody."""
        listener = self.listeners.get((letter.source, letter.name), UNKNOWN)
        try:
            if listener is UNKNOWN:
                raise self.why_unheard(letter)
            fact = open_letter(letter, listener.event)
        except Refused as error:
            self.bury(listener.method, letter, error)
            return []
        except Exception as error:
            # Left to the caller it would be handed over again for ever, and keep its place.
            self.settle_failure(listener.method, letter, error)
            return []
        try:
            if listener.concerns(fact):
                return [(listener.method, letter, fact)]
            outcome = "passed over"
        except Exception as error:
            outcome = self.settle_failure(listener.method, letter, error)
        self.record(listener.method, fact, outcome, 0.0)
        return []

    def why_unheard(self, letter):
        """Return the exception that says why nobody listens to a fact.

        Of a teller who is listened to it may be new: while a desk is updated, processes of two versions take from one
        queue, and one that knows the fact takes it out of the inbox.
        """
        tellers = {source for source, _ in self.listeners}
        return (NotYet if letter.source in tellers else Refused)("nobody listens to this here")

    def _handle_at_once(self, instance, opened):
        """Handle several facts in one transaction; return whether that was possible."""
        began = perf_counter()
        try:
            with self.work_for(opened[0][2]) as work:
                for listener, letter, fact in opened:
                    work.send_ahead(DONE, **row_of(listener, letter))
                    getattr(instance, listener)(work, fact)
                work.commit()
        except Exception as error:
            logger.info("Facts of one transaction are handled one by one: %r", error)
            return False
        for listener, _, fact in opened:
            self.record(listener, fact, "done", (perf_counter() - began) / len(opened))
        return True

    def _handle(self, instance, listener, letter, fact):
        began = perf_counter()
        try:
            with self.work_for(fact) as work:
                work.send_ahead(DONE, **row_of(listener, letter))
                getattr(instance, listener)(work, fact)
                work.commit()
            outcome = "done"
        except Exception as error:
            if is_away(error):
                raise
            outcome = self.settle_failure(listener, letter, error)
        self.record(listener, fact, outcome, perf_counter() - began)

    def settle_failure(self, listener, letter, error):
        """Keep a fact whose first try failed; return its outcome: `retry`, `dead`, or `duplicate` if it was done."""
        if breaks(error, "pk_inbox"):
            return "duplicate"
        state, delay, tries = self.verdict(error, tries=1, waited=0)
        row = row_of(listener, letter, with_content=True)
        with self.database.work() as work:
            work.change(FAILED_FIRST, state=state, error=text_of(error), tries=tries, delay=delay, **row)
            work.commit()
        if state == "retry":
            self._retry_at(delay)
        return state

    def verdict(self, error, tries, waited):
        """Return `(state, seconds until the next try, tries that count)` after a failure.

        :param tries: made so far, this one included.
        :param waited: seconds since the fact came first.
        """
        if isinstance(error, NotYet) and waited < NOT_YET_PATIENCE:
            return "retry", max(NOT_YET_SECONDS, waited), tries - 1
        if tries > len(self._delays):
            logger.error("A fact is dead.", exc_info=error)
            return "dead", None, tries
        return "retry", self._delays[tries - 1], tries

    def bury(self, listener, letter, refusal):
        """Keep a message that will never be handled as it is, with the reason."""
        metrics.REFUSED_MESSAGES.labels(refusal.reason).inc()
        logger.warning("A message is refused and kept: %s.%s: %s", letter.source, letter.name, refusal)
        row = row_of(listener, letter, with_content=True)
        with self.database.work() as work:
            work.change(BURY, error=clean(str(refusal)), **row)
            work.commit()

    def park(self, letter):
        """Put aside a fact that was in hand when a process died, more than once: the sweep tries it alone."""
        listener = self.listeners.get((letter.source, letter.name), UNKNOWN).method
        with self.database.work() as work:
            work.change(PARK, **row_of(listener, letter, with_content=True))
            work.commit()
        self._retry_at(0)

    def work_for(self, fact):
        """Return the `Work` in which a fact is handled."""
        structlog.contextvars.bind_contextvars(correlation_id=fact.correlation_id)
        return self.database.work(actor=self._actor, correlation_id=fact.correlation_id, now=utcnow())

    def record(self, listener, fact, outcome, seconds):
        """Count and log one handling."""
        label = f"{self._service}.{listener}"
        metrics.FACTS_HEARD.labels(label, outcome).inc()
        log.info(
            "fact",
            listener=label,
            fact=fact.name,
            event_id=str(fact.event_id),
            outcome=outcome,
            duration_ms=round(seconds * 1000, 1),
            correlation_id=fact.correlation_id,
        )


def text_of(error):
    """Return an error as the inbox keeps it: kind, text and the end of its trace."""
    trace = "".join(traceback.format_exception(error))
    return clean(trace)[-LONGEST_ERROR:]
