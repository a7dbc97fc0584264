"""Calls over RabbitMQ: one connection per process, shared by all its threads, answers by direct reply-to.

Requests are transient and expire with the caller's patience, so that no ghost of a request that was given up
is carried out later. What cannot be delivered fails at once.
"""

import itertools
import logging
import os
import threading
from collections import defaultdict
from contextlib import contextmanager
from time import monotonic
from uuid import uuid4

from chassis.bus.rabbit.link import Link
from chassis.bus.rabbit.methods import ask_for_a_sign, open_channel, publish
from chassis.bus.wire import JSON, Reply
from chassis.errors import TimedOut, Unavailable

logger = logging.getLogger(__name__)

REPLY_TO = "amq.rabbitmq.reply-to"
EXCHANGE = "nameko-rpc"
#: Seconds after the connection fell, or was begun, for which a call waits for it.
PATIENCE_SECONDS = 1.0
#: Seconds without an answer after which the broker is asked for a sign, and within which one has to come: one that is
#: frozen, or behind a network that is gone, closes no connection.
QUIET_SECONDS = 0.9
#: Calls that a service leaves unanswered, and answers none between, before one caller at a time asks it. One whose
#: database says nothing would hold all the gateway's threads, and nobody could ask the others.
MOST_UNANSWERED = 8


def _broker_away():
    return Unavailable("broker_away", "Part of the desk is away. Try again shortly, with the same key.")


def _service_away():
    return Unavailable("service_away", "Part of the desk is away. Try again shortly.")


class _Waiting:
    """One caller, its thread held by a lock until `settle` lets it go."""

    __slots__ = ("outcome", "settled")

    def __init__(self):
        self.outcome = None
        self.settled = threading.Lock()
        self.settled.acquire()

    def settle(self, outcome):
        self.outcome = outcome
        self.settled.release()


class _Asked:
    """What became of the calls of one service: how many wait, and have been given up since it last answered."""

    __slots__ = ("unanswered", "waiting")

    def __init__(self):
        self.unanswered = self.waiting = 0


class RabbitCaller:
    """Makes calls; connects with the first one, and anew in a forked process.

    :param uri: of the broker.
    :param installation_id: as of `RpcClient.connect`.
    """

    def __init__(self, uri, installation_id=None):
        self._uri = uri
        self._installation_id = installation_id
        self._beginning = threading.Lock()
        self._process = None
        self._closed = False

    def call(self, service, method, body, headers, timeout):
        """Make one call; return its `Reply`.

        :raises Unavailable: the broker or the service is away; the call may or may not have been carried out.
        :raises TimedOut: no answer within `timeout` seconds.
        """
        self._begin()
        self._await_connection()
        with self._counted(service):
            return self._asked_for(f"{service}.{method}", body, headers, timeout)

    def _asked_for(self, routing_key, body, headers, timeout):
        number = f"{self._prefix}{next(self._numbers)}"
        waiting = self._waiting[number] = _Waiting()
        try:
            self._send(routing_key, body, headers, timeout, number)
            self._await_answer(waiting, timeout)
        finally:
            self._waiting.pop(number, None)
        if isinstance(waiting.outcome, Exception):
            raise waiting.outcome
        return waiting.outcome

    @contextmanager
    def _counted(self, service):
        """Have one more call of a service wait.

        :raises Unavailable: it answers nothing, and another caller is seeing whether it still does not.
        """
        asked = self._asked[service]
        with self._counting:
            if asked.unanswered >= MOST_UNANSWERED and asked.waiting:
                raise _service_away()
            asked.waiting += 1
        try:
            yield
            asked.unanswered = 0
        except TimedOut:
            with self._counting:
                asked.unanswered += 1
            raise
        finally:
            with self._counting:
                asked.waiting -= 1

    def is_ready(self):
        """Whether the broker is connected and has answered since the last look; the first look begins to connect."""
        self._begin()
        if not self._link.up.is_set():
            return False
        is_silent = self._asked_at is not None and self._link.heard_at < self._asked_at < monotonic() - QUIET_SECONDS
        try:
            self._ask_for_a_sign()
        except Unavailable:
            return False
        return not is_silent

    def close(self):
        """End the connection; callers that wait fail at once."""
        self._closed = True
        if self._process == os.getpid():
            self._link.close()

    def _begin(self):
        if self._process == os.getpid():
            return
        with self._beginning:
            if self._process == os.getpid():
                return
            self._prefix = f"{uuid4().hex}."
            self._numbers = itertools.count()
            self._waiting = {}
            self._counting, self._asked = threading.Lock(), defaultdict(_Asked)
            self._channel = None
            self._asked_at = None
            name, installation_id = f"fielddesk client {os.getpid()}", self._installation_id
            self._link = Link(self._uri, name, self._open, self._fail_all, installation_id=installation_id)
            self._link.start()
            self._process = os.getpid()

    def _await_connection(self):
        link = self._link
        if link.is_blocked:
            # What is written now would be read once there is room, and carried out when nobody waits for it any more.
            raise _broker_away()
        if link.up.is_set():
            return
        patience = link.down_since + PATIENCE_SECONDS - monotonic()
        if self._closed or not link.up.wait(max(patience, 0)):
            raise _broker_away()

    def _send(self, routing_key, body, headers, timeout, number):
        try:
            publish(
                self._channel,
                EXCHANGE,
                routing_key,
                body,
                mandatory=True,
                reply_to=REPLY_TO,
                correlation_id=number,
                expiration=str(int(timeout * 1000)),
                content_type=JSON,
                delivery_mode=1,
                application_headers=headers,
            )
        except Exception as error:
            # The connection fell under the writer, in whichever of py-amqp's ways.
            raise _broker_away() from error

    def _await_answer(self, waiting, timeout):
        ends = monotonic() + timeout
        if waiting.settled.acquire(timeout=min(QUIET_SECONDS, timeout)):
            return
        while (left := ends - monotonic()) > 0:
            asked_at = monotonic()
            self._ask_for_a_sign()
            if waiting.settled.acquire(timeout=min(QUIET_SECONDS, left)):
                return
            if left > QUIET_SECONDS and self._link.heard_at < asked_at:
                raise _broker_away()
        raise TimedOut("timed_out", "No answer in time. Try again with the same key.")

    def _ask_for_a_sign(self):
        if self._link.is_blocked:
            # Not even this would be read.
            raise _broker_away()
        if self._asked_at is None or self._asked_at <= self._link.heard_at:
            self._asked_at = monotonic()
        try:
            ask_for_a_sign(self._channel)
        except Exception as error:
            # As in `_send`.
            raise _broker_away() from error

    def _open(self, connection):
        channel = open_channel(connection)
        channel.exchange_declare(EXCHANGE, "topic", durable=True, auto_delete=False)
        channel.events["basic_return"].add(self._on_return)
        channel.basic_consume(REPLY_TO, no_ack=True, callback=self._on_reply)
        self._channel = channel

    def _on_reply(self, message):
        waiting = self._waiting.pop(message.properties.get("correlation_id"), None)
        if waiting is not None:
            waiting.settle(Reply(message.body, message.properties.get("application_headers") or {}))

    def _on_return(self, _error, _exchange, routing_key, message):
        waiting = self._waiting.pop(message.properties.get("correlation_id"), None)
        if waiting is not None:
            logger.warning("Nobody answers %s.", routing_key)
            waiting.settle(_service_away())

    def _fail_all(self):
        while self._waiting:
            try:
                _, waiting = self._waiting.popitem()
            except KeyError:
                return
            waiting.settle(_broker_away())
