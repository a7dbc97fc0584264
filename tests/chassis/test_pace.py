"""What follows gives way for a moment where people wait on a busy machine, and never for longer."""

from datetime import UTC, datetime, timedelta

import pytest

from chassis.bus.pace import (
    BATCH,
    GATHER_SECONDS,
    GATHER_SECONDS_BUSY,
    LOOK_SECONDS,
    PATIENCE_SECONDS,
    SLOW_BATCH,
    SLOW_SECONDS,
    MachineLoad,
    Pace,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Machine:
    """A machine's clock, its load, and whether people wait."""

    def __init__(self):
        self.seconds = 100.0
        self.is_high = True
        self.wait = True

    def clock(self):
        return self.seconds


@pytest.fixture
def machine():
    """A busy machine on which people wait."""
    return Machine()


@pytest.fixture
def pace(machine):
    """The pace of a relay on it."""
    return Pace(lambda: machine.wait, machine, machine.clock)


def hand_over(pace, waited):
    """Say that facts are handed over, the first of which has waited so many seconds."""
    pace.note(NOW - timedelta(seconds=waited), NOW)


def test_few_are_handed_over_where_people_wait_on_a_busy_machine(pace, machine):
    assert pace.batch == SLOW_BATCH
    hand_over(pace, waited=0.1)
    assert pace.batch == 0
    machine.seconds += SLOW_SECONDS
    assert pace.batch == SLOW_BATCH


@pytest.mark.parametrize("reason", ["is_high", "wait"])
def test_all_are_handed_over_where_nobody_waits_or_the_machine_has_time(pace, machine, reason):
    hand_over(pace, waited=0.1)
    setattr(machine, reason, False)
    assert pace.batch == BATCH


def test_no_fact_waits_longer_than_its_patience(pace, machine):
    hand_over(pace, waited=PATIENCE_SECONDS)
    assert pace.batch == 0
    hand_over(pace, waited=PATIENCE_SECONDS + 0.1)
    assert pace.batch == BATCH
    hand_over(pace, waited=PATIENCE_SECONDS - 1)
    assert pace.batch == 0


def test_it_gathers_longer_where_people_wait(pace, machine):
    assert pace.gather_seconds == GATHER_SECONDS_BUSY
    machine.wait = False
    assert pace.gather_seconds == GATHER_SECONDS


def test_a_machine_is_busy_by_what_it_did_since_the_last_look(machine):
    times = [0.0, 0.0]
    load = MachineLoad(lambda: tuple(times), machine.clock)

    def is_high_after(taken, passed, seconds=LOOK_SECONDS + 0.01):
        machine.seconds += seconds
        times[0] += taken
        times[1] += passed
        return load.is_high

    assert not load.is_high
    assert is_high_after(0.3, 0.5)
    assert is_high_after(0.0, 0.1, seconds=LOOK_SECONDS / 2), "it is not looked at so soon again"
    assert not is_high_after(0.1, 0.4)
    assert not is_high_after(0.25, 0.75), "a third is not busy"
    assert is_high_after(0.26, 0.75)


def test_the_load_of_this_machine_is_read():
    load = MachineLoad()
    taken, passed = load._times()
    assert 0 < taken < passed
