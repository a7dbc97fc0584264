"""AMQP's methods as they are sent over a `Link`: written, and nothing read.

Of py-amqp, `basic_publish` reads from the connection and `basic_qos` waits for an answer; both are for the link's own
thread alone.
"""

from amqp import spec
from amqp.basic_message import Message


def open_channel(connection):
    """Return a new channel that leaves bodies as the bytes they are."""
    channel = connection.channel()
    channel.auto_decode = False
    return channel


def publish(channel, exchange, routing_key, body, mandatory=False, **properties):
    """Write one message to a channel without reading from its connection."""
    message = Message(body, **properties)
    channel.send_method(spec.Basic.Publish, "Bssbb", (0, exchange, routing_key, mandatory, False), message)


def ask_for_a_sign(channel):
    """Have the broker send a sign of life: its answer to a prefetch of 0, which is no limit and changes nothing."""
    channel.send_method(spec.Basic.Qos, "lBb", (0, 0, False))


def ack(channel, delivery_tag, multiple=False):
    """Say that a message is dealt with, or all up to it."""
    channel.send_method(spec.Basic.Ack, "Lb", (delivery_tag, multiple))


def bind(channel, queue, exchange, routing_key):
    """Bind a queue to an exchange, or again; where one of them is missing the broker ends the channel."""
    channel.send_method(spec.Queue.Bind, "BsssbF", (0, queue, exchange, routing_key, True, {}))
