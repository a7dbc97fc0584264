"""Service types and incident reasons."""

import json

import pytest
from sqlalchemy import text

from chassis.errors import Forbidden, NotFound
from chassis.ids import new_id
from chassis.testing import NARROWER, an_actor, told
from services.fieldwork import actions, answers, queries
from services.fieldwork.contract import ServiceTypeChanged
from services.fieldwork.contract.arguments import NewServiceType
from tests.actions.fieldwork.given import a_service_type, planned, refused, someone

GENERAL = ["Access impossible", "Client absent", "Material missing", "Other"]
ADMIN = someone("masterdata_admin", language="de")


def test_the_default_service_type_is_seeded_and_told(work):
    """Start and end asked, validation on, no allowed delay, no rounding; other services hear of it."""
    (default,) = queries.service_types(work)
    assert answers.of_service_type(default) == {
        "id": default.id,
        "name": "Standard",
        "is_default": True,
        "clock_ins": "both",
        "incidents": True,
        "validation": True,
        "allowed_delay_minutes": None,
        "not_before_start": False,
        "allowed_distance_m": None,
        "rounding": "none",
        "rounding_minutes": None,
        "shared_with_client": True,
        "incident_hours_before": 4,
        "incident_hours_after": 24,
        "version": 1,
    }
    statement = text("SELECT name, payload, version FROM outbox")
    ((name, payload, version),) = work.session.execute(statement).all()
    assert (name, version) == ("ServiceTypeChanged", 1)
    assert ServiceTypeChanged().loads(json.dumps(payload)) == {
        "service_type_id": default.id,
        "name": "Standard",
        "validation": True,
    }


def test_four_reasons_are_seeded_in_four_languages(work):
    """General ones, for both ends of an intervention."""
    reasons = queries.incident_reasons(work)
    assert [reason.name for reason in reasons] == GENERAL
    assert {(reason.service_type_id, reason.at) for reason in reasons} == {(None, "both")}
    assert [reason.name_in("de") for reason in reasons] == [
        "Kein Zugang",
        "Kunde nicht da",
        "Material fehlt",
        "Sonstiges",
    ]
    assert [sorted(reason.names) for reason in reasons] == [["de", "en", "es", "fr"]] * 4


def test_a_new_service_type_is_answered_and_told(work):
    """With its settings."""
    settings = NewServiceType().load(
        {
            "name": "Cleaning",
            "clock_ins": "start",
            "rounding": "up",
            "rounding_minutes": 15,
            "validation": False,
        }
    )
    answer = actions.create_service_type(work, ADMIN, **settings)
    stored = next(found for found in queries.service_types(work) if found.id == answer["id"])
    assert answers.of_service_type(stored) == answer
    assert (answer["name"], answer["clock_ins"], answer["is_default"]) == ("Cleaning", "start", False)
    assert (answer["rounding"], answer["rounding_minutes"], answer["validation"]) == ("up", 15, False)
    assert told(work) == [
        (
            "ServiceTypeChanged",
            {"service_type_id": str(answer["id"]), "name": "Cleaning", "validation": False},
        )
    ]


@pytest.mark.parametrize("scope", NARROWER)
def test_settings_are_for_those_who_may_set_all(work, scope):
    """They bind the whole desk."""
    actor = an_actor(rights={"service_types.write": scope} if scope else {})
    with refused(work, Forbidden, "not_allowed"):
        actions.create_service_type(work, actor, **NewServiceType().load({"name": "Cleaning"}))
    with refused(work, Forbidden, "not_allowed"):
        actions.create_incident_reason(work, actor, None, "Dog", {}, "both")


def test_an_intervention_follows_its_own_service_type(work):
    """And the default where it has none or an unknown one."""
    lift = a_service_type(work)
    (default,) = [found for found in queries.service_types(work) if found.is_default]
    assert queries.settings_of(work, planned(work, service_type_id=lift.id)) is lift
    assert queries.settings_of(work, planned(work)) is default
    assert queries.settings_of(work, planned(work, service_type_id=new_id())) is default


def test_a_reason_of_one_service_type_comes_first_there_only(work):
    """Named in the reader's language where that is known."""
    lift, cleaning = a_service_type(work), a_service_type(work, name="Cleaning")
    answer = actions.create_incident_reason(work, ADMIN, lift.id, "Cabin stuck", {"de": "Kabine steckt fest"}, "end")
    assert (answer["name"], answer["at"], answer["service_type_id"]) == ("Kabine steckt fest", "end", lift.id)
    assert [reason.name for reason in queries.incident_reasons(work, lift.id)] == ["Cabin stuck", *GENERAL]
    assert [reason.name for reason in queries.incident_reasons(work, cleaning.id)] == GENERAL
    assert told(work) == []


def test_a_reason_of_an_unknown_service_type_is_refused(work):
    """With its field."""
    with refused(work, NotFound, "service_type_not_found") as refusal:
        actions.create_incident_reason(work, ADMIN, new_id(), "Dog", {}, "both")
    assert list(refusal.value.context["fields"]) == ["service_type_id"]
