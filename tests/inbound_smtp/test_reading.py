"""Mails on their way from the store to facts, read by a real child; hostile ones between good ones."""

import base64
import os
import signal
import subprocess
import sys
import textwrap

import pytest

from chassis.actors import system_actor
from services.inbound import lanes
from services.inbound.lanes import FreshLane, SlowLane
from services.inbound.parser import DIED, TIMED_OUT, Parser
from services.inbound.parsing.shown import shown_mail
from services.inbound.reading import Reading
from tests.inbound_smtp.running import DOMAIN, OWN_MAIL, ROOT, a_mail
from tests.waiting import eventually

DESK = f"desk@{DOMAIN}"
ACTOR = system_actor("inbound")


class Settings:
    """What the sweeps need of the settings."""

    links, mail_domain = OWN_MAIL.links, OWN_MAIL.domain


@pytest.fixture
def reading(smtp):
    """Return the lanes of a service process; their children are ended afterwards."""
    lanes_of_process = Reading(smtp.files.root)
    yield lanes_of_process
    lanes_of_process.close()


@pytest.fixture
def parser(smtp):
    """Return a parser; its child is ended afterwards."""
    made = Parser(smtp.files.root)
    yield made
    made.stop()


def sweep(reading, smtp):
    """Run both sweeps once, as the service's clocks do."""
    reading.read_fresh(smtp.database, Settings, ACTOR)
    reading.look_at_slow(smtp.database, Settings, ACTOR)


def told(smtp):
    """Return the facts told, by subject."""
    rows = smtp.database.read("SELECT payload FROM outbox WHERE name = 'MessageReceived' ORDER BY id")
    return {row.payload["subject"]: row.payload for row in rows}


def sweep_until_told(reading, smtp, number):
    """Run the sweeps until so many mails were told; return the facts by subject."""

    def look():
        sweep(reading, smtp)
        facts = told(smtp)
        assert len(facts) == number, sorted(facts)
        return facts

    return eventually(look, within=30, what=f"{number} facts")


def nested(depth):
    """Return a mail with parts within parts."""
    lines = ["From: rosa@homes.example", "Subject: nested", "Message-ID: <nested@homes.example>"]
    for level in range(depth):
        lines += [f'Content-Type: multipart/mixed; boundary="b{level}"', "", f"--b{level}"]
    return "\r\n".join([*lines, "", "deep", ""]).encode()


def flat(parts):
    """Return a mail with many small parts."""
    head = b"From: rosa@homes.example\r\nSubject: many\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    return head + b"--b\r\n\r\nx\r\n" * parts + b"--b--\r\n"


def slow(parts):
    """Return a mail of two million line ends a part, which take more than half a second to read."""
    lines = [
        b"From: rosa@homes.example",
        b"Subject: slow %d" % parts,
        b"Message-ID: <slow%d@homes.example>" % parts,
        b"Content-Type: multipart/mixed; boundary=b",
        b"",
    ]
    page = base64.b64encode(b"a" + b"\r" * 2_200_000)
    for _ in range(parts):
        lines += [b"--b", b"Content-Transfer-Encoding: base64", b"", page]
    return b"\r\n".join([*lines, b"--b--", b""])


def test_mails_become_facts_in_their_order(smtp, reading):
    """Each once; the rows say so."""
    for number in range(120):
        smtp.deliver(a_mail(subject=f"Report {number}"), DESK)
    sweep(reading, smtp)
    assert list(told(smtp)) == [f"Report {number}" for number in range(120)]
    assert {row.state for row in smtp.rows()} == {"told"}
    sweep(reading, smtp)
    assert len(told(smtp)) == 120


def test_files_of_a_mail_lie_in_the_store(smtp, reading):
    """Synced before the fact that names them, for whoever takes them over."""
    mail = b"\r\n".join(
        [
            b"From: rosa@homes.example",
            b"Subject: photo",
            b"Content-Type: multipart/mixed; boundary=b",
            b"",
            b"--b",
            b"",
            b"see photo",
            b"--b",
            b"Content-Type: image/png",
            b"Content-Disposition: attachment; filename=lift.png",
            b"Content-Transfer-Encoding: base64",
            b"",
            b"cGl4ZWxz",
            b"--b--",
            b"",
        ]
    )
    smtp.deliver(mail, DESK)
    (file,) = sweep_until_told(reading, smtp, 1)["photo"]["attachments"]
    assert (file["filename"], file["content_type"], file["size"]) == ("lift.png", "image/png", 6)
    assert smtp.files.read("inbound", file["sha256"]) == b"pixels"


def test_hostile_mails_do_not_stop_the_next(smtp, reading):
    """Three that Python's parsers die of, each before a good one; what cannot be read is told as a file."""
    hostile = {"nested": nested(1_000), "many": flat(50_000), "": b"From: " + b"(" * 20_000 + b"\r\n\r\ntext"}
    for number, raw in enumerate(hostile.values()):
        smtp.deliver(raw, DESK)
        smtp.deliver(a_mail(subject=f"good {number}"), DESK)
    facts = sweep_until_told(reading, smtp, 6)
    assert {subject: fact["readable"] for subject, fact in facts.items()} == {
        "nested": False,
        "many": False,
        "": True,
        "good 0": True,
        "good 1": True,
        "good 2": True,
    }
    for subject in ("nested", "many"):
        (file,) = facts[subject]["attachments"]
        assert (file["filename"], file["content_type"]) == ("message.eml", "message/rfc822")
        assert smtp.files.read("inbound", file["sha256"]) == shown_mail(hostile[subject])
        assert hostile[subject] in [smtp.files.read("inbound", row.sha256) for row in smtp.rows()]
        assert facts[subject]["from"]["email"] == "rosa@homes.example"


