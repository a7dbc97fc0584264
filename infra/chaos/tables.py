"""The databases of a running desk, as the checker reads them, and whether work is still under way in them."""

import time

import psycopg2

from infra.processes import SERVICES

LOOK_SECONDS = 0.5
#: Seconds without any fact heard that count as rest: one that has left its outbox shows nowhere until then.
STEADY_SECONDS = 4.0

#: A call's try that was never due is the note of a process that ended, not work.
_FACTS = (
    "SELECT (SELECT count(*) FROM outbox)"
    " + (SELECT count(*) FROM inbox WHERE state = 'retry' AND next_attempt_at IS NOT NULL)"
)
#: What is under way, per service: each has to come to nothing.
UNDER_WAY = {
    **dict.fromkeys(SERVICES, _FACTS),
    "inbound": _FACTS + " + (SELECT count(*) FROM inbound_messages WHERE state = 'received')",
    "notifications": _FACTS + " + (SELECT count(*) FROM deliveries WHERE state = 'waiting')",
}


_HEARD = "SELECT count(*) FROM inbox WHERE state = 'done'"


class Tables:
    """Connections to all databases of a desk.

    :param url_of: function of a service's name that returns a URL of its database.
    """

    def __init__(self, url_of):
        self._url_of = url_of
        self._connections = {}
        for service in SERVICES:
            self._connect(service)

    def rows(self, service, statement, *values):
        """Return the rows of a statement on a service's database, as tuples."""
        try:
            return self._read(service, statement, values)
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            # The server was killed since.
            self._connect(service)
            return self._read(service, statement, values)

    def _connect(self, service):
        self._connections[service] = psycopg2.connect(self._url_of(service))
        self._connections[service].autocommit = True

    def _read(self, service, statement, values):
        with self._connections[service].cursor() as cursor:
            cursor.execute(statement, values or None)
            return cursor.fetchall()

    def under_way(self):
        """Return `{service: how many facts, mails and deliveries wait}` of those where any do."""
        waiting = {service: self.rows(service, text)[0][0] for service, text in UNDER_WAY.items()}
        return {service: count for service, count in waiting.items() if count}

    def wait_for_rest(self, within, steady=STEADY_SECONDS):
        """Wait until nothing is under way and nothing has been heard for some time.

        :param within: seconds at the most.
        :param steady: seconds for that.
        :returns: what is still under way then, `{service: count}`.
        """
        ends, since, seen = time.monotonic() + within, time.monotonic(), None
        while True:
            left, heard = self.under_way(), self._heard()
            now = time.monotonic()
            if left or heard != seen:
                since, seen = now, heard
            if now - since >= steady:
                return {}
            if now > ends:
                return left or {"the bus": 1}
            time.sleep(LOOK_SECONDS)

    def _heard(self):
        return {service: self.rows(service, _HEARD) for service in SERVICES}
