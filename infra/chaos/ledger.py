"""The clients' own books: what they have sent, what was accepted, what they wait for just now."""

import threading
from contextlib import contextmanager


class Ledger:
    """What was attempted and accepted, by kind of input; shared by all clients.

    `accepted` holds `{kind: [mark]}`, an input once, when its acceptance was heard; `refused` holds what was
    refused for good or given up, which is a fault of the desk or of this tool.
    """

    def __init__(self):
        self.attempts = 0
        self.in_hand = 0
        self.accepted = {}
        self.refused = []
        self._lock = threading.Lock()

    @contextmanager
    def sending(self):
        """Count an input as in flight from its first try until it is accepted or given up."""
        with self._lock:
            self.in_hand += 1
        try:
            yield
        finally:
            with self._lock:
                self.in_hand -= 1

    def tried(self):
        """Count one attempt."""
        with self._lock:
            self.attempts += 1

    def accept(self, kind, mark):
        """Note an accepted input."""
        with self._lock:
            self.accepted.setdefault(kind, []).append(mark)

    def refuse(self, kind, mark, why):
        """Note an input that was refused for good."""
        with self._lock:
            self.refused.append((kind, mark, why))

    def count(self, kind):
        """Return how many inputs of a kind were accepted."""
        return len(self.accepted.get(kind, ()))

    def total(self):
        """Return how many inputs were accepted."""
        return sum(map(len, self.accepted.values()))
