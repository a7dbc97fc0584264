"""Interventions: planned without overlap, moved, cancelled; two plans of one moment never send one worker twice."""

from datetime import UTC, datetime, timedelta

import pytest

from chassis.errors import Conflict, Invalid, NotFound, NotHereYet, Stale
from chassis.ids import new_id
from chassis.testing import MONDAY, told
from services.dispatch.models import Intervention
from tests.actions.dispatch.given import (
    ADMIN,
    a_person,
    a_service_type,
    a_site,
    a_usergroup,
    answered,
    ask,
    complete,
    in_threads,
    kept,
    move,
    refused,
    told_since,
)
from tests.actions.dispatch.interventions import HOUR, a_work_order, an_intervention, replan


def test_planning_one(work):
    """The answer is complete, and the fact carries all that fieldwork and tickets need."""
    first = a_person(work, "worker", name="Zoe Worker")
    second = a_person(work, "external_agent", "requester", name="Carl Contractor")
    site, service_type, group = a_site(work), a_service_type(work), a_usergroup(work)
    work_order = a_work_order(work, site_id=site, usergroup_id=group, private=True)
    count, chosen_id = len(told(work)), new_id()
    intervention = an_intervention(
        work, first, second, first, work_order=work_order, service_type_id=service_type, id=chosen_id
    )
    workers = [
        {"person_id": str(second), "name": "Carl Contractor"},
        {"person_id": str(first), "name": "Zoe Worker"},
    ]
    same = {
        "work_order_id": str(work_order.id),
        "ticket_id": str(work_order.ticket_id),
        "site_id": str(site),
        "service_type_id": str(service_type),
        "workers": workers,
        "starts_at": "2026-11-16T09:00:00+00:00",
        "ends_at": "2026-11-16T10:00:00+00:00",
        "planned_at": "2026-11-16T09:00:00+00:00",
    }
    answer = {"id": str(chosen_id), "status": "planned", "version": 1}
    assert answered("plan_intervention", intervention) == same | answer
    of_ticket = {
        "usergroup_id": str(group),
        "private": True,
        "ticket_number": "26-000001",
        "ticket_subject": "Panne de chauffage",
    }
    to_do = {"work_order_title": "Repair the heating", "work_order_description": "The valve is stuck."}
    assert told_since(work, count) == [
        ("InterventionPlanned", same | of_ticket | to_do | {"intervention_id": str(chosen_id)})
    ]
    shown = answered("work_order_by_id", ask(work, ADMIN, "work_order_by_id", work_order_id=work_order.id))
    assert [one["id"] for one in shown["interventions"]] == [str(chosen_id)]


def test_no_intervention_is_planned_in_the_wrong_century(work):
    """What reckons with its instants would leave the calendar."""
    at = datetime(9999, 12, 31, 23, tzinfo=UTC)
    arguments = {"work_order_id": a_work_order(work).id, "workers": [a_person(work, "worker")]}
    with refused(work, Invalid, "window_invalid") as refusal:
        ask(work, ADMIN, "plan_intervention", **arguments, starts_at=at, ends_at=at + HOUR / 2)
    assert list(refusal.value.context["fields"]) == ["starts_at"]


def test_no_intervention_is_planned_for_a_time_that_is_over(work):
    """Nobody is told to expect it; one that has begun may be planned."""
    worker, work_order = a_person(work, "worker"), a_work_order(work)
    for starts in (-400 * 24, -1):
        with refused(work, Invalid, "window_invalid") as refusal:
            an_intervention(work, worker, work_order=work_order, starts=starts, ends=starts + 1)
        assert list(refusal.value.context["fields"]) == ["ends_at"]
    assert an_intervention(work, worker, work_order=work_order, starts=-1, ends=1).status == "planned"


