"""Work orders: opened for open tickets, called off, closed by their interventions; the last one is told as such."""

from datetime import timedelta
from functools import partial

import pytest

from chassis.errors import Conflict, Invalid, NotHereYet, NotYet
from chassis.ids import new_id
from chassis.testing import MONDAY, told
from services.dispatch.models import Intervention, WorkOrder
from services.fieldwork.contract import InterventionCompleted, WorkValidated
from tests.actions.dispatch.given import (
    ADMIN,
    a_person,
    a_site,
    a_ticket,
    answered,
    ask,
    at,
    complete,
    everything,
    hear,
    in_threads,
    kept,
    move,
    refused,
    told_since,
    validate,
)

NOW = "2026-11-16T09:00:00+00:00"


def a_work_order(work, ticket_id=None, **particulars):
    """Let an administrator open a work order; return it."""
    arguments = {"ticket_id": ticket_id or a_ticket(work), "title": "Repair the heating"} | particulars
    return ask(work, ADMIN, "create_work_order", **arguments)


def an_intervention(work, work_order, hours_later=0, worker=None):
    """Let an administrator plan an intervention of an hour; return it."""
    starts_at = MONDAY + timedelta(hours=hours_later)
    return ask(
        work,
        ADMIN,
        "plan_intervention",
        work_order_id=work_order.id,
        workers=[worker or a_person(work, "worker")],
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
    )


def test_opening_one(work):
    """The answer and the fact, whole; the site is the ticket's, the number counts up."""
    site, contractor = a_site(work), a_person(work, "external_agent")
    ticket_id = a_ticket(work, site_id=site)
    count = len(told(work))
    work_order = a_work_order(work, ticket_id, description="Third floor", contractor_id=contractor)
    assert answered("create_work_order", work_order) == {
        "id": str(work_order.id),
        "number": work_order.number,
        "ticket_id": str(ticket_id),
        "title": "Repair the heating",
        "description": "Third floor",
        "status": "open",
        "outcome": None,
        "site_id": str(site),
        "contractor": {"person_id": str(contractor), "name": "Person"},
        "opened_at": NOW,
        "closed_at": None,
        "cancel_reason": None,
        "interventions": [],
        "version": 1,
    }
    assert told_since(work, count) == [
        (
            "WorkOrderOpened",
            {
                "work_order_id": str(work_order.id),
                "ticket_id": str(ticket_id),
                "number": work_order.number,
                "title": "Repair the heating",
                "site_id": str(site),
                "contractor_id": str(contractor),
                "opened_at": NOW,
            },
        )
    ]
    following = a_work_order(work, ticket_id)
    assert work_order.number[:4] == "W26-"
    assert int(following.number[4:]) == int(work_order.number[4:]) + 1


def test_a_site_of_its_own(work):
    """The work may be done elsewhere than where the ticket was reported."""
    boiler_room = a_site(work)
    ticket_id = a_ticket(work, site_id=a_site(work))
    assert a_work_order(work, ticket_id, site_id=boiler_room).site_id == boiler_room


@pytest.mark.parametrize("status", ["resolved", "closed"])
def test_a_ticket_that_is_over(work, status):
    """No work is authorised for it until it is reopened."""
    ticket_id = a_ticket(work)
    move(work, ticket_id, status, at("16 11:00"), version=2)
    with refused(work, Conflict, "ticket_not_open"):
        a_work_order(work, ticket_id)
    move(work, ticket_id, "open", at("16 12:00"), version=3)
    assert a_work_order(work, ticket_id).status == "open"


def test_refused_particulars(work):
    """Sites and contractors that are not there, or not what they should be."""
    ticket_id = a_ticket(work)
    for absent, code in (
        ({"site_id": new_id()}, "site_not_found"),
        ({"contractor_id": new_id()}, "person_not_found"),
        ({"site_id": a_site(work, active=False)}, "site_not_found"),
    ):
        with refused(work, NotHereYet, code):
            a_work_order(work, ticket_id, **absent)
    for unsuitable in (a_person(work, "worker"), a_person(work, "external_agent", active=False)):
        with refused(work, Invalid, "person_unsuitable"):
            a_work_order(work, ticket_id, contractor_id=unsuitable)


