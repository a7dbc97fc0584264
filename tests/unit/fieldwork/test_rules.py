"""Moves, incident window, completion, validation and hours: the rules of domain.py."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest
from uuid6 import uuid7

from chassis.errors import Conflict
from services.fieldwork import domain
from tests.unit.fieldwork.given import ELEVEN, NINE, an_intervention

ANNA, BEN = UUID(int=1), UUID(int=2)


def settings(**changes):
    """Return the default service type's settings, changed."""
    default = {
        "clock_ins": "both",
        "incidents": True,
        "validation": True,
        "incident_hours_before": 4,
        "incident_hours_after": 24,
    }
    return SimpleNamespace(**{**default, **changes})


def refusal_of(check, *arguments, **options):
    """Return the code with which a rule refuses, or `None`."""
    try:
        check(*arguments, **options)
    except Conflict as refusal:
        return refusal.code
    return None


def test_the_moves_of_an_intervention():
    """Every pair of statuses: these moves and no others."""
    allowed = {(status, to) for status in domain.MOVES for to in domain.MOVES if domain.may_move(status, to)}
    assert allowed == {
        ("planned", "started"),
        ("planned", "completed"),
        ("planned", "cancelled"),
        ("started", "completed"),
        ("completed", "validated"),
    }


@pytest.mark.parametrize(
    ("occurred_at", "expected"),
    [
        (NINE - timedelta(hours=4), None),
        (NINE - timedelta(hours=4, seconds=1), "incident_window_closed"),
        (ELEVEN + timedelta(hours=24), None),
        (ELEVEN + timedelta(hours=24, seconds=1), "incident_window_closed"),
    ],
)
def test_incidents_are_taken_from_four_hours_before_to_a_day_after(occurred_at, expected):
    """The bounds of the window belong to it."""
    assert refusal_of(domain.check_incident, an_intervention("validated"), settings(), occurred_at) == expected


def test_the_incident_window_is_the_service_types():
    """Its hours are settings, and the refusal says which window there is."""
    narrow = settings(incident_hours_before=0, incident_hours_after=1)
    assert refusal_of(domain.check_incident, an_intervention(), narrow, NINE) is None
    with pytest.raises(Conflict) as refusal:
        domain.check_incident(an_intervention(), narrow, NINE - timedelta(seconds=1))
    assert (refusal.value.code, refusal.value.context) == (
        "incident_window_closed",
        {"opens_at": "2026-11-16T09:00:00+00:00", "closes_at": "2026-11-16T12:00:00+00:00"},
    )
    assert refusal_of(domain.check_incident, an_intervention(), narrow, ELEVEN + timedelta(hours=1)) is None


def test_the_plan_that_held_then():
    """By the instants at which plans were made; the first for what was before all, the newest wherever it held."""
    intervention = an_intervention()
    assert domain.plan_at(intervention, NINE - timedelta(days=9)) is intervention
    intervention.plan_version, intervention.planned_at = 4, NINE + timedelta(minutes=30)
    made = {1: NINE - timedelta(days=2), 3: NINE, 4: intervention.planned_at}
    intervention.plans = [
        SimpleNamespace(version=version, planned_at=planned_at) for version, planned_at in made.items()
    ]
    first, second, _ = intervention.plans
    for at, held in ((NINE - timedelta(days=9), first), (NINE - timedelta(seconds=1), first), (NINE, second)):
        assert domain.plan_at(intervention, at) is held
    for at in (intervention.planned_at, ELEVEN):
        assert domain.plan_at(intervention, at) is intervention


def test_cancelled_interventions_and_services_without_incidents_take_none():
    """Each with its own code."""
    off = settings(incidents=False)
    called_off = an_intervention("cancelled", cancelled_at=NINE - timedelta(seconds=1))
    assert refusal_of(domain.check_incident, called_off, off, NINE) == "intervention_cancelled"
    assert refusal_of(domain.check_incident, an_intervention(), off, NINE) == "incidents_off"


def test_an_incident_from_before_a_cancellation():
    """At its very instant still; its service and window count as ever."""
    called_off = an_intervention("cancelled", cancelled_at=NINE)
    assert refusal_of(domain.check_incident, called_off, settings(), NINE) is None
    assert refusal_of(domain.check_incident, called_off, settings(incidents=False), NINE) == "incidents_off"
    too_early = refusal_of(domain.check_incident, called_off, settings(), NINE - timedelta(hours=5))
    assert too_early == "incident_window_closed"