def test_an_intervention_whose_time_is_over(work):
    """Is moved ahead only; who went in truth can still be said."""
    worker, other = a_person(work, "worker"), a_person(work, "worker", name="Olga")
    intervention = an_intervention(work, worker)
    work.now = MONDAY + 2 * HOUR
    with refused(work, Invalid, "window_invalid") as refusal:
        replan(work, intervention, starts=0.5, ends=1.5)
    assert list(refusal.value.context["fields"]) == ["ends_at"]
    count = len(told(work))
    replan(work, intervention, workers=[other])
    replan(work, intervention, starts=2, ends=3)
    plans = [payload for _, payload in told_since(work, count)]
    assert [plan["starts_at"] for plan in plans] == ["2026-11-16T09:00:00+00:00", "2026-11-16T11:00:00+00:00"]
    assert [plan["workers"] for plan in plans] == [[{"person_id": str(other), "name": "Olga"}]] * 2


@pytest.mark.parametrize(
    ("length", "code"),
    [(24 * HOUR, None), (24 * HOUR + timedelta(seconds=1), "window_invalid"), (0 * HOUR, "window_invalid")],
    ids=["a day", "a second more", "nothing"],
)
def test_windows(work, length, code):
    """At most a day, and longer than nothing."""
    arguments = {
        "work_order_id": a_work_order(work).id,
        "workers": [a_person(work, "worker")],
        "starts_at": MONDAY,
        "ends_at": MONDAY + length,
    }
    if code is None:
        assert ask(work, ADMIN, "plan_intervention", **arguments).ends_at == MONDAY + length
    else:
        with refused(work, Invalid, code) as refusal:
            ask(work, ADMIN, "plan_intervention", **arguments)
        assert list(refusal.value.context["fields"]) == ["ends_at"]


def test_who_cannot_be_sent(work):
    """People who are not there, not active, or have another role."""
    worker, work_order = a_person(work, "worker"), a_work_order(work)
    with refused(work, NotHereYet, "person_not_found"):
        an_intervention(work, worker, new_id(), work_order=work_order)
    for unsuitable in (a_person(work, "agent"), a_person(work, "worker", active=False)):
        with refused(work, Invalid, "person_unsuitable"):
            an_intervention(work, worker, unsuitable, work_order=work_order)


def test_refused_particulars(work):
    """Work orders and service types that are not there, ids that are taken, work orders that are closed."""
    worker, work_order = a_person(work, "worker"), a_work_order(work)
    intervention = an_intervention(work, worker, work_order=work_order)
    with refused(work, NotHereYet, "service_type_not_found"):
        an_intervention(work, worker, work_order=work_order, starts=2, ends=3, service_type_id=new_id())
    with refused(work, Conflict, "id_taken"):
        an_intervention(work, worker, starts=2, ends=3, work_order=work_order, id=intervention.id)
    ask(work, ADMIN, "cancel_work_order", work_order_id=work_order.id)
    with refused(work, Conflict, "work_order_closed"):
        an_intervention(work, worker, work_order=work_order, starts=2, ends=3)
    with refused(work, NotFound, "work_order_not_found"):
        ask(
            work,
            ADMIN,
            "plan_intervention",
            work_order_id=new_id(),
            workers=[worker],
            starts_at=MONDAY,
            ends_at=MONDAY + HOUR,
        )


@pytest.mark.parametrize("status", ["resolved", "closed"])
def test_a_ticket_that_is_over(work, status):
    """Nobody is sent until it is reopened, though its work order was opened in the moment in which it was settled."""
    worker, work_order = a_person(work, "worker"), a_work_order(work)
    move(work, work_order.ticket_id, status, MONDAY, version=2)
    with refused(work, Conflict, "ticket_not_open"):
        an_intervention(work, worker, work_order=work_order)
    move(work, work_order.ticket_id, "open", MONDAY + HOUR / 2, version=3)
    assert an_intervention(work, worker, work_order=work_order).status == "planned"


