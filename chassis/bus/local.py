"""The bus in one process: the same entrypoints, the same JSON, the same outbox and inbox, without a broker.

A call is encoded, handed to a worker of the asked service and decoded again. A fact is taken from the outbox
by the relay and is done only when every listener has committed its effect or its failure.
"""

from eventlet import Timeout
from eventlet.event import Event
from eventlet.semaphore import Semaphore

from chassis.bus.calls import Call
from chassis.bus.facts import GRANTS
from chassis.clock import utcnow
from chassis.errors import TimedOut, Unavailable

#: Facts of one service in hand at once.
IN_HAND = 64


class LocalBus:
    """Joins the services that run in this process."""

    def __init__(self):
        self._doors = {}
        self._closed = False

    def carrier(self, member):
        """Return what carries a service's facts; the service can be reached from now on."""
        self._doors[member.name] = Door(member)
        return LocalCarrier(self, member)

    def start(self, member):
        """Open the door of a service."""
        self._doors[member.name].is_open = True

    def stop_intake(self, member):
        """Close the door of a service: its callers are told that it is away, facts stay in their outboxes."""
        self._doors[member.name].is_open = False

    def stop(self, member):
        """Nothing else is held for a service."""

    def is_ready(self, member=None):
        """Whether a service, or every service, takes calls and facts."""
        doors = [self._doors[member.name]] if member else self._doors.values()
        return not self._closed and all(door.is_open for door in doors)

    def close(self):
        """Take no more calls."""
        self._closed = True

    def doors_of(self, letter):
        """Return the doors of the services that hear a fact."""
        key = (letter.source, letter.name)
        return [door for door in self._doors.values() if key == GRANTS or key in door.member.listeners]

    def call(self, service, method, body, headers, timeout):
        """Make one call.

        :raises Unavailable: the service does not run here, or not now.
        :raises TimedOut: no answer within `timeout` seconds.
        """
        door = self._doors.get(service)
        if self._closed or door is None or not door.is_open:
            raise Unavailable("service_away", "This part of the desk does not answer. Try again shortly.")
        answered = Event()
        with Timeout(timeout, TimedOut("timed_out", "No answer in time.")):
            with door.places:
                door.member.answer(Call(method, body, headers), answered.send)
                return answered.wait()


class Door:
    """Lets a service answer as many calls at once as it has connections for."""

    def __init__(self, member):
        self.member = member
        self.places = Semaphore(member.calls_at_once)
        self.is_open = False


class LocalCarrier:
    """Carries the facts of one service to the listeners in this process.

    The oldest facts from before the start may have been in hand when the process died, and one of them may be why. They
    are put aside into their listeners' inboxes, which try each alone and give it up when it ends the process each time.
    """

    def __init__(self, bus, member):
        self._bus = bus
        self._member = member
        self._in_hand = 0
        self._finished = set()
        # As many as could be in hand, and as many again that were done but not yet forgotten.
        self._suspects = 2 * IN_HAND
        self._began = utcnow().isoformat()

    @property
    def capacity(self):
        """Return how many more facts may be handed over."""
        return IN_HAND - self._in_hand

    def send(self, letters):
        """Begin to hand letters over: `{outbox id: Letter}`."""
        for outbox_id, letter in letters.items():
            self._in_hand += 1
            self._hand_over(outbox_id, letter)

    def finished(self):
        """Return and forget what is safe; nothing is refused here."""
        finished, self._finished = self._finished, set()
        return finished, (), ()

    def _hand_over(self, outbox_id, letter):
        doors = self._bus.doors_of(letter)
        missing = len(doors)

        def one_done():
            nonlocal missing
            missing -= 1
            if not missing:
                self._done(outbox_id)

        is_urgent = (letter.source, letter.name) == GRANTS
        is_suspect = not is_urgent and self._is_suspect(letter)
        for door in doors:
            if is_urgent:
                door.member.hear_grants(letter, one_done)
            else:
                door.member.intake.hand_over(letter, is_suspect, one_done)
        if not doors:
            self._done(outbox_id)

    def _done(self, outbox_id):
        self._in_hand -= 1
        self._finished.add(outbox_id)
        if self._in_hand == IN_HAND // 2:
            self._member.relay.nudge()

    def _is_suspect(self, letter):
        if not self._suspects or letter.headers["occurred_at"] > self._began:
            return False
        self._suspects -= 1
        return True
