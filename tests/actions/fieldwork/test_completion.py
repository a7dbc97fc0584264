"""Completing and validating the work of an intervention."""

from datetime import timedelta

import pytest

from chassis.errors import Conflict, Forbidden, NotHereYet
from chassis.testing import MONDAY, told
from services.fieldwork import actions
from tests.actions.fieldwork.given import (
    ELEVEN,
    GROUP,
    OTHER_GROUP,
    a_service_type,
    cancelled,
    clock,
    completed,
    intervention_of,
    minutes,
    plan_fact,
    planned,
    refused,
    someone,
)

ANNA, BEN = someone("worker", "Anna"), someone("worker", "Ben")
MANAGER = someone("manager", "Mia", supervises=[GROUP])


def test_completion_is_answered_and_told(work):
    """With the report, and whether somebody must validate."""
    intervention = planned(work, ANNA)
    clock(work, ANNA, intervention, "start", MONDAY)
    clock(work, ANNA, intervention, "end", ELEVEN)
    at = work.now = ELEVEN + minutes(1)
    answer = actions.complete_intervention(work, ANNA, intervention.id, "Valve replaced.")
    assert (answer["status"], answer["report"], answer["version"]) == ("completed", "Valve replaced.", 4)
    assert (answer["completed_at"], answer["completed_by"]) == (at, ANNA.as_fact())
    assert answer["workers"] == [{"person_id": ANNA.person_id, "name": "Anna", "minutes": 120}]
    assert told(work)[-1] == (
        "InterventionCompleted",
        {
            "intervention_id": str(intervention.id),
            "work_order_id": str(intervention.work_order_id),
            "ticket_id": str(intervention.ticket_id),
            "completed_at": at.isoformat(),
            "by": ANNA.as_fact(),
            "report": "Valve replaced.",
            "validation_needed": True,
        },
    )


def test_everybody_clocks_out_first(work):
    """A colleague who is still there stands in the way, for the manager too."""
    intervention = planned(work, ANNA, BEN)
    clock(work, ANNA, intervention, "start", MONDAY)
    clock(work, BEN, intervention, "start", MONDAY)
    clock(work, ANNA, intervention, "end", ELEVEN)
    for actor in (ANNA, MANAGER):
        with refused(work, Conflict, "clock_out_missing") as refusal:
            actions.complete_intervention(work, actor, intervention.id, "")
        assert refusal.value.context == {"worker_ids": [str(BEN.person_id)]}


def test_an_intervention_that_nobody_clocked(work):
    """Its worker clocks in first; the manager may complete it."""
    intervention = planned(work, ANNA)
    with refused(work, Conflict, "clock_in_missing"):
        actions.complete_intervention(work, ANNA, intervention.id, "")
    answer = actions.complete_intervention(work, MANAGER, intervention.id, "Phone was broken.")
    assert (answer["status"], answer["completed_by"]["name"]) == ("completed", "Mia")
    assert [name for name, _ in told(work)] == ["InterventionCompleted"]


def test_a_second_completion_is_refused(work):
    """And so is that of a cancelled intervention."""
    intervention = completed(work, ANNA)
    with refused(work, Conflict, "intervention_completed"):
        actions.complete_intervention(work, ANNA, intervention.id, "Again.")
    fact = plan_fact(workers=[ANNA])
    actions.keep_plan(work, fact)
    actions.cancel_plan(work, cancelled(fact))
    with refused(work, Conflict, "intervention_cancelled"):
        actions.complete_intervention(work, ANNA, fact.data["intervention_id"], "")


def test_validation_is_answered_and_told(work):
    """By whoever supervises the group."""
    intervention = completed(work, ANNA)
    at = work.now = ELEVEN + timedelta(days=1)
    answer = actions.validate_intervention(work, MANAGER, intervention.id)
    assert (answer["status"], answer["version"]) == ("validated", 5)
    assert (answer["validated_at"], answer["validated_by"]) == (at, MANAGER.as_fact())
    assert told(work) == [
        (
            "WorkValidated",
            {
                "intervention_id": str(intervention.id),
                "work_order_id": str(intervention.work_order_id),
                "ticket_id": str(intervention.ticket_id),
                "validated_at": at.isoformat(),
                "by": MANAGER.as_fact(),
            },
        )
    ]


def test_nobody_who_is_sent_validates(work):
    """Even if only the colleague was there."""
    sent = someone("manager", "Max", serves=[GROUP])
    intervention = planned(work, sent, ANNA)
    clock(work, ANNA, intervention, "start", MONDAY)
    clock(work, ANNA, intervention, "end", ELEVEN)
    actions.complete_intervention(work, ANNA, intervention.id, "")
    with refused(work, Forbidden, "own_work"):
        actions.validate_intervention(work, sent, intervention.id)


def test_nobody_validates_their_own_work(work):
    """Not even when the plan has forgotten them since."""
    both = someone("manager", "Max", serves=[GROUP])
    intervention = planned(work, both, ANNA)
    clock(work, ANNA, intervention, "start", MONDAY)
    clock(work, ANNA, intervention, "end", ELEVEN)
    clock(work, MANAGER, intervention, "start", MONDAY, worker_id=both.person_id)
    clock(work, MANAGER, intervention, "end", ELEVEN, worker_id=both.person_id)
    actions.complete_intervention(work, ANNA, intervention.id, "")
    work.session.delete(intervention.worker(both.person_id))
    work.session.flush()
    work.session.expire(intervention)
    with refused(work, Forbidden, "own_work"):
        actions.validate_intervention(work, both, intervention.id)


def test_a_manager_of_another_group_finds_nothing(work):
    """Foreign is absent."""
    intervention = completed(work, ANNA)
    stranger = someone("manager", "Sam", serves=[OTHER_GROUP], supervises=[OTHER_GROUP])
    with refused(work, NotHereYet, "intervention_not_found"):
        actions.validate_intervention(work, stranger, intervention.id)
    with refused(work, NotHereYet, "intervention_not_found"):
        actions.complete_intervention(work, stranger, intervention.id, "")


@pytest.mark.parametrize("status", ["planned", "started"])
def test_only_completed_work_is_validated(work, status):
    """Not what is planned or under way."""
    intervention = planned(work, ANNA)
    if status == "started":
        clock(work, ANNA, intervention, "start", MONDAY)
    with refused(work, Conflict, "intervention_not_completed"):
        actions.validate_intervention(work, MANAGER, intervention.id)


def test_a_second_validation_is_refused(work):
    """The first stands."""
    intervention = completed(work, ANNA)
    actions.validate_intervention(work, MANAGER, intervention.id)
    with refused(work, Conflict, "intervention_validated"):
        actions.validate_intervention(work, MANAGER, intervention.id)


def test_where_validation_is_off_completion_ends_it(work):
    """The fact says so, and nobody validates."""
    service_type = a_service_type(work, validation=False, clock_ins="none")
    fact = plan_fact(workers=[ANNA], service_type_id=service_type.id)
    actions.keep_plan(work, fact)
    actions.complete_intervention(work, ANNA, fact.data["intervention_id"], "")
    assert [(name, payload["validation_needed"]) for name, payload in told(work)] == [("InterventionCompleted", False)]
    with refused(work, Conflict, "validation_not_needed"):
        actions.validate_intervention(work, MANAGER, intervention_of(work, fact).id)
