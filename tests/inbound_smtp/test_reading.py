"""Mails on their way from the store to facts, read by a real child; hostile ones between good ones."""

from services.inbound import lanes
from services.inbound.lanes import FreshLane
from services.inbound.parser import Parser
from services.inbound.parsing.shown import shown_mail
from tests.inbound_smtp.hard_mails import flat, nested
from tests.inbound_smtp.running import DESK, a_mail
from tests.inbound_smtp.sweeping import ACTOR, Settings, sweep, sweep_until_told, told


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
