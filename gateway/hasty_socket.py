"""A socket whose patience ends: with who sends half a request, takes nothing of an answer, or stays after the last."""

from contextlib import contextmanager, suppress
from socket import MSG_DONTWAIT, MSG_PEEK, SHUT_WR
from time import monotonic

from gateway.problems import TooSlow

#: Seconds from the first byte of a request to its last, and more the more it brings.
PATIENCE_SECONDS = 10
#: Seconds to wait for who takes an answer, and more the more they have taken.
SENDING_SECONDS = 30
#: Bytes a second that a request must bring, or that are taken of an answer, beyond the patience for it: a photo over a
#: bad mobile connection does.
SLOWEST_RATE = 16_000
#: Seconds for a client to close after its last answer, in a thread. gunicorn gives two, in the one thread that every
#: request passes through.
LEAVING_SECONDS = 0.3
READ_AWAY = 65_536


class HastySocket:
    """A socket that waits for a request no longer than it is given, and is otherwise the socket that it wraps.

    Where gunicorn has set a timeout of its own, as for what comes after an answer, that one counts.

    :param patience: seconds.
    :param slow: semaphore, of which a request takes one that comes, or whose answer goes, slowly for longer.
    """

    def __init__(self, wrapped, patience, slow):
        self._wrapped = wrapped
        self._patience = patience
        self._slow = slow
        self._is_slow = False
        self._has_left = False
        self.begin()

    def __getattr__(self, name):
        return getattr(self._wrapped, name)

    def begin(self):
        """Count anew, from the first that is read of the next request."""
        self._began, self._received = None, 0
        self._sent, self._waited = 0, 0.0

    def end(self):
        """Leave it to others to be slow, once a request is answered."""
        if self._is_slow:
            self._is_slow = False
            self._slow.release()

    def recv(self, size):
        """Return what has come of the request.

        :raises TooSlow: it takes too long.
        """
        if self._has_left:
            return b""
        if self._wrapped.gettimeout() is not None:
            return self._wrapped.recv(size)
        self._began = self._began or monotonic()
        quick = self._began + self._patience - monotonic()
        try:
            received = self._within(quick, self._received / SLOWEST_RATE, lambda: self._wrapped.recv(size))
        except TimeoutError:
            raise TooSlow from None
        self._received += len(received)
        return received

    def peek(self, size):
        """Return at once what is there to be received: nothing is `b""` only at the end, and `None` before it."""
        try:
            return self._wrapped.recv(size, MSG_PEEK | MSG_DONTWAIT)
        except OSError:
            return None

    def sendall(self, data):
        """Send a part of an answer.

        :raises TimeoutError: it is taken too slowly, or not at all.
        """
        if self._wrapped.gettimeout() is not None:
            self._wrapped.sendall(data)
            return
        left = memoryview(data)
        while left:
            left = left[self._sent_of(left) :]

    def _sent_of(self, piece):
        """Send what is taken of a piece; return how many bytes that is."""
        began, quick = monotonic(), SENDING_SECONDS - self._waited
        sent = self._within(quick, self._sent / SLOWEST_RATE, lambda: self._wrapped.send(piece))
        self._sent += sent
        self._waited += monotonic() - began
        return sent

    def _within(self, quick, more, operation):
        """Return what an operation of the wrapped socket returns.

        :param quick: seconds that are left for it.
        :param more: seconds beyond, for those whose slowness can be borne.
        :raises TimeoutError: it took longer.
        """
        if quick > 0:
            with suppress(TimeoutError), self._waiting(quick):
                return operation()
        more += min(quick, 0)
        if more <= 0 or not self._may_be_slow():
            raise TimeoutError("it comes, or is taken, too slowly")
        with self._waiting(more):
            return operation()

    def _may_be_slow(self):
        self._is_slow = self._is_slow or self._slow.acquire(blocking=False)
        return self._is_slow

    def take_leave(self, seconds=LEAVING_SECONDS):
        """End the connection behind its last answer, which a client that still sends might lose (RFC 9112, 9.6)."""
        ends = monotonic() + seconds
        with suppress(OSError):
            self._wrapped.shutdown(SHUT_WR)
            while (left := ends - monotonic()) > 0:
                self._wrapped.settimeout(left)
                if not self._wrapped.recv(READ_AWAY):
                    break
        self._has_left = True

    def turn_away(self, answer):
        """Answer what nobody has read, and end the connection without waiting for anybody.

        :param answer: whole, as bytes.
        """
        with suppress(OSError):
            self._wrapped.setblocking(False)
            self._wrapped.send(answer)
            self._wrapped.shutdown(SHUT_WR)
            # Where something is left unread, the kernel ends the connection so that the answer may be lost.
            self._wrapped.recv(READ_AWAY)
        self._has_left = True

    @contextmanager
    def _waiting(self, seconds):
        self._wrapped.settimeout(seconds)
        try:
            yield
        finally:
            self._wrapped.settimeout(None)
