"""Supervision: who ends is started again, soon at first and ever more slowly; who never starts is named."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from infra.local.ports import free_port
from infra.local.programs import Program, give_way
from infra.local.supervisor import FIRST_DELAY, LONGEST_DELAY, STEADY_SECONDS, TRIES_AT_START, Supervisor
from infra.refusal import Refusal
from tests.waiting import eventually

ANSWERS = """
import http.server, sys
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def log_message(self, *_):
        pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Ready).serve_forever()
"""


class FakeChild:
    """A child whose life the test decides."""

    name = kind = "fake"

    def __init__(self):
        self.begun, self.running, self.ready, self.process = 0, False, True, None

    def begin(self):
        """Counts."""
        self.begun, self.running = self.begun + 1, True

    def is_running(self):
        """As the test says."""
        return self.running

    def is_ready(self):
        """As the test says."""
        return self.ready

    def last_words(self):
        """What a log would end with."""
        return "no such setting"


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def program(tmp_path):
    """Returns a function that makes a real child of ours; all are ended at the end."""
    made = []

    def make(code, name="child", niceness=0):
        port = free_port()
        argv, url = ("-c", code, str(port)), f"http://127.0.0.1:{port}/readyz"
        log = tmp_path / "log" / f"{name}.log"
        made.append(Program(name, name, argv, dict(os.environ), log, url, niceness))
        return made[-1]

    yield make
    for child in made:
        if child.is_running():
            child.process.kill()
            child.process.wait()


def delays_of(supervisor, child, clock, ends):
    """Ends the child so often, at once after each start; returns the seconds until each restart."""
    seconds = []
    for _ in range(ends):
        child.running, began, begun = False, clock.now, child.begun
        supervisor.look()
        while child.begun == begun:
            clock.now += 0.01
            supervisor.look()
        seconds.append(round(clock.now - began, 1))
        supervisor.look()
    return seconds


def test_restarts_come_ever_more_slowly_up_to_a_limit():
    child, clock = FakeChild(), Clock()
    supervisor = Supervisor(tell=lambda _: None, clock=clock)
    supervisor.begin(child)
    supervisor.look()
    assert delays_of(supervisor, child, clock, 10) == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30.0, 30.0]
    assert (FIRST_DELAY, LONGEST_DELAY) == (0.2, 30.0)


def test_a_child_that_stayed_up_is_restarted_soon_again():
    child, clock = FakeChild(), Clock()
    supervisor = Supervisor(tell=lambda _: None, clock=clock)
    supervisor.begin(child)
    supervisor.look()
    delays_of(supervisor, child, clock, 5)
    clock.now += STEADY_SECONDS + 1
    supervisor.look()
    assert delays_of(supervisor, child, clock, 1) == [0.2]


def test_a_killed_child_is_back_within_a_second_and_the_other_untouched(program):
    told = []
    supervisor = Supervisor(tell=told.append)
    victim, other = program(ANSWERS, "victim"), program(ANSWERS, "other")
    supervisor.begin(victim)
    supervisor.begin(other)
    supervisor.wait_ready(20, threading.Event().wait)
    first, bystander = victim.process.pid, other.process.pid
    os.kill(first, signal.SIGKILL)
    killed_at = time.monotonic()

    def is_back():
        supervisor.look()
        return victim.is_running() and victim.process.pid != first

    eventually(is_back, within=5, what="the restart")
    assert time.monotonic() - killed_at < 1.0
    assert told == ["victim ended (code -9); it is started again in 0.2 s."]
    assert other.process.pid == bystander
    assert [watched.restarts for watched in supervisor.watched] == [1, 0]


def test_a_child_that_cannot_start_is_named_with_its_last_words(program):
    supervisor = Supervisor(tell=lambda _: None)
    supervisor.begin(program("raise SystemExit('LINK_KEY is missing. See .env.example.')", "tickets"))
    with pytest.raises(Refusal) as refusal:
        supervisor.wait_ready(20, threading.Event().wait)
    assert str(refusal.value) == "tickets does not start: LINK_KEY is missing. See .env.example."
    assert supervisor.watched[0].restarts == TRIES_AT_START


def test_a_child_that_was_ready_is_started_again_while_others_are_waited_for():
    """Their readiness may hang on it."""
    child, other, clock = FakeChild(), FakeChild(), Clock()
    other.ready = False
    supervisor = Supervisor(tell=lambda _: None, clock=clock)
    supervisor.begin(child)
    supervisor.begin(other)
    supervisor.look()

    def end_child(_seconds):
        clock.now += LONGEST_DELAY
        child.running, other.ready = child.begun > TRIES_AT_START + 1, child.begun > TRIES_AT_START + 1

    supervisor.wait_ready(3600, end_child)
    assert [watched.restarts for watched in supervisor.watched] == [TRIES_AT_START + 1, 0]


def test_each_change_is_told_to_whoever_keeps_the_record():
    child, clock, changes = FakeChild(), Clock(), []
    supervisor = Supervisor(lambda _: None, lambda: changes.append(supervisor.is_ready()), clock)
    supervisor.begin(child)
    supervisor.look()
    supervisor.look()
    assert changes == [True]
    child.running = False
    for expected in ([True, False], [True, False, False], [True, False, False, True]):
        supervisor.look()
        assert changes == expected
        clock.now += FIRST_DELAY


def test_waiting_for_readiness_has_an_end():
    child, clock = FakeChild(), Clock()
    child.ready = False
    supervisor = Supervisor(tell=lambda _: None, clock=clock)
    supervisor.begin(child)

    def pass_time(seconds):
        clock.now += seconds

    with pytest.raises(Refusal, match="^fake was not ready within 3 s: no such setting$"):
        supervisor.wait_ready(3, pass_time)
    assert not supervisor.is_ready()
    # Whoever ends it meanwhile is not kept waiting.
    supervisor.wait_ready(3, lambda seconds: pass_time(seconds) is None)


def test_stopping_is_polite_and_then_sure(program, tmp_path):
    """Group by group; whoever has ended already is not asked to."""
    end = f"sys.exit(open({str(tmp_path / 'said')!r}, 'w').write('bye') and 0)"
    polite = f"import signal, sys; signal.signal(signal.SIGTERM, lambda *_: {end})\n"
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    supervisor = Supervisor(tell=lambda _: None)
    children = [program(polite + ANSWERS, "polite"), program(deaf + ANSWERS, "deaf"), program(ANSWERS, "gone")]
    for child in children:
        supervisor.begin(child)
    supervisor.wait_ready(20, threading.Event().wait)
    children[2].process.kill()
    children[2].process.wait()
    supervisor.stop([lambda child: child.name != "polite"], seconds=0.5)
    assert [child.process.poll() for child in children] == [None, -signal.SIGKILL, -signal.SIGKILL]
    assert [watched.child for watched in supervisor.watched] == children[:1]
    supervisor.stop([lambda child: False, lambda child: True], seconds=5)
    assert (children[0].process.returncode, (tmp_path / "said").read_text()) == (0, "bye")
    assert supervisor.watched == []


@pytest.mark.parametrize("error", [Refusal("no port is free"), OSError("no port is free")])
def test_a_child_that_cannot_be_started_again_is_tried_again(monkeypatch, error):
    """And the others are watched meanwhile."""
    child, other, clock, told = FakeChild(), FakeChild(), Clock(), []
    supervisor = Supervisor(tell=told.append, clock=clock)
    for each in (child, other):
        supervisor.begin(each)
    supervisor.look()
    assert supervisor.is_ready()
    begin, failing = child.begin, iter([error])

    def begin_at_last():
        for failure in failing:
            raise failure
        begin()

    monkeypatch.setattr(child, "begin", begin_at_last)
    child.running = False
    for _ in range(4):
        supervisor.look()
        assert not supervisor.is_ready()
        clock.now += 1
    supervisor.look()
    assert (supervisor.is_ready(), child.begun, other.begun) == (True, 2, 1)
    assert told == [
        "fake ended (code None); it is started again in 0.2 s.",
        "fake could not be started again: no port is free",
        "fake ended (code None); it is started again in 0.4 s.",
    ]


def test_a_child_gets_no_ctrl_c_of_our_terminal(program):
    child = program(ANSWERS)
    child.begin()
    assert os.getsid(child.process.pid) == child.process.pid != os.getsid(0)
    assert sys.executable in child.process.args


def test_who_follows_up_gives_way(program):
    child, other = program(ANSWERS, niceness=10), program(ANSWERS, name="other")
    child.begin()
    other.begin()
    assert os.getpriority(os.PRIO_PROCESS, child.process.pid) == os.getpriority(os.PRIO_PROCESS, 0) + 10
    assert os.getpriority(os.PRIO_PROCESS, other.process.pid) == os.getpriority(os.PRIO_PROCESS, 0)
    group = Path(f"/proc/{child.process.pid}/autogroup")
    assert not group.exists() or group.read_text().endswith("nice 10\n")


def test_giving_way_is_no_condition_for_running():
    nobody = 2**22 + 1
    give_way(nobody, 10)
    assert not Path(f"/proc/{nobody}").exists()
