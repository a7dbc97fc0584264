"""`/livez`, `/readyz` and `/metrics` of a service process, on the loopback interface."""

import logging
from http import HTTPStatus

import eventlet
from eventlet import wsgi

from chassis.health import READY, page

logger = logging.getLogger(__name__)


class Health:
    """A small HTTP server in a green thread.

    :param port: to listen on, 0 for any.
    :param problem: function that returns what keeps the process from being ready, or `None`.
    """

    def __init__(self, port, problem):
        self._problem = problem
        self._socket = eventlet.listen(("127.0.0.1", port))
        self.port = self._socket.getsockname()[1]

    def start(self):
        """Serve until the process ends."""
        eventlet.spawn(wsgi.server, self._socket, self._answer, log=logger, log_output=False, keepalive=False)

    def _answer(self, environment, start_response):
        path = environment["PATH_INFO"]
        status, body, kind = page(path, self._problem() if path == READY else None)
        start_response(
            f"{status} {HTTPStatus(status).phrase}", [("Content-Type", kind), ("Content-Length", str(len(body)))]
        )
        return [body]
