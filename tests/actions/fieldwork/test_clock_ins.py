"""Clocking in and out by hand."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chassis.errors import Conflict, Forbidden, Invalid, NotHereYet
from chassis.ids import new_id
from chassis.prepared import Prepared
from chassis.testing import MONDAY, told
from services.fieldwork import access, actions
from services.fieldwork.models import ClockIn
from tests.actions.fieldwork.given import (
    ELEVEN,
    GROUP,
    a_service_type,
    a_site,
    cancelled,
    clock,
    intervention_of,
    minutes,
    plan_fact,
    planned,
    refused,
    someone,
)

ANNA, BEN = someone("worker", "Anna"), someone("worker", "Ben")
HERE = {"latitude": 45.7640, "longitude": 4.8357, "accuracy_m": 10.0}


def test_a_clock_in_starts_the_intervention_and_is_told(work):
    """Both times are kept; the answer and the fact say the same."""
    intervention = planned(work, ANNA)
    at, received_at, id_ = MONDAY + minutes(3), MONDAY + minutes(4), new_id()
    answer = clock(work, ANNA, intervention, "start", at, received_at, id=id_, position=HERE)
    person = {"person_id": ANNA.person_id, "name": "Anna"}
    assert answer == {
        "id": id_,
        "intervention_id": intervention.id,
        "event": "start",
        "method": "manual",
        "worker": person,
        "entered_by": ANNA.as_fact(),
        "occurred_at": at,
        "received_at": received_at,
        "position": HERE,
        "flags": ["late"],
    }
    assert (intervention.status, intervention.version) == ("started", 2)
    assert told(work) == [
        (
            "ClockedIn",
            {
                "clock_in_id": str(id_),
                "intervention_id": str(intervention.id),
                "work_order_id": str(intervention.work_order_id),
                "ticket_id": str(intervention.ticket_id),
                "worker": ANNA.as_fact(),
                "method": "manual",
                "occurred_at": at.isoformat(),
                "received_at": received_at.isoformat(),
                "flags": ["late"],
                "shared": True,
            },
        )
    ]


def test_a_clock_out_follows_and_the_intervention_stays_started(work):
    """It is told as ClockedOut."""
    intervention = planned(work, ANNA)
    clock(work, ANNA, intervention, "start", MONDAY)
    answer = clock(work, ANNA, intervention, "end", ELEVEN)
    assert (answer["event"], answer["flags"], intervention.status) == ("end", [], "started")
    assert [name for name, _ in told(work)] == ["ClockedIn", "ClockedOut"]


def test_the_same_clock_in_twice_is_one(work):
    """Same id and content: the same answer, one row, told once; also after the intervention is completed."""
    intervention = planned(work, ANNA)
    id_ = new_id()
    first = clock(work, ANNA, intervention, "start", MONDAY, id=id_)
    again = clock(work, ANNA, intervention, "start", MONDAY, MONDAY + minutes(30), id=id_)
    clock(work, ANNA, intervention, "end", ELEVEN)
    actions.complete_intervention(work, ANNA, intervention.id, "")
    after_completion = clock(work, ANNA, intervention, "start", MONDAY, ELEVEN + minutes(1), id=id_)
    assert first == again == after_completion
    assert [name for name, _ in told(work)] == ["ClockedIn", "ClockedOut", "InterventionCompleted"]
    assert [row.id for row in intervention.clock_ins if row.event == "start"] == [id_]


def test_it_is_the_same_under_another_name(work):
    """Of the worker, whose name was put right while the phone was offline."""
    intervention, id_ = planned(work, ANNA), new_id()
    first = clock(work, ANNA, intervention, "start", MONDAY, id=id_)
    assert clock(work, replace(ANNA, name="Anne"), intervention, "start", MONDAY, id=id_) == first


def test_a_known_id_says_nothing_of_an_intervention_that_is_not_there(work):
    """Unknown and foreign ids are refused alike."""
    intervention, id_ = planned(work, ANNA), new_id()
    clock(work, ANNA, intervention, "start", MONDAY, id=id_)
    for tried in (id_, new_id()):
        with refused(work, NotHereYet, "intervention_not_found"):
            clock(work, BEN, intervention, "start", MONDAY, id=tried, intervention_id=new_id())


@pytest.mark.parametrize(
    "change", [{"at": MONDAY + minutes(1)}, {"event": "end"}, {"position": HERE}, {"intervention": "another"}]
)
def test_another_clock_in_under_the_same_id_is_refused(work, change):
    """What was recorded is never changed."""
    intervention, another = planned(work, ANNA), planned(work, ANNA)
    id_ = new_id()
    clock(work, ANNA, intervention, "start", MONDAY, id=id_)
    if change.pop("intervention", None):
        intervention = another
    with refused(work, Conflict, "id_taken"):
        clock(work, ANNA, intervention, **{"event": "start", "at": MONDAY, "id": id_, **change})


def test_the_id_of_somebody_elses_clock_in_is_refused(work):
    """Even with the same content."""
    intervention = planned(work, ANNA, BEN)
    id_ = new_id()
    clock(work, ANNA, intervention, "start", MONDAY, id=id_)
    with refused(work, Conflict, "id_taken"):
        clock(work, BEN, intervention, "start", MONDAY, id=id_)


def test_the_id_of_what_an_operator_entered_is_refused(work):
    """The worker did not send it, whatever the content."""
    intervention, id_ = planned(work, ANNA), new_id()
    clock(work, someone("manager", serves=[GROUP]), intervention, id=id_, worker_id=ANNA.person_id)
    with refused(work, Conflict, "id_taken"):
        clock(work, ANNA, intervention, id=id_)


def test_what_an_operator_entered_is_taken_once(work):
    """Sent again it is the same; under its id nobody else is clocked in."""
    intervention, id_, operator = planned(work, ANNA, BEN), new_id(), someone("manager", serves=[GROUP])
    entered = clock(work, operator, intervention, id=id_, worker_id=ANNA.person_id)
    assert clock(work, operator, intervention, id=id_, worker_id=ANNA.person_id) == entered
    with refused(work, Conflict, "id_taken"):
        clock(work, operator, intervention, id=id_, worker_id=BEN.person_id)
    assert [row.worker_name for row in intervention.clock_ins] == ["Anna"]


def test_each_worker_clocks_in_once(work):
    """A second start is refused; a colleague's is not a second one."""
    intervention = planned(work, ANNA, BEN)
    clock(work, ANNA, intervention, "start", MONDAY)
    with refused(work, Conflict, "clock_in_doubled"):
        clock(work, ANNA, intervention, "start", MONDAY + minutes(1))
    clock(work, BEN, intervention, "start", MONDAY + minutes(1))
    assert [row.worker_name for row in intervention.clock_ins] == ["Anna", "Ben"]


