"""When a clock-in is recorded, refused and flagged: the rules of domain.py, case by case."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from chassis.errors import Conflict, Invalid
from services.fieldwork import domain
from tests.unit.fieldwork.given import ELEVEN, NINE, an_intervention


def minutes(count):
    """Return so many minutes."""
    return timedelta(minutes=count)


def settings(**changes):
    """Return the default service type's settings, changed."""
    default = {"clock_ins": "both", "allowed_delay_minutes": None, "not_before_start": False}
    return SimpleNamespace(**{**default, **changes})


def code_of(intervention, rules, done, event, occurred_at, received_at=None, by_operator=False):
    """Return the code with which a clock-in is refused, or `None`."""
    received_at = received_at or occurred_at
    try:
        domain.check_clock_in(intervention, rules, done, event, occurred_at, received_at, by_operator=by_operator)
    except Conflict as refusal:
        return refusal.code
    return None


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("planned", None),
        ("started", None),
        ("completed", "intervention_completed"),
        ("validated", "intervention_validated"),
        ("cancelled", "intervention_cancelled"),
    ],
)
def test_only_what_is_planned_or_started_is_clocked(status, expected):
    """An intervention that is over or called off takes no new clock-in."""
    intervention = an_intervention(status, completed_at=NINE, cancelled_at=NINE)
    assert code_of(intervention, settings(), {}, "start", NINE + minutes(1)) == expected


def test_what_happened_before_the_completion_may_arrive_after_it():
    """A second worker's phone was without signal; the manager completed meanwhile."""
    intervention = an_intervention("completed", completed_at=ELEVEN)
    assert code_of(intervention, settings(), {}, "start", NINE, ELEVEN + minutes(60)) is None
    assert code_of(intervention, settings(), {}, "start", ELEVEN + minutes(1), ELEVEN + minutes(60)) == (
        "intervention_completed"
    )


@pytest.mark.parametrize("status", ["validated", "cancelled"])
def test_what_a_device_recorded_before_the_end_is_taken(status):
    """And what it recorded afterwards is not, nor what an operator enters."""
    intervention = an_intervention(status, completed_at=ELEVEN, cancelled_at=ELEVEN)
    later, at, done = ELEVEN + minutes(60), ELEVEN + timedelta(seconds=1), {}
    assert code_of(intervention, settings(), done, "start", ELEVEN, later) is None
    assert code_of(intervention, settings(), done, "start", at, later) == f"intervention_{status}"
    assert code_of(intervention, settings(), done, "start", NINE, later, by_operator=True) == f"intervention_{status}"


@pytest.mark.parametrize(
    ("status", "is_expected", "is_overtaken"),
    [
        ("planned", True, False),
        ("started", True, False),
        ("completed", True, False),
        ("validated", True, True),
        ("cancelled", True, True),
        ("planned", False, True),
    ],
)
def test_what_the_world_has_overtaken(status, is_expected, is_overtaken):
    """The intervention is over for good, or others were sent there."""
    assert domain.is_overtaken(status, is_expected=is_expected) is is_overtaken


@pytest.mark.parametrize(
    ("asked", "event", "expected"),
    [
        ("none", "start", "clock_in_not_asked"),
        ("none", "end", "clock_in_not_asked"),
        ("start", "start", None),
        ("start", "end", "clock_in_not_asked"),
        ("end", "start", "clock_in_not_asked"),
        ("end", "end", None),
        ("both", "start", None),
        ("both", "end", "clock_in_missing"),
    ],
)
def test_only_what_is_asked_for_is_recorded(asked, event, expected):
    """The service type says which clock-ins there are; where both are asked the end needs a start."""
    assert code_of(an_intervention(), settings(clock_ins=asked), {}, event, NINE) == expected


def test_an_end_without_start_is_refused_unless_it_was_kept_without_signal():
    """Phones send in any order what they kept; live, a missing start is the worker's mistake."""
    assert code_of(an_intervention(), settings(), {}, "end", NINE, NINE + minutes(5)) == "clock_in_missing"
    assert code_of(an_intervention(), settings(), {}, "end", NINE, NINE + minutes(6)) is None


def test_a_second_start_or_end_is_refused():
    """One start and one end each, whoever comes second."""
    done = {"start": NINE, "end": ELEVEN}
    assert code_of(an_intervention("started"), settings(), done, "start", NINE) == "clock_in_doubled"
    assert code_of(an_intervention("started"), settings(), done, "end", ELEVEN) == "clock_in_doubled"


def test_the_end_is_never_before_the_start():
    """Whichever arrives first."""
    started = an_intervention("started")
    assert code_of(started, settings(), {"start": NINE}, "end", NINE - minutes(1)) == "clock_order"
    assert code_of(started, settings(), {"start": NINE}, "end", NINE) is None
    assert code_of(started, settings(), {"end": NINE}, "start", NINE + minutes(1)) == "clock_order"
    assert code_of(started, settings(), {"end": NINE}, "start", NINE) is None


def test_the_allowed_delay_binds_workers_and_not_operators():
    """After the delay only an operator enters the start; the end has no delay."""
    rules = settings(allowed_delay_minutes=15)
    assert code_of(an_intervention(), rules, {}, "start", NINE + minutes(15)) is None
    assert code_of(an_intervention(), rules, {}, "start", NINE + minutes(16)) == "clock_in_too_late"
    assert code_of(an_intervention(), rules, {}, "start", NINE + minutes(16), by_operator=True) is None
    assert code_of(an_intervention("started"), rules, {"start": NINE}, "end", ELEVEN + minutes(90)) is None


