"""TLS to the broker for a thread that reads and others that write.

OpenSSL lets one thread at a time touch a connection, and CPython 3.11 does not see to that (python/cpython#76714).
So the socket never blocks within OpenSSL: whoever has to wait does so outside the lock, and the others go on.
"""

import selectors
import threading
from ssl import SSLWantReadError, SSLWantWriteError


class SharedTLS:
    """A TLS socket after its handshake.

    :param tls_socket: `ssl.SSLSocket`, native or green.
    :param patience: seconds to wait for the peer.
    """

    def __init__(self, tls_socket, patience):
        tls_socket.setblocking(False)
        self._socket = tls_socket
        self._patience = patience
        self._touching = threading.Lock()
        self._writing = threading.Lock()

    def read(self, wanted):
        """Return what has come, at the most so many bytes; none at the end.

        :raises TimeoutError: nothing comes.
        """
        return self._attempted(lambda: self._socket.read(wanted))

    def sendall(self, data):
        """Write all of something, before anybody else writes.

        :raises TimeoutError: nobody takes it.
        """
        with self._writing:
            left = memoryview(data)
            while left:
                left = left[self._attempted(lambda left=left: self._socket.write(left)) :]

    def shutdown(self, how):
        """End the connection beneath, for whoever reads or writes to notice."""
        self._socket.shutdown(how)

    def _attempted(self, attempt):
        while True:
            try:
                with self._touching:
                    return attempt()
            except SSLWantReadError:
                awaited = selectors.EVENT_READ
            except SSLWantWriteError:
                awaited = selectors.EVENT_WRITE
            with selectors.DefaultSelector() as selector:
                selector.register(self._socket, awaited)
                if not selector.select(self._patience):
                    raise TimeoutError("the peer neither sends nor takes anything")