def test_an_end_without_start_is_refused(work):
    """Live, it is a mistake that the worker can put right."""
    intervention = planned(work, ANNA)
    with refused(work, Conflict, "clock_in_missing"):
        clock(work, ANNA, intervention, "end", ELEVEN)


def test_what_was_kept_without_signal_comes_in_any_order(work):
    """Six days later, end before start, each twice: one row each with its own two times and flags."""
    intervention = planned(work, ANNA)
    sent_at = MONDAY + timedelta(days=6)
    start, end = new_id(), new_id()
    for _ in range(2):
        clock(work, ANNA, intervention, "end", ELEVEN, sent_at, id=end)
        clock(work, ANNA, intervention, "start", MONDAY, sent_at + minutes(1), id=start)
    rows = [(row.id, row.occurred_at, row.received_at, row.flags) for row in intervention.clock_ins]
    assert sorted(rows) == sorted(
        [
            (end, ELEVEN, sent_at, ["arrived_late"]),
            (start, MONDAY, sent_at + minutes(1), ["arrived_late"]),
        ]
    )
    assert [name for name, _ in told(work)] == ["ClockedOut", "ClockedIn"]


def test_an_end_is_without_its_start_until_that_comes(work):
    """Whoever's it is: a colleague's start changes nothing, and what was told at first stays told."""
    intervention, manager = planned(work, ANNA, BEN), someone("manager", serves=[GROUP])
    sent_at = MONDAY + timedelta(days=6)
    end = clock(work, ANNA, intervention, "end", ELEVEN, sent_at)
    clock(work, BEN, intervention, "start", MONDAY, sent_at)
    row = work.session.get(ClockIn, end["id"])
    assert end["flags"] == row.flags == ["arrived_late", "without_start"]
    clock(work, manager, intervention, "start", MONDAY, sent_at, worker_id=ANNA.person_id)
    work.session.flush()
    work.session.refresh(row)
    assert row.flags == ["arrived_late"]
    assert [fact["flags"] for name, fact in told(work) if name == "ClockedOut"] == [["arrived_late", "without_start"]]