class ParserSlowAt(Parser):
    """A parser for which one mail takes longer than it is given, and no other does, however busy the machine.

    :param sha256: of that mail.
    """

    def __init__(self, folder, sha256):
        super().__init__(folder)
        self._slow, self._asked = sha256, []

    def ask(self, requests):
        """Send requests."""
        super().ask(requests)
        self._asked += [request["sha256"] for request in requests]

    def answer(self, seconds):
        """Return the next answer, or nothing where it is the slow mail's turn."""
        if self._asked and self._asked.pop(0) == self._slow:
            return None
        return super().answer(max(seconds, 30))

    def stop(self):
        """End the child."""
        self._asked = []
        return super().stop()


def test_a_slow_mail_is_read_aside(smtp, reading, monkeypatch):
    """It takes longer than the fast lane gives; the next mail is told before it, and it is told after all."""
    monkeypatch.setattr(lanes, "BATCH_SECONDS", 60)
    # What else waits from the sender of a slow mail is read aside as well.
    for subject, sender in (("slow", "printer@homes.example"), ("next", "rosa@homes.example")):
        smtp.deliver(a_mail(subject=subject, body="Il fait froid."), DESK, sender=sender)
    fresh = ParserSlowAt(smtp.files.root, smtp.rows()[0].sha256)
    monkeypatch.setattr(reading, "_fresh", FreshLane(fresh))
    reading.read_fresh(smtp.database, Settings, ACTOR)
    fresh.stop()
    assert list(told(smtp)) == ["next"]
    fact = sweep_until_told(reading, smtp, 2)["slow"]
    assert (fact["readable"], fact["body"].strip()) == (True, "Il fait froid.")


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


def test_a_lost_file_waits_for_its_return(smtp, reading):
    """A disk that is not there yet: the mail is told when it is, not called unreadable."""
    smtp.deliver(a_mail(subject="Report"), DESK)
    (row,) = smtp.rows()
    path = smtp.files.path("inbound", row.sha256)
    path.rename(path.with_suffix(".away"))
    sweep(reading, smtp)
    assert (told(smtp), [row.problem for row in smtp.rows()]) == ({}, ["raw_mail_missing"])
    path.with_suffix(".away").rename(path)
    with smtp.database.work() as work:
        work.change("UPDATE inbound_messages SET due_at = received_at")
        work.commit()
    assert list(sweep_until_told(reading, smtp, 1)) == ["Report"]


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


def test_a_waiting_service_does_other_things(smtp):
    """Under eventlet, as in a service process: green threads go on while a mail is read."""
    smtp.deliver(slow(1), DESK)
    (row,) = smtp.rows()
    script = f"""
        import eventlet; eventlet.monkey_patch()
        from services.inbound.parser import Parser
        parser, ticks = Parser({str(smtp.files.root)!r}), []

        def tick():
            while True:
                ticks.append(1)
                eventlet.sleep(0.01)

        parser.ask([])
        eventlet.spawn(tick)
        parser.ask([{lanes.request_for(row)!r}])
        assert "mail" in parser.answer(30)
        parser.stop()
        print(len(ticks))
    """
    assert int(said_by(script)) > 30


def said_by(script):
    """Return what a program of its own prints: eventlet would change this one."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(script)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_service_does_other_things_while_a_mail_is_cut_to_what_may_be_shown(smtp):
    """A large one that cannot be read: between two turns of the others it computes next to nothing itself."""
    raw = nested(1_000) + b"The lift is out of order, reply+news@homes.example says.\r\n" * 170_000
    smtp.deliver(raw, DESK)
    script = f"""
        import eventlet; eventlet.monkey_patch()
        import time
        from chassis.actors import system_actor
        from chassis.database import Database
        from services.inbound.reading import Reading
        from tests.inbound_smtp.test_reading import Settings

        database, reading = Database({smtp.environment["INBOUND_DATABASE_URL"]!r}), Reading({str(smtp.files.root)!r})
        turns = []

        def take_turns():
            while True:
                turns.append(time.process_time())
                eventlet.sleep(0.01)

        def is_told():
            return bool(database.read("SELECT 1 FROM outbox"))

        eventlet.spawn(take_turns)
        while not is_told():
            reading.read_fresh(database, Settings, system_actor("inbound"))
            reading.look_at_slow(database, Settings, system_actor("inbound"))
            eventlet.sleep(0.01)
        eventlet.sleep(0.05)
        reading.close()
        print(max(later - sooner for sooner, later in zip(turns, turns[1:])))
    """
    assert float(said_by(script)) < 0.1
    (row,) = smtp.rows()
    assert row.state == "unreadable"
    (fact,) = told(smtp).values()
    assert smtp.files.read("inbound", fact["attachments"][0]["sha256"]) == shown_mail(raw)
