"""A connection to the broker, in the clear or under TLS."""

import ssl

from amqp import Connection
from kombu.utils.url import parse_url

from chassis.bus.rabbit.frames import FrameReader

CONNECT_SECONDS = 3
#: Seconds. The broker hands calls and facts to whoever's network is gone until it has missed two or three of them.
HEARTBEAT_SECONDS = 6


def connect(uri, name, heartbeat=0, blocked=lambda is_blocked: None):
    """Return an open `amqp.Connection`.

    :param heartbeat: `HEARTBEAT_SECONDS` for whoever sends them; the broker drops whoever promises them and does not.
    :param blocked: called with whether the broker has no room and takes nothing, whenever that changes.
    :raises OSError: nobody answers there.
    :raises amqp.AMQPError: the broker refuses.
    """
    parts = parse_url(uri)
    is_tls = uri.lower().startswith("amqps:")
    connection = Connection(
        host=f"{parts['hostname']}:{parts['port'] or (5671 if is_tls else 5672)}",
        userid=parts["userid"] or "guest",
        password=parts["password"] or "guest",
        virtual_host=parts["virtual_host"] or "/",
        login_method="PLAIN",
        ssl={"server_hostname": parts["hostname"], "cert_reqs": ssl.CERT_REQUIRED} if is_tls else False,
        connect_timeout=CONNECT_SECONDS,
        heartbeat=heartbeat,
        client_properties={"connection_name": name},
        frame_handler=FrameReader,
        on_blocked=lambda _reason: blocked(True),
        on_unblocked=lambda: blocked(False),
    )
    connection.connect()
    return connection
