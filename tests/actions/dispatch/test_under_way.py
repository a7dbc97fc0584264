"""Interventions under way: what dispatch has heard of clock-ins, and what it refuses from then on."""

from itertools import permutations

import pytest

from chassis.errors import Conflict
from chassis.testing import MONDAY, told
from services.dispatch.models import Intervention
from services.fieldwork.contract import ClockedIn, ClockedOut
from tests.actions.dispatch.given import (
    ADMIN,
    a_person,
    ask,
    clock,
    complete,
    everything,
    in_threads,
    kept,
    refused,
    told_since,
    validate,
)
from tests.actions.dispatch.interventions import a_work_order, an_intervention, replan


@pytest.mark.parametrize("event", [ClockedIn, ClockedOut], ids=["in", "out"])
class TestUnderWay:
    """Once somebody has clocked in, or out where no more is asked for, it is not taken from under them."""

    def test_is_not_cancelled(self, work, event):
        """Nor is the work order that it belongs to, with nothing else of it."""
        worker, work_order = a_person(work, "worker"), a_work_order(work)
        an_intervention(work, worker, starts=2, ends=3, work_order=work_order)
        intervention = an_intervention(work, worker, work_order=work_order)
        clock(work, intervention, worker, event)
        sentence = "An intervention is under way: let its workers clock out, or enter it for them, and complete it."
        for method, names in (
            ("cancel_intervention", {"intervention_id": intervention.id}),
            ("cancel_work_order", {"work_order_id": work_order.id}),
        ):
            with refused(work, Conflict, "intervention_started") as refusal:
                ask(work, ADMIN, method, **names)
            assert refusal.value.detail == sentence

    def test_keeps_its_window_and_who_is_there(self, work, event):
        """More can be sent, and whoever has not come can be replaced."""
        there, elsewhere, helper = (a_person(work, "worker", name=name) for name in ("Tess", "Elsa", "Hugo"))
        intervention = an_intervention(work, there, elsewhere)
        clock(work, intervention, there, event)
        for change in ({"workers": [elsewhere, helper]}, {"starts": 0.5}, {"ends": 2}, {"starts": 2, "ends": 3}):
            with refused(work, Conflict, "intervention_started"):
                replan(work, intervention, **change)
        count = len(told(work))
        replan(work, intervention, workers=[there, helper])
        ((name, payload),) = told_since(work, count)
        assert (name, [one["name"] for one in payload["workers"]]) == ("InterventionReplanned", ["Hugo", "Tess"])

    def test_whoever_was_replaced_before_it_was_heard_stays_replaced(self, work, event):
        """The plan of those who are sent can still be changed."""
        gone, present, helper = (a_person(work, "worker", name=name) for name in ("Gil", "Pia", "Hugo"))
        intervention = an_intervention(work, gone)
        replan(work, intervention, workers=[present])
        clock(work, intervention, gone, event)
        count = len(told(work))
        replan(work, intervention, workers=[helper])
        ((_, payload),) = told_since(work, count)
        assert [one["name"] for one in payload["workers"]] == ["Hugo"]

    def test_heard_after_the_cancellation(self, work, event):
        """It had begun, so the cancellation is taken back, once: it is planned as it was, and under way."""
        worker = a_person(work, "worker")
        count = len(told(work))
        intervention = an_intervention(work, worker)
        ((_, plan),) = told_since(work, count, "InterventionPlanned")
        ask(work, ADMIN, "cancel_intervention", intervention_id=intervention.id, reason="The tenant is away.")
        count = len(told(work))
        clock(work, intervention, worker, event)
        clock(work, intervention, worker, event)
        row = kept(work, Intervention, intervention.id)
        assert (row.status, row.cancel_reason, row.version) == ("planned", None, 3)
        assert told_since(work, count) == [("InterventionPlanned", plan)]
        for method, names in (
            ("cancel_intervention", {"intervention_id": intervention.id}),
            ("cancel_work_order", {"work_order_id": intervention.work_order_id}),
        ):
            with refused(work, Conflict, "intervention_started"):
                ask(work, ADMIN, method, **names)

    def test_heard_after_its_work_order_was_called_off(self, work, event):
        """The order stays closed and the intervention cancelled here, until its completion closes the order anew."""
        worker = a_person(work, "worker")
        intervention = an_intervention(work, worker)
        ask(work, ADMIN, "cancel_work_order", work_order_id=intervention.work_order_id)
        count = len(told(work))
        clock(work, intervention, worker, event)
        assert (kept(work, Intervention, intervention.id).status, told_since(work, count)) == ("cancelled", [])
        complete(work, intervention, validation_needed=False)
        ((name, plan), (last, closed)) = told_since(work, count)
        assert (name, plan["intervention_id"]) == ("InterventionPlanned", str(intervention.id))
        assert (last, closed["outcome"]) == ("WorkOrderClosed", "completed")

    def test_no_longer_once_it_is_completed(self, work, event):
        """What stands in the way then is that it is completed."""
        worker = a_person(work, "worker")
        intervention = an_intervention(work, worker)
        clock(work, intervention, worker, event)
        complete(work, intervention)
        with refused(work, Conflict, "intervention_not_planned"):
            ask(work, ADMIN, "cancel_intervention", intervention_id=intervention.id)


