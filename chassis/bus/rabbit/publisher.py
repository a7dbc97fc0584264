"""Carries facts to RabbitMQ: persistent, mandatory, in batches, each safe only once it is confirmed."""

import logging
import threading

from chassis.bus.pace import BATCH
from chassis.bus.rabbit.link import Link
from chassis.bus.rabbit.methods import open_channel, publish
from chassis.bus.rabbit.topology import declare_in_child, exchange_of, is_declared
from chassis.bus.relay import CarrierAway
from chassis.bus.wire import JSON, LARGEST_FACT

logger = logging.getLogger(__name__)

#: Seconds for the broker to confirm a batch; afterwards it is published anew.
CONFIRM_SECONDS = 15
PERSISTENT = 2
#: What travels in a fact's headers; the rest is in its properties.
HEADERS = ("version", "occurred_at", "actor", "transaction")


class RabbitCarrier:
    """Publishes the facts of one service.

    :param package: where services lie.
    :param installation_id: `Settings.installation_id`: a virtual host of another installation is refused.
    """

    capacity = BATCH

    def __init__(self, package, service, uri, installation_id):
        self._package = package
        self._service = service
        self._uri = uri
        self._settled = threading.Event()
        self._reset()
        self._safe, self._untaken, self._refused = set(), set(), set()
        self._link = Link(
            uri, f"fielddesk {service} relay", self._open, self._reset, is_green=True, installation_id=installation_id
        )

    def start(self):
        """Begin to connect."""
        self._link.start()

    def close(self):
        """End the connection."""
        self._link.close()

    def is_ready(self):
        """Whether facts can be published now."""
        return self._link.is_ready()

    def send(self, letters):
        """Publish letters and wait until the broker has confirmed or returned each one.

        :param letters: `{outbox id: Letter}`.
        :raises CarrierAway: the broker is away or silent; what it has confirmed counts nevertheless.
        """
        if not self._link.is_ready():
            raise CarrierAway
        self._settled.clear()
        channel = self._channel
        try:
            for outbox_id, letter in letters.items():
                self._send_one(channel, outbox_id, letter)
        except Exception as error:
            # The connection fell under the writer, in whichever of py-amqp's ways.
            raise CarrierAway from error
        while self._unconfirmed and channel is self._channel:
            if not self._settled.wait(CONFIRM_SECONDS):
                raise CarrierAway
            self._settled.clear()
        if channel is not self._channel:
            raise CarrierAway

    def finished(self):
        """Return and forget what became of the letters sent."""
        outcome = self._safe, self._untaken, self._refused
        self._safe, self._untaken, self._refused = set(), set(), set()
        return outcome

    def _send_one(self, channel, outbox_id, letter):
        if len(letter.body) > LARGEST_FACT:
            self._refused.add(outbox_id)
            return
        self._number += 1
        self._unconfirmed[self._number] = outbox_id
        self._by_message[letter.headers["event_id"]] = outbox_id
        known = letter.headers
        headers = {name: known[name] for name in HEADERS if name in known}
        publish(
            channel,
            exchange_of(self._service),
            letter.name,
            letter.body,
            mandatory=True,
            message_id=known["event_id"],
            correlation_id=known["correlation_id"],
            content_type=JSON,
            delivery_mode=PERSISTENT,
            application_headers=headers,
        )

    def _open(self, connection):
        if not is_declared(connection, self._package, self._service):
            declare_in_child(connection, self._uri, self._package)
        channel = open_channel(connection)
        channel.confirm_select()
        channel.events["basic_ack"].add(self._on_ack)
        channel.events["basic_nack"].add(self._on_nack)
        channel.events["basic_return"].add(self._on_return)
        self._reset()
        self._channel = channel

    def _reset(self):
        self._channel = None
        self._number = 0
        self._unconfirmed = {}
        self._by_message = {}
        self._returned = set()
        self._settled.set()

    def _on_ack(self, number, multiple):
        for outbox_id in self._take(number, multiple):
            (self._untaken if outbox_id in self._returned else self._safe).add(outbox_id)
            self._returned.discard(outbox_id)
        self._tell_if_settled()

    def _on_nack(self, number, multiple):
        logger.warning("The broker refused facts of %s; they are published again.", self._service)
        self._untaken.update(self._take(number, multiple))
        self._tell_if_settled()

    def _on_return(self, _error, _exchange, _routing_key, message):
        outbox_id = self._by_message.get(message.properties.get("message_id"))
        if outbox_id is not None:
            self._returned.add(outbox_id)

    def _take(self, number, multiple):
        numbers = [waiting for waiting in self._unconfirmed if waiting <= number] if multiple else [number]
        return [self._unconfirmed.pop(each) for each in numbers if each in self._unconfirmed]

    def _tell_if_settled(self):
        if not self._unconfirmed:
            self._by_message.clear()
            self._settled.set()
