"""Waiting for a condition: the one place in the tests where time passes."""

import threading
import time

#: Seconds between two looks.
PAUSE = 0.05
_BLOCKED = (
    "SELECT count(*) AS sessions FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def eventually(look, *, within=20.0, what="the condition"):
    """Call `look` until it gives something true; return that.

    :param look: function without arguments; an `AssertionError` in it counts as not yet.
    :param within: seconds at the most.
    :raises AssertionError: it never did; names the last refusal.
    """
    ends = time.monotonic() + within
    last = None
    while True:
        try:
            seen = look()
        except AssertionError as error:
            seen, last = None, error
        if seen:
            return seen
        if time.monotonic() > ends:
            raise AssertionError(f"{what} did not come within {within} s") from last
        threading.Event().wait(PAUSE)


def until_blocked(database):
    """Wait until one session of a `Database` waits for a lock that another one holds."""
    eventually(lambda: database.read(_BLOCKED)[0].sessions == 1, what="the second at the lock")