@pytest.mark.parametrize("received_at", [MONDAY + timedelta(days=7, seconds=1), MONDAY - timedelta(days=1, seconds=1)])
def test_times_that_no_phone_keeps_are_refused(work, received_at):
    """More than a week ago, or more than a day ahead."""
    intervention = planned(work, ANNA)
    with refused(work, Invalid, "time_refused"):
        clock(work, ANNA, intervention, "start", MONDAY, received_at)


def test_a_phone_that_runs_ahead_is_flagged(work):
    """Twelve hours ahead of the server: recorded, and said."""
    intervention = planned(work, ANNA)
    answer = clock(work, ANNA, intervention, "start", MONDAY, MONDAY - timedelta(hours=12))
    assert (answer["flags"], answer["received_at"]) == (["clock_skew"], MONDAY - timedelta(hours=12))


def test_a_phone_that_runs_ahead_is_not_too_late(work):
    """Three hours fast, ten minutes before the intervention: recorded as it says, with the flag that says why."""
    intervention = planned(work, ANNA, service_type_id=a_service_type(work, allowed_delay_minutes=60).id)
    at, received_at = MONDAY + minutes(170), MONDAY - minutes(10)
    answer = clock(work, ANNA, intervention, "start", at, received_at)
    assert (answer["occurred_at"], answer["received_at"], answer["flags"]) == (at, received_at, ["clock_skew", "late"])


def test_a_cancelled_intervention_takes_no_clock_in(work):
    """That its device recorded afterwards."""
    fact = plan_fact(workers=[ANNA])
    actions.keep_plan(work, fact)
    actions.cancel_plan(work, cancelled(fact))
    with refused(work, Conflict, "intervention_cancelled"):
        clock(work, ANNA, intervention_of(work, fact))


def test_after_completion_only_what_was_before_it_is_taken(work):
    """Ben's phone had no signal."""
    intervention = planned(work, ANNA, BEN)
    clock(work, ANNA, intervention, "start", MONDAY)
    clock(work, ANNA, intervention, "end", ELEVEN)
    actions.complete_intervention(work, ANNA, intervention.id, "")
    clock(work, BEN, intervention, "start", MONDAY, ELEVEN + minutes(30))
    with refused(work, Conflict, "intervention_completed"):
        clock(work, BEN, intervention, "end", ELEVEN + minutes(10), ELEVEN + minutes(30))
    assert (intervention.status, len(intervention.clock_ins)) == ("completed", 3)


def test_only_the_workers_of_an_intervention_clock_in_there(work):
    """A worker of another intervention finds nothing; an administrator sees it and is no worker."""
    intervention = planned(work, ANNA)
    with refused(work, NotHereYet, "intervention_not_found"):
        clock(work, BEN, intervention)
    with refused(work, Forbidden, "not_your_intervention"):
        clock(work, someone("admin"), intervention)


def test_a_worker_enters_nothing_for_a_colleague(work):
    """That is an operator's."""
    intervention = planned(work, ANNA, BEN)
    with refused(work, Forbidden, "not_allowed"):
        clock(work, ANNA, intervention, worker_id=BEN.person_id)


def test_an_operator_enters_what_the_worker_could_not(work):
    """After the allowed delay, with the operator's name and a flag; even weeks later."""
    service_type = a_service_type(work, allowed_delay_minutes=15)
    intervention = planned(work, ANNA, service_type_id=service_type.id)
    with refused(work, Conflict, "clock_in_too_late"):
        clock(work, ANNA, intervention, "start", MONDAY + minutes(16))
    manager = someone("manager", "Mia", supervises=[GROUP])
    received_at = MONDAY + timedelta(days=20)
    answer = clock(work, manager, intervention, "start", MONDAY + minutes(16), received_at, worker_id=ANNA.person_id)
    assert (answer["worker"]["name"], answer["entered_by"]["name"]) == ("Anna", "Mia")
    assert answer["flags"] == ["arrived_late", "late", "entered_by_operator"]
    assert told(work)[0][1]["worker"]["name"] == "Anna"
    with refused(work, Forbidden, "not_your_intervention"):
        clock(work, manager, intervention, worker_id=BEN.person_id)


