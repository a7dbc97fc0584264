"""Entrypoints of the teller."""

import os
import signal
import time

from chassis.bus import answer, every
from chassis.contract import RawJSON
from chassis.errors import ERRORS
from tests.bus.services.teller import contract

_ADD = (
    "INSERT INTO sums (name, total) VALUES ('all', %(amount)s) "
    "ON CONFLICT (name) DO UPDATE SET total = sums.total + excluded.total RETURNING total"
)


class TellerService:
    """Tells facts and answers calls of every kind."""

    name = "teller"
    contract = contract.Teller

    @answer
    def ping(self, work, actor):
        """Answer with the caller's name."""
        return {"name": actor.name}

    @answer
    def whoami(self, work, actor):
        """Answer with the caller's name, and with nothing that the contract does not declare."""
        return {"name": actor.name, "rights": actor.rights}

    @answer
    def reserved(self, work, actor):
        """Answer with the caller's name."""
        return {"name": actor.name}

    @answer
    def forgotten(self, work, actor):
        """Answer with the caller's name."""
        return {"name": actor.name}

    @answer
    def refuse(self, work, actor, kind):
        """Raise an error of that kind."""
        if kind in ERRORS:
            raise ERRORS[kind]("refused_here", "No.", {"why": ["because"]})
        raise RuntimeError("the secret cause")

    @answer
    def wait(self, work, actor, seconds):
        """Answer late."""
        time.sleep(seconds)
        return {"name": "late"}

    @answer
    def raw(self, work, actor):
        """Answer with JSON that PostgreSQL built."""
        return RawJSON(self.database.read("""SELECT '{"b":  1, "a": "é"}'::json::text""")[0][0].encode(), version=7)

    @answer
    def end_process(self, work, actor):
        """Kill this process."""
        os.kill(os.getpid(), signal.SIGKILL)

    @answer
    def end_process_secretly(self, work, actor, password, link, note):
        """Kill this process."""
        os.kill(os.getpid(), signal.SIGKILL)

    @answer
    def count(self, work, actor, amount, note):
        """Add to the number."""
        return {"total": work.one(_ADD, amount=amount).total}

    @answer
    def count_secretly(self, work, actor, amount, note):
        """Add to the number."""
        return {"total": work.one(_ADD, amount=amount).total}

    @answer
    def say(self, work, actor, count, start, trouble):
        """Tell that something was said."""
        for number in range(start, start + count):
            work.tell(contract.Said, number=number, trouble=trouble)

    @answer
    def rename(self, work, actor, thing_id, name, version):
        """Tell that a thing has a new name."""
        work.tell(contract.Renamed, version=version, thing_id=thing_id, name=name)

    @answer
    def mumble(self, work, actor, count, start, trouble):
        """Tell what nobody hears."""
        for number in range(start, start + count):
            work.tell(contract.Unheard, number=number)

    @every(0.2)
    def tick(self, work):
        """Write down which process runs the timer."""
        work.change("INSERT INTO ticks (process) VALUES (%(process)s)", process=os.getpid())
