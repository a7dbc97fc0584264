"""Entrypoints of the hearer."""

import os
import random
import signal

from chassis.bus import answer, on
from chassis.copies import keep
from chassis.errors import NotHereYet, NotYet
from chassis.prepared import Prepared
from tests.bus.services.hearer import contract, models
from tests.bus.services.teller.contract import Renamed, Said

_EFFECT = Prepared("INSERT INTO effects (number) VALUES (%(number)s)")
_ATTEMPT = "INSERT INTO attempts (number) VALUES (%(number)s) RETURNING id"
_TRIED = "SELECT count(*) AS times FROM attempts WHERE number = %(number)s"
#: Writes a try down unless there were two, and says whether it did.
_ATTEMPT_OF_TWO = Prepared(
    "INSERT INTO attempts (number) SELECT %(number)s::integer"
    " WHERE (SELECT count(*) FROM attempts WHERE number = %(number)s) < 2 RETURNING id"
)
_EARLIER = "SELECT 1 FROM things WHERE name = %(name)s"
_THING = "SELECT name FROM things WHERE id = %(id)s"
_FIXED = "SELECT 1 FROM fixes WHERE number = %(number)s"


class HearerService:
    """Hears facts."""

    name = "hearer"
    contract = contract.Hearer

    @answer
    def heard(self, work, actor):
        """Answer how many effects there are."""
        return {"count": work.one("SELECT count(*) AS count FROM effects").count}

    @answer
    def touch(self, work, actor, thing_id, number):
        """Have an effect by a thing, and write each try down."""
        work.change(_EFFECT, number=number)
        return self._thing(work, thing_id, number)

    @answer
    def touch_as_a_stranger(self, work, actor, thing_id, number):
        """Do the same."""
        return self.touch(work, actor, thing_id, number)

    @answer
    def look_at(self, work, actor, thing_id, number):
        """Answer the name of a thing, and write each try down."""
        return self._thing(work, thing_id, number)

    @on(Said, only_if=lambda said: said["trouble"] != "elsewhere")
    def said(self, work, fact):
        """Leave an effect, unless the fact brings trouble."""
        number, trouble = fact.data["number"], fact.data["trouble"]
        work.change(_EFFECT, number=number)
        if trouble == "fails_first" and self._is_unlucky(number):
            raise RuntimeError("the first tries fail")
        if trouble in ("fails", "kills") and not work.load(_FIXED, number=number):
            self.database.read(_ATTEMPT, number=number)
            if trouble == "kills":
                os.kill(os.getpid(), signal.SIGKILL)
            raise RuntimeError("nobody has mended this")
        if trouble == "cuts" and not self.database.read(_TRIED, number=number)[0].times:
            self.database.read(_ATTEMPT, number=number)
            work.load("SELECT pg_terminate_backend(pg_backend_pid())")
        if trouble == "not_yet" and not work.load(_EARLIER, name=str(number)):
            raise NotYet

    @on(Renamed)
    def renamed(self, work, fact):
        """Keep a copy."""
        keep(work, models.Thing, fact.data["thing_id"], fact.version, name=fact.data["name"])

    def _thing(self, work, thing_id, number):
        self.database.read(_ATTEMPT, number=number)
        thing = work.one(_THING, id=thing_id)
        if thing is None:
            raise NotHereYet("thing_not_found", "There is no such thing.")
        return {"name": thing.name}

    def _is_unlucky(self, number):
        # Twice: when facts that are handled together fail, each is tried by itself at once.
        return random.Random(number).random() < 0.2 and bool(self.database.read(_ATTEMPT_OF_TWO, number=number))
