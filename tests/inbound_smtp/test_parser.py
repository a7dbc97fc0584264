"""The child that reads mails: what it may do, what ends it, and that no mail is lost with it."""

import os
import signal

import pytest

from services.inbound import lanes
from services.inbound.lanes import FreshLane, SlowLane
from services.inbound.parser import DIED, TIMED_OUT, Parser
from services.inbound.parsing.shown import shown_mail
from tests.inbound_smtp.hard_mails import slow
from tests.inbound_smtp.running import DESK, a_mail
from tests.inbound_smtp.sweeping import sweep_until_told


def test_the_jail(smtp, parser):
    """The child has no secrets of the service and a limit of memory; what it is asked is what it sees."""
    parser.ask([])
    with open(f"/proc/{parser.pid}/environ") as file:
        names = {entry.split("=")[0] for entry in file.read().split("\0") if entry}
    assert names <= {"PATH", "LANG", "LC_ALL", "PYTHONPATH", "OPENBLAS_NUM_THREADS"}
    with open(f"/proc/{parser.pid}/limits") as file:
        (line,) = [line for line in file if line.startswith("Max address space")]
    assert line.split()[3:5] == [str(1024**3)] * 2


def test_a_time_out_leaves_the_child_to_its_work(smtp, parser):
    """Whoever asked decides how long to wait on."""
    smtp.deliver(slow(1), DESK)
    parser.ask([lanes.request_for(row) for row in smtp.rows()])
    assert parser.answer(0.05) is None
    assert parser.answer(30)["mail"]["subject"] == "slow 1"


def test_processor_time_is_limited(smtp):
    """A mail that computes for ever ends its child, and nobody else's."""
    smtp.deliver(slow(3), DESK)
    smtp.deliver(a_mail(subject="next"), DESK)
    impatient, patient = Parser(smtp.files.root, cpu_seconds=0), Parser(smtp.files.root)
    slow_request, next_request = map(lanes.request_for, smtp.rows())
    impatient.ask([slow_request])
    assert impatient.answer(30) == TIMED_OUT
    assert impatient.pid is None
    patient.ask([next_request])
    assert patient.answer(30)["mail"]["subject"] == "next"
    patient.stop()


def test_a_killed_child_costs_no_mail(smtp, parser):
    """What it had not answered is read by the next child, and nothing twice."""
    for number in range(10):
        smtp.deliver(a_mail(subject=f"Report {number}"), DESK)
    rows = smtp.rows()
    lane = FreshLane(parser)
    assert [answer["mail"]["subject"] for _, answer in lane.read(rows[:1])] == ["Report 0"]
    os.kill(parser.pid, signal.SIGKILL)
    answers = lane.read(rows[1:])
    assert answers[0][1] == DIED
    assert [answer["mail"]["subject"] for _, answer in answers[1:]] == [f"Report {n}" for n in range(2, 10)]
    assert [row.id for row, _ in answers] == [row.id for row in rows[1:]]


class DoomedParser(Parser):
    """A parser whose child gets a signal at every request of a kind, before it has begun with it.

    :param read: signal that a request to read brings, if any; `SIGSTOP` makes it hang.
    :param show: that of a request to show what cannot be read.
    """

    def __init__(self, folder, *, read=None, show=None):
        super().__init__(folder)
        self.read, self.show = read, show

    def ask(self, requests):
        """Send requests and what they bring."""
        super().ask([])
        os.kill(self.pid, signal.SIGSTOP)
        super().ask(requests)
        brought = {self.show if "show" in request else self.read for request in requests} - {None}
        for number in brought:
            os.kill(self.pid, number)
        if signal.SIGSTOP not in brought:
            os.kill(self.pid, signal.SIGCONT)


@pytest.fixture
def doomed(smtp, reading, monkeypatch):
    """Return a function that gives the lanes parsers of that kind; it returns the slow lane's."""
    made = []

    def give(**signals):
        made[:] = DoomedParser(smtp.files.root, read=signals["read"]), DoomedParser(smtp.files.root, **signals)
        monkeypatch.setattr(reading, "_fresh", FreshLane(made[0]))
        monkeypatch.setattr(reading, "_slow", SlowLane(made[1]))
        return made[1]

    yield give
    for parser in made:
        parser.stop()


@pytest.mark.parametrize(("number", "problem"), [(signal.SIGXCPU, "timeout"), (signal.SIGKILL, "died")])
def test_a_mail_that_children_die_of_is_unreadable(smtp, reading, doomed, number, problem):
    """It is told with what may be shown of it, as what cannot be read for other reasons."""
    raw = a_mail(body="Il fait froid.", Bcc="otto@homes.example")
    smtp.deliver(raw, DESK)
    doomed(read=number)
    fact = sweep_until_told(reading, smtp, 1)[""]
    (file,) = fact["attachments"]
    copy = shown_mail(raw)
    assert (fact["readable"], file["filename"], file["content_type"], file["size"]) == (
        False, "message.eml", "message/rfc822", len(copy),
    )  # fmt: skip
    assert smtp.files.read("inbound", file["sha256"]) == copy
    assert b"Il fait froid." in copy and b"otto@" not in copy
    (row,) = smtp.rows()
    assert (row.state, row.problem) == ("unreadable", problem)
    assert smtp.files.read("inbound", row.sha256) == raw


@pytest.mark.parametrize("number", [signal.SIGXCPU, signal.SIGKILL, signal.SIGSTOP], ids=["timeout", "died", "hangs"])
def test_a_mail_that_children_die_of_showing_is_told_without(smtp, reading, doomed, monkeypatch, number):
    """Once; the raw mail stays, and the next mail has another child."""
    raw = a_mail(subject="endless")
    smtp.deliver(raw, DESK)
    parser = doomed(read=signal.SIGXCPU, show=number)
    with monkeypatch.context() as short:
        if number == signal.SIGSTOP:
            short.setattr(lanes, "SLOW_SECONDS", 0.2)
        fact = sweep_until_told(reading, smtp, 1)[""]
    assert (fact["readable"], fact["attachments"]) == (False, [])
    assert fact["flags"] == ["body_cut", "date_missing", "from_missing"]
    (row,) = smtp.rows()
    assert (row.state, row.problem) == ("unreadable", "timeout")
    assert smtp.files.read("inbound", row.sha256) == raw
    parser.read = parser.show = None
    smtp.deliver(a_mail(subject="next"), DESK)
    assert sweep_until_told(reading, smtp, 2)["next"]["readable"] is True
    assert [row.tries for row in smtp.rows()] == [1, 1]
