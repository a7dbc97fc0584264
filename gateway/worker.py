"""gunicorn's worker with threads, and what it lacks: patience that ends, and refusals in our own form.

A thread reads a request as long as it comes. Sixteen clients that send half of one and then nothing would have all
the threads, and nobody else an answer. gunicorn gives one to a connection that has sent nothing, too, for five seconds.
Where all threads wait for a service, it has further requests wait for ever, and whoever asks whether it is alive.
"""

import re
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from selectors import EVENT_READ
from threading import BoundedSemaphore
from time import monotonic

from gunicorn.util import write_nonblock
from gunicorn.workers.gthread import ThreadWorker

from chassis import metrics
from gateway.hasty_socket import LEAVING_SECONDS, PATIENCE_SECONDS, HastySocket
from gateway.http_syntax import settle, status_of
from gateway.problems import whole_answer

#: Seconds for which a request waits for a thread, and how many wait at the most.
WAITING_SECONDS, MOST_WAITING = 5, 500
#: Threads that are kept for whoever asks whether the gateway is alive and ready.
KEPT_THREADS = 4
#: Such a question that has come whole and brings nothing, so that answering it takes a moment.
_QUESTION = re.compile(
    rb"(?:GET|HEAD) /(?:livez|readyz) HTTP/1\.[01]\r\n(?:(?!content-length|transfer-encoding)[^\r\n]+\r\n)*\r\n",
    re.IGNORECASE,
)
LONGEST_QUESTION = 4_096


class Worker(ThreadWorker):
    """The worker; `--worker-class gateway.worker.Worker`."""

    patience_seconds = PATIENCE_SECONDS
    waiting_seconds = WAITING_SECONDS

    def get_thread_pool(self):
        """Make the threads, of which half may be held by who is slow, and those beside them that are kept."""
        self._kept = ThreadPoolExecutor(KEPT_THREADS)
        self._waiting = deque()
        self._slow = BoundedSemaphore(max(1, self.cfg.threads // 2))
        return super().get_thread_pool()

    def enqueue_req(self, conn):
        """Give a connection to a thread, once it has sent something: until then it is one of those that wait for it."""
        if conn.initialized or conn.data_ready:
            self._hand_over(conn)
            return
        conn.timeout = monotonic() + self.cfg.keepalive
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def _cap_keepalive(self, deadline):
        """Have those who have sent nothing hold the end up no longer than those who may send another request."""
        super()._cap_keepalive(deadline)
        for conn in self.pending_conns:
            conn.timeout = min(conn.timeout, deadline)

    def murder_pending(self):
        """Close connections that have sent nothing for long, and refuse requests for which no thread comes free."""
        if self.nr_conns >= self.worker_connections:
            # gunicorn takes no more: whoever opens so many and says nothing would have them all.
            self._make_room()
        super().murder_pending()
        while self._waiting:
            conn, future, until = self._waiting[0]
            has_begun = future.running() or future.done()
            if not has_begun and monotonic() < until and len(self._waiting) <= MOST_WAITING:
                break
            self._waiting.popleft()
            if future.cancel():
                self._turn_away(conn)

    def handle(self, conn, leaving=LEAVING_SECONDS):
        """Answer one request of a connection; called in a thread.

        :param leaving: seconds for the client to close, where the answer is the last.
        """
        conn.sock.begin()
        try:
            outcome = super().handle(conn)
        finally:
            conn.sock.end()
        if outcome is False:
            conn.sock.take_leave(leaving)
        return outcome

    def _make_room(self):
        """Close the connection that has been at rest longest."""
        # The only one has just come.
        if len(self.pending_conns) + len(self.keepalived_conns) > 1:
            oldest = [conns[0] for conns in (self.pending_conns, self.keepalived_conns) if conns]
            min(oldest, key=lambda conn: conn.timeout).timeout = 0
            self.murder_keepalived()

    def _turn_away(self, conn):
        conn.sock.turn_away(whole_answer(503))
        self.log.warning("No thread came free for a request from %s.", conn.client[0] if conn.client else "?")
        metrics.REQUESTS.labels("unknown", 503).inc()

    def _hand_over(self, conn):
        if not isinstance(conn.sock, HastySocket):
            conn.sock = HastySocket(conn.sock, self.patience_seconds, self._slow)
        if _is_brief(conn):
            future = self._kept.submit(self.handle, conn, leaving=0)
        else:
            future = self.tpool.submit(self.handle, conn)
            self._waiting.append((conn, future, monotonic() + self.waiting_seconds))
        future.add_done_callback(partial(self.method_queue.defer, self.finish_request, conn))

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


def _is_brief(conn):
    """Whether a thread has no more to do than to notice the end of a connection, or to answer a first question."""
    come = conn.sock.peek(LONGEST_QUESTION)
    if not conn.initialized:
        return come == b"" or _QUESTION.match(come or b"") is not None
    # Of a later request a part may have been read already, and of many answers nothing may have been taken.
    return come == b"" and not conn.parser.unreader.buf.getvalue()
