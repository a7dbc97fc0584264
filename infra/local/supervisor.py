"""Keeps children running: one that has ended is started again, soon at first, then ever more slowly."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import psutil

from infra.local.ending import end
from infra.refusal import Refusal

FIRST_DELAY, LONGEST_DELAY = 0.2, 30.0  # Seconds before a restart; doubled at each end.
STEADY_SECONDS = 10.0  # After so long in readiness the next end counts as the first again.
LOOK_SECONDS = 0.1  # Between two looks at the children; a dead one is noticed within this time.
TRIES_AT_START = 3  # A child that ends so often before it was ever ready has a fault that waiting does not mend.


class Child(Protocol):
    """What can be supervised."""

    name: str
    kind: str
    process: object | None

    def begin(self) -> None:
        """Start without waiting."""

    def is_running(self) -> bool:
        """Whether it has not ended."""

    def is_ready(self) -> bool:
        """Whether it can work."""


@dataclass
class Watched:
    """A child and what happened to it; instants are of the monotonic clock."""

    child: Child
    restarts: int = 0
    delay: float = FIRST_DELAY
    begin_at: float | None = None
    ready_at: float | None = None
    was_ready: bool = False


class Supervisor:
    """Watches children until somebody stops it.

    tell: gets a sentence when a child ends.
    changed: called when a child was started again or became ready.
    clock: monotonic seconds.
    """

    def __init__(self, tell: Callable = print, changed: Callable = lambda: None, clock: Callable = time.monotonic):
        self.watched: list[Watched] = []
        self._tell, self._changed, self._clock = tell, changed, clock

    def begin(self, child: Child) -> None:
        """Starts a child and watches it from now on."""
        child.begin()
        self.watch(child)

    def watch(self, child: Child) -> None:
        """Watches a child that runs already."""
        self.watched.append(Watched(child))

    def look(self) -> None:
        """Looks at every child once: notices ends, starts what is due, notices readiness."""
        for watched in self.watched:
            if watched.begin_at is not None:
                if self._clock() >= watched.begin_at:
                    self._begin_again(watched)
            elif not watched.child.is_running():
                self._plan_restart(watched)
            elif watched.ready_at is None:
                self._notice_ready(watched)
            elif self._clock() - watched.ready_at >= STEADY_SECONDS:
                watched.delay = FIRST_DELAY

    def wait_ready(self, seconds: float, is_ending: Callable[[float], bool]) -> None:
        """Looks until every child is ready.

        is_ending: waits at most so many seconds and says whether to give up waiting.
        Raises Refusal, naming a child and its last words, when one cannot start or the time is over.
        """
        deadline = self._clock() + seconds
        while late := [watched.child for watched in self.watched if watched.ready_at is None]:
            if is_ending(LOOK_SECONDS):
                return
            self.look()
            for watched in self.watched:
                if not watched.was_ready and watched.restarts >= TRIES_AT_START:
                    raise Refusal(f"{watched.child.name} does not start: {watched.child.last_words()}")
            if self._clock() > deadline:
                raise Refusal(f"{late[0].name} was not ready within {seconds:.0f} s: {late[0].last_words()}")

    def is_ready(self) -> bool:
        """Whether every child was ready when last looked at and has not ended since."""
        return all(watched.ready_at is not None for watched in self.watched)

    def stop(self, groups: list[Callable[[Child], bool]], seconds: float) -> None:
        """Ends the children: SIGTERM group by group, SIGKILL after so many seconds each."""
        for belongs in groups:
            children = [watched.child for watched in self.watched if belongs(watched.child)]
            self.watched = [watched for watched in self.watched if watched.child not in children]
            running = [child for child in children if child.is_running()]
            end([psutil.Process(child.process.pid) for child in running], seconds=seconds)
            for child in running:
                child.process.wait()

    def _plan_restart(self, watched: Watched) -> None:
        process = watched.child.process
        code = process.poll() if process else None
        self._tell(f"{watched.child.name} ended (code {code}); it is started again in {watched.delay:g} s.")
        watched.begin_at, watched.ready_at = self._clock() + watched.delay, None
        watched.delay = min(watched.delay * 2, LONGEST_DELAY)
        self._changed()

    def _begin_again(self, watched: Watched) -> None:
        watched.restarts += 1
        try:
            watched.child.begin()
        except (Refusal, OSError) as error:
            self._tell(f"{watched.child.name} could not be started again: {error}")
        watched.begin_at = None
        self._changed()

    def _notice_ready(self, watched: Watched) -> None:
        if watched.child.is_ready():
            watched.ready_at, watched.was_ready = self._clock(), True
            self._changed()
