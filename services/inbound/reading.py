"""The sweeps that read what SMTP has kept, for one process of the service."""

from functools import cache

from chassis.clock import utcnow
from services.inbound import queries
from services.inbound.actions import OwnMail, conclude_messages
from services.inbound.lanes import BATCH, FreshLane, SlowLane
from services.inbound.parser import Parser

#: Batches of one sweep, so that other timers of the service get their turn.
MOST_BATCHES = 10


class Reading:
    """Both lanes of a process.

    :param folder: root of the file store.
    """

    def __init__(self, folder):
        self._parsers = Parser(folder), Parser(folder)
        self._fresh, self._slow = FreshLane(self._parsers[0]), SlowLane(self._parsers[1])

    def read_fresh(self, database, settings, actor):
        """Read mails until none waits, each batch in its own transaction."""
        for _ in range(MOST_BATCHES):
            rows = database.read(queries.FRESH_MESSAGES, now=utcnow(), limit=BATCH)
            if rows:
                self._conclude(database, settings, actor, self._fresh.read(rows))
            if len(rows) < BATCH:
                return

    def look_at_slow(self, database, settings, actor):
        """Begin to read a mail that took too long before, or conclude it."""

        def next_row():
            return next(iter(database.read(queries.SLOW_MESSAGES, now=utcnow())), None)

        done = self._slow.look(next_row)
        if done:
            self._conclude(database, settings, actor, [done])

    def close(self):
        """End the children."""
        for parser in self._parsers:
            parser.stop()

    def _conclude(self, database, settings, actor, answers):
        # No transaction is open while the parser works: a mail may take longer than the server lets one idle.
        own_mail = OwnMail(settings.links, settings.mail_domain)
        with database.work(actor=actor, now=utcnow()) as work:
            conclude_messages(work, answers, own_mail)
            work.commit()


@cache
def reading_of(folder):
    """Return the lanes of this process for a file store; its children live as long as the process."""
    return Reading(folder)