ON_SITE = (
    clock,
    lambda work, intervention, _: complete(work, intervention),
    lambda work, intervention, _: validate(work, intervention),
)


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
@pytest.mark.parametrize("called_off", ["intervention", "work_order"])
def test_a_cancelled_intervention_that_took_place_is_told_as_planned_once(work, called_off, order):
    """Also where its start is heard last: those who keep a copy of the plan end with what took place, as we do."""
    worker = a_person(work, "worker")
    intervention = an_intervention(work, worker)
    named = {"intervention": intervention.id, "work_order": intervention.work_order_id}
    ask(work, ADMIN, f"cancel_{called_off}", **{f"{called_off}_id": named[called_off]}, reason="The tenant is away.")
    count = len(told(work))
    for step in (*order, *order):
        ON_SITE[step](work, intervention, worker)
    row = kept(work, Intervention, intervention.id)
    assert (row.status, row.cancel_reason, row.clocked_in) == ("validated", None, [worker])
    assert [name for name, _ in told_since(work, count)] == ["InterventionPlanned", "WorkOrderClosed"]
    versions = work.load("SELECT version FROM outbox WHERE name LIKE 'Intervention%%' ORDER BY id")
    assert [fact.version for fact in versions] == [1, 2, 3]


def test_clock_ins_in_any_order(work):
    """Heard twice, or the end before the start: the same is kept, and nothing is told."""
    workers = [a_person(work, "worker", number=number) for number in (1, 2)]
    intervention = an_intervention(work, *workers)
    steps = [(workers[0], ClockedIn), (workers[0], ClockedOut), (workers[1], ClockedIn)]
    count, kept_of = len(told(work)), set()
    for order in permutations(steps):
        kept(work, Intervention, intervention.id).clocked_in = []
        for worker, event in (*order, order[0]):
            clock(work, intervention, worker, event)
        assert kept(work, Intervention, intervention.id).clocked_in == workers
        kept_of.add(tuple(everything(work)))
    assert (len(kept_of), told_since(work, count)) == (1, [])


def test_a_cancellation_and_a_clock_in_of_one_moment(database):
    """Whichever comes first, the intervention is under way; a cancellation that came before it is taken back."""
    with database.work(actor=ADMIN, now=MONDAY) as work:
        worker = a_person(work, "worker")
        intervention = an_intervention(work, worker)
        work.commit()

    def cancel():
        with database.work(actor=ADMIN, now=MONDAY) as work:
            status = ask(work, ADMIN, "cancel_intervention", intervention_id=intervention.id).status
            work.commit()
            return status

    def come():
        with database.work(now=MONDAY) as work:
            clock(work, intervention, worker)
            work.commit()

    outcome, none = in_threads(cancel, come)
    (row,) = database.read("SELECT status, clocked_in FROM interventions")
    rows = database.read("SELECT name FROM outbox WHERE name LIKE 'Intervention%%' ORDER BY id")
    facts = [fact.name.removeprefix("Intervention") for fact in rows]
    found = (none, row.clocked_in, row.status, getattr(outcome, "code", outcome), facts)
    assert found in [
        (None, [worker], "planned", "cancelled", ["Planned", "Cancelled", "Planned"]),
        (None, [worker], "planned", "intervention_started", ["Planned"]),
    ]
