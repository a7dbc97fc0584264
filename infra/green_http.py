"""eventlet's HTTP server, and what it lacks: a strict parser, patience that ends, and room while others rest.

It gives a green thread to a connection as long as it is open, and takes no more connections than it has threads.
Requests are read by gunicorn's parser, as in the gateway's own process: eventlet's takes what a proxy may end elsewhere
(RFC 9112, 11.2).
"""

import io
import logging
from contextlib import contextmanager, suppress
from functools import partial
from http.client import HTTPMessage
from threading import BoundedSemaphore

import eventlet
from eventlet import greenio, wsgi
from gunicorn.config import Config
from gunicorn.http.errors import LimitRequestHeaders, ParseException
from gunicorn.http.message import Request
from gunicorn.http.unreader import SocketUnreader

from chassis import metrics
from chassis.health import LIVE, READY
from gateway import problems
from gateway.hasty_socket import PATIENCE_SECONDS, HastySocket
from gateway.http_syntax import LONGEST_FIRST_LINE, settle, status_of

logger = logging.getLogger(__name__)

#: Seconds for which a connection may rest before its next request, as gunicorn is told, too.
KEEP_ALIVE_SECONDS = 30
#: Connections at once; beyond them the one that has rested longest is closed.
PLACES = 500
#: Connections beyond those, where none of them rests: whoever watches the desk is answered, everybody else refused.
SPARE_PLACES = 20
#: Bytes of all that stands before a body at the most: so many times as there are places they are held at once.
LARGEST_HEAD = 65_536

_SYNTAX = Config()
_SYNTAX.set("limit_request_line", LONGEST_FIRST_LINE)
_SYNTAX.set("forwarded_allow_ips", "")


def serve(listening, app, places):
    """Answer requests until the green thread is killed.

    :param listening: socket.
    :param app: Flask application.
    :param places: `Places` for its connections; whoever ends the server waits for them.
    """
    app.register_error_handler(wsgi.ChunkReadError, problems.of_parsing)
    # Without the word that a body ends by itself Werkzeug reads none that comes in chunks.
    environ = {"wsgi.input_terminated": True}
    connection = partial(Connection, places)
    wsgi.server(listening, app, environ=environ, protocol=connection, custom_pool=places, log_output=False, debug=False)


class Connection(wsgi.HttpProtocol):
    """A connection that waits for a request as gunicorn's worker does (`gateway.worker`)."""

    patience_seconds = PATIENCE_SECONDS
    keep_alive_seconds = KEEP_ALIVE_SECONDS

    def __init__(self, places, *arguments):
        self._places = places
        super().__init__(*arguments)

    def setup(self):
        """Read and write through a hasty socket."""
        super().setup()
        self.wfile.close()
        self._hasty = HastySocket(self.connection, self.patience_seconds, self._places.slow)
        self._arriving = _Arriving(self._hasty)
        self.wfile = io.BufferedWriter(_Leaving(self._hasty), self.wbufsize)

    def handle_one_request(self):
        """Wait for a request and answer it."""
        if not self._has_come():
            self.close_connection = True
            return
        self.conn_state[2] = wsgi.STATE_REQUEST
        self._hasty.begin()
        try:
            super().handle_one_request()
        except (ParseException, problems.TooSlow) as error:
            self._refuse(status_of(error))
        finally:
            self._hasty.end()
        if self.close_connection:
            self._hasty.take_leave()

    def _read_request_line(self):
        """Read all that stands before a body; return the first line, empty where whoever began has gone."""
        try:
            with self._arriving.limited(LARGEST_HEAD):
                self._asked = Request(_SYNTAX, self._arriving, self.client_address)
        except OSError:
            return b""
        settle(self._asked)
        return f"{self._asked.method} {self._asked.uri}".encode("latin-1")

    def parse_request(self):
        """Take over what was read; return whether there is room for it."""
        asked = self._asked
        if self._places.are_taken and asked.path not in (LIVE, READY):
            self._refuse(503)
            logger.warning("No place is free for a request from %s.", self.client_address[0])
            metrics.REQUESTS.labels("unknown", 503).inc()
            return False
        self.requestline, self.command = f"{asked.method} {asked.uri}", asked.method
        self.path = f"{asked.path}?{asked.query}" if asked.query else asked.path
        self.request_version = "HTTP/{}.{}".format(*asked.version)
        self.close_connection = asked.should_close()
        self.headers = HTTPMessage()
        for name, value in asked.headers:
            # Whoever speaks HTTP/1.0 takes a word before the answer for the answer (RFC 9110, 10.1.1).
            if name != "EXPECT" or asked.version > (1, 0):
                self.headers[name] = value
        return True

    def get_environ(self):
        """Return what the application gets."""
        environ = super().get_environ()
        body = Body(self, self._asked.body, environ["wsgi.input"])
        environ["wsgi.input"] = environ["eventlet.input"] = body
        return environ

    def _has_come(self):
        """Whether a request begins before the connection has rested too long."""
        self.connection.settimeout(self.keep_alive_seconds)
        try:
            begun = self._arriving.read()
        except OSError:
            return False
        finally:
            self.connection.settimeout(None)
        self._arriving.unread(begun)
        return bool(begun)

    def _refuse(self, status):
        self.close_connection = True
        with suppress(OSError):
            self.wfile.write(problems.whole_answer(status))
            self.wfile.flush()


