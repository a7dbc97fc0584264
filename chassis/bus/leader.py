"""One leader per service: whoever holds the advisory lock publishes its facts and runs its timers.

The lock is held by the very connection that reads and deletes the outbox: who has lost the one has lost the
other, so two leaders never publish side by side and a service's facts keep their order.
"""

import logging
import threading

import psycopg2
from psycopg2 import extras
from sqlalchemy.engine import make_url

from chassis.database import KEPT_UP, SERVER_OPTIONS
from chassis.settings import normalised

logger = logging.getLogger(__name__)

#: Seconds between two attempts to become leader or to reach the database.
ATTEMPT_SECONDS = 0.5
#: Deleting published facts does not wait for the disk, so no commit waits behind it. Should PostgreSQL crash and lose
#: a deletion, the fact is published again, and its listeners' inboxes know it.
_OPTIONS = f"{SERVER_OPTIONS} -c synchronous_commit=off"
_LOCK = "SELECT pg_try_advisory_lock(hashtext('fielddesk leader')) AS held"


class Leader:
    """Holds, or waits for, the leadership of one service.

    :param url: of the service's database.
    :param relay: its `lead(query)` is called again and again while this process leads, with a function
        `query(statement, **values) -> rows`; whatever it raises ends the leadership until the next attempt.
    """

    def __init__(self, url, relay):
        self._arguments = _arguments_of(url)
        self._relay = relay
        self._ended = threading.Event()
        self.is_leader = False
        self.is_connected = False
        self._is_reported = False

    def end(self):
        """Give the leadership up after the present round."""
        self._ended.set()

    def run(self):
        """Lead whenever possible, until the end."""
        while not self._ended.is_set():
            try:
                self._hold_connection()
            except psycopg2.Error as error:
                if not self._is_reported:
                    logger.warning("The relay has no database connection: %s", error)
                self._is_reported = True
            except Exception:
                logger.exception("The leader stumbled.")
            self.is_leader = self.is_connected = False
            self._ended.wait(ATTEMPT_SECONDS)

    def _hold_connection(self):
        connection = psycopg2.connect(**self._arguments)
        try:
            connection.autocommit = self.is_connected = True

            def query(statement, **values):
                cursor = connection.cursor(cursor_factory=extras.NamedTupleCursor)
                cursor.execute(statement, values)
                return cursor.fetchall() if cursor.description else []

            while not self._ended.is_set() and not query(_LOCK)[0].held:
                self._ended.wait(ATTEMPT_SECONDS)
            self.is_leader = True
            self._is_reported = False
            while not self._ended.is_set():
                self._relay.lead(query)
            self._relay.last_round(query)
        finally:
            connection.close()


def _arguments_of(url):
    """Return psycopg2's arguments for a URL, read by SQLAlchemy: libpq refuses a bare %, and shows the password."""
    target = make_url(normalised(url))
    there = {**target.translate_connect_args(username="user", database="dbname"), **target.query}
    return {**there, **KEPT_UP, "options": _OPTIONS}
