"""One connection to the broker that is kept up: read in a thread of its own and opened again when it falls.

The thread is native in the gateway and green in services. Others write to the connection at any time, which
py-amqp allows (5.4.2, a lock around its frame buffer); nobody else reads, for which `methods` is there.
"""

import logging
import threading
from contextlib import suppress
from time import monotonic

from amqp import spec
from amqp.transport import SSLTransport

from chassis.bus.rabbit.connecting import HEARTBEAT_SECONDS, connect
from chassis.bus.rabbit.methods import open_channel, publish
from chassis.bus.rabbit.ownership import claim
from chassis.bus.rabbit.tls import SharedTLS
from chassis.bus.rabbit.writes import GatheredWrites

logger = logging.getLogger(__name__)

#: Seconds for which nothing may come before the link looks up, and for which the broker may take nothing of a write.
SOCKET_SECONDS = 5
#: Seconds between two signs of life, while the broker gives some of its own.
TICK_SECONDS = 2
#: Signs of life that are sent for each heartbeat that was promised: on a busy machine they are seconds late.
SIGNS = 4
#: Bytes read at once, where so many have arrived.
READ_AHEAD = 16_384
#: Seconds between two attempts to connect: first, longest. A connection that outlasts the longest begins them anew.
BACK_OFF_SECONDS = (0.1, 1.0)
#: Seconds for the broker to take in what was written last, when the link is closed.
CLOSE_SECONDS = 3


class Link:
    """Keeps one connection up.

    :param uri: `amqp://user:password@host:port/vhost`, or `amqps://`, where the system must trust the certificate.
    :param name: shown by the broker beside the connection.
    :param opened: called in the thread with each new `amqp.Connection`, to declare and to consume.
    :param lost: called in the thread when a connection has fallen.
    :param is_green: all threads are green ones, so that writes can be gathered.
    :param installation_id: as of `RpcClient.connect`.
    :param ticked: called in the thread every few seconds of a connection; it reads nothing.
    """

    def __init__(self, uri, name, opened, lost=lambda: None, is_green=False, installation_id=None, ticked=lambda: None):
        self._uri = uri
        self._installation_id = installation_id
        self._name = name
        self._opened = opened
        self._lost = lost
        self._ticked = ticked
        self._is_green = is_green
        self._connection = None
        self._ended = threading.Event()
        self._is_reported = False
        self._up_since = None
        self.up = threading.Event()
        #: Whether the broker has no room, on disk or in memory, and reads nothing until it has.
        self.is_blocked = False
        self.down_since = monotonic()
        #: When something last came from the broker.
        self.heard_at = monotonic()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self):
        """Begin to connect."""
        self._thread.start()

    def close(self):
        """Close the connection once the broker has taken in what was written, and connect no more."""
        self._ended.set()
        connection = self._connection
        if connection is not None:
            try:
                connection.send_method(spec.Connection.Close, "BsBB", (0, "", 0, 0))
            except Exception:
                logger.debug("The connection fell before it could be closed.", exc_info=True)
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(CLOSE_SECONDS)

    def _run(self):
        pause, longest = BACK_OFF_SECONDS
        while not self._ended.is_set():
            self._up_since = None
            try:
                self._keep_one_connection()
            except Exception as error:
                # Nothing that a broker or a network does may end this thread.
                self._report(error)
            if self._up_since is not None and monotonic() - self._up_since > longest:
                pause = BACK_OFF_SECONDS[0]
            if self._ended.wait(pause):
                return
            pause = min(pause * 2, longest)

    def _keep_one_connection(self):
        self.is_blocked = False
        connection = connect(self._uri, self._name, HEARTBEAT_SECONDS, self._note_blocked)
        try:
            stream = _shared(connection.transport)
            if self._is_green:
                connection.transport._write = GatheredWrites(stream).write
            if self._installation_id:
                claim(connection, self._installation_id)
            self._opened(connection)
            channel = open_channel(connection)
            _ask_for_room(channel)
            self._connection = connection
            self._is_reported = False
            self._up_since = monotonic()
            self.up.set()
            self._read(connection, channel)
        finally:
            if self.up.is_set():
                self.up.clear()
                self.down_since = monotonic()
            self._connection = None
            try:
                connection.collect()
            finally:
                self._lost()

    def _read(self, connection, channel):
        next_tick = monotonic() + TICK_SECONDS
        while connection.connected:
            with suppress(TimeoutError):
                frame = connection.transport.read_frame()
                self.heard_at = monotonic()
                connection.on_inbound_frame(frame)
            if monotonic() >= next_tick:
                connection.heartbeat_tick(SIGNS)
                if not self.is_blocked:
                    _ask_for_room(channel)
                self._ticked()
                next_tick = monotonic() + TICK_SECONDS

    def is_ready(self):
        """Whether the connection is up, and the broker takes what is written."""
        return self.up.is_set() and not self.is_blocked

    def _note_blocked(self, is_blocked):
        self.is_blocked = is_blocked
        if is_blocked:
            logger.warning("%s: the broker has no room and takes nothing; look at its disk and memory.", self._name)

    def _report(self, error):
        if not self._is_reported and not self._ended.is_set():
            self._is_reported = True
            logger.warning("%s has no connection to the broker: %s", self._name, repr(error))


def _ask_for_room(channel):
    """Publish what goes nowhere: that it has no room the broker tells only who publishes something meanwhile."""
    publish(channel, "", "", b"")


def _shared(transport):
    """Have a transport read by one thread and written to by others; return what is written to.

    It takes what has arrived at once: py-amqp asks six times for one small message.
    """
    if isinstance(transport, SSLTransport):
        # py-amqp shuts and closes what it takes for its socket; the end of TLS itself is not worth waiting for.
        stream = transport.sock = SharedTLS(transport.sock, SOCKET_SECONDS)
        transport._shutdown_transport = lambda: None
        receive, transport._write = stream.read, stream.sendall
    else:
        stream = transport.sock
        stream.settimeout(SOCKET_SECONDS)
        receive = stream.recv
    transport._quick_recv = lambda wanted: receive(max(wanted, READ_AHEAD))
    return stream
