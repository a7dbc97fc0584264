"""An end with a bound: nameko waits for its workers without one."""

import logging

import eventlet

logger = logging.getLogger(__name__)


def ended_within(seconds, endings):
    """Run functions side by side and wait for them; return whether all returned in time.

    :param seconds: to wait at the most; what has not returned then is left to the end of the process.
    """
    threads = [eventlet.spawn(ending) for ending in endings]
    try:
        with eventlet.Timeout(seconds):
            for thread in threads:
                thread.wait()
    except eventlet.Timeout:
        logger.warning("Some work did not end within %s s; it is done again after the next start.", seconds)
        return False
    return True
