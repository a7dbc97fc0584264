"""A service's two connections to RabbitMQ: one to consume and answer on, one for its relay to publish on."""

from chassis.bus.rabbit.consumers import Consumers
from chassis.bus.rabbit.link import Link
from chassis.bus.rabbit.publisher import RabbitCarrier


class RabbitTransport:
    """Joins one running service to the broker.

    :param package: where services lie.
    :param service: name such as `tickets`.
    :param uri: `amqp://user:password@host:port/vhost`, or `amqps://` for TLS.
    :param installation_id: `Settings.installation_id`: a virtual host of another installation is refused.
    """

    def __init__(self, package, service, uri, installation_id):
        self._carrier = RabbitCarrier(package, service, uri, installation_id)
        self._installation_id = installation_id
        self._uri = uri
        self._consumers = None
        self._link = None

    def carrier(self, _member):
        """Return what carries the service's facts."""
        return self._carrier

    def start(self, member):
        """Begin to publish and to consume."""
        self._consumers = Consumers(member)
        name, installation_id = f"fielddesk {member.name}", self._installation_id
        self._link = Link(
            self._uri,
            name,
            self._consumers.open,
            is_green=True,
            installation_id=installation_id,
            ticked=self._consumers.bind_calls_again,
        )
        self._link.start()
        self._carrier.start()

    def stop_intake(self, _member):
        """Take nothing more from the broker."""
        self._consumers.stop()

    def stop(self, _member):
        """Close both connections, after everything written has been taken in."""
        self._consumers.settle()
        self._link.close()
        self._carrier.close()

    def is_ready(self, _member):
        """Whether the service consumes and publishes."""
        return self._link is not None and self._link.is_ready() and self._carrier.is_ready()
