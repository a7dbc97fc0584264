"""Whether the database of a service answers, and has its tables: said soon, whatever is silent."""

import eventlet
from eventlet.timeout import Timeout

from chassis import revisions
from chassis.bus.faults import is_away

#: Seconds for the database to answer.
READY_SECONDS = 2
NO_ANSWER = "the database does not answer"


class Readiness:
    """Asks one service's database.

    :param is_migrated: its tables are made otherwise, so nobody asks whether they are up to date.
    """

    def __init__(self, service, database, is_migrated):
        self._service = service
        self._database = database
        self._is_migrated = is_migrated
        self._asking = None

    def problem(self):
        """Return what keeps the database from being used, in a few words, or `None`."""
        if self._asking is None or self._asking.dead:
            self._asking = eventlet.spawn(self._ask)
        # It is not ended with the wait: on a busy machine, where each takes longer, none would come to its end.
        with Timeout(READY_SECONDS, False):
            return self._asking.wait()
        return NO_ANSWER

    def _ask(self):
        try:
            self._database.read("SELECT 1")
            self._is_migrated = self._is_migrated or revisions.is_current(self._service, self._database.read)
        except Exception as error:
            if not is_away(error):
                raise
            return NO_ANSWER
        return None if self._is_migrated else "the database is not migrated"
