"""Rights taken away: the highest epoch heard of each person, read at most 0.3 s stale by every process."""

import threading
from time import monotonic
from uuid import UUID

from chassis.actors import TOKEN_SECONDS
from chassis.bus.facts import GRANTS, opened_payload
from chassis.bus.wire import Refused
from chassis.errors import Unauthenticated

#: Seconds that what was read may be relied on.
FRESH_SECONDS = 0.25
#: Seconds by which each reading reaches back over the last one: a row may be committed long after its `changed_at`.
OVERLAP_SECONDS = 60
#: Seconds for which an epoch is remembered at the least, whatever the clocks of two hosts say.
REMEMBERED_SECONDS = 2 * TOKEN_SECONDS

_READ = "SELECT person_id, epoch FROM epochs WHERE changed_at > now() - make_interval(secs => %(seconds)s)"
_KEEP = (
    "INSERT INTO epochs (person_id, epoch) VALUES (%(person_id)s, %(epoch)s) ON CONFLICT (person_id) "
    "DO UPDATE SET epoch = excluded.epoch, changed_at = now() WHERE epochs.epoch < excluded.epoch"
)


class Epochs:
    """The epochs known to one service.

    Only those of the last minutes matter: a token that is older than them has expired by itself.
    """

    def __init__(self, database):
        self._database = database
        self._known, self._before = {}, {}
        self._known_since = self._read_at = None
        self._reading = threading.Lock()

    def check(self, actor):
        """Refuse an actor whose token is older than the last change of their rights.

        :raises Unauthenticated: `stale`; a new token tells what they may now.
        """
        if self._is_old():
            with self._reading:
                if self._is_old():
                    self._read()
        if actor.epoch < self._epoch_of(actor.person_id):
            raise Unauthenticated("stale", "Your rights have changed. Ask again with a new token.")

    def hear(self, letter):
        """Keep the epoch that a `GrantsChanged` tells; a lower one changes nothing.

        :raises Refused: it is not such a fact.
        """
        if (letter.source, letter.name) != GRANTS:
            # Only identity may write to its exchange, but a service that answers calls can write to any queue by name.
            raise Refused("nobody listens to this here")
        payload = opened_payload(letter)
        try:
            person_id, epoch = UUID(payload["person_id"]), int(payload["epoch"])
        except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
            raise Refused("not what the contract declares", str(error)) from None
        if not 0 <= epoch < 2**63:
            raise Refused("not what the contract declares", "epoch")
        with self._database.work() as work:
            work.change(_KEEP, person_id=person_id, epoch=epoch)
            work.commit()
        self._note(person_id, epoch)

    def _is_old(self):
        return self._read_at is None or monotonic() - self._read_at > FRESH_SECONDS

    def _read(self):
        began = monotonic()
        reach = REMEMBERED_SECONDS if self._read_at is None else began - self._read_at + OVERLAP_SECONDS
        for row in self._database.read(_READ, seconds=reach):
            self._note(row.person_id, row.epoch)
        self._read_at = began
        if self._known_since is None or began - self._known_since > REMEMBERED_SECONDS:
            self._before, self._known, self._known_since = self._known, {}, began

    def _note(self, person_id, epoch):
        self._known[person_id] = max(epoch, self._epoch_of(person_id))

    def _epoch_of(self, person_id):
        return max(self._known.get(person_id, 0), self._before.get(person_id, 0))
