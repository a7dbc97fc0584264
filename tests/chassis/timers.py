"""The timers of eventlet, which run while somebody waits."""

import eventlet

#: Seconds within which what is due must have happened.
PATIENCE = 5


def until(condition):
    """Let the timers run until something is so."""
    with eventlet.Timeout(PATIENCE):
        while not condition():
            eventlet.sleep(0)
