"""Where facts wait in the process until one of the few places for handling them is free."""

from collections import deque


class Intake:
    """Lets as many facts at once to the listeners of a service as its share of connections bears.

    :param member: `RunningService`; its `hear` and `park` handle one fact.
    :param places: facts handled at once.
    """

    def __init__(self, member, places):
        self._member = member
        self._places = places
        self._waiting = deque()
        self._taken = 0
        self._is_open = False

    def open(self):
        """Let in what waits, and what comes."""
        self._is_open = True
        self._let_in()

    def close(self):
        """Let nobody in any more; what waits is forgotten, since whoever brought it brings it again."""
        self._is_open = False
        self._waiting.clear()

    def hand_over(self, letter, is_suspect, done):
        """Hand a fact over; `done()` is called once its outcome is stored.

        :param is_suspect: it is put aside, to be tried alone.
        """
        self._waiting.append((letter, is_suspect, done))
        self._let_in()

    def _let_in(self):
        while self._is_open and self._waiting and self._taken < self._places:
            letter, is_suspect, done = self._waiting.popleft()
            self._taken += 1
            take = self._member.park if is_suspect else self._member.hear
            take(letter, lambda done=done: self._leave(done))

    def _leave(self, done):
        self._taken -= 1
        done()
        self._let_in()
