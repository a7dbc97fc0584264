"""`/livez`, `/readyz` and `/metrics` of a service process, on the loopback interface."""

import logging

import eventlet
from eventlet import wsgi

from chassis import metrics

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
        status, body, kind = self._page(environment["PATH_INFO"])
        start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
        return [body]

    def _page(self, path):
        if path == "/livez":
            return "200 OK", b"alive\n", "text/plain"
        if path == "/readyz":
            problem = self._problem()
            if problem:
                return "503 Service Unavailable", f"{problem}\n".encode(), "text/plain"
            return "200 OK", b"ready\n", "text/plain"
        if path == "/metrics":
            body, kind = metrics.exposition()
            return "200 OK", body, kind
        return "404 Not Found", b"not found\n", "text/plain"
