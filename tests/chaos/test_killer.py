"""The killer's plan, and what it waits for, on a desk that is only a record."""

import subprocess
import sys

import psutil
import pytest

from infra.chaos.killer import Killer, NotReadyAgain
from infra.local.ending import has_ended
from tests.waiting import eventually

KINDS = ("gateway", "postgresql", "rabbitmq", "tickets")


class Desk:
    """A record whose processes are real and do nothing; one that has ended is started anew when looked at."""

    def __init__(self, starts_again=True):
        self.starts_again = starts_again
        self.processes = {kind: self.started() for kind in KINDS}
        self.ended = []

    @staticmethod
    def started(code="import sys; sys.stdin.read()"):
        """Start a process that does nothing."""
        return subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, start_new_session=True)

    def record(self):
        """Return the record as `./desk up` keeps it."""
        for kind, process in self.processes.items():
            if process.poll() is not None and self.starts_again:
                self.ended.append((kind, process.returncode))
                self.end(process)
                self.processes[kind] = self.started()
        return {"processes": [self._row(kind, process) for kind, process in self.processes.items()]}

    def _row(self, kind, process):
        is_running = process.poll() is None
        pid = process.pid if is_running else None
        restarts = sum(ended == kind for ended, _ in self.ended)
        row = {"name": kind, "kind": kind, "pid": pid, "restarts": restarts}
        return {**row, "ready": is_running, "ready_url": None}

    @staticmethod
    def end(process):
        """End a process of this desk."""
        process.kill()
        process.stdin.close()
        process.wait()


@pytest.fixture
def desk_of():
    desks = []

    def make(**options):
        desks.append(Desk(**options))
        return desks[-1]

    yield make
    for desk in desks:
        for process in desk.processes.values():
            desk.end(process)


def test_every_kind_is_killed_as_often_as_wanted(desk_of):
    desk = desk_of()
    killer = Killer(desk.record, 2, 1, stir=int, in_flight=lambda: 1)
    assert killer.run() == 8
    assert sorted(killer.killed) == [kind for kind in KINDS for _ in range(2)]
    assert desk.ended == [(kind, -9) for kind in killer.killed]
    assert killer.ended_by_themselves() == {}


def test_what_has_left_the_group_of_its_parent_is_killed_with_it(desk_of, tmp_path):
    """As PostgreSQL's processes do, which would notice by themselves."""
    desk = desk_of()
    started = tmp_path / "started"
    child = "import os, sys; os.setsid(); open(sys.argv[1], 'w').write(str(os.getpid())); sys.stdin.read()"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}, {str(started)!r}])"
    desk.end(desk.processes["postgresql"])
    desk.processes["postgresql"] = desk.started(parent)
    eventually(lambda: started.exists() and started.read_text(), what="the child")
    (child,) = psutil.Process(desk.processes["postgresql"].pid).children()
    killer = Killer(desk.record, 1, 1, stir=int, in_flight=lambda: 1)
    (victim,) = (row for row in desk.record()["processes"] if row["kind"] == "postgresql")
    killer.kill(victim)
    eventually(lambda: has_ended(child), what="the end of the child")
    assert desk.processes["postgresql"].wait(10) == -9


def test_after_the_database_all_others_are_ready_again_before_the_next_kill(desk_of):
    desk = desk_of()
    killer = Killer(desk.record, 1, 1, stir=int, in_flight=lambda: 1)
    killer.planned = ["postgresql", "gateway"]
    looks = []

    def record():
        found = desk.record()
        if killer.killed == ["postgresql"]:
            looks.append(found)
            (tickets,) = (row for row in found["processes"] if row["kind"] == "tickets")
            tickets["ready"] = len(looks) > 10
        return found

    killer._record = record
    assert killer.run() == 2
    assert len(looks) > 10


def test_a_process_that_ends_without_having_been_killed_is_named(desk_of):
    desk = desk_of()
    killer = Killer(desk.record, 1, 1, stir=int, in_flight=lambda: 1)
    killer.run()
    desk.processes["tickets"].kill()
    desk.processes["tickets"].wait()
    assert killer.ended_by_themselves() == {"tickets": 1}


def test_a_seed_gives_one_order_and_another_seed_another(desk_of):
    desk = desk_of()
    orders = [Killer(desk.record, 3, seed, stir=int, in_flight=lambda: 1).planned for seed in (1, 1, 2)]
    assert orders[0] == orders[1] != orders[2]


def test_nothing_is_killed_while_nothing_is_in_flight(desk_of, monkeypatch):
    monkeypatch.setattr("infra.chaos.killer.READY_WITHIN", 0.3)
    desk = desk_of()
    killer = Killer(desk.record, 1, 1, stir=int, in_flight=lambda: 0)
    with pytest.raises(NotReadyAgain, match="anything in flight"):
        killer.run()
    assert (killer.killed, desk.record() and desk.ended) == ([], [])


def test_a_victim_that_stays_away_ends_the_run(desk_of, monkeypatch):
    monkeypatch.setattr("infra.chaos.killer.READY_WITHIN", 0.3)
    desk = desk_of(starts_again=False)
    killer = Killer(desk.record, 1, 1, stir=int, in_flight=lambda: 1)
    with pytest.raises(NotReadyAgain, match=f"{killer.planned[0]} to be ready again"):
        killer.run()
    assert killer.killed == killer.planned[:1]
