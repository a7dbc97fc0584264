"""TLS to the broker for a thread that reads and others that write.

OpenSSL lets one thread at a time touch a connection, and CPython 3.11 does not see to that (python/cpython#76714).
So the socket never blocks within OpenSSL: whoever has to wait does so outside the lock, and the others go on.
"""

import os
import selectors
import socket
import threading
from contextlib import contextmanager, suppress
from ssl import SSLWantReadError, SSLWantWriteError


class SharedTLS:
    """A TLS socket after its handshake; one thread writes at a time, as py-amqp sees to.

    :param tls_socket: `ssl.SSLSocket`, native or green; closed by this object alone.
    :param patience: seconds to wait for the peer.
    """

    def __init__(self, tls_socket, patience):
        tls_socket.setblocking(False)
        self._socket = tls_socket
        self._patience = patience
        self._touching = threading.Lock()
        self._users = 0
        self._is_shut = False

    def read(self, wanted):
        """Return what has come, at the most so many bytes; none at the end.

        :raises TimeoutError: nothing comes.
        :raises OSError: the connection is broken, or shut by us.
        """
        return self._attempted(lambda: self._socket.read(wanted))

    def sendall(self, data):
        """Write all of something.

        :raises OSError: it cannot be written, or nobody takes it; then nothing else can be, for half a frame makes
            nonsense of whatever follows it.
        """
        left = memoryview(data)
        try:
            while left:
                left = left[self._attempted(lambda left=left: self._socket.write(left)) :]
        except OSError:
            self.shutdown()
            raise

    def shutdown(self, _how=socket.SHUT_RDWR):
        """End the connection beneath TLS, for whoever reads, writes or waits to notice."""
        with self._touching:
            if self._is_shut:
                return
            self._is_shut = True
            # `SSLSocket.shutdown` would take the TLS away from under whoever is about to come back to it.
            with suppress(OSError), socket.socket(fileno=os.dup(self._socket.fileno())) as beneath:
                beneath.shutdown(socket.SHUT_RDWR)
            self._close_if_left()

    close = shutdown

    def _attempted(self, attempt):
        with self._among_users():
            while True:
                try:
                    with self._touching:
                        self._refuse_if_shut()
                        return attempt()
                except SSLWantReadError:
                    awaited = selectors.EVENT_READ
                except SSLWantWriteError:
                    awaited = selectors.EVENT_WRITE
                with selectors.DefaultSelector() as selector:
                    selector.register(self._socket, awaited)
                    if not selector.select(self._patience):
                        raise TimeoutError("the peer neither sends nor takes anything")

    @contextmanager
    def _among_users(self):
        """Keep the descriptor open meanwhile: who waits for one that is closed waits in vain."""
        with self._touching:
            self._refuse_if_shut()
            self._users += 1
        try:
            yield
        finally:
            with self._touching:
                self._users -= 1
                self._close_if_left()

    def _refuse_if_shut(self):
        if self._is_shut:
            raise ConnectionAbortedError("the connection is shut")

    def _close_if_left(self):
        if self._is_shut and not self._users:
            self._socket.close()
