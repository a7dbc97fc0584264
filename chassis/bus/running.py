"""One service at work: its database, its edges, its relay, sweeps and timers, on whichever transport."""

from importlib import import_module

from chassis.bus.calls import Calls
from chassis.bus.container import Container
from chassis.bus.ending import ended_within
from chassis.bus.entrypoints import Every, On, entrypoints_of
from chassis.bus.epochs import Epochs
from chassis.bus.faults import is_away
from chassis.bus.green_waiting import wait_green
from chassis.bus.inbox import CALLS_LISTENER, GRANTS_LISTENER, UNKNOWN, Inbox, Listener
from chassis.bus.intake import CALLS, Intake
from chassis.bus.jobs import Jobs
from chassis.bus.leader import Leader
from chassis.bus.pace import Pace
from chassis.bus.places import Places
from chassis.bus.readiness import Readiness
from chassis.bus.refused_calls import RefusedCalls
from chassis.bus.relay import Relay
from chassis.bus.retries import Retries
from chassis.bus.timers import Timers
from chassis.bus.wire import Refused
from chassis.database import Database
from chassis.files import FileStore

#: Green threads for jobs at the most: more than transports, sweep and timers ever have in hand at once, since
#: a full pool would stop the one that reads from the broker. Connections to the database limit the work.
WORKERS = 200
#: Seconds to publish what is committed when the service ends.
LAST_ROUND_SECONDS = 3


def service_class_of(package, name):
    """Return the service class in `<package>.<name>.service`."""
    module = import_module(f"{package}.{name}.service")
    for member in vars(module).values():
        if isinstance(member, type) and getattr(member, "name", None) == name and hasattr(member, "contract"):
            return member
    raise LookupError(f"{module.__name__} has no service class named {name!r}")


def listeners_of(service_class):
    """Return `{(source, event name): Listener}` of what a service hears.

    :raises LookupError: two methods hear the same; their effects would not be one transaction.
    """
    listeners = {}
    for method, entrypoint in entrypoints_of(service_class, On).items():
        key = entrypoint.event.source, entrypoint.event.__name__
        if key in listeners:
            raise LookupError(f"{service_class.name} hears {key[1]} twice: {listeners[key].method}, {method}")
        listeners[key] = Listener(method, entrypoint.event, entrypoint.only_if)
    return listeners


class RunningService:
    """A service in this process.

    :param package: where services lie, `services`.
    :param transport: `RabbitTransport` or `LocalBus`.
    :param without_migrations: its tables are made otherwise, as for tests, so nobody asks whether they are up to date.
    """

    def __init__(self, package, name, settings, transport, *, without_migrations=False):
        service_class = service_class_of(package, name)
        self.name = name
        self.settings = settings
        self.transport = transport
        wait_green()
        self.database = Database(settings.database_url(name), settings.pool_size)
        self.files = FileStore(settings.var_dir / "files")
        #: Facts handled at once: they share the connections with calls.
        self.facts_at_once = max(2, settings.pool_size // 2)
        self._loops = []
        self._has_ended = False
        self._readiness = Readiness(name, self.database, without_migrations)
        self.container = Container(service_class, self, WORKERS)
        self.jobs = Jobs(self.container, self.facts_at_once)
        self._set_up_answering(service_class, import_module(f"{package}.{name}.access").PERMISSIONS)
        self._set_up_hearing(service_class)
        self._set_up_telling(service_class)

    def _set_up_answering(self, service_class, permissions):
        tokens = self.settings.tokens
        self.epochs = Epochs(self.database)
        places = Places(self.settings.pool_size)
        #: Calls taken from the bus at once: every place and every seat may be taken.
        self.calls_at_once = places.count + places.seats
        self.calls = Calls(service_class.contract, permissions, self.database, tokens, self.epochs, places)
        self.refused_calls = RefusedCalls(service_class.contract, self.calls, self.database)

    def _set_up_hearing(self, service_class):
        self.listeners = listeners_of(service_class)
        self.inbox = Inbox(self.name, self.listeners, self.database, self.settings.retry_delays, self._retry_at)
        self.intake = Intake(self, self.facts_at_once)
        handlers = {GRANTS_LISTENER: self._hear_grants_again, CALLS_LISTENER: self.refused_calls.carry_out}
        self.retries = Retries(self.inbox, handlers, self.jobs.run_all)

    def _set_up_telling(self, service_class):
        self.relay = Relay(self.name, self.transport.carrier(self), Pace(lambda: CALLS.are_there))
        self.database.told = self.relay.wake
        self.leader = Leader(self.settings.database_url(self.name), self.relay)
        timers = entrypoints_of(service_class, Every)
        self.timers = Timers(self.name, {name: timer.seconds for name, timer in timers.items()}, self)

    def start(self):
        """Begin to publish, sweep and consume; called by the container."""
        loops = (self.leader.run, self.retries.run, self.timers.run)
        self._loops = [self.container.spawn_managed_thread(loop) for loop in loops]
        self.intake.open()
        self.transport.start(self)

    def stop_intake(self):
        """Take nothing more from bus, sweep and timers; what is in hand goes on."""
        if self._has_ended:
            return
        self._has_ended = True
        self.jobs.end()
        self.transport.stop_intake(self)
        self.intake.close()
        self.retries.end()
        self.timers.end()

    def stop(self):
        """Publish what is committed and close everything; called after the last worker has ended."""
        self.relay.end()
        self.leader.end()
        ended_within(LAST_ROUND_SECONDS, [loop.wait for loop in self._loops])
        self.transport.stop(self)
        self.database.close()

    def problem(self):
        """Return what keeps this service from being ready, in a few words, or `None`; soon, whatever is silent."""
        problem = self._readiness.problem()
        if problem:
            return problem
        if not self.leader.is_connected:
            return "the relay has no connection"
        return None if self.transport.is_ready(self) else "the bus is away"

    def answer(self, call, done):
        """Have a call answered by a worker; `done(reply)` is called in it."""
        self.jobs.answer(call.method, lambda instance: self.calls.answer(instance, call), done)

    def answer_again(self, call, letter, done):
        """Have a call answered that was in hand when a process or connection ended, but not for ever."""
        self.jobs.answer(call.method, lambda instance: self.refused_calls.answer_again(instance, call, letter), done)

    def hear(self, letters, done):
        """Have facts of one transaction handled; `done()` is called once the outcome of each is stored."""
        method = self.listeners.get((letters[0].source, letters[0].name), UNKNOWN).method
        self.jobs.store(method, lambda instance: self.inbox.hear(instance, letters), done)

    def hear_grants(self, letter, done):
        """Have a `GrantsChanged` kept at once."""

        def keep(_instance):
            try:
                self.epochs.hear(letter)
            except Refused as error:
                self.inbox.bury(GRANTS_LISTENER, letter, error)
            except Exception as error:
                if is_away(error):
                    raise
                self.inbox.settle_failure(GRANTS_LISTENER, letter, error)

        self.jobs.store(None, keep, done)

    def park(self, letter, done):
        """Have a fact put aside that was in hand too often when a process ended."""
        self.jobs.store(None, lambda _instance: self.inbox.park(letter), done)

    def bury(self, listener, letter, refusal, done):
        """Have a message kept that nobody can be told is refused."""
        self.jobs.store(None, lambda _instance: self.inbox.bury(listener, letter, refusal), done)

    def _retry_at(self, seconds):
        self.retries.retry_at(seconds)

    def _hear_grants_again(self, _instance, letter):
        self.epochs.hear(letter)
