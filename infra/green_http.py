"""eventlet's HTTP server, and what it lacks: patience that ends, and room while others rest.

It gives a green thread to a connection as long as it is open, and takes no more connections than it has threads.
"""

import io

import eventlet
from eventlet import greenio, wsgi

from gateway import problems
from gateway.hasty_socket import PATIENCE_SECONDS, HastySocket

#: Seconds for which a connection may rest before its next request, as gunicorn is told, too.
KEEP_ALIVE_SECONDS = 30
#: Connections at once; beyond them the one that has rested longest is closed. A process may open 1,024 files.
PLACES = 500
#: Bytes of a line between chunks.
LONGEST_LINE = 8190


def serve(listening, app, places):
    """Answer requests until the green thread is killed.

    :param listening: socket.
    :param app: Flask application.
    :param places: `Places` for its connections; whoever ends the server waits for them.
    """
    app.register_error_handler(wsgi.ChunkReadError, problems.of_parsing)
    # Without the word that a body ends by itself Werkzeug reads none that comes in chunks.
    environ = {"wsgi.input_terminated": True}
    wsgi.server(listening, app, environ=environ, protocol=Connection, custom_pool=places, log_output=False, debug=False)


class Connection(wsgi.HttpProtocol):
    """A connection that waits for a request as gunicorn's worker does (`gateway.worker`)."""

    patience_seconds = PATIENCE_SECONDS
    keep_alive_seconds = KEEP_ALIVE_SECONDS

    def setup(self):
        """Read and write through a hasty socket."""
        super().setup()
        self.rfile.close()
        self.wfile.close()
        self._hasty = HastySocket(self.connection, self.patience_seconds)
        self.rfile = io.BufferedReader(_Bytes(self._hasty))
        self.wfile = io.BufferedWriter(_Bytes(self._hasty), self.wbufsize)

    def handle_one_request(self):
        """Wait for a request and answer it."""
        if not self._has_come():
            self.close_connection = True
            return
        self.conn_state[2] = wsgi.STATE_REQUEST
        self._hasty.begin()
        try:
            super().handle_one_request()
        except problems.TooSlow:
            self.close_connection = True
            self.wfile.write(problems.whole_answer(408))
            self.wfile.flush()
            self._hasty.take_leave()

    def get_environ(self):
        """Return what the application gets."""
        environ = super().get_environ()
        environ["wsgi.input"].rfile = _ShortLines(self.rfile)
        return environ

    def _has_come(self):
        """Whether a request begins before the connection has rested too long."""
        self.connection.settimeout(self.keep_alive_seconds)
        try:
            return bool(self.rfile.peek(1))
        except OSError:
            return False
        finally:
            self.connection.settimeout(None)


class Places(eventlet.GreenPool):
    """Green threads for connections; where all are taken, the one that has been open and at rest longest makes room."""

    def __init__(self, size):
        super().__init__(size)
        self._taken = {}

    def spawn(self, function, connection):
        """Serve a connection, `[address, socket, state]`."""
        if self.free() <= 0:
            # Whoever has sent something by now is not at rest.
            eventlet.sleep(0)
            self._make_room()
        thread = super().spawn(function, connection)
        self._taken[thread] = connection
        thread.link(self._taken.pop)
        return thread

    def _make_room(self):
        for _, connected, state in self._taken.values():
            if state == wsgi.STATE_IDLE:
                greenio.shutdown_safe(connected)
                return


class _Bytes(io.RawIOBase):
    """The bytes of a hasty socket; after those that came too slowly there are no more."""

    def __init__(self, hasty):
        self._hasty = hasty
        self._has_ended = False

    def readable(self):
        return True

    def writable(self):
        return True

    def readinto(self, buffer):
        if self._has_ended:
            return 0
        try:
            received = self._hasty.recv(len(buffer))
        except problems.TooSlow:
            self._has_ended = True
            raise
        buffer[: len(received)] = received
        return len(received)

    def write(self, data):
        self._hasty.sendall(data)
        return len(data)


class _ShortLines:
    """A file whose lines do not go on for ever."""

    def __init__(self, file):
        self._file = file
        self.read = file.read

    def readline(self, size=LONGEST_LINE):
        line = self._file.readline(size)
        if len(line) == LONGEST_LINE:
            raise wsgi.ChunkReadError
        return line
