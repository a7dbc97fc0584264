"""The three entrypoints of a service, on nameko's extension API.

Nothing of nameko's own AMQP code is used: it loses events, spins on poison and dies of a malformed request.
This module is imported with every `service.py`, also unpatched, so it imports little.
"""

from nameko.extensions import Entrypoint, SharedExtension


class Bus(SharedExtension):
    """What the entrypoints of one container share: the running service and its transport.

    The container hands it over as `container.member`; nothing starts before every entrypoint is set up.
    """

    def start(self):
        """Begin to consume, publish and sweep."""
        self.container.member.start()

    def stop_intake(self):
        """Take nothing more; what is in hand goes on."""
        self.container.member.stop_intake()

    def stop(self):
        """End what remains, after the last worker has."""
        self.container.member.stop()

    def kill(self):
        """End at once."""
        self.container.member.stop()


class BusEntrypoint(Entrypoint):
    """A method that the bus calls."""

    bus = Bus()

    def stop(self):
        """Have the bus take nothing more."""
        self.bus.stop_intake()


class Answer(BusEntrypoint):
    """A method that answers calls: `def open_ticket(self, work, actor, **arguments)`."""


class On(BusEntrypoint):
    """A method that hears one kind of fact: `def ticket_opened(self, work, fact)`.

    :param event: `Event` class of the teller's contract.
    :param only_if: function of a fact's data that says whether the fact concerns this listener; one that does not is
        passed over without a transaction. It may look at nothing but the data, for the fact may come late, or again.
    """

    def __init__(self, event, only_if=None, **options):
        self.event = event
        self.only_if = only_if
        super().__init__(**options)


class Every(BusEntrypoint):
    """A method that runs again and again: `def sweep(self, work)`, in one process of the service at a time.

    :param seconds: between two runs.
    """

    def __init__(self, seconds, **options):
        self.seconds = seconds
        super().__init__(**options)


answer = Answer.decorator
on = On.decorator
every = Every.decorator


def entrypoints_of(service_class, kind):
    """Return `{method name: entrypoint}` of one kind (`Answer`, `On`, `Every`) in a service class."""
    found = {}
    for name in dir(service_class):
        for entrypoint in getattr(getattr(service_class, name), "nameko_entrypoints", ()):
            if isinstance(entrypoint, kind):
                found[name] = entrypoint
    return found
