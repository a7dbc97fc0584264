"""What the contract refuses before any action runs."""

import pytest
from marshmallow import ValidationError

from services.fieldwork.contract.arguments import (
    InterventionFilter,
    NewClockIn,
    NewIncidentReason,
    NewServiceType,
)

ID = "0192a000-0000-7000-8000-000000000001"
CLOCK_IN = {"id": ID, "intervention_id": ID, "event": "start", "occurred_at": "2026-11-16T09:00:00+01:00"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"event": "pause"}, "event"),
        ({"method": "nfc"}, "method"),
        ({"occurred_at": "2026-11-16T09:00:00"}, "occurred_at"),
        ({"position": {"latitude": 91, "longitude": 0}}, "position"),
        ({"position": {"latitude": 48.8}}, "position"),
        ({"id": "17"}, "id"),
        ({"flags": []}, "flags"),
    ],
)
def test_a_wrong_clock_in_names_its_field(change, field):
    """A time without offset, a place off the earth, an unknown name: all refused."""
    with pytest.raises(ValidationError) as refusal:
        NewClockIn().load({**CLOCK_IN, **change})
    assert list(refusal.value.messages) == [field]


def test_a_plain_clock_in_is_typed_and_complete():
    """What is optional is there as nothing."""
    loaded = NewClockIn().load(CLOCK_IN)
    assert (loaded["method"], loaded["position"], loaded["worker_id"]) == ("manual", None, None)
    assert loaded["occurred_at"].isoformat() == "2026-11-16T08:00:00+00:00"


@pytest.mark.parametrize(("rounding", "step"), [("up", None), ("none", 5), ("down", 7)])
def test_rounding_needs_its_minutes(rounding, step):
    """5, 10, 15 or 20, and both or neither."""
    with pytest.raises(ValidationError) as refusal:
        NewServiceType().load({"name": "Lift", "rounding": rounding, "rounding_minutes": step})
    assert list(refusal.value.messages) == ["rounding_minutes"]


def test_a_reason_is_named_in_known_languages_only():
    """fr, en, es and de."""
    with pytest.raises(ValidationError) as refusal:
        NewIncidentReason().load({"name": "Dog", "names": {"xx": "Dog"}})
    assert list(refusal.value.messages) == ["names"]


def test_the_span_of_a_list_is_named_from_and_to():
    """Although Python keeps `from` for itself."""
    loaded = InterventionFilter().load({"from": "2026-11-16T00:00:00Z", "to": "2026-11-17T00:00:00Z"})
    assert (loaded["from"].isoformat(), loaded["to"].isoformat()) == (
        "2026-11-16T00:00:00+00:00",
        "2026-11-17T00:00:00+00:00",
    )
