"""gunicorn's worker with threads, and what it lacks: patience that ends, and refusals in our own form.

A thread reads a request as long as it comes. Sixteen clients that send half of one and then nothing would have all
the threads, and nobody else an answer.
"""

from contextlib import contextmanager, suppress
from http import HTTPStatus
from socket import SHUT_WR
from time import monotonic

from flask import json
from gunicorn.http import errors
from gunicorn.util import write_nonblock
from gunicorn.workers.gthread import ThreadWorker

from chassis.ids import new_id
from gateway.problems import CODES, DETAILS, TooSlow

#: Bytes a second that a request must bring beyond the patience for it: a photo over a bad mobile connection does.
SLOWEST_RATE = 16_000
#: Seconds for which a client may take nothing of what is sent to it at once.
SENDING_SECONDS = 30

#: Seconds for a client to close after its last answer, in a thread. gunicorn gives two, in the one thread that every
#: request passes through.
LEAVING_SECONDS = 0.3
READ_AWAY = 65_536

#: What is no request and has a status of its own; the rest is 400.
_STATUSES = {
    errors.LimitRequestLine: 414,
    errors.LimitRequestHeaders: 431,
    errors.UnsupportedTransferCoding: 501,
    TooSlow: 408,
}
#: What gunicorn calls a parsing error and is a fault of the server's side.
_OURS = (errors.ConfigurationProblem, errors.InvalidResponseHeader, errors.InvalidResponseHeaderName)


class Worker(ThreadWorker):
    """The worker; `--worker-class gateway.worker.Worker`."""

    #: Seconds from the first byte of a request to its last, and more the more it brings.
    patience_seconds = 10

    def handle(self, conn):
        """Answer one request of a connection; called in a thread."""
        if not isinstance(conn.sock, HastySocket):
            conn.sock = HastySocket(conn.sock, self.patience_seconds)
        conn.sock.begin()
        outcome = super().handle(conn)
        if outcome is False:
            conn.sock.take_leave()
        return outcome

    def handle_error(self, req, client, addr, exc):
        """Answer what is no request, as problem+json (RFC 9457)."""
        if isinstance(exc, _OURS) or not isinstance(exc, (errors.ParseException, TooSlow)):
            super().handle_error(req, client, addr, exc)
            return
        self.log.warning("No request from %s: %r", addr[0] if addr else "?", exc)
        try:
            write_nonblock(client, _refusal(_STATUSES.get(type(exc), 400)))
        except OSError:
            self.log.debug("Whoever sent no request did not wait for its refusal.")


class HastySocket:
    """A socket that waits for a request no longer than it is given, and is otherwise the socket that it wraps.

    Where gunicorn has set a timeout of its own, as for what comes after an answer, that one counts.
    :param patience: seconds.
    """

    def __init__(self, wrapped, patience):
        self._wrapped = wrapped
        self._patience = patience
        self._has_left = False
        self.begin()

    def __getattr__(self, name):
        return getattr(self._wrapped, name)

    def begin(self):
        """Count anew, from the first that is read of the next request."""
        self._began, self._received = None, 0

    def recv(self, size):
        """Return what has come of the request.

        :raises TooSlow: it takes too long.
        """
        if self._has_left:
            return b""
        if self._wrapped.gettimeout() is not None:
            return self._wrapped.recv(size)
        self._began = self._began or monotonic()
        left = self._began + self._patience + self._received / SLOWEST_RATE - monotonic()
        if left <= 0:
            raise TooSlow
        try:
            with self._waiting(left):
                received = self._wrapped.recv(size)
        except TimeoutError:
            raise TooSlow from None
        self._received += len(received)
        return received

    def sendall(self, data):
        """Send a part of an answer.

        :raises TimeoutError: nobody takes it.
        """
        if self._wrapped.gettimeout() is not None:
            self._wrapped.sendall(data)
            return
        with self._waiting(SENDING_SECONDS):
            self._wrapped.sendall(data)

    def take_leave(self):
        """End the connection behind its last answer, which a client that still sends might lose (RFC 9112, 9.6)."""
        ends = monotonic() + LEAVING_SECONDS
        with suppress(OSError):
            self._wrapped.shutdown(SHUT_WR)
            while (left := ends - monotonic()) > 0:
                self._wrapped.settimeout(left)
                if not self._wrapped.recv(READ_AWAY):
                    break
        self._has_left = True

    @contextmanager
    def _waiting(self, seconds):
        self._wrapped.settimeout(seconds)
        try:
            yield
        finally:
            self._wrapped.settimeout(None)


def _refusal(status):
    """Return a whole answer, for what never came as far as the application."""
    title = HTTPStatus(status).phrase
    problem = {"type": "about:blank", "title": title, "status": status, "code": CODES.get(status, f"http_{status}")}
    problem |= {"detail": DETAILS.get(status, ""), "request_id": str(new_id())}
    body = json.dumps(problem).encode()
    head = (
        f"HTTP/1.1 {status} {title}\r\nConnection: close\r\nContent-Type: application/problem+json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
