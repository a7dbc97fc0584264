"""The gateway's worker with other patience, and applications that are made at once, for tests."""

import threading

from chassis.health import METRICS, page
from gateway.__main__ import THREADS
from gateway.worker import Worker

_held = []
_let_go = threading.Event()


class Hasty(Worker):
    """Waits a second for a request."""

    patience_seconds = 1


class Prompt(Worker):
    """Has a request wait a second for a thread."""

    waiting_seconds = 1


class Patient(Worker):
    """Has a request wait for a thread for longer than any test."""

    waiting_seconds = 600


class Crowded(Worker):
    """Takes twenty connections at once."""

    connections = 20

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.worker_connections = self.connections


class Full(Crowded):
    """Takes one connection more than it has threads."""

    connections = int(THREADS) + 1


def alive(_environ, start_response):
    """Answer that all is well, whatever is asked."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"alive"]


def holding(environ, start_response):
    """Hold whoever comes, but for those who ask how it is, until `/readyz` is asked, which says how many that were."""
    path = environ["PATH_INFO"]
    if path == "/readyz":
        _let_go.set()
    elif path != "/livez":
        _held.append(path)
        _let_go.wait(60)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [page(METRICS)[1] if path == METRICS else str(len(_held)).encode()]
