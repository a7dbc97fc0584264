"""Looks for everything that was accepted: it is there exactly once, and nothing is left over.

It asks the tables, the file store and the maildir, not the API, so that it does not believe what the desk
says of itself.
"""

import hashlib
from collections import Counter

from chassis.files import FileStore
from infra.chaos.agreement import disagreements
from infra.chaos.place import INTERVENTIONS
from infra.chaos.report import Report
from infra.processes import SERVICES

#: Seconds after the last input within which everything has to be at rest.
REST_WITHIN = 120.0

#: What happens to each ticket once.
ONCE = ("TicketOpened", "TicketRouted", "AssignmentDecided", "DeadlineSet")
CLOCKING = {"start": "ClockedIn", "end": "ClockedOut"}

_OPENED = "SELECT id, channel, right(subject, 32) FROM tickets"
_HISTORY = "SELECT ticket_id, count(*) FROM history WHERE kind = %s GROUP BY 1"
_CLOCKED = "SELECT concat_ws(' ', kind, new->>'worker', new->>'intervention_id') FROM history WHERE kind IN %s"
_CLOCK_INS = "SELECT id::text, event, worker_name, intervention_id::text FROM clock_ins"
_ROUTED = "SELECT id, 1 FROM tickets WHERE routing_reason IS NOT NULL"
_DEADLINES = "SELECT ticket_id, count(*) FROM deadlines GROUP BY 1"
_RECEIPTS = "SELECT ticket_id, count(*) FROM deliveries WHERE kind = 'receipt' AND state = 'sent' GROUP BY 1"
_SENT = "SELECT message_id FROM deliveries WHERE state = 'sent'"
_UNSENT = "SELECT kind, recipient, state, error FROM deliveries WHERE state <> 'sent'"
_DEAD = "SELECT listener, name, right(error, 300) FROM inbox WHERE state = 'dead'"


class Checker:
    """Checks one desk.

    :param tables: `Tables` of the desk.
    :param var_dir: its `VAR_DIR`.
    """

    def __init__(self, tables, var_dir):
        self._tables = tables
        self._files = FileStore(var_dir / "files")
        self._maildir = var_dir / "outgoing-mail"

    def check(self, accepted, rest_within=REST_WITHIN):
        """Wait for rest; return the `Report` on what was accepted.

        :param accepted: `{kind of input: marks}` of a `Ledger`.
        """
        report = Report()
        left = self._tables.wait_for_rest(rest_within)
        report.left_over += [f"{service}: {count} under way" for service, count in left.items()]
        channels = self._check_tickets(report, accepted)
        self._check_clock_ins(report, accepted)
        self._check_once_per_ticket(report, channels)
        report.lost += disagreements(self._tables)
        self._check_raw_mails(report)
        self._check_receipts(report, channels)
        self._check_maildir(report)
        self._check_dead_letters(report)
        return report

    def _rows(self, service, statement, *values):
        return self._tables.rows(service, statement, *values)

    def _check_tickets(self, report, accepted):
        """Compare the marks in subjects; return `{ticket id: channel}`."""
        expected = Counter(mark for kind in ("mail", "webform", "ticket") for mark in accepted.get(kind, ()))
        rows = self._rows("tickets", _OPENED)
        found = Counter(mark for _, _, mark in rows if mark != INTERVENTIONS)
        report.compare("ticket of", expected, found)
        report.present += len(expected.keys() & found.keys())
        return {ticket_id: channel for ticket_id, channel, _ in rows}

    def _check_clock_ins(self, report, accepted):
        expected = Counter(accepted.get("clock_in", ()))
        rows = self._rows("fieldwork", _CLOCK_INS)
        found = Counter(mark for mark, *_ in rows)
        report.compare("clock-in", expected, found)
        report.present += len(expected.keys() & found.keys())
        told = Counter(" ".join((CLOCKING[event], worker, intervention)) for _, event, worker, intervention in rows)
        lines = self._rows("tickets", _CLOCKED, tuple(CLOCKING.values()))
        report.compare("history of", told, Counter(line for (line,) in lines))

    def _check_once_per_ticket(self, report, channels):
        once = Counter(channels.keys())
        for kind in ONCE:
            report.compare(f"{kind} of", once, Counter(dict(self._rows("tickets", _HISTORY, kind))))
        report.compare("routing of", once, Counter(dict(self._rows("dispatch", _ROUTED))))
        report.compare("deadlines of", once, Counter(dict(self._rows("dispatch", _DEADLINES))))

    def _check_raw_mails(self, report):
        """Look whether each mail that was taken is in the store, whole."""
        for (sha256,) in self._rows("inbound", "SELECT sha256 FROM inbound_messages"):
            path = self._files.path("inbound", sha256)
            if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
                report.lost.append(f"raw mail {sha256}")

    def _check_receipts(self, report, channels):
        expected = Counter(ticket for ticket, channel in channels.items() if channel in ("mail", "webform"))
        report.compare("receipt of", expected, Counter(dict(self._rows("notifications", _RECEIPTS))))
        lines = Counter(dict(self._rows("tickets", _HISTORY, "ReceiptSent")))
        report.compare("history of the receipt of", expected, lines)

    def _check_maildir(self, report):
        """Compare sent deliveries with the files: one for each Message-ID."""
        sent = Counter(message_id.strip("<>") for (message_id,) in self._rows("notifications", _SENT))
        folders = (self._maildir / "new", self._maildir / "cur")
        report.compare("mail", sent, Counter(file.name for folder in folders for file in folder.glob("*")))
        report.lost += [f"delivery {row}" for row in self._rows("notifications", _UNSENT)]

    def _check_dead_letters(self, report):
        for service in SERVICES:
            for listener, name, error in self._rows(service, _DEAD):
                report.left_over.append(f"{service}: dead letter {name} of {listener}: {error}")