def test_calling_one_off(work):
    """What is planned is cancelled with it, and nothing else of the ticket; what was off already is not told again."""
    work_order = a_work_order(work)
    off = an_intervention(work, work_order, hours_later=4)
    ask(work, ADMIN, "cancel_intervention", intervention_id=off.id, reason="No key")
    other = an_intervention(work, a_work_order(work, work_order.ticket_id))
    planned = an_intervention(work, work_order, hours_later=2)
    count = len(told(work))
    cancelled = ask(work, ADMIN, "cancel_work_order", work_order_id=work_order.id, reason="Not needed")
    assert (cancelled.status, cancelled.outcome, cancelled.closed_at) == ("closed", "cancelled", MONDAY)
    shown = ask(work, ADMIN, "work_order_by_id", work_order_id=work_order.id)
    assert answered("work_order_by_id", shown)["cancel_reason"] == "Not needed"
    assert told_since(work, count) == [
        (
            "InterventionCancelled",
            {
                "intervention_id": str(planned.id),
                "work_order_id": str(work_order.id),
                "ticket_id": str(work_order.ticket_id),
                "reason": "Not needed",
                "cancelled_at": NOW,
            },
        ),
        (
            "WorkOrderClosed",
            {
                "work_order_id": str(work_order.id),
                "ticket_id": str(work_order.ticket_id),
                "outcome": "cancelled",
                "closed_at": NOW,
                "open_work_orders": 1,
                "left_open": [str(other.work_order_id)],
                "reason": "Not needed",
            },
        ),
    ]
    assert kept(work, Intervention, other.id).status == "planned"
    assert (kept(work, Intervention, off.id).cancel_reason, off.version) == ("No key", 2)
    with refused(work, Conflict, "work_order_closed"):
        ask(work, ADMIN, "cancel_work_order", work_order_id=work_order.id)


@pytest.mark.parametrize("validation_needed", [True, False])
def test_work_that_was_done_is_not_called_off(work, validation_needed):
    """Whatever else is planned: that can be cancelled, and the order ends by what was done."""
    work_order = a_work_order(work)
    done, planned = an_intervention(work, work_order), an_intervention(work, work_order, hours_later=2)
    complete(work, done, validation_needed)
    with refused(work, Conflict, "work_completed") as refusal:
        ask(work, ADMIN, "cancel_work_order", work_order_id=work_order.id)
    assert refusal.value.detail == (
        "Work of this order is completed. Cancel its interventions that are still planned;"
        " it closes once all work is validated."
    )
    count = len(told(work))
    ask(work, ADMIN, "cancel_intervention", intervention_id=planned.id)
    validate(work, done)
    assert closed(work, count) == [("validated" if validation_needed else "completed", [])]


def closed(work, count):
    """Return `(outcome, work orders left)` of each work order told closed after `count` facts."""
    return [(payload["outcome"], payload["left_open"]) for _, payload in told_since(work, count, "WorkOrderClosed")]


def test_validated(work):
    """Completed first, which is not enough; then validated."""
    work_order = a_work_order(work)
    intervention = an_intervention(work, work_order)
    count = len(told(work))
    complete(work, intervention)
    assert told_since(work, count) == []
    validate(work, intervention)
    assert closed(work, count) == [("validated", [])]
    row = kept(work, WorkOrder, work_order.id)
    assert (row.status, row.outcome, row.closed_at, row.version) == ("closed", "validated", MONDAY, 2)


def test_where_validation_is_off(work):
    """Completed is done."""
    work_order = a_work_order(work)
    intervention = an_intervention(work, work_order)
    count = len(told(work))
    complete(work, intervention, validation_needed=False)
    assert closed(work, count) == [("completed", [])]


def test_validated_before_completed(work):
    """Facts that come the other way round end in the same state and close it once."""
    work_order = a_work_order(work)
    intervention = an_intervention(work, work_order)
    count = len(told(work))
    validate(work, intervention)
    row = kept(work, Intervention, intervention.id)
    assert (row.status, row.version) == ("validated", 2)
    before = everything(work)
    complete(work, intervention)
    validate(work, intervention)
    assert everything(work) == before
    assert closed(work, count) == [("validated", [])]


def test_all_its_interventions(work):
    """It waits for every intervention that is not cancelled; to cancel the last that it waited for closes it."""
    work_order = a_work_order(work)
    first, second, third = (an_intervention(work, work_order, hours_later=hours) for hours in (0, 2, 4))
    count = len(told(work))
    validate(work, first)
    complete(work, second, validation_needed=False)
    assert closed(work, count) == []
    ask(work, ADMIN, "cancel_intervention", intervention_id=third.id, reason="Enough")
    assert [name for name, _ in told_since(work, count)] == ["InterventionCancelled", "WorkOrderClosed"]
    assert closed(work, count) == [("validated", [])]


def test_a_cancelled_intervention_alone_closes_nothing(work):
    """The work is still to be done: another intervention is planned."""
    work_order = a_work_order(work)
    intervention = an_intervention(work, work_order)
    ask(work, ADMIN, "cancel_intervention", intervention_id=intervention.id)
    assert kept(work, WorkOrder, work_order.id).status == "open"


