"""What runs again and again, on the leader only: the `@every` methods and the bus's own house-keeping."""

import logging
import threading
from time import monotonic

from chassis import metrics
from chassis.actors import system_actor
from chassis.bus.housekeeping import forget_old
from chassis.clock import utcnow

logger = logging.getLogger(__name__)

HOUSEKEEPING_SECONDS = 3600


class Timers:
    """Runs the timers of one service while this process leads it.

    :param periods: `{method name: seconds}`.
    :param member: `RunningService`.
    """

    def __init__(self, service, periods, member):
        self._service = service
        self._member = member
        self._actor = system_actor(service)
        self._periods = {**periods, None: HOUSEKEEPING_SECONDS}
        self._ended = threading.Event()

    def end(self):
        """Begin no further run."""
        self._ended.set()

    def run(self):
        """Run each timer when it is due, until the end; timers of one service run one after another."""
        due = {method: monotonic() + seconds for method, seconds in self._periods.items()}
        while not self._ended.is_set():
            method = min(due, key=due.get)
            if self._ended.wait(max(due[method] - monotonic(), 0)):
                return
            if self._member.leader.is_leader:
                self._tick(method)
            due[method] = monotonic() + self._periods[method]

    def _tick(self, method):
        job = self._forget if method is None else lambda instance: self._carry_out(method, instance)
        self._member.jobs.run(method, job)

    def _carry_out(self, method, instance):
        outcome = "done"
        try:
            with self._member.database.work(actor=self._actor, now=utcnow()) as work:
                getattr(instance, method)(work)
                work.commit()
        except Exception:
            logger.exception("The timer %s.%s failed; it runs again when it is due.", self._service, method)
            outcome = "failed"
        metrics.TIMERS.labels(f"{self._service}.{method}", outcome).inc()

    def _forget(self, _instance):
        forget_old(self._member.database, self._ended.is_set)