def test_an_operator_enters_nothing_that_is_yet_to_come(work):
    """Beyond what two clocks may differ by; the right start is taken then, and the intervention can be completed."""
    intervention, manager = planned(work, ANNA), someone("manager", "Mia", supervises=[GROUP])
    for ahead in (timedelta(minutes=5, seconds=1), timedelta(days=36 * 365)):
        with refused(work, Invalid, "time_refused") as refusal:
            clock(work, manager, intervention, "start", MONDAY + ahead, MONDAY, worker_id=ANNA.person_id)
        assert list(refusal.value.context["fields"]) == ["occurred_at"]
    clock(work, manager, intervention, "start", MONDAY + minutes(5), MONDAY, worker_id=ANNA.person_id)
    with refused(work, Invalid, "time_refused"):
        clock(work, manager, intervention, "end", ELEVEN, MONDAY, worker_id=ANNA.person_id)
    clock(work, manager, intervention, "end", ELEVEN, worker_id=ANNA.person_id)
    assert actions.complete_intervention(work, manager, intervention.id, "")["status"] == "completed"


def test_an_operator_enters_nothing_of_another_year(work):
    """A slip of the hand, such as the year 26, would count as 2,000 years of hours; nobody can take it back."""
    intervention, manager = planned(work, ANNA), someone("manager", "Mia", supervises=[GROUP])
    for ago in (timedelta(days=365, seconds=1), timedelta(days=2000 * 365)):
        with refused(work, Invalid, "time_refused") as refusal:
            clock(work, manager, intervention, "start", MONDAY - ago, ELEVEN, worker_id=ANNA.person_id)
        assert list(refusal.value.context["fields"]) == ["occurred_at"]
    answer = clock(work, manager, intervention, "start", MONDAY - timedelta(days=365), ELEVEN, worker_id=ANNA.person_id)
    assert answer["flags"] == ["arrived_late", "early", "entered_by_operator"]


def test_far_from_the_site_is_flagged_and_never_refused(work):
    """100 m are allowed; the phone is sure to be 1.1 km away."""
    service_type = a_service_type(work, allowed_distance_m=100)
    site_id = a_site(work, position={"latitude": 45.7740, "longitude": 4.8357})
    intervention = planned(work, ANNA, BEN, service_type_id=service_type.id, site_id=site_id)
    assert clock(work, ANNA, intervention, position=HERE)["flags"] == ["far"]
    near = {**HERE, "latitude": 45.7742}
    assert clock(work, BEN, intervention, position=near)["flags"] == []


def test_a_service_type_that_asks_for_the_end_only(work):
    """The first clock-out starts the intervention."""
    service_type = a_service_type(work, clock_ins="end")
    intervention = planned(work, ANNA, service_type_id=service_type.id)
    with refused(work, Conflict, "clock_in_not_asked"):
        clock(work, ANNA, intervention, "start")
    assert clock(work, ANNA, intervention, "end", ELEVEN)["flags"] == []
    assert intervention.status == "started"


def test_an_unknown_service_type_follows_the_default(work):
    """The plan may name what this service has not heard of."""
    intervention = planned(work, ANNA, service_type_id=new_id())
    clock(work, ANNA, intervention, "start")
    assert intervention.status == "started"


def test_an_intervention_that_comes_between_lock_and_look(work, monkeypatch):
    """The lock has found nothing to hold, so it is not here yet: the phone's entry is tried again (decision 18)."""
    intervention = planned(work, ANNA)
    nothing = Prepared("SELECT id FROM interventions WHERE id = %(intervention_id)s AND false FOR UPDATE")
    monkeypatch.setattr(access, "_HOLD", nothing)
    with refused(work, NotHereYet, "intervention_not_found"):
        clock(work, ANNA, intervention)
