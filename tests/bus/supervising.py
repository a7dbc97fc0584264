"""Processes of the desks under test: kept up, and asked how they are."""

import socket
import threading


class Supervisor:
    """Starts dead processes again until it is left; `deaths` counts them."""

    def __init__(self, desk, names, revive):
        self._desk = desk
        self._names = names
        self._revive = revive
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.deaths = 0

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exception):
        self._desk.await_ready()
        self._ended.set()
        self._thread.join()

    def _run(self):
        while not self._ended.wait(0.02):
            self.deaths += sum(self._revive(name) for name in self._names())


def page(port, path):
    """Return `(status, body)` of a page of a process's health server; status 0 where nobody answers."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
            with connection.makefile("rb") as stream:
                head, _, body = stream.read().partition(b"\r\n\r\n")
        return int(head.split()[1]), body.decode()
    except (OSError, IndexError):
        return 0, ""
