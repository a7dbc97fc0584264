"""Where facts wait in the process until one of the few places for handling them is free.

Calls go first, because somebody waits for each: meanwhile facts are let in one by one, with a rest after each,
so that they have a share of the process and no more. Without that, ten facts that follow from one new ticket
stand in the way of the next person's.
"""

from collections import deque
from functools import partial
from time import monotonic

import eventlet

#: Seconds without a call after which facts have all their places again.
CALM_SECONDS = 0.05
#: Of the time in which calls are answered, what handling facts may take.
SHARE = 0.2
#: Seconds of rest after a fact at the longest.
LONGEST_REST = 1.0
#: Facts in one transaction of ours at the most.
MOST_AT_ONCE = 8


class CallsInHand:
    """The calls that a process answers, whichever service is asked; `with` it, facts give way to one more."""

    def __init__(self):
        self._count = 0
        self._ended_at = -CALM_SECONDS

    @property
    def are_there(self):
        """Whether calls are being answered, or were a moment ago."""
        return self._count > 0 or monotonic() - self._ended_at < CALM_SECONDS

    def __enter__(self):
        self._count += 1

    def __exit__(self, *exception):
        self._count -= 1
        self._ended_at = monotonic()


#: One for the process: in embedded mode all services share it.
CALLS = CallsInHand()


class Intake:
    """Hands facts to the listeners of a service, as many at once as its share of the connections allows.

    :param member: `RunningService`; its `hear` handles the facts of one transaction, its `park` one fact.
    :param places: transactions at once, while nobody waits for an answer.
    :param calls: `CallsInHand` that facts give way to.
    """

    def __init__(self, member, places, calls=CALLS):
        self._member = member
        self._calls = calls
        self._places = places
        self._waiting = deque()
        self._taken = 0
        self._rests = False
        self._is_coming = False
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
        if not self._is_coming:
            # Not at once: those committed with it come right behind it.
            self._is_coming = True
            eventlet.spawn_n(self._admit)

    def _admit(self):
        self._is_coming = False
        self._let_in()

    def _let_in(self):
        while self._is_open and self._waiting and not self._rests and self._taken < self._places_now():
            self._taken += 1
            letter, is_suspect, done = self._waiting.popleft()
            if is_suspect:
                self._member.park(letter, partial(self._leave, [done], monotonic()))
            else:
                letters, dones = self._with_its_transaction(letter, done)
                self._member.hear(letters, partial(self._leave, dones, monotonic()))

    def _with_its_transaction(self, letter, done):
        """Return a letter and those right behind it that the teller committed at once, and all their `done`."""
        letters, dones = [letter], [done]
        while self._waiting and len(letters) < MOST_AT_ONCE:
            following, is_suspect, its_done = self._waiting[0]
            if is_suspect or not following.is_of_one_transaction_with(letter):
                break
            self._waiting.popleft()
            letters.append(following)
            dones.append(its_done)
        return letters, dones

    def _places_now(self):
        return 1 if self._calls.are_there else self._places

    def _leave(self, dones, began):
        self._taken -= 1
        for done in dones:
            done()
        if self._calls.are_there and not self._rests:
            self._rests = True
            seconds = (monotonic() - began) * (1 / SHARE - 1)
            eventlet.spawn_after(min(seconds, LONGEST_REST), self._end_rest)
        self._let_in()

    def _end_rest(self):
        self._rests = False
        self._let_in()
