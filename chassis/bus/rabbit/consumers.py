"""What a service takes from RabbitMQ: calls, facts, and rights taken away, each on a channel of its own.

Whatever arrives is either handled, answered with a refusal, or kept in the inbox; it never ends the process.
"""

import logging
from functools import partial

from chassis.bus.calls import Call
from chassis.bus.facts import Letter
from chassis.bus.inbox import CALLS_LISTENER, UNKNOWN
from chassis.bus.rabbit.acks import GatheredAcks
from chassis.bus.rabbit.caller import EXCHANGE, REPLY_TO
from chassis.bus.rabbit.methods import ack, bind, open_channel, publish
from chassis.bus.rabbit.publisher import HEADERS
from chassis.bus.rabbit.topology import declare_listener, declare_queue, grants_queue_of, queue_of
from chassis.bus.wire import JSON, Refused

logger = logging.getLogger(__name__)

#: Milliseconds after which the queue of a service that nobody serves is gone, and calls fail at once.
CALLS_EXPIRE = 600_000
GRANTS_PREFETCH = 20
#: Facts on their way to, or waiting in, the process for each that is being handled.
FACTS_PREFETCH = 4
#: From this delivery on a fact is suspected of ending the process that handles it.
SUSPECT_DELIVERY = 2


class Consumers:
    """Consumes on one connection for one service.

    :param member: `RunningService`.
    """

    def __init__(self, member):
        self._member = member
        #: `(channel, consumer tag)` of each queue that is consumed.
        self._consuming = []
        self._calls_channel = None
        self._acks = None
        self._stopped = False

    def open(self, connection):
        """Declare this service's queues and begin to consume."""
        member = self._member
        self._consuming = []
        declare_listener(connection, member.name, sorted(member.listeners))
        self._consume(connection, grants_queue_of(member.name), GRANTS_PREFETCH, self._on_grants)
        self._consume(connection, queue_of(member.name), FACTS_PREFETCH * member.facts_at_once, self._on_fact)
        calls = f"rpc-{member.name}"
        declare_queue(connection, calls, {"x-expires": CALLS_EXPIRE})
        channel = open_channel(connection)
        channel.exchange_declare(EXCHANGE, "topic", durable=True, auto_delete=False)
        channel.queue_bind(calls, EXCHANGE, f"{member.name}.*")
        channel.close()
        self._calls_channel = self._consume(connection, calls, member.calls_at_once, self._on_call)

    def bind_calls_again(self):
        """Bind the queue of calls again: with an exchange that is deleted go its bindings, and nobody is told."""
        if self._stopped:
            return
        bind(self._calls_channel, f"rpc-{self._member.name}", EXCHANGE, f"{self._member.name}.*")

    def stop(self):
        """Take nothing more; what has been taken goes on, what is still on its way goes back."""
        self._stopped = True
        for channel, tag in self._consuming:
            try:
                channel.basic_cancel(tag, nowait=True)
            except Exception:
                logger.debug("The connection fell before its consumer was cancelled.", exc_info=True)

    def settle(self):
        """Acknowledge at once what is dealt with."""
        if self._acks is not None:
            self._acks.send()

    def _consume(self, connection, queue, prefetch, handle):
        """Consume a queue on a channel of its own, at most so many messages unacknowledged; return the channel."""
        channel = open_channel(connection)
        channel.basic_qos(0, prefetch, False)

        def on_message(message):
            if self._stopped:
                return
            try:
                handle(message)
            except Exception:
                logger.exception("A message could not be taken; it is delivered again after a restart.")

        def on_cancel(_tag):
            # The queue was deleted: opening everything anew declares it again.
            connection.collect()

        tag = channel.basic_consume(queue, callback=on_message, on_cancel=on_cancel)
        self._consuming.append((channel, tag))
        return channel

    def _on_call(self, message):
        properties = message.properties
        reply_to = properties.get("reply_to")
        call = self._call_of(message)
        if not reply_to:
            reason = Refused("unreadable" if "unreadable" in properties else "no reply_to")
            letter = self._letter_of_call(call, properties)
            self._member.bury(CALLS_LISTENER, letter, reason, _acking(message))
        elif message.delivery_info["redelivered"]:
            letter = self._letter_of_call(call, properties)
            self._member.answer_again(call, letter, lambda reply: _answer(message, reply_to, reply))
        else:
            self._member.answer(call, lambda reply: _answer(message, reply_to, reply))

    def _call_of(self, message):
        properties = message.properties
        method = message.delivery_info["routing_key"].partition(".")[2]
        headers = properties.get("application_headers") or {}
        return Call(method, message.body, headers, properties.get("content_type"))

    def _letter_of_call(self, call, properties):
        correlation_id, reply_to = properties.get("correlation_id"), properties.get("reply_to")
        return self._member.refused_calls.letter_of(call, correlation_id, reply_to)

    def _on_fact(self, message):
        done = self._gathered_ack_of(message)
        letter = _letter_of_fact(message)
        if "unreadable" in message.properties:
            reason = Refused("unreadable", message.properties["unreadable"])
            self._member.bury(UNKNOWN.method, letter, reason, done)
        else:
            is_suspect = _deliveries(message) >= SUSPECT_DELIVERY
            self._member.intake.hand_over(letter, is_suspect, done)

    def _gathered_ack_of(self, message):
        if self._acks is None or self._acks.channel is not message.channel:
            # Half of what may be under way: the broker goes on delivering meanwhile.
            self._acks = GatheredAcks(message.channel, FACTS_PREFETCH * self._member.facts_at_once // 2)
        tag = message.delivery_info["delivery_tag"]
        self._acks.expect(tag)
        return partial(self._acks.done, tag)

    def _on_grants(self, message):
        self._member.hear_grants(_letter_of_fact(message), _acking(message))


def _letter_of_fact(message):
    properties, where = message.properties, message.delivery_info
    headers = properties.get("application_headers") or {}
    known = {name: headers[name] for name in HEADERS if name in headers}
    known["event_id"] = properties.get("message_id")
    known["correlation_id"] = properties.get("correlation_id")
    known["content_type"] = properties.get("content_type")
    return Letter(where["exchange"].removesuffix(".events"), where["routing_key"], message.body, known)


def _deliveries(message):
    count = (message.properties.get("application_headers") or {}).get("x-delivery-count", 0)
    return count if isinstance(count, int) else SUSPECT_DELIVERY


def _acking(message):
    return lambda: _write(message, lambda: ack(message.channel, message.delivery_info["delivery_tag"]))


def _answer(message, reply_to, reply):
    exchange = "" if reply_to.startswith(REPLY_TO) else EXCHANGE
    correlation_id = message.properties.get("correlation_id")

    def write():
        publish(
            message.channel,
            exchange,
            reply_to,
            reply.body,
            correlation_id=correlation_id,
            content_type=JSON,
            delivery_mode=1,
            application_headers=reply.headers,
        )

    # The acknowledgement first, and by itself: at some `reply_to`s the broker ends the connection, and a call that is
    # not acknowledged by then would come again for ever.
    _acking(message)()
    _write(message, write)


def _write(message, write):
    try:
        write()
    except Exception:
        # The connection has fallen: what is not acknowledged comes again, and inbox or request key know it; whoever
        # waits for an answer asks again.
        logger.debug("%s could not be answered or acknowledged.", message.delivery_info, exc_info=True)
