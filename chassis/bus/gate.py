"""A gate that many pass at once, or one alone: for a fact whose handling may have ended the process."""

import threading
from contextlib import contextmanager


class Gate:
    """Lets listeners through side by side, and a suspect only when nobody else is inside."""

    def __init__(self):
        self._changed = threading.Condition()
        self._inside = 0
        self._waiting_alone = 0

    @contextmanager
    def together(self):
        """Pass with others; wait while somebody is, or wants to be, alone."""
        with self._changed:
            while self._inside < 0 or self._waiting_alone:
                self._changed.wait()
            self._inside += 1
        try:
            yield
        finally:
            self._leave(1)

    @contextmanager
    def alone(self):
        """Pass when nobody is inside, and let nobody in meanwhile."""
        with self._changed:
            self._waiting_alone += 1
            while self._inside:
                self._changed.wait()
            self._waiting_alone -= 1
            self._inside = -1
        try:
            yield
        finally:
            self._leave(-1)

    def _leave(self, count):
        with self._changed:
            self._inside -= count
            self._changed.notify_all()


#: One for the process: in embedded mode a fact that ends it ends all services at once.
GATE = Gate()
