"""A load of HTTP requests over keep-alive connections, and the figures of one window.

Written on plain sockets: a full HTTP client would take more of the two cores than the desk it measures.
"""

import json
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Window:
    """The figures of one measured window.

    :param per_second: operations that succeeded, per second.
    :param p50_ms: median time of one, in milliseconds.
    :param p99_ms: 99th percentile.
    :param failed: operations that did not succeed.
    """

    per_second: float
    p50_ms: float
    p99_ms: float
    done: int
    failed: int


def window(operation, clients, seconds):
    """Run an operation by so many clients for so many seconds.

    :param operation: function of the client's number that returns a callable without arguments, which carries
        out one operation and returns whether it succeeded.
    :raises Exception: the first that an operation raised; whoever measures nothing has no figures.
    """
    times, failures, errors = [[] for _ in range(clients)], [0] * clients, []
    ready = threading.Barrier(clients + 1)
    ends = [0.0]

    def run(number):
        try:
            once = operation(number)
            ready.wait()
            ready.wait()
            while (begun := time.perf_counter()) < ends[0] and not errors:
                if once():
                    times[number].append(time.perf_counter() - begun)
                else:
                    failures[number] += 1
        except Exception as error:
            errors.append(error)
            ready.abort()

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(clients)]
    for thread in threads:
        thread.start()
    with suppress(threading.BrokenBarrierError):
        ready.wait()
        began = time.perf_counter()
        ends[0] = began + seconds
        ready.wait()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return figures([one for client in times for one in client], time.perf_counter() - began, sum(failures))


def in_turn(operations, seconds):
    """Carry out several operations by turns, by one client, for so many seconds; return `{name: Window}`.

    Each meets the caches as the others have left them. Per second counts an operation's own time alone.

    :param operations: `{name: function of the client's number}` as `window` takes them.
    :param seconds: of all turns together.
    :raises Exception: the first that an operation raised.
    """
    carriers = {name: operation(0) for name, operation in operations.items()}
    times, failures = {name: [] for name in carriers}, dict.fromkeys(carriers, 0)
    ends = time.perf_counter() + seconds
    while time.perf_counter() < ends:
        for name, once in carriers.items():
            begun = time.perf_counter()
            if once():
                times[name].append(time.perf_counter() - begun)
            else:
                failures[name] += 1
    return {name: figures(taken, sum(taken), failures[name]) for name, taken in times.items()}


def figures(times, took, failed):
    """Return the `Window` of the times of single operations, in seconds."""
    ordered = sorted(times)
    if not ordered:
        return Window(0.0, 0.0, 0.0, 0, failed)
    return Window(
        round(len(ordered) / took, 1),
        round(ordered[len(ordered) // 2] * 1000, 2),
        round(ordered[len(ordered) * 99 // 100] * 1000, 2),
        len(ordered),
        failed,
    )


class Connection:
    """One keep-alive connection to the gateway.

    :param port: on loopback.
    :param token: Bearer token.
    """

    def __init__(self, port, token=""):
        self._port = port
        self._headers = f"Host: 127.0.0.1:{port}\r\n" + (f"Authorization: Bearer {token}\r\n" if token else "")
        self._connect()

    def _connect(self):
        self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""

    def get(self, path):
        """Read something; return `(status, body)`."""
        return self._ask(f"GET {path} HTTP/1.1\r\n{self._headers}\r\n".encode())

    def post(self, path, body):
        """Send JSON; return `(status, body)`."""
        content = json.dumps(body).encode()
        head = (
            f"POST {path} HTTP/1.1\r\n{self._headers}Content-Type: application/json\r\n"
            f"Content-Length: {len(content)}\r\n\r\n"
        )
        return self._ask(head.encode() + content)

    def _ask(self, request):
        try:
            self._socket.sendall(request)
            return self._answer()
        except (ConnectionError, ValueError):
            self._connect()
            return 0, b""

    def _answer(self):
        received = self._rest
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._received()
        head = received[:end].decode("latin-1").lower()
        length = int(head.split("content-length:", 1)[1].split("\r\n", 1)[0]) if "content-length:" in head else 0
        while len(received) < end + 4 + length:
            received += self._received()
        self._rest = received[end + 4 + length :]
        return int(head.split(" ", 2)[1]), received[end + 4 : end + 4 + length]

    def _received(self):
        chunk = self._socket.recv(65536)
        if not chunk:
            raise ConnectionError("closed")
        return chunk
