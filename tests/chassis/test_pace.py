"""What follows gives way for a moment where people wait on a busy machine, and never for long."""

import pytest

from chassis.bus.pace import (
    BATCH,
    GATHER_SECONDS,
    GATHER_SECONDS_BUSY,
    LOOK_SECONDS,
    SLOW_BATCH,
    SLOW_SECONDS,
    MachineLoad,
    Pace,
)


class Machine:
    """A machine's clock, its load, and whether people wait."""

    def __init__(self):
        self.seconds = 0.0
        self.busy = True
        self.wait = True

    def clock(self):
        return self.seconds

    def is_high(self):
        return self.busy


@pytest.fixture
def machine():
    """A busy machine on which people wait."""
    return Machine()


@pytest.fixture
def pace(machine):
    """The pace of a relay on it."""
    return Pace(lambda: machine.wait, machine, machine.clock)


def handed_over(pace, machine, told_per_second, seconds, step=0.05):
    """Let facts be told and handed over; return how long each waited and how many went in each second."""
    waiting, waits, told = [], [], 0
    each_second = [0] * seconds
    while machine.seconds < seconds:
        while told < machine.seconds * told_per_second:
            waiting.append(told / told_per_second)
            told += 1
        allowed = pace.batch()
        if allowed:
            going, waiting = waiting[:allowed], waiting[allowed:]
            pace.note(len(going), allowed)
            waits += [machine.seconds - began for began in going]
            each_second[int(machine.seconds)] += len(going)
        machine.seconds += step
    return waits, each_second


def test_few_are_handed_over_where_people_wait_on_a_busy_machine(pace, machine):
    assert pace.batch() == SLOW_BATCH
    pace.note(SLOW_BATCH, SLOW_BATCH)
    assert pace.batch() == 0
    machine.seconds += SLOW_SECONDS
    assert pace.batch() == SLOW_BATCH


@pytest.mark.parametrize("reason", ["busy", "wait"])
def test_all_are_handed_over_where_nobody_waits_or_the_machine_has_time(pace, machine, reason):
    pace.note(SLOW_BATCH, SLOW_BATCH)
    setattr(machine, reason, False)
    assert pace.batch() == BATCH


def test_the_load_is_not_looked_at_where_nobody_waits(machine):
    machine.wait = False
    machine.is_high = None
    assert Pace(lambda: machine.wait, machine, machine.clock).batch() == BATCH


@pytest.mark.parametrize("told_per_second, longest", [(5, 0.3), (20, 1), (50, 3), (500, 6), (1500, 6)])
def test_no_fact_waits_for_long_however_long_people_wait(pace, machine, told_per_second, longest):
    waits, each_second = handed_over(pace, machine, told_per_second, seconds=60)
    assert max(waits) < longest
    assert len(waits) > told_per_second * 59
    settled = each_second[30:]
    assert max(settled) - min(settled) <= max(3, told_per_second * 0.2), "it comes in floods"


def test_the_first_seconds_are_those_of_the_people_who_wait(pace, machine):
    _, each_second = handed_over(pace, machine, 500, seconds=3)
    assert sum(each_second) <= 3 * SLOW_BATCH / SLOW_SECONDS


def test_it_begins_slowly_again_after_a_calm(pace, machine):
    handed_over(pace, machine, 500, seconds=6)
    machine.wait = False
    assert pace.batch() == BATCH
    machine.wait = True
    machine.seconds += SLOW_SECONDS
    assert pace.batch() == SLOW_BATCH


def test_it_gathers_longer_where_people_wait(pace, machine):
    assert pace.gather_seconds() == GATHER_SECONDS_BUSY
    machine.wait = False
    assert pace.gather_seconds() == GATHER_SECONDS


def is_high_after(load, machine, times, taken, passed, seconds=LOOK_SECONDS + 0.01):
    """Let the machine do something; return whether it counts as busy then."""
    machine.seconds += seconds
    times[0] += taken
    times[1] += passed
    return load.is_high()


def test_a_machine_is_busy_by_what_it_did_since_the_last_look(machine):
    times = [0.0, 0.0]
    load = MachineLoad(lambda: tuple(times), 2, machine.clock)
    assert not load.is_high()
    assert not is_high_after(load, machine, times, 9, 9), "there is nothing yet to compare with"
    assert is_high_after(load, machine, times, 0.3, 0.5)
    assert is_high_after(load, machine, times, 0.0, 0.1, LOOK_SECONDS / 2), "it is not looked at so soon again"
    assert not is_high_after(load, machine, times, 0.1, 0.4)
    assert not is_high_after(load, machine, times, 0.25, 0.75), "a third is not busy"
    assert is_high_after(load, machine, times, 0.26, 0.75)


@pytest.mark.parametrize("cores, busy, free", [(1, 0.4, 0.3), (2, 0.4, 0.3), (4, 0.7, 0.6), (64, 0.99, 0.97)])
def test_a_machine_with_cores_to_spare_is_not_busy(machine, cores, busy, free):
    times = [0.0, 0.0]
    load = MachineLoad(lambda: tuple(times), cores, machine.clock)
    is_high_after(load, machine, times, 0, 1)
    assert is_high_after(load, machine, times, busy, 1)
    assert not is_high_after(load, machine, times, free, 1)


def test_a_machine_that_cannot_be_seen_stops_nobody(machine):
    answers = [(0, 0), PermissionError("/proc/stat"), (5, 5), (10, 10)]

    def times():
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    load = MachineLoad(times, 2, machine.clock)
    seen = []
    for _ in range(4):
        machine.seconds += LOOK_SECONDS + 0.01
        seen.append(load.is_high())
    assert seen == [False, False, False, True]


def test_the_load_of_this_machine_is_read():
    load = MachineLoad()
    taken, passed = load._times()
    assert 0 < taken < passed
