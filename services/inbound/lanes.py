"""How mails get to the parser: a fast lane for all, and a slow one for those that take long.

A mail that is not read within `FRESH_SECONDS` is put into the slow lane, and with it what waits from the same sender.
The slow lane's own child reads one at a time and is looked at now and then, so that mails made to be slow delay the
others by a moment only.
"""

from collections import deque
from time import monotonic

from services.inbound.domain import is_given_up
from services.inbound.parser import TIMED_OUT

#: Mails of one transaction.
BATCH = 50
FRESH_SECONDS = 1.5
#: The parser's own limit is one of processor time; this one is for what hangs without using any.
SLOW_SECONDS = 60.0
#: Seconds after which no further child is started for the rest of a batch; they wait for the next.
BATCH_SECONDS = 5.0
LOOK_SECONDS = 0.02


class FreshLane:
    """Reads mails one after the other.

    :param parser: `Parser`.
    """

    def __init__(self, parser):
        self._parser = parser

    def read(self, rows):
        """Return `[(row, answer)]` of the mails read, which may be fewer than given."""
        answers, waiting, ends = [], deque(rows), monotonic() + BATCH_SECONDS
        while waiting and monotonic() < ends:
            self._parser.ask([request_for(row) for row in waiting])
            answer = {}
            while waiting and "stopped" not in answer:
                row, answer = waiting.popleft(), self._parser.answer(FRESH_SECONDS) or TIMED_OUT
                answers.append((row, answer))
            if "stopped" in answer:
                self._parser.stop()
            if answer == TIMED_OUT:
                answers += [(other, TIMED_OUT) for other in waiting if other.envelope_from == row.envelope_from]
                waiting = deque(other for other in waiting if other.envelope_from != row.envelope_from)
        return answers


class SlowLane:
    """Reads one mail at a time while its caller does other things.

    Of one that cannot be read the parser is then asked for what may be shown: that, too, is a child's to die of.
    """

    def __init__(self, parser):
        self._parser = parser
        self._row, self._ends = None, 0
        self._given_up = None

    def look(self, next_row):
        """Return `(row, answer)` of a mail whose reading has come to an end, or `None`.

        :param next_row: function that returns the next row or `None`; called when nothing is in hand.
        """
        if self._row is None and not self._begin(next_row()):
            return None
        answer = self._parser.answer(LOOK_SECONDS)
        if answer is None and monotonic() < self._ends:
            return None
        if answer is None:
            self._parser.stop()
        row, self._row = self._row, None
        return self._concluded(row, answer or TIMED_OUT)

    def _concluded(self, row, answer):
        if self._given_up:
            return row, _without_reading(self._given_up, answer)
        if "stopped" in answer and is_given_up(row.tries, answer["stopped"]):
            self._ask(row, {"show": row.sha256}, given_up=answer["stopped"])
            return None
        return row, answer

    def _begin(self, row):
        if row is None:
            # Slow mails are rare: their child goes when there are none.
            self._parser.stop()
            return False
        self._ask(row, request_for(row))
        return True

    def _ask(self, row, request, given_up=None):
        self._parser.ask([request])
        self._row, self._ends, self._given_up = row, monotonic() + SLOW_SECONDS, given_up


def _without_reading(reason, answer):
    """Return the answer for a mail that was given up, by the answer to what may be shown of it."""
    if "postponed" in answer:
        return answer
    return {"unreadable": reason, "header": None, "copy": answer.get("copy")}


def request_for(row):
    """Return the parser's request for a row."""
    return {
        "sha256": row.sha256,
        "envelope_from": row.envelope_from,
        "received_at": row.received_at.isoformat(),
    }
