"""Windows of visits, and when a work order is done."""

from datetime import UTC, datetime, timedelta

import pytest

from services.dispatch.domain.visits import outcome, window_problem

START = datetime(2026, 11, 16, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("length", "problem"),
    [
        (timedelta(hours=24), None),
        (timedelta(seconds=1), None),
        (timedelta(hours=24, seconds=1), "A visit lasts at most 24 hours; plan several."),
        (timedelta(0), "The end must be after the start."),
        (timedelta(hours=-1), "The end must be after the start."),
    ],
)
def test_windows(length, problem):
    """Longer than nothing, at most a day."""
    assert window_problem(START, START + length) == problem


PLANNED, CANCELLED = ("planned", True), ("cancelled", True)
WAITING, COMPLETED, VALIDATED = ("completed", True), ("completed", False), ("validated", True)


@pytest.mark.parametrize(
    ("visits", "ends_as"),
    [
        ([], None),
        ([PLANNED], None),
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
def test_when_a_work_order_is_done(visits, ends_as):
    """When all visits that are not cancelled are done, and there was one."""
    assert outcome(visits) == ends_as