def test_which_are_left(work):
    """The ticket is resolved with its last open work order, so each closing names the others."""
    ticket_id = a_ticket(work)
    orders = [a_work_order(work, ticket_id) for _ in range(3)]
    a_work_order(work)
    count = len(told(work))
    for work_order in orders:
        validate(work, an_intervention(work, work_order))
    left = [str(work_order.id) for work_order in orders]
    assert closed(work, count) == [("validated", left[1:]), ("validated", left[2:]), ("validated", [])]


def test_a_cancelled_intervention_that_took_place(work):
    """The worker had not heard of it: what happened, happened."""
    work_order = a_work_order(work)
    intervention = an_intervention(work, work_order)
    ask(work, ADMIN, "cancel_intervention", intervention_id=intervention.id)
    count = len(told(work))
    complete(work, intervention, validation_needed=False)
    assert closed(work, count) == [("completed", [])]


@pytest.mark.parametrize(
    ("steps", "outcome"),
    [
        ([partial(complete, validation_needed=False)], "completed"),
        ([complete, validate], "validated"),
        ([validate, complete], "validated"),
    ],
    ids=["completed", "validated", "validated first"],
)
def test_an_intervention_done_for_a_work_order_that_was_called_off(work, steps, outcome):
    """Whoever did it had not heard yet: the order ends anew as done, once, and newer than it was called off."""
    work_order = a_work_order(work)
    intervention, other = an_intervention(work, work_order), an_intervention(work, work_order, hours_later=2)
    ask(work, ADMIN, "cancel_work_order", work_order_id=work_order.id, reason="Not needed")
    count = len(told(work))
    work.now = MONDAY + timedelta(hours=1)
    for step in steps:
        step(work, intervention)
    assert closed(work, count) == [(outcome, [])]
    row = kept(work, WorkOrder, work_order.id)
    assert (row.status, row.outcome, row.closed_at, row.version) == ("closed", outcome, work.now, 3)
    assert row.cancel_reason is None
    assert kept(work, Intervention, other.id).status == "cancelled"


def test_work_that_was_called_off_and_waits_for_validation(work):
    """Nothing is said of the order before that."""
    work_order = a_work_order(work)
    intervention = an_intervention(work, work_order)
    ask(work, ADMIN, "cancel_work_order", work_order_id=work_order.id)
    count = len(told(work))
    complete(work, intervention)
    assert (closed(work, count), kept(work, WorkOrder, work_order.id).outcome) == ([], "cancelled")


def test_a_fact_twice(work):
    """The second completion changes nothing."""
    work_order = a_work_order(work)
    intervention = an_intervention(work, work_order)
    complete(work, intervention)
    before = everything(work)
    complete(work, intervention)
    assert everything(work) == before


@pytest.mark.parametrize(
    ("event", "particulars"),
    [
        (InterventionCompleted, {"completed_at": MONDAY, "report": "", "validation_needed": True}),
        (WorkValidated, {"validated_at": MONDAY}),
    ],
    ids=["completed", "validated"],
)
def test_an_intervention_that_nobody_planned(work, event, particulars):
    """The fact is tried again and kept: it names something that is not there."""
    ids = {name: new_id() for name in ("intervention_id", "work_order_id", "ticket_id")}
    with refused(work, NotYet):
        hear(work, event, by={"person_id": new_id(), "name": "Wim Worker"}, **ids, **particulars)


def test_two_work_orders_closed_at_one_moment(database):
    """One of the two is the last: the ticket is not left waiting."""
    with database.work(actor=ADMIN, now=MONDAY) as work:
        ticket_id = a_ticket(work)
        interventions = [an_intervention(work, a_work_order(work, ticket_id), hours_later=hours) for hours in (0, 2)]
        names = [(intervention.id, intervention.work_order_id) for intervention in interventions]
        work.commit()

    def close(intervention_id, work_order_id):
        with database.work(now=MONDAY) as work:
            hear(
                work,
                WorkValidated,
                intervention_id=intervention_id,
                work_order_id=work_order_id,
                ticket_id=ticket_id,
                validated_at=MONDAY,
                by={"person_id": new_id(), "name": "Mia Manager"},
            )
            work.commit()
            return closed(work, 0)

    left = in_threads(*(lambda name=name: close(*name) for name in names))
    one_of_them = [str(work_order_id) for _, work_order_id in names]
    assert sorted(left) in [[[("validated", [])], [("validated", [one])]] for one in one_of_them]