@pytest.mark.parametrize(
    ("starts", "ends", "is_free"),
    [(4, 6, True), (0, 2, True), (3, 5, False), (1, 3, False), (2, 4, False), (1, 5, False), (2.5, 3, False)],
    ids=["after", "before", "into its end", "into its beginning", "the same", "around", "within"],
)
def test_overlaps(work, starts, ends, is_free):
    """Windows that only touch do not overlap; the refusal names who is busy when, and no ticket."""
    worker, other = a_person(work, "worker", name="Wim"), a_person(work, "worker")
    an_intervention(work, worker, starts=2, ends=4)
    work_order = a_work_order(work)
    if is_free:
        assert an_intervention(work, other, worker, starts=starts, ends=ends, work_order=work_order).status == "planned"
        return
    with refused(work, Conflict, "worker_busy") as refusal:
        an_intervention(work, other, worker, starts=starts, ends=ends, work_order=work_order)
    sentence = "Wim is planned for another intervention, 2026-11-16 11:00 to 2026-11-16 13:00 UTC."
    assert refusal.value.detail == sentence
    assert refusal.value.context == {
        "fields": {"workers": [sentence]},
        "busy": [
            {
                "person_id": str(worker),
                "name": "Wim",
                "starts_at": "2026-11-16T11:00:00+00:00",
                "ends_at": "2026-11-16T13:00:00+00:00",
            }
        ],
    }


def test_all_who_are_busy_are_named(work):
    """Each with their window, the earliest first; an intervention of the same work order is called so."""
    wim, olga, free = (a_person(work, "worker", name=name) for name in ("Wim", "Olga", "Fred"))
    work_order = a_work_order(work)
    an_intervention(work, wim, starts=1, ends=2, work_order=work_order)
    an_intervention(work, olga, starts=0, ends=1.5)
    with refused(work, Conflict, "worker_busy") as refusal:
        an_intervention(work, wim, olga, free, starts=1, ends=3, work_order=work_order)
    sentences = [
        "Olga is planned for another intervention, 2026-11-16 09:00 to 2026-11-16 10:30 UTC.",
        "Wim is planned for another intervention of this work order, 2026-11-16 10:00 to 2026-11-16 11:00 UTC.",
    ]
    assert refusal.value.detail == " ".join(sentences)
    assert refusal.value.context["fields"] == {"workers": sentences}
    assert [one["name"] for one in refusal.value.context["busy"]] == ["Olga", "Wim"]


def test_what_keeps_nobody_busy(work):
    """Cancelled interventions, and completed ones: who is done early can go on."""
    worker = a_person(work, "worker")
    cancelled = an_intervention(work, worker)
    ask(work, ADMIN, "cancel_intervention", intervention_id=cancelled.id)
    completed = an_intervention(work, worker)
    complete(work, completed)
    assert an_intervention(work, worker).status == "planned"


def test_moving_one(work):
    """Into its own old window, too; the version grows and the fact is whole."""
    worker, other = a_person(work, "worker", name="Wim"), a_person(work, "worker", name="Olga")
    intervention = an_intervention(work, worker, starts=0, ends=4)
    count = len(told(work))
    work.now = MONDAY + HOUR
    moved = replan(work, intervention, starts=1, ends=3, if_version=1)
    assert (moved.starts_at, moved.ends_at, moved.version) == (MONDAY + HOUR, MONDAY + 3 * HOUR, 2)
    ((name, payload),) = told_since(work, count)
    assert (name, payload["starts_at"], payload["planned_at"]) == (
        "InterventionReplanned",
        "2026-11-16T10:00:00+00:00",
        "2026-11-16T10:00:00+00:00",
    )
    assert [one["name"] for one in payload["workers"]] == ["Wim"]
    assert (payload["work_order_title"], payload["ticket_number"]) == ("Repair the heating", "26-000001")
    count = len(told(work))
    replan(work, intervention, starts=1, ends=3, workers=[other])
    ((_, payload),) = told_since(work, count)
    assert payload["workers"] == [{"person_id": str(other), "name": "Olga"}]
    assert kept(work, Intervention, intervention.id).version == 3
    assert an_intervention(work, worker, starts=1, ends=3).status == "planned"


def test_moving_nothing(work):
    """The same window and workers: nothing changes and nothing is told."""
    worker = a_person(work, "worker")
    intervention = an_intervention(work, worker)
    count = len(told(work))
    assert replan(work, intervention, workers=[worker]).version == 1
    assert told_since(work, count) == []


