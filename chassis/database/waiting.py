"""How long a connection waits for a server that says nothing: it is frozen, or the network between is gone.

The kernel of a frozen server goes on acknowledging, so no keepalive notices; libpq alone would wait for ever.
"""

import select
from time import monotonic

import psycopg2
from psycopg2 import extensions

#: Seconds for a connection to be made.
CONNECT_SECONDS = 3


class Silent(psycopg2.OperationalError):
    """The server did not answer in time. Its connection is closed; what it was told may be done all the same."""

    def __init__(self):
        super().__init__("the server did not answer in time")


def wait_at_most(seconds, connecting=CONNECT_SECONDS, until_ready=None):
    """Have all connections of this process wait so long for the answer to what they send, and then raise `Silent`.

    :param seconds: for one text, all its statements.
    :param connecting: seconds for a connection to be made.
    :param until_ready: function `(file number, is for writing, moment)` that waits for a socket and raises `Silent`
        when it is not ready by that moment of `monotonic()`; it blocks the thread unless given.
    """
    until_ready = until_ready or _until_ready

    def wait(connection):
        ends = monotonic() + (connecting if connection.status == extensions.STATUS_SETUP else seconds)
        while (state := connection.poll()) != extensions.POLL_OK:
            until_ready(connection.fileno(), state == extensions.POLL_WRITE, ends)

    extensions.set_wait_callback(wait)


def _until_ready(number, is_for_writing, ends):
    poll = select.poll()
    poll.register(number, select.POLLOUT if is_for_writing else select.POLLIN)
    if not poll.poll(max(0, ends - monotonic()) * 1000):
        raise Silent