def test_the_allowed_delay_is_not_over_for_a_phone_that_runs_ahead():
    """It counts by the server's time then; where that is beyond it, too, the refusal names the clock."""
    rules, ahead = settings(allowed_delay_minutes=60), NINE + minutes(170)
    for at in (NINE - minutes(10), NINE + minutes(60)):
        assert code_of(an_intervention(), rules, {}, "start", ahead, at) is None
    for received_at, named in ((NINE + minutes(61), True), (ahead, False)):
        with pytest.raises(Conflict) as refusal:
            domain.check_clock_in(an_intervention(), rules, {}, "start", ahead, received_at, by_operator=False)
        assert refusal.value.code == "clock_in_too_late"
        assert ("clock of the device" in refusal.value.detail) is named


def test_not_before_the_start_is_an_option():
    """Without it an early start is only flagged."""
    early = NINE - minutes(30)
    assert code_of(an_intervention(), settings(), {}, "start", early) is None
    assert code_of(an_intervention(), settings(not_before_start=True), {}, "start", early) == "clock_in_too_early"
    assert code_of(an_intervention(), settings(not_before_start=True), {}, "start", NINE) is None


@pytest.mark.parametrize(
    ("event", "offset", "flags"),
    [
        ("start", timedelta(0), []),
        ("start", timedelta(seconds=59), []),
        ("start", timedelta(minutes=1), ["late"]),
        ("start", -timedelta(seconds=59), []),
        ("start", -timedelta(minutes=1), ["early"]),
        ("end", timedelta(0), []),
        ("end", timedelta(minutes=20), ["late"]),
        ("end", -timedelta(minutes=20), ["early"]),
    ],
)
def test_early_and_late_are_measured_against_the_plan(event, offset, flags):
    """Within a minute somebody is on time."""
    at = (NINE if event == "start" else ELEVEN) + offset
    done = {"start": NINE} if event == "end" else {}
    assert domain.clock_in_flags(an_intervention(), settings(), done, event, at, at) == flags


@pytest.mark.parametrize(
    ("behind", "flags"),
    [
        (timedelta(minutes=5), []),
        (timedelta(minutes=5, seconds=1), ["arrived_late"]),
        (timedelta(days=7), ["arrived_late"]),
        (-timedelta(minutes=5), []),
        (-timedelta(minutes=5, seconds=1), ["clock_skew"]),
        (-timedelta(hours=12), ["clock_skew"]),
    ],
)
def test_a_device_that_differs_by_more_than_five_minutes_is_flagged(behind, flags):
    """A past entry may have waited for signal; a future one can only be a wrong clock."""
    assert domain.device_flags(NINE, NINE + behind) == flags


def test_an_end_that_arrives_before_its_start_says_so():
    """Until the start comes, where one is asked for, a reader knows that it is missing."""
    flags = domain.clock_in_flags(an_intervention(), settings(), {}, "end", ELEVEN, ELEVEN + minutes(30))
    assert flags == ["arrived_late", "without_start"]
    alone = domain.clock_in_flags(an_intervention(), settings(clock_ins="end"), {}, "end", ELEVEN, ELEVEN + minutes(30))
    assert alone == ["arrived_late"]


@pytest.mark.parametrize("offset", [-timedelta(days=7), timedelta(days=1)])
def test_a_week_without_signal_and_a_day_ahead_are_believed(offset):
    """The bounds themselves are accepted; a second beyond is not."""
    domain.check_device_time(NINE + offset, NINE)
    beyond = timedelta(seconds=1 if offset > timedelta(0) else -1)
    with pytest.raises(Invalid) as refusal:
        domain.check_device_time(NINE + offset + beyond, NINE)
    assert (refusal.value.code, refusal.value.context) == (
        "time_refused",
        {"fields": {"occurred_at": [refusal.value.detail]}},
    )


@pytest.mark.parametrize(
    ("metres_north", "accuracy", "allowed", "far"),
    [
        (150, None, 100, True),
        (90, None, 100, False),
        (100.5, None, 100, True),
        (0, None, 0, False),
        (150, 60, 100, False),
        (150, 40, 100, True),
        (150, None, None, False),
    ],
)
def test_far_is_only_what_is_surely_farther_than_allowed(metres_north, accuracy, allowed, far):
    """The radius of doubt counts in the worker's favour; without an allowed distance nothing is far."""
    place = {"latitude": 48.8566, "longitude": 2.3522}
    position = {**place, "latitude": 48.8566 + metres_north / 111_195, "accuracy_m": accuracy}
    assert domain.is_far(place, position, allowed) is far


def test_an_unknown_place_or_position_is_never_far():
    """Nobody is flagged for what the desk does not know."""
    position = {"latitude": 0.0, "longitude": 0.0, "accuracy_m": None}
    assert domain.is_far(None, position, 10) is False
    assert domain.is_far({"latitude": 48.8566, "longitude": 2.3522}, None, 10) is False


def test_distances_on_the_sphere():
    """A quarter and a half of the circumference, and one degree of longitude at 60 degrees north."""
    assert round(domain.distance_m(0, 0, 90, 0)) == 10_007_558
    assert round(domain.distance_m(0, -90, 0, 90)) == 20_015_115
    assert round(domain.distance_m(60, 0, 60, 1)) == 55_597
