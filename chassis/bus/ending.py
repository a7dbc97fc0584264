"""How a process ends: in bounded time, as nameko would wait for its workers for ever, or because a thread has ended."""

import logging

import eventlet

logger = logging.getLogger(__name__)


def ends_with(thread, ended):
    """End the process when a green thread ends that has to last, so that it is started anew instead of standing idle.

    :param thread: eventlet's.
    :param ended: event for which the process waits; it gets the exit code.
    """
    thread.link(lambda _: ended.ready() or ended.send(1))


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
