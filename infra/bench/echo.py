"""`python -m infra.bench.echo URI`: a queue `rpc-echo` on plain py-amqp, without anything of ours."""

import sys
from urllib.parse import unquote, urlsplit

import amqp

ANSWER = b'{"result": null, "error": null}'


def serve(uri):
    """Answer each message on `rpc-echo` until ended."""
    parts = urlsplit(uri)
    connection = amqp.Connection(
        f"{parts.hostname}:{parts.port}", userid=unquote(parts.username), password=unquote(parts.password),
        virtual_host=unquote(parts.path[1:]) or "/",
    )  # fmt: skip
    connection.connect()
    channel = connection.channel()
    channel.exchange_declare("nameko-rpc", "topic", durable=True, auto_delete=False)
    channel.queue_declare("rpc-echo", auto_delete=True, exclusive=True)
    channel.queue_bind("rpc-echo", "nameko-rpc", "echo.*")

    def answer(message):
        reply_to = message.properties["reply_to"]
        exchange = "" if reply_to.startswith("amq.rabbitmq.reply-to") else "nameko-rpc"
        properties = {
            "correlation_id": message.properties.get("correlation_id"),
            "content_type": "application/json",
            "content_encoding": "utf-8",
        }
        channel.basic_publish(amqp.Message(ANSWER, **properties), exchange, reply_to)
        channel.basic_ack(message.delivery_tag)

    channel.basic_qos(0, 64, False)
    channel.basic_consume("rpc-echo", callback=answer)
    print("ready", flush=True)
    while True:
        connection.drain_events()


if __name__ == "__main__":
    serve(sys.argv[1])