def test_everybody_who_clocked_in_clocks_out_before_completion():
    """The context names who is still there; a worker who never came does not stand in the way."""
    recorded = {ANNA: {"start": NINE, "end": ELEVEN}, BEN: {"start": NINE}}
    with pytest.raises(Conflict) as refusal:
        domain.check_completion(an_intervention("started"), settings(), recorded, by_worker=True)
    assert (refusal.value.code, refusal.value.context) == ("clock_out_missing", {"worker_ids": [str(BEN)]})
    with pytest.raises(Conflict) as refusal:
        both_are_there = {BEN: {"start": NINE}, ANNA: {"start": NINE}}
        domain.check_completion(an_intervention("started"), settings(), both_are_there, by_worker=True)
    assert refusal.value.context == {"worker_ids": [str(ANNA), str(BEN)]}
    recorded[BEN] = {}
    domain.check_completion(an_intervention("started"), settings(), recorded, by_worker=True)


@pytest.mark.parametrize(
    ("clock_ins", "recorded", "by_worker", "expected"),
    [
        ("both", {}, True, "clock_in_missing"),
        ("both", {}, False, None),
        ("none", {}, True, None),
        ("start", {ANNA: {"start": NINE}}, True, None),
        ("end", {ANNA: {"end": ELEVEN}}, True, None),
        ("both", {ANNA: {"start": NINE}}, False, "clock_out_missing"),
    ],
)
def test_what_completion_needs(clock_ins, recorded, by_worker, expected):
    """A worker needs the clock-ins asked for; a manager may complete where nobody could clock in."""
    rules = settings(clock_ins=clock_ins)
    refusal = refusal_of(domain.check_completion, an_intervention(), rules, recorded, by_worker=by_worker)
    assert refusal == expected


@pytest.mark.parametrize(
    ("status", "completion", "validation"),
    [
        ("planned", None, "intervention_not_completed"),
        ("started", None, "intervention_not_completed"),
        ("completed", "intervention_completed", None),
        ("validated", "intervention_validated", "intervention_validated"),
        ("cancelled", "intervention_cancelled", "intervention_cancelled"),
    ],
)
def test_completion_and_validation_follow_the_table(status, completion, validation):
    """Refusals name the status that stands in the way."""
    intervention, rules = an_intervention(status), settings(clock_ins="none")
    assert refusal_of(domain.check_completion, intervention, rules, {}, by_worker=True) == completion
    assert refusal_of(domain.check_validation, intervention, rules) == validation


def test_validation_may_be_off():
    """Then nobody validates."""
    rules = settings(validation=False)
    assert refusal_of(domain.check_validation, an_intervention("completed"), rules) == "validation_not_needed"


@pytest.mark.parametrize(
    ("seconds", "rounding", "step", "expected"),
    [
        (47 * 60 + 59, "none", None, 47),
        (47 * 60, "down", 15, 45),
        (44 * 60 + 59, "down", 15, 30),
        (52 * 60 + 29, "nearest", 15, 45),
        (52 * 60 + 30, "nearest", 15, 60),
        (45 * 60, "up", 15, 45),
        (45 * 60 + 1, "up", 15, 60),
        (1, "up", 5, 5),
        (0, "up", 20, 0),
        (10 * 60, "nearest", 20, 20),
    ],
)
def test_hours_are_rounded_as_the_service_type_says(seconds, rounding, step, expected):
    """Down, nearest (a half goes up) or up, to 5, 10, 15 or 20 minutes."""
    done = {"start": NINE, "end": NINE + timedelta(seconds=seconds)}
    assert domain.rounded_minutes(done, rounding, step) == expected


def test_hours_are_unknown_until_both_ends_are():
    """A start alone says nothing."""
    assert domain.rounded_minutes({"start": NINE}, "none", None) is None
    assert domain.rounded_minutes({"end": NINE}, "none", None) is None
    assert domain.rounded_minutes({}, "down", 5) is None


def test_the_instant_within_a_version_7_id():
    """RFC 9562, appendix A.6: this id was made on 2022-02-22 at 19:22:22 GMT."""
    example = UUID("017F22E2-79B0-7CC3-98C4-DC0C0C07398F")
    assert domain.instant_in(example, NINE) == datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC)
    assert domain.instant_in(UUID("919108f7-52d1-4320-9bac-f847db4148a8"), NINE) == NINE
    assert abs(domain.instant_in(UUID(int=uuid7().int), NINE) - datetime.now(UTC)) < timedelta(minutes=1)
