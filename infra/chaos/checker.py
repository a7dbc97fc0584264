"""Reads the databases after a chaos run: everything accepted is there exactly once, nothing is left over.

It asks the tables and not the API, so that it does not believe what the desk says of itself.
"""

import time
from collections import Counter
from dataclasses import dataclass, field

import psycopg2

from infra.processes import SERVICES

#: Seconds after the last input within which everything has to be at rest.
REST_WITHIN = 120.0
LOOK_SECONDS = 0.5
#: Seconds that it has to stay at rest to count.
STEADY = 2.0

_FACTS = "SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM inbox WHERE state = 'retry')"
#: What is still under way, per service: each has to come to nothing.
UNDER_WAY = {
    **dict.fromkeys(SERVICES, _FACTS),
    "inbound": _FACTS + " + (SELECT count(*) FROM inbound_messages WHERE state = 'received')",
    "notifications": _FACTS + " + (SELECT count(*) FROM deliveries WHERE state = 'waiting')",
}


@dataclass
class Report:
    """What was found; `lost` and `duplicated` name each input or fact."""

    lost: list = field(default_factory=list)
    duplicated: list = field(default_factory=list)
    left_over: list = field(default_factory=list)
    present: int = 0

    @property
    def is_good(self):
        """Whether nothing is lost, doubled or left over."""
        return not (self.lost or self.duplicated or self.left_over)

    def count(self, what, expected, found):
        """Compare counters; note what is missing and what is too many."""
        for name in expected:
            if found[name] < expected[name]:
                self.lost.append(f"{what} {name}")
            elif found[name] > expected[name]:
                self.duplicated.append(f"{what} {name}: {found[name]}")


class Checker:
    """Looks into all databases of a desk.

    :param url_of: function of a service's name that returns a URL of its database.
    """

    def __init__(self, url_of):
        self._connections = {service: psycopg2.connect(url_of(service)) for service in SERVICES}
        for connection in self._connections.values():
            connection.autocommit = True

    def rows(self, service, statement, *values):
        """Return the rows of a statement on a service's database."""
        with self._connections[service].cursor() as cursor:
            cursor.execute(statement, values or None)
            return cursor.fetchall()

    def wait_for_rest(self, within=REST_WITHIN):
        """Wait until nothing is under way any more; return what still is."""
        ends, since = time.monotonic() + within, None
        while True:
            busy = {service: self.rows(service, text)[0][0] for service, text in UNDER_WAY.items()}
            left = {service: count for service, count in busy.items() if count}
            now = time.monotonic()
            since = None if left else since or now
            if (since and now - since >= STEADY) or now > ends:
                return left
            time.sleep(LOOK_SECONDS)

    def check(self, accepted):
        """Return the `Report` on what was accepted.

        :param accepted: `{kind of input: marks}` of a `Ledger`.
        """
        report = Report()
        report.left_over += [f"{service}: {count} under way" for service, count in self.wait_for_rest().items()]
        tickets = self._check_tickets(report, accepted)
        self._check_clock_ins(report, accepted)
        self._check_once_per_ticket(report, tickets)
        self._check_receipts(report, tickets)
        for service in SERVICES:
            for listener, name, error in self.rows(
                service, "SELECT listener, name, error FROM inbox WHERE state = 'dead'"
            ):
                report.left_over.append(f"{service}: dead letter {name} of {listener}: {(error or '')[-200:]}")
        return report

    def _check_tickets(self, report, accepted):
        """Compare the marks in subjects; return `{ticket id: channel}` of those accepted."""
        expected = Counter(mark for kind in ("mail", "webform", "ticket") for mark in accepted.get(kind, ()))
        rows = self.rows("tickets", "SELECT id, channel, right(subject, 32) FROM tickets")
        report.count("ticket of", expected, Counter(mark for _, _, mark in rows))
        report.present += sum(mark in expected for _, _, mark in rows)
        return {ticket_id: channel for ticket_id, channel, _ in rows}

    def _check_clock_ins(self, report, accepted):
        expected = Counter(accepted.get("clock_in", ()))
        rows = self.rows("fieldwork", "SELECT id::text FROM clock_ins")
        report.count("clock-in", expected, Counter(mark for (mark,) in rows))
        report.present += sum(mark in expected for (mark,) in rows)
        doubled = self.rows(
            "fieldwork",
            "SELECT intervention_id, worker_id, event FROM clock_ins GROUP BY 1, 2, 3 HAVING count(*) > 1",
        )
        report.duplicated += [f"presence {row}" for row in doubled]

    def _check_once_per_ticket(self, report, tickets):
        once = Counter(tickets)
        for key in once:
            once[key] = 1
        for kind in ("TicketOpened", "TicketRouted", "DeadlineSet"):
            rows = self.rows("tickets", "SELECT ticket_id, count(*) FROM history WHERE kind = %s GROUP BY 1", kind)
            report.count(kind, once, Counter(dict(rows)))
        rows = self.rows("dispatch", "SELECT ticket_id, count(*) FROM deadlines GROUP BY 1")
        report.count("deadlines of", once, Counter(dict(rows)))
        rows = self.rows("dispatch", "SELECT id, 1 FROM tickets WHERE routing_reason IS NOT NULL")
        report.count("routing of", once, Counter(dict(rows)))

    def _check_receipts(self, report, tickets):
        expected = Counter({key: 1 for key, channel in tickets.items() if channel in ("mail", "webform")})
        rows = self.rows(
            "notifications", "SELECT ticket_id, count(*) FROM deliveries WHERE kind = 'receipt' GROUP BY 1"
        )
        report.count("receipt of", expected, Counter(dict(rows)))
        doubled = self.rows(
            "notifications", "SELECT message_id FROM deliveries GROUP BY 1 HAVING count(*) > 1"
        )
        report.duplicated += [f"Message-ID {row[0]}" for row in doubled]
