"""gunicorn's worker with threads, and what it lacks: patience that ends, and refusals in our own form.

A thread reads a request as long as it comes. Sixteen clients that send half of one and then nothing would have all
the threads, and nobody else an answer. gunicorn gives one to a connection that has sent nothing, too, for five seconds.
"""

from functools import partial
from selectors import EVENT_READ
from time import monotonic

from gunicorn.util import write_nonblock
from gunicorn.workers.gthread import ThreadWorker

from gateway.hasty_socket import PATIENCE_SECONDS, HastySocket
from gateway.http_syntax import settle, status_of
from gateway.problems import whole_answer


class Worker(ThreadWorker):
    """The worker; `--worker-class gateway.worker.Worker`."""

    patience_seconds = PATIENCE_SECONDS

    def enqueue_req(self, conn):
        """Give a connection to a thread, once it has sent something: until then it is one of those that wait for it."""
        if conn.initialized or conn.data_ready:
            super().enqueue_req(conn)
            return
        conn.timeout = monotonic() + self.cfg.keepalive
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def _cap_keepalive(self, deadline):
        """Have those who have sent nothing hold the end up no longer than those who may send another request."""
        super()._cap_keepalive(deadline)
        for conn in self.pending_conns:
            conn.timeout = min(conn.timeout, deadline)

    def handle(self, conn):
        """Answer one request of a connection; called in a thread."""
        if not isinstance(conn.sock, HastySocket):
            conn.sock = HastySocket(conn.sock, self.patience_seconds)
        conn.sock.begin()
        outcome = super().handle(conn)
        if outcome is False:
            conn.sock.take_leave()
        return outcome

    def handle_request(self, req, conn):
        """Answer one request, once it is settled what it asks for."""
        settle(req)
        return super().handle_request(req, conn)

    def handle_error(self, req, client, addr, exc):
        """Answer what is no request, as problem+json (RFC 9457)."""
        status = status_of(exc)
        if status is None:
            super().handle_error(req, client, addr, exc)
            return
        # Its text is what came, which may be a password in the wrong place.
        self.log.warning("No request from %s: %s", addr[0] if addr else "?", type(exc).__name__)
        try:
            write_nonblock(client, whole_answer(status))
        except OSError:
            self.log.debug("Whoever sent no request did not wait for its refusal.")
