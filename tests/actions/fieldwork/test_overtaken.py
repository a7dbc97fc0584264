"""Clocking in and out once others have gone on: the work was given to somebody else, called off or confirmed."""

from datetime import timedelta

import pytest

from chassis.errors import Conflict, Forbidden, NotHereYet
from chassis.ids import new_id
from chassis.testing import MONDAY, an_actor, told
from services.fieldwork import access, actions, queries
from services.identity.domain import ROLES
from tests.actions.fieldwork.given import (
    ELEVEN,
    GROUP,
    OTHER_GROUP,
    a_service_type,
    cancelled,
    clock,
    declare,
    everything,
    intervention_of,
    minutes,
    plan_fact,
    planned,
    refused,
    replanned,
    someone,
)

ANNA, BEN = someone("worker", "Anna"), someone("worker", "Ben")


def handed_to_ben(work, *clocked_in, **plan):
    """Return an intervention of Anna's that was given to Ben after some had clocked in."""
    fact = plan_fact(workers=[ANNA], **plan)
    actions.keep_plan(work, fact)
    for worker in clocked_in:
        clock(work, worker, intervention_of(work, fact))
    ben = {"person_id": BEN.person_id, "name": "Ben"}
    actions.keep_plan(work, replanned(fact, 2, workers=[ben], planned_at=MONDAY + minutes(30)))
    work.facts.clear()
    return intervention_of(work, fact)


def mine(work, actor):
    """Return the ids of the interventions in somebody's own list."""
    filters = dict.fromkeys(("from", "to", "site", "status", "work_order", "ticket", "cursor"))
    filters |= {"mine": True, "without_worker": False, "order": "latest", "limit": 50}
    return [intervention.id for intervention in queries.page_of_interventions(work, actor, filters)["items"]]


def test_a_removed_worker_repeats_and_adds_nothing(work):
    """The repetition still gets its answer; a new clock-in finds nothing once both ends are there."""
    intervention, id_ = handed_to_ben(work, ANNA), new_id()
    first = clock(work, ANNA, intervention, "end", ELEVEN, id=id_)
    before = everything(work)
    assert clock(work, ANNA, intervention, "end", ELEVEN, id=id_) == first
    assert everything(work) == before
    with refused(work, NotHereYet, "intervention_not_found"):
        clock(work, ANNA, intervention, "end", ELEVEN + minutes(1))


def test_whoever_was_taken_off_after_their_start_clocks_out(work):
    """Until then the intervention stands in their list and is not theirs to complete; then it can be completed."""
    intervention = handed_to_ben(work, ANNA)
    clock(work, BEN, intervention, "start", MONDAY + minutes(60))
    clock(work, BEN, intervention, "end", ELEVEN)
    with refused(work, Conflict, "clock_out_missing"):
        actions.complete_intervention(work, BEN, intervention.id, "")
    assert (mine(work, ANNA), access.intervention_for(work, ANNA, intervention.id)) == ([intervention.id], intervention)
    with refused(work, Forbidden, "not_allowed"):
        actions.complete_intervention(work, ANNA, intervention.id, "")
    answer = clock(work, ANNA, intervention, "end", ELEVEN)
    assert (answer["worker"], answer["flags"]) == ({"person_id": ANNA.person_id, "name": "Anna"}, [])
    assert [(name, fact["worker"]["name"]) for name, fact in told(work)][-1] == ("ClockedOut", "Anna")
    work.session.flush()
    assert mine(work, ANNA) == []
    with refused(work, NotHereYet, "intervention_not_found"):
        access.intervention_for(work, ANNA, intervention.id)
    actions.complete_intervention(work, BEN, intervention.id, "")
    assert intervention.status == "completed"


def test_an_operator_clocks_out_whoever_was_taken_off(work):
    """Whoever has clocked in there, and nobody else; neither a second start nor a stranger's."""
    intervention, manager = handed_to_ben(work, ANNA), someone("manager", "Mia", supervises=[GROUP])
    with refused(work, Conflict, "clock_in_doubled"):
        clock(work, manager, intervention, worker_id=ANNA.person_id)
    with refused(work, Forbidden, "not_your_intervention"):
        clock(work, manager, intervention, worker_id=new_id())
    answer = clock(work, manager, intervention, "end", ELEVEN, worker_id=ANNA.person_id)
    assert (answer["worker"]["name"], answer["flags"]) == ("Anna", ["entered_by_operator"])
    assert actions.complete_intervention(work, manager, intervention.id, "")["status"] == "completed"


