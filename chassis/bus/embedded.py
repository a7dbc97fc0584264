"""All services in one process on the local bus: the zero-install default of `./desk up`.

The caller has called `eventlet.monkey_patch()` before anything else.
"""

from chassis.bus.client import RpcClient
from chassis.bus.ending import ended_within
from chassis.bus.local import LocalBus
from chassis.bus.running import RunningService


class EmbeddedServices:
    """The services that run in this process.

    `client` asks them (`RpcClient`).
    """

    def __init__(self, members, bus):
        self._members = members
        self._bus = bus
        self.client = RpcClient(bus)

    def ready(self):
        """Whether every service answers and hears."""
        # The first that is not says enough: several whose database is silent take their time, each.
        return all(member.problem() is None for member in self._members)

    def problems(self):
        """Return `{service: what it waits for}` of those that are not ready."""
        return {member.name: problem for member in self._members if (problem := member.problem())}

    def stop(self, seconds=25):
        """End: work in hand is finished, at most for so many seconds; facts that nobody has taken stay."""
        self._bus.close()
        for member in self._members:
            member.stop_intake()
        ended_within(seconds, [member.container.stop for member in self._members])


def start_services(names, settings, package="services", *, without_migrations=False):
    """Start services and return them as `EmbeddedServices`.

    :param names: such as `["identity", "tickets"]`; every listener of a fact must be among them.
    :param settings: `Settings`.
    :param without_migrations: as of `RunningService`.
    """
    bus = LocalBus()
    members = [RunningService(package, name, settings, bus, without_migrations=without_migrations) for name in names]
    for member in members:
        member.container.start()
    return EmbeddedServices(members, bus)
