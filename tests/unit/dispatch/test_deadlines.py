"""The two clocks of a ticket opened on Monday 2026-11-16 at ten, by hand; times are wall time in Paris."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from services.dispatch.domain.business_hours import WEEKDAYS, calendar_of
from services.dispatch.domain.deadlines import Clock, Move, first_response, in_order, resolution

OFFICE = calendar_of("Europe/Paris", dict.fromkeys(WEEKDAYS[:5], [{"opens": "08:00", "closes": "18:00"}]))
NORMAL, URGENT, LOW = 2400, 480, 4800


def at(text):
    """Return the instant of `day hour:minute` in November 2026."""
    day, clock = text.split()
    wall = datetime.fromisoformat(f"2026-11-{day} {clock}").replace(tzinfo=ZoneInfo("Europe/Paris"))
    return wall.astimezone(UTC)


def moves(text):
    """Return the moves of a line such as `pending 16 12:00, open 17 12:00`."""
    return [Move(part.split()[0], at(" ".join(part.split()[1:]))) for part in text.split(", ") if part]


OPENED_AT = at("16 10:00")
RESOLUTIONS = {
    "untouched": (NORMAL, "", "20 10:00", None),
    "at work": (NORMAL, "open 16 11:00, planned 16 12:00, in_progress 17 09:00", "20 10:00", None),
    "a pause of ten hours": (NORMAL, "pending 16 12:00, open 17 12:00", "23 10:00", None),
    "a pause in the night": (NORMAL, "pending 16 18:00, open 17 08:00", "20 10:00", None),
    "a pause over the weekend": (3600, "pending 20 18:00, open 23 08:00", "24 10:00", None),
    "two pauses":
        (NORMAL, "pending 16 12:00, open 16 14:00, pending 17 09:00, open 17 10:00", "20 13:00", None),
    "a pause from the beginning": (NORMAL, "pending 16 10:00, open 16 13:00", "20 13:00", None),
    "a pause that began before the opening": (NORMAL, "pending 16 09:00, open 16 12:00", "20 12:00", None),
    "a pause that ends before it began": (NORMAL, "pending 16 12:00, open 16 11:00", "20 10:00", None),
    "pending now": (NORMAL, "pending 16 12:00", "20 10:00", "16 12:00"),
    "pending again": (NORMAL, "pending 16 12:00, open 16 14:00, pending 17 09:00", "20 12:00", "17 09:00"),
    "resolved": (NORMAL, "open 16 11:00, resolved 17 12:00", "20 10:00", "17 12:00"),
    "closed after its resolution": (NORMAL, "resolved 17 12:00, closed 18 12:00", "20 10:00", "17 12:00"),
    "reopened": (NORMAL, "resolved 17 12:00, open 18 12:00", "23 10:00", None),
    "reopened into pending": (NORMAL, "resolved 17 12:00, pending 18 12:00", "20 10:00", "17 12:00"),
    "pending, resolved, closed, reopened":
        (NORMAL, "pending 16 12:00, resolved 16 15:00, closed 17 09:00, open 17 12:00", "23 10:00", None),
    "reopened on a Saturday": (LOW, "resolved 20 17:00, open 21 12:00", "26 11:00", None),
    "late before the pause": (URGENT, "pending 17 10:00, open 18 10:00", "16 18:00", None),
    "used up in the minute of a pause": (120, "pending 16 12:00, open 17 09:00", "16 12:00", None),
    "paused in the minute it was due": (120, "pending 16 12:00", "16 12:00", "16 12:00"),
}  # fmt: skip


@pytest.mark.parametrize(("minutes", "line", "due_at", "stopped_at"), RESOLUTIONS.values(), ids=RESOLUTIONS)
def test_the_resolution_clock(minutes, line, due_at, stopped_at):
    """Runs while the ticket is at work, stands while it is pending, resolved or closed."""
    clock = resolution(OFFICE, OPENED_AT, minutes, moves(line))
    assert clock == Clock(at(due_at), stopped_at and at(stopped_at))


FIRST_RESPONSES = {
    "nobody answers": (None, "", None),
    "answered": ("16 11:00", "", "16 11:00"),
    "answered while pending": ("17 11:00", "pending 16 12:00", "17 11:00"),
    "pending does not stop it": (None, "pending 16 12:00", None),
    "resolved without an answer": (None, "resolved 16 15:00", "16 15:00"),
    "answered after the resolution": ("16 16:00", "resolved 16 15:00", "16 15:00"),
    "answered before the resolution": ("16 11:00", "resolved 16 15:00", "16 11:00"),
    "reopened without an answer": (None, "resolved 16 15:00, open 17 09:00, resolved 18 09:00", "16 15:00"),
    "closed at once": (None, "closed 16 10:30", "16 10:30"),
}


@pytest.mark.parametrize(("answered_at", "line", "stopped_at"), FIRST_RESPONSES.values(), ids=FIRST_RESPONSES)
def test_the_first_response_clock(answered_at, line, stopped_at):
    """Ends with the first answer or resolution, and its deadline never moves."""
    clock = first_response(OFFICE, OPENED_AT, 480, answered_at and at(answered_at), moves(line))
    assert clock == Clock(at("16 18:00"), stopped_at and at(stopped_at))


@pytest.mark.parametrize(
    ("stopped_at", "now", "missed"),
    [
        (None, "16 18:00", False),
        (None, "16 18:01", True),
        ("16 18:00", "17 09:00", False),
        ("16 18:01", "17 09:00", True),
        ("16 12:00", "17 09:00", False),
    ],
    ids=["due now", "late", "ended in time", "ended late", "ended early"],
)
def test_a_missed_deadline(stopped_at, now, missed):
    """Missed when it passed with the clock running; the very instant is in time."""
    clock = Clock(at("16 18:00"), stopped_at and at(stopped_at))
    assert clock.is_missed(at(now)) is missed


def test_the_order_of_moves():
    """By version; of two under one version the one that came from where the other went is the later."""
    first, second = Move("open", at("16 11:00"), 2, "new"), Move("pending", at("16 11:00"), 2, "open")
    third = Move("open", at("16 10:00"), 3, "pending")
    for told in ([first, second, third], [third, second, first], [second, third, first]):
        assert in_order(told) == [first, second, third]