def test_an_operator_of_another_group_who_was_taken_off_enters_nothing_for_others(work):
    """Their start is taken; what they may enter for workers elsewhere gives no right here."""
    rights = ROLES["manager"] | ROLES["worker"]
    mia = an_actor(role="manager", rights=rights, name="Mia", supervises=[OTHER_GROUP])
    planned(work, BEN, usergroup_id=OTHER_GROUP)
    fact = plan_fact(workers=[mia, BEN])
    actions.keep_plan(work, fact)
    ben = {"person_id": BEN.person_id, "name": "Ben"}
    actions.keep_plan(work, replanned(fact, 2, workers=[ben], planned_at=MONDAY + minutes(30)))
    with refused(work, Forbidden, "not_allowed"):
        clock(work, mia, intervention_of(work, fact), worker_id=BEN.person_id)
    assert clock(work, mia, intervention_of(work, fact))["worker"]["name"] == "Mia"


def test_whoever_was_taken_off_before_their_start_finds_nothing(work):
    """Nor does one who has clocked in where no end is asked for."""
    start_only = a_service_type(work, clock_ins="start")
    for intervention in (handed_to_ben(work), handed_to_ben(work, ANNA, service_type_id=start_only.id)):
        assert mine(work, ANNA) == []
        with refused(work, NotHereYet, "intervention_not_found"):
            clock(work, ANNA, intervention, "end", ELEVEN)


def test_validated_work_takes_no_clock_in(work):
    """That was recorded after its completion, or that an operator enters: its hours are closed."""
    intervention, manager = validated(work), someone("manager", serves=[GROUP])
    with refused(work, Conflict, "intervention_validated"):
        clock(work, BEN, intervention, "start", ELEVEN + minutes(1))
    with refused(work, Conflict, "intervention_validated"):
        clock(work, manager, intervention, "start", MONDAY, ELEVEN, worker_id=BEN.person_id)


def validated(work):
    """Return an intervention of Anna's and Ben's that Anna has done, validated."""
    intervention, manager = planned(work, ANNA, BEN), someone("manager", serves=[GROUP])
    clock(work, ANNA, intervention, "start", MONDAY)
    clock(work, ANNA, intervention, "end", ELEVEN)
    actions.complete_intervention(work, ANNA, intervention.id, "")
    actions.validate_intervention(work, manager, intervention.id)
    work.facts.clear()
    return intervention


def called_off(work):
    """Return an intervention of Anna's and Ben's that was cancelled at eight."""
    fact = plan_fact(workers=[ANNA, BEN])
    actions.keep_plan(work, fact)
    actions.cancel_plan(work, cancelled(fact))
    return intervention_of(work, fact)


@pytest.mark.parametrize(
    ("intervention", "at", "flags"),
    [
        (called_off, MONDAY - minutes(60), ["arrived_late", "early", "overtaken"]),
        (validated, MONDAY, ["arrived_late", "overtaken"]),
    ],
)
def test_what_was_recorded_before_the_end_of_an_intervention_is_kept(work, intervention, at, flags):
    """Ben's phone had no signal: once, however often it comes; nothing moves, nobody is told."""
    intervention, id_ = intervention(work), new_id()
    status, version, taken = intervention.status, intervention.version, len(intervention.clock_ins)
    answers = [clock(work, BEN, intervention, "start", at, ELEVEN + minutes(30), id=id_) for _ in range(2)]
    assert [answer["flags"] for answer in answers] == [flags, flags]
    assert (intervention.status, intervention.version, len(intervention.clock_ins)) == (status, version + 1, taken + 1)
    assert told(work) == []


def test_what_a_phone_recorded_before_a_cancellation_by_the_second(work):
    """At that very instant still; an operator enters nothing there."""
    intervention, manager = called_off(work), someone("manager", serves=[GROUP])
    late = MONDAY - timedelta(minutes=60) + timedelta(seconds=1)
    with refused(work, Conflict, "intervention_cancelled"):
        clock(work, BEN, intervention, "start", late, ELEVEN)
    with refused(work, Conflict, "intervention_cancelled"):
        clock(work, manager, intervention, "start", MONDAY - minutes(60), ELEVEN, worker_id=BEN.person_id)


@pytest.mark.parametrize("by_operator", [False, True])
def test_whoever_began_before_a_cancellation_is_clocked_out(work, by_operator):
    """By themselves or by an operator, once; nothing moves and nobody is told. Who has no start has no end."""
    intervention, manager = called_off(work), someone("manager", serves=[GROUP])
    actor, given = (manager, {"worker_id": BEN.person_id}) if by_operator else (BEN, {})
    with refused(work, Conflict, "intervention_cancelled"):
        clock(work, actor, intervention, "end", ELEVEN, **given)
    clock(work, BEN, intervention, "start", MONDAY - minutes(60), ELEVEN)
    answer = clock(work, actor, intervention, "end", ELEVEN, **given)
    assert answer["flags"] == (["entered_by_operator", "overtaken"] if by_operator else ["overtaken"])
    with refused(work, Conflict, "clock_in_doubled"):
        clock(work, actor, intervention, "end", ELEVEN, **given)
    assert (intervention.status, told(work)) == ("cancelled", [])


