"""The slow lane's answers, by those of a parser."""

from types import SimpleNamespace

from services.inbound.lanes import SlowLane, request_for
from services.inbound.parser import TIMED_OUT
from tests.unit.inbound.mails import RECEIVED


class ParserOf:
    """A parser that gives prepared answers.

    :param answers: in their order.
    """

    def __init__(self, *answers):
        self._answers, self.asked = list(answers), []

    def ask(self, requests):
        """Note what is asked."""
        self.asked += requests

    def answer(self, seconds):
        """Return the next answer."""
        return self._answers.pop(0)


def a_row(sha256):
    """Return the row of a mail that has taken too long once."""
    return SimpleNamespace(sha256=sha256, envelope_from="rosa@homes.example", received_at=RECEIVED, tries=1)


def test_a_mail_given_up_whose_copy_finds_no_room_is_read_later():
    """It is not told without a copy because a disk was full; the next mail is not taken for it."""
    postponed, mail = {"postponed": "store_failed"}, {"mail": {"subject": "next"}}
    parser, (first, second) = ParserOf(TIMED_OUT, postponed, mail), (a_row("a" * 64), a_row("b" * 64))
    lane, rows = SlowLane(parser), iter([first, second])
    looks = [lane.look(lambda: next(rows)) for _ in range(3)]
    assert looks == [None, (first, postponed), (second, mail)]
    assert parser.asked == [request_for(first), {"show": first.sha256}, request_for(second)]
