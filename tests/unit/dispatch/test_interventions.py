"""Windows of interventions, and when a work order is done."""

from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace

import pytest

from services.dispatch.domain.interventions import clash, outcome, window_problem

START = datetime(2026, 11, 16, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("length", "problem"),
    [
        (timedelta(hours=24), None),
        (timedelta(seconds=1), None),
        (timedelta(hours=24, seconds=1), ("ends_at", "An intervention lasts at most 24 hours; plan several.")),
        (timedelta(0), ("ends_at", "The end must be after the start.")),
        (timedelta(hours=-1), ("ends_at", "The end must be after the start.")),
    ],
)
def test_windows(length, problem):
    """Longer than nothing, at most a day."""
    assert window_problem(START, START + length, now=START) == problem


@pytest.mark.parametrize("past", [timedelta(0), timedelta(seconds=1), timedelta(days=400), timedelta(days=2000 * 365)])
def test_no_window_is_over(past):
    """It may have begun: whoever is sent at once is planned a little late."""
    hour = timedelta(hours=1)
    problem = "ends_at", "This time is over; an intervention is planned ahead."
    assert window_problem(START - past - hour, START - past, now=START) == problem
    assert window_problem(START - hour, START + timedelta(seconds=1), now=START) is None


def test_no_window_lies_farther_than_five_years_ahead():
    hour, farthest = timedelta(hours=1), timedelta(days=5 * 365)
    assert window_problem(START + farthest, START + farthest + hour, now=START) is None
    beyond = START + farthest + timedelta(seconds=1)
    problem = "starts_at", "An intervention is planned within five years; look at the year."
    assert window_problem(beyond, beyond + hour, now=START) == problem
    last = datetime(9999, 12, 31, 23, tzinfo=UTC)
    assert window_problem(last, last + timedelta(minutes=59), now=START) == problem


def test_a_clash_is_said_in_universal_time():
    """Whatever the offset that the database answers with; a night has two days."""
    at = datetime(2026, 11, 16, 23, 30, tzinfo=timezone(timedelta(hours=1)))
    intervention = SimpleNamespace(name="Wim", starts_at=at, ends_at=at + timedelta(hours=2))
    window = "2026-11-16 22:30 to 2026-11-17 00:30 UTC."
    assert clash(intervention, is_same=False) == f"Wim is planned for another intervention, {window}"
    assert clash(intervention, is_same=True) == f"Wim is planned for another intervention of this work order, {window}"


PLANNED, UNCHECKED, CANCELLED = ("planned", True), ("planned", False), ("cancelled", True)
WAITING, COMPLETED, VALIDATED = ("completed", True), ("completed", False), ("validated", True)


@pytest.mark.parametrize(
    ("planned", "ends_as"),
    [
        ([], None),
        ([PLANNED], None),
        ([UNCHECKED], None),
        ([CANCELLED], None),
        ([WAITING], None),
        ([COMPLETED], "completed"),
        ([VALIDATED], "validated"),
        ([COMPLETED, PLANNED], None),
        ([VALIDATED, WAITING], None),
        ([VALIDATED, CANCELLED], "validated"),
        ([COMPLETED, VALIDATED], "validated"),
        ([COMPLETED, COMPLETED, CANCELLED], "completed"),
    ],
)
def test_when_a_work_order_is_done(planned, ends_as):
    """When all interventions that are not cancelled are done, and there was one."""
    assert outcome(planned) == ends_as