def test_what_a_phone_recorded_before_its_worker_was_taken_off_is_kept(work):
    """Start and later end, both marked; the intervention is Ben's, has not begun, and is not Anna's to see."""
    intervention = handed_to_ben(work)
    last = MONDAY + minutes(30)
    with refused(work, NotHereYet, "intervention_not_found"):
        clock(work, ANNA, intervention, "start", last + timedelta(seconds=1), ELEVEN)
    start = clock(work, ANNA, intervention, "start", last, ELEVEN)
    assert start["flags"] == ["arrived_late", "late", "overtaken"]
    assert (intervention.status, intervention.version, told(work)) == ("planned", 3, [])
    work.session.flush()
    assert mine(work, ANNA) == []
    with refused(work, Conflict, "clock_in_missing"):
        actions.complete_intervention(work, BEN, intervention.id, "")
    end = clock(work, ANNA, intervention, "end", ELEVEN)
    assert (end["flags"], intervention.status, told(work)) == (["overtaken"], "planned", [])
    clock(work, BEN, intervention, "start", ELEVEN)
    assert (intervention.status, [name for name, _ in told(work)]) == ("started", ["ClockedIn"])


def test_whoever_sees_an_intervention_otherwise_clocks_in_only_as_of_when_they_were_sent(work):
    """An administrator who was never sent does not by another's having been, nor one who was by their own, later."""
    admin = someone("admin", "Ada")
    intervention = handed_to_ben(work, ANNA)
    with refused(work, Forbidden, "not_your_intervention"):
        clock(work, admin, intervention, "start", MONDAY)
    fact = plan_fact(workers=[admin])
    actions.keep_plan(work, fact)
    actions.keep_plan(work, replanned(fact, 2, workers=[], planned_at=MONDAY + minutes(30)))
    with refused(work, Forbidden, "not_your_intervention"):
        clock(work, admin, intervention_of(work, fact), "start", MONDAY + minutes(31))
    assert clock(work, admin, intervention_of(work, fact), "start", MONDAY + minutes(30))["worker"]["name"] == "Ada"


def test_a_start_that_was_overtaken_holds_up_no_completion(work):
    """Ben, whose intervention it is now, is done, though Anna's end never came."""
    intervention = handed_to_ben(work)
    clock(work, ANNA, intervention, "start", MONDAY, ELEVEN)
    clock(work, BEN, intervention, "start", ELEVEN)
    clock(work, BEN, intervention, "end", ELEVEN)
    assert actions.complete_intervention(work, BEN, intervention.id, "")["status"] == "completed"


def test_an_operator_enters_no_start_of_whoever_was_taken_off(work):
    """What their own device recorded is theirs to send."""
    intervention, manager = handed_to_ben(work), someone("manager", supervises=[GROUP])
    with refused(work, Forbidden, "not_your_intervention"):
        clock(work, manager, intervention, worker_id=ANNA.person_id)


def moved(work, order, **plan):
    """Return Anna's intervention, moved at half past nine to two days later, its plans heard in an order."""
    fact = plan_fact(workers=[ANNA], **plan)
    later = {"starts_at": MONDAY + timedelta(days=2), "ends_at": ELEVEN + timedelta(days=2)}
    plans = [fact, replanned(fact, 2, planned_at=MONDAY + minutes(30), **later)]
    for place in order:
        actions.keep_plan(work, plans[place])
    return intervention_of(work, fact)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_what_a_phone_recorded_before_the_intervention_was_moved(work, order):
    """It counts by the plan that held then, in whatever order plans came; what was recorded later by the new one."""
    punctual = a_service_type(work, not_before_start=True, allowed_delay_minutes=15)
    intervention = moved(work, order, service_type_id=punctual.id)
    with refused(work, Conflict, "clock_in_too_early"):
        clock(work, ANNA, intervention, "start", MONDAY + minutes(30))
    with refused(work, Conflict, "clock_in_too_late"):
        clock(work, ANNA, intervention, "start", MONDAY + minutes(16), ELEVEN)
    assert clock(work, ANNA, intervention, "start", MONDAY, ELEVEN)["flags"] == ["arrived_late"]
    with refused(work, Conflict, "incident_window_closed"):
        declare(work, ANNA, intervention, at=MONDAY + minutes(30), received_at=ELEVEN)
    assert declare(work, ANNA, intervention, at=MONDAY + minutes(10), received_at=ELEVEN)["flags"] == ["arrived_late"]
    assert [name for name, _ in told(work)] == ["ClockedIn", "IncidentDeclared"]
