"""How mails get to the parser: a fast lane for all, and a slow one for those that take long.

A mail that is not read within `FRESH_SECONDS` is put into the slow lane, and with it what waits from the same sender.
The slow lane's own child reads one at a time and is looked at now and then, so that mails made to be slow delay the
others by a moment only.
"""

from collections import deque
from time import monotonic

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
    """Reads one mail at a time while its caller does other things."""

    def __init__(self, parser):
        self._parser = parser
        self._row, self._ends = None, 0

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
        return row, answer or TIMED_OUT

    def _begin(self, row):
        if row is None:
            # Slow mails are rare: their child goes when there are none.
            self._parser.stop()
            return False
        self._parser.ask([request_for(row)])
        self._row, self._ends = row, monotonic() + SLOW_SECONDS
        return True


def request_for(row):
    """Return the parser's request for a row."""
    return {
        "sha256": row.sha256,
        "envelope_from": row.envelope_from,
        "received_at": row.received_at.isoformat(),
    }
