"""CVE-2021-21439 (OTRS), CVE-2024-48938 (Znuny): HTML that takes minutes to read stops all mails.

A megabyte of table rows took 5 s of processor time, a tag with 120,000 attributes minutes.
"""

from types import SimpleNamespace

import pytest

from services.inbound import lanes
from services.inbound.lanes import FreshLane
from services.inbound.parser import TIMED_OUT, Parser
from services.inbound.parsing import markup
from services.inbound.parsing.markup import MOST_MARKS, words_of
from services.inbound.parsing.structure import Unreadable
from tests.inbound_smtp.running import DOMAIN, a_mail
from tests.unit.inbound.mails import Store, read

MEGABYTE = 1_000_000
HEAD = b"From: rosa@homes.example\r\nSubject: bomb\r\nContent-Type: text/html\r\n\r\n"
BOMBS = {
    "rows of a table": "<table>" + "<tr><td>x<td>y</tr>" * 50_000,
    "rows and columns": "<table><tr>" + "<td>x" * 100_000 + "<tr>" * 100_000,
    "tables within tables": "<table><tr><td>" * 60_000,
    "marks that are open, and others closed": "<b>" * 150_000 + "</i>" * 120_000,
    "attributes": "<p " + " ".join(f"a{number}=1" for number in range(110_000)) + ">",
    "a style for each": "<p style='display:none; padding-left:99999em'>" * 20_000,
    "bits of one line": "x" * 500_000 + "<b>a</b>" * 60_000,
    "scripts without an end": "<script>" * 120_000,
    "comments without an end": "<!--" * 240_000,
    "a name without an end": "<" + "a" * (MEGABYTE - 1),
    "a blank after a mark": "<b> </b>" * 120_000,
    "a number": "&#" + "1" * (MEGABYTE - 2),
}


class CountingMark:
    """The pattern of marks, which counts how often it is looked for."""

    def __init__(self):
        self.searches = 0
        self._pattern = markup._MARK

    def search(self, *where):
        """Look for the next mark."""
        self.searches += 1
        return self._pattern.search(*where)


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_marks_are_read_once_and_not_without_end(monkeypatch, bomb):
    """As many as a page may have, each once; what is said is no longer than what was sent."""
    counting = CountingMark()
    monkeypatch.setattr(markup, "_MARK", counting)
    text, is_whole = words_of(bomb)
    assert counting.searches <= MOST_MARKS
    assert is_whole == (counting.searches < MOST_MARKS)
    assert len(text) <= len(bomb)


def test_bombs_are_read_in_their_turn_by_one_child(smtp, monkeypatch):
    """None takes two seconds of processor time, so none costs a child, or is read twice."""
    monkeypatch.setattr(lanes, "FRESH_SECONDS", 30)
    monkeypatch.setattr(lanes, "BATCH_SECONDS", 30)
    parser = Parser(smtp.files.root, cpu_seconds=2)
    for bomb in BOMBS.values():
        smtp.deliver(HEAD + bomb.encode(), f"desk@{DOMAIN}")
    smtp.deliver(a_mail(subject="good"), f"desk@{DOMAIN}")
    parser.ask([])
    pid = parser.pid
    answers = [answer["mail"] for _, answer in FreshLane(parser).read(smtp.rows())]
    assert [mail["subject"] for mail in answers] == ["bomb"] * len(BOMBS) + ["good"]
    assert parser.pid == pid
    parser.stop()


@pytest.mark.parametrize("kind", ["Content-Type: multipart/mixed", "Content-Disposition: attachment"])
def test_parameters_without_number_are_not_read(kind):
    """The library compares each with all that follows: 400,000 took 20 s."""
    raw = f"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n{kind}{';a' * 400_000}\r\n\r\n--b--".encode()
    with pytest.raises(Unreadable) as refusal:
        read(raw)
    assert str(refusal.value) == "malformed"


def test_nothing_of_a_page_that_is_cut_is_lost():
    """The mail is attached as it came."""
    store, raw = Store(), HEAD + b"<p>Heating</p>" * 60_000
    said = read(raw, store=store)
    (file,) = said["attachments"][:1]
    assert said["body"].startswith("Heating\n\nHeating")
    assert "body_cut" in said["flags"]
    assert (file["filename"], file["content_type"], store.contents[file["sha256"]]) == (
        "message.eml", "message/rfc822", raw,
    )  # fmt: skip


class SlowForOne:
    """Stands for a parser that never answers to mails of one sender."""

    def __init__(self, sender):
        self._sender = sender
        self._asked = []
        self.asked = []
        self.stops = 0

    def ask(self, requests):
        """Take requests."""
        self._asked = list(requests)
        self.asked.append([request["sha256"] for request in requests])

    def answer(self, _seconds):
        """Answer the next one."""
        request = self._asked.pop(0)
        return None if request["envelope_from"] == self._sender else {"mail": request["sha256"]}

    def stop(self):
        """Count that a child is ended."""
        self.stops += 1


def test_mails_of_one_sender_hold_the_others_up_once():
    """Who has sent one that takes too long waits with the rest in the slow lane; none is left out."""
    at = SimpleNamespace(isoformat=lambda: "")
    rows = [
        SimpleNamespace(sha256=f"{number}", envelope_from=sender, received_at=at)
        for number, sender in enumerate(["rosa", "eve", "rosa", "eve", "eve", "ada"])
    ]
    slow = SlowForOne("eve")
    answers = FreshLane(slow).read(rows)
    assert [(row.sha256, answer) for row, answer in answers] == [
        ("0", {"mail": "0"}), ("1", TIMED_OUT), ("3", TIMED_OUT), ("4", TIMED_OUT),
        ("2", {"mail": "2"}), ("5", {"mail": "5"}),
    ]  # fmt: skip
    assert (slow.asked, slow.stops) == ([["0", "1", "2", "3", "4", "5"], ["2", "5"]], 1)