class Body(wsgi.Input):
    """The body of a request as gunicorn reads it, whether it has a length or comes in chunks.

    :param connection: `Connection`, which ends behind a body that has no end.
    :param read: gunicorn's `Body`.
    :param given: eventlet's, which says whether the client waits for a word before it sends the body.
    """

    def __init__(self, connection, read, given):
        super().__init__(read, None, connection.connection, given.wfile, given.wfile_line, chunked_input=True)
        self._connection = connection

    def _chunked_read(self, rfile, length=None, use_readline=False):
        if self.should_send_hundred_continue:
            self.send_hundred_continue_response()
            self.is_hundred_continue_response_sent = True
        try:
            return (rfile.readline if use_readline else rfile.read)(length)
        except ParseException as error:
            raise wsgi.ChunkReadError from error
        finally:
            if rfile.failed:
                self._connection.close_connection = True


class Places(eventlet.GreenPool):
    """Green threads for connections; where all are taken, the one that has been open and at rest longest makes room."""

    def __init__(self, count):
        super().__init__(count + SPARE_PLACES)
        self._count = count
        #: Half of them, for requests and answers that come or go slowly.
        self.slow = BoundedSemaphore(max(1, count // 2))
        self._taken = {}

    @property
    def are_taken(self):
        """Whether there are connections beyond the places."""
        return len(self._taken) > self._count

    def spawn(self, function, connection):
        """Serve a connection, `[address, socket, state]`."""
        if len(self._taken) >= self._count:
            # Whoever has sent something by now is not at rest.
            eventlet.sleep(0)
            self._make_room()
        thread = super().spawn(function, connection)
        self._taken[thread] = connection
        thread.link(self._taken.pop, None)
        return thread

    def _make_room(self):
        for thread, (_, connected, state) in self._taken.items():
            if state == wsgi.STATE_IDLE:
                greenio.shutdown_safe(connected)
                del self._taken[thread]
                return


class _Arriving(SocketUnreader):
    """What comes over a hasty socket."""

    def __init__(self, hasty):
        super().__init__(hasty)
        self._room = None

    @contextmanager
    def limited(self, size):
        """Take no more than so many bytes.

        :raises LimitRequestHeaders: there are more.
        """
        self._room = size
        yield
        self._room = None

    def chunk(self, size_hint=None):
        """Return what has come."""
        data = super().chunk(size_hint)
        if self._room is not None:
            self._room -= len(data)
            if self._room < 0:
                raise LimitRequestHeaders("more than a connection may hold")
        return data


class _Leaving(io.RawIOBase):
    """What is written to a hasty socket."""

    def __init__(self, hasty):
        self._hasty = hasty

    def writable(self):
        return True

    def write(self, data):
        self._hasty.sendall(data)
        return len(data)
