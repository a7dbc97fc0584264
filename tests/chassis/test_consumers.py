"""What becomes of a call on RabbitMQ: it is acknowledged, also where its answer cannot be written."""

from types import SimpleNamespace

from amqp import spec

from chassis.bus.rabbit.consumers import Consumers
from chassis.bus.wire import result_reply


class Channel:
    """A channel on which nothing can be published; notes the tags that are acknowledged."""

    def __init__(self):
        self.acknowledged = []

    def send_method(self, method, _format, arguments, *_content):
        """Take an acknowledgement, refuse everything else."""
        if method != spec.Basic.Ack:
            raise ValueError("an answer of a kind that no frame can hold")
        self.acknowledged.append(arguments[0])


def test_a_call_whose_answer_cannot_be_written_does_not_keep_its_place():
    message = SimpleNamespace(
        channel=Channel(),
        body=b"{}",
        properties={"reply_to": "amq.rabbitmq.reply-to.somebody"},
        delivery_info={"routing_key": "teller.ping", "redelivered": False, "delivery_tag": 7},
    )
    member = SimpleNamespace(answer=lambda _call, done: done(result_reply(None)))
    Consumers(member)._on_call(message)
    assert message.channel.acknowledged == [7]
