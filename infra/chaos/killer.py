"""Kills processes of a running desk with -9, in a seeded order, each when the last victim is ready again."""

import json
import os
import random
import signal
import time

#: Seconds a victim may take until it is ready again.
READY_WITHIN = 60.0
LOOK_SECONDS = 0.05


class NotReadyAgain(Exception):
    """A killed process did not come back."""


class Killer:
    """Kills every kind of process so many times.

    :param record: function that returns the running desk's record; kinds are read from its `processes`.
    :param kills: of each kind.
    :param in_flight: function that says whether something is under way.
    """

    def __init__(self, record, kills, seed, in_flight):
        self._record = record
        self._in_flight = in_flight
        self.killed = []
        kinds = sorted({process["kind"] for process in record()["processes"]} - {"postgresql"})
        self.planned = [kind for kind in kinds for _ in range(kills)]
        random.Random(seed).shuffle(self.planned)
        self._random = random.Random(seed + 1)

    def run(self, tell=lambda sentence: None):
        """Kill all that is planned; return how many were.

        :param tell: gets a sentence per kill.
        """
        for number, kind in enumerate(self.planned, 1):
            self._wait(self._in_flight, "anything in flight")
            victim = self._random.choice(self._of(kind))
            os.kill(victim["pid"], signal.SIGKILL)
            began = time.monotonic()
            self.killed.append(kind)
            self._wait(lambda victim=victim: self._is_back(victim), f"{victim['name']} to be ready again")
            seconds = time.monotonic() - began
            tell(f"kill {number}/{len(self.planned)}: {victim['name']}, ready again after {seconds:.1f} s")
        return len(self.killed)

    def _of(self, kind):
        self._wait(lambda: all(process["ready"] for process in self._processes(kind)), f"{kind} to be ready")
        return self._processes(kind)

    def _processes(self, kind):
        return [process for process in self._record()["processes"] if process["kind"] == kind]

    def _is_back(self, victim):
        return any(
            process["name"] == victim["name"] and process["pid"] != victim["pid"] and process["ready"]
            for process in self._record()["processes"]
        )

    def _wait(self, condition, what):
        ends = time.monotonic() + READY_WITHIN
        while True:
            try:
                if condition():
                    return
            except (OSError, json.JSONDecodeError):
                pass
            if time.monotonic() > ends:
                raise NotReadyAgain(f"waited {READY_WITHIN:.0f} s for {what}")
            time.sleep(LOOK_SECONDS)
