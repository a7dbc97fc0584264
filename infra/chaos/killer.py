"""Kills processes of a running desk with -9, in a seeded order, each when the last victim is ready again."""

import json
import os
import random
import signal
import time
from collections import Counter
from contextlib import suppress

import psutil

from infra.local.ending import has_ended
from infra.local.postgres import Postgres
from infra.local.programs import is_ready_at
from infra.refusal import Refusal

#: Seconds a victim may take until it is ready again.
READY_WITHIN = 90.0
LOOK_SECONDS = 0.05
#: Seconds at the most between a burst of inputs and the kill, so that kills meet every stage of what follows.
LATEST = 0.5


class NotReadyAgain(Refusal):
    """A killed process did not come back, or nothing came that it could be killed in the midst of."""


class Killer:
    """Kills every kind of process so many times, the servers under the services too where they are the desk's own.

    :param record: function that returns the running desk's record; kinds are read from its `processes`.
    :param kills: of each kind.
    :param stir: function that has the clients send something now.
    :param in_flight: function that says how much is under way.
    """

    def __init__(self, record, kills, seed, stir, in_flight):
        self._record = record
        self._stir = stir
        self._in_flight = in_flight
        self._random = random.Random(seed)
        self._left_alone = []
        self.killed = []
        kinds = sorted({process["kind"] for process in record()["processes"]})
        self.planned = [kind for kind in kinds for _ in range(kills)]
        self._random.shuffle(self.planned)

    def run(self, tell=lambda sentence: None):
        """Kill all that is planned; return how many were.

        :param tell: gets a sentence per kill.
        :raises NotReadyAgain: a victim stays away.
        """
        for number, kind in enumerate(self.planned, 1):
            victim, seen = self._victim(kind)
            self.kill(victim)
            began = time.monotonic()
            self._wait(lambda victim=victim: self._is_back(victim), f"{victim['name']} to be ready again")
            seconds = time.monotonic() - began
            tell(
                f"kill {number}/{len(self.planned)}: {victim['name']} with {seen} in flight, "
                f"ready again after {seconds:.1f} s"
            )
        return len(self.killed)

    def kill(self, victim):
        """Kill a process with its children the first time, then alone and with them by turns.

        gunicorn's and PostgreSQL's work is done by children; a child that is left alone has to notice by itself.

        :param victim: of the record's `processes`.
        """
        is_alone = self.killed.count(victim["kind"]) % 2
        self._left_alone = psutil.Process(victim["pid"]).children(recursive=True)
        os.kill(victim["pid"], signal.SIGKILL)
        for child in () if is_alone else self._left_alone:
            with suppress(psutil.NoSuchProcess):
                child.kill()
        self.killed.append(victim["kind"])

    def ended_by_themselves(self):
        """Return `{kind: how often its processes ended without having been killed}` of those that did."""
        ends = Counter()
        for process in self._record()["processes"]:
            ends[process["kind"]] += process["restarts"]
        return dict(ends - Counter(self.killed))

    def _victim(self, kind):
        """Return a process of a kind, and how much is in flight; all of its kind are ready."""
        self._wait(lambda: all(map(_is_ready, self._of(kind))), f"{kind} to be ready")
        victim = self._random.choice(self._of(kind))
        return victim, self._wait(self._in_flight_after_a_burst, "anything in flight")

    def _in_flight_after_a_burst(self):
        self._stir()
        time.sleep(self._random.uniform(0, LATEST))
        return self._in_flight()

    def _of(self, kind):
        return [process for process in self._record()["processes"] if process["kind"] == kind]

    def _is_back(self, victim):
        """Whether another process runs in its place; its children, which could answer for it, have gone.

        The database is back when all who need it are ready, too.
        """
        processes = self._record()["processes"]
        others = processes if victim["kind"] == Postgres.kind else ()
        return (
            all(map(has_ended, self._left_alone))
            and any(
                process["name"] == victim["name"] and process["pid"] != victim["pid"] and _is_ready(process)
                for process in processes
            )
            and all(map(_is_ready, others))
        )

    def _wait(self, condition, what):
        """Wait until a condition gives something true; return that."""
        ends = time.monotonic() + READY_WITHIN
        while True:
            try:
                if found := condition():
                    return found
            except (OSError, json.JSONDecodeError):
                # The record is being replaced.
                pass
            if time.monotonic() > ends:
                raise NotReadyAgain(f"Waited {READY_WITHIN:.0f} s for {what}.")
            time.sleep(LOOK_SECONDS)


def _is_ready(process):
    """Whether a process has become ready, and still says so: the broker may have been away since."""
    return process["ready"] and (process["ready_url"] is None or is_ready_at(process["ready_url"]))