def test_refused_moves(work):
    """Busy workers, old versions, windows that are none, interventions that are no longer planned."""
    worker, other = a_person(work, "worker"), a_person(work, "worker")
    intervention = an_intervention(work, worker)
    an_intervention(work, worker, starts=2, ends=3)
    an_intervention(work, other)
    with refused(work, Conflict, "worker_busy"):
        replan(work, intervention, starts=2.5, ends=4)
    with refused(work, Conflict, "worker_busy"):
        replan(work, intervention, workers=[worker, other])
    with refused(work, Stale, "version_stale"):
        replan(work, intervention, starts=5, ends=6, if_version=2)
    with refused(work, Invalid, "window_invalid"):
        replan(work, intervention, starts=5, ends=5)
    with refused(work, Invalid, "window_invalid") as far:
        replan(work, intervention, starts=5 * 366 * 24, ends=5 * 366 * 24 + 1)
    assert list(far.value.context["fields"]) == ["starts_at"]
    with refused(work, NotHereYet, "person_not_found"):
        replan(work, intervention, workers=[new_id()])
    with refused(work, NotFound, "intervention_not_found"):
        replan(work, Intervention(id=new_id()), starts=5, ends=6)
    complete(work, intervention)
    with refused(work, Conflict, "intervention_not_planned"):
        replan(work, intervention, starts=5, ends=6)


def test_cancelling_one(work):
    """Told with its reason; a second time is refused."""
    intervention = an_intervention(work)
    count = len(told(work))
    cancelled = ask(work, ADMIN, "cancel_intervention", intervention_id=intervention.id, reason="No key")
    assert (cancelled.status, cancelled.version) == ("cancelled", 2)
    assert told_since(work, count) == [
        (
            "InterventionCancelled",
            {
                "intervention_id": str(intervention.id),
                "work_order_id": str(intervention.work_order_id),
                "ticket_id": str(intervention.ticket_id),
                "reason": "No key",
                "cancelled_at": "2026-11-16T09:00:00+00:00",
            },
        )
    ]
    with refused(work, Conflict, "intervention_not_planned"):
        ask(work, ADMIN, "cancel_intervention", intervention_id=intervention.id)


def test_plans_of_one_moment(database):
    """Eight plans for the same worker and hour, for eight tickets: one of them is planned."""
    with database.work(actor=ADMIN, now=MONDAY) as work:
        worker, other = a_person(work, "worker", number=1), a_person(work, "worker", number=2)
        orders = [a_work_order(work) for _ in range(8)]
        work.commit()

    def plan(work_order):
        with database.work(actor=ADMIN, now=MONDAY) as work:
            intervention = an_intervention(work, *sorted([worker, other], reverse=True), work_order=work_order)
            work.commit()
            return intervention.status

    outcomes = in_threads(*(lambda work_order=work_order: plan(work_order) for work_order in orders))
    refusals = [outcome for outcome in outcomes if outcome != "planned"]
    assert len(refusals) == 7
    assert {refusal.code for refusal in refusals} == {"worker_busy"}
    (kept_rows,) = database.read("SELECT count(*) AS interventions FROM interventions")
    (told_rows,) = database.read("SELECT count(*) AS plans FROM outbox WHERE name = 'InterventionPlanned'")
    assert (kept_rows.interventions, told_rows.plans) == (1, 1)


def test_one_id_at_one_moment(database):
    """Two plans under the same id for different workers: the second is refused by name."""
    chosen_id = new_id()
    with database.work(actor=ADMIN, now=MONDAY) as work:
        plans = [(a_work_order(work), a_person(work, "worker")) for _ in range(2)]
        work.commit()

    def plan(work_order, worker):
        with database.work(actor=ADMIN, now=MONDAY) as work:
            intervention = an_intervention(work, worker, work_order=work_order, id=chosen_id)
            work.commit()
            return intervention.status

    outcomes = in_threads(*(lambda given=given: plan(*given) for given in plans))
    assert sorted(getattr(outcome, "code", outcome) for outcome in outcomes) == ["id_taken", "planned"]
