"""The copy of dispatch's plan: whatever the order of the facts, and however often, the end is the same."""

from datetime import timedelta
from itertools import permutations

import pytest
from sqlalchemy import delete

from chassis.errors import NotYet
from chassis.ids import new_id
from chassis.testing import MONDAY, GivenFact, told
from services.fieldwork import actions
from services.fieldwork.models import FormerWorker, InterventionPlan
from services.tickets.contract import TicketUsergroupChanged
from tests.actions.fieldwork.given import (
    ELEVEN,
    GROUP,
    OTHER_GROUP,
    cancelled,
    clock,
    completed,
    everything,
    intervention_of,
    minutes,
    plan_fact,
    privacy_fact,
    replanned,
    someone,
)

ANNA, BEN, CARA = (someone("worker", name) for name in ("Anna", "Ben", "Cara"))


def workers_of(intervention):
    """Return the names of those who are sent."""
    return [worker.name for worker in intervention.workers]


def test_a_planned_intervention_is_copied(work):
    """All columns, and nothing is told."""
    site_id = new_id()
    fact = plan_fact(workers=[BEN, ANNA], site_id=site_id)
    actions.keep_plan(work, fact)
    intervention = intervention_of(work, fact)
    assert (intervention.status, intervention.version, intervention.plan_version) == ("planned", 1, 1)
    assert (intervention.work_order_id, intervention.ticket_id) == (fact.data["work_order_id"], fact.data["ticket_id"])
    assert (intervention.starts_at, intervention.ends_at) == (MONDAY, MONDAY + timedelta(hours=2))
    assert (intervention.site_id, intervention.usergroup_id, intervention.service_type_id) == (site_id, GROUP, None)
    assert workers_of(intervention) == ["Anna", "Ben"]
    assert (intervention.work_order_title, intervention.ticket_number) == ("Repair the heating", "26-000042")
    assert told(work) == []


def test_the_same_fact_twice_is_one_intervention(work):
    """The second time changes no row."""
    fact = plan_fact(workers=[ANNA])
    actions.keep_plan(work, fact)
    before = everything(work)
    actions.keep_plan(work, fact)
    assert everything(work) == before


def test_a_new_plan_replaces_window_and_workers(work):
    """And what was done already stays."""
    fact = plan_fact(workers=[ANNA])
    actions.keep_plan(work, fact)
    clock(work, ANNA, intervention_of(work, fact), "start", MONDAY)
    later = replanned(fact, 2, starts_at=MONDAY + minutes(60), workers=[{"person_id": BEN.person_id, "name": "Ben"}])
    actions.keep_plan(work, later)
    intervention = intervention_of(work, fact)
    assert (intervention.status, intervention.starts_at, intervention.plan_version) == (
        "started",
        MONDAY + minutes(60),
        2,
    )
    assert (workers_of(intervention), [row.worker_name for row in intervention.clock_ins]) == (["Ben"], ["Anna"])
    assert intervention.version == 3


ONLY_BEN = [{"person_id": BEN.person_id, "name": "Ben"}]
ONLY_ANNA = [{"person_id": ANNA.person_id, "name": "Anna"}]


def left_of(intervention):
    """Return `{name: instant}` of those who are not sent any more."""
    return {former.name: former.left_at for former in intervention.former_workers}


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 0, 2)])
@pytest.mark.parametrize(
    ("sent", "left"),
    [
        ("A B B B", {"Anna": 2}),
        ("A B A B", {"Anna": 4}),
        ("AB B A -", {"Anna": 4, "Ben": 3}),
        ("A - AB B", {"Anna": 4}),
        ("A B B A", {"Ben": 4}),
        ("AB A B AB", {}),
    ],
)
def test_since_when_somebody_is_not_sent_any_more(work, sent, left, order):
    """Since the first plan that was without them, in whatever order the plans come, one of them twice."""
    assert_left(work, sent, left, order)


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_no_order_of_plans_makes_a_difference(work, order):
    """Two people who come and go, in all orders."""
    assert_left(work, "AB B A -", {"Anna": 4, "Ben": 3}, order)


def assert_left(work, sent, left, order):
    """Hear plans in an order and look who has left since which of them, by version.

    :param sent: who is sent by each plan, `AB` for Anna and Ben.
    """
    who = {"A": ONLY_ANNA, "B": ONLY_BEN, "AB": ONLY_ANNA + ONLY_BEN, "-": []}
    first = plan_fact()
    plans = [
        replanned(first, version, workers=who[names], planned_at=MONDAY + minutes(version))
        for version, names in enumerate(sent.split(), start=1)
    ]
    for place in (*order, order[0]):
        actions.keep_plan(work, plans[place])
    intervention = intervention_of(work, first)
    assert left_of(intervention) == {name: MONDAY + minutes(version) for name, version in left.items()}
    assert [{"person_id": row.person_id, "name": row.name} for row in intervention.workers] == plans[-1].data["workers"]


def test_of_a_plan_that_was_heard_before_plans_were_remembered(work):
    """Whom it sent leaves with the next; whoever had left before it keeps their instant until they are sent again."""
    first = plan_fact(workers=[ANNA])
    actions.keep_plan(work, first)
    work.session.execute(delete(InterventionPlan))
    gone = {"intervention_id": first.data["intervention_id"], "person_id": CARA.person_id, "name": "Cara"}
    work.session.add(FormerWorker(**gone, left_at=MONDAY - minutes(30)))
    actions.keep_plan(work, replanned(first, 3, workers=ONLY_BEN, planned_at=MONDAY))
    assert left_of(intervention_of(work, first)) == {"Anna": MONDAY, "Cara": MONDAY - minutes(30)}
    back = [{"person_id": CARA.person_id, "name": "Cara"}]
    actions.keep_plan(work, replanned(first, 4, workers=back, planned_at=MONDAY + minutes(1)))
    assert left_of(intervention_of(work, first)) == {"Anna": MONDAY, "Ben": MONDAY + minutes(1)}


def heard(work, facts):
    """Hear facts in an order; what came too early is heard again at the end, as the inbox does."""
    too_early = []
    for fact in facts:
        listener = actions.cancel_plan if fact.name == "InterventionCancelled" else actions.keep_plan
        try:
            listener(work, fact)
        except NotYet:
            too_early.append(fact)
    if too_early:
        heard(work, too_early)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_order_of_facts_does_not_matter(work, order):
    """Planned, replanned, cancelled in all six orders: the same intervention, and the same workers."""
    first = plan_fact(workers=[ANNA])
    second = replanned(first, 2, starts_at=MONDAY + minutes(30), workers=[{"person_id": BEN.person_id, "name": "Ben"}])
    facts = [first, second, cancelled(first, version=3)]
    heard(work, [facts[place] for place in order])
    intervention = intervention_of(work, first)
    assert (intervention.status, intervention.cancel_reason) == ("cancelled", "The tenant is away.")
    assert (intervention.starts_at, intervention.plan_version, workers_of(intervention)) == (
        MONDAY + minutes(30),
        2,
        ["Ben"],
    )
    assert told(work) == []


def test_a_cancellation_waits_for_its_plan(work):
    """It is tried again by the inbox; nothing is written meanwhile."""
    before = everything(work)
    with pytest.raises(NotYet):
        actions.cancel_plan(work, cancelled(plan_fact()))
    assert everything(work) == before


def test_what_is_completed_stays_completed(work):
    """A cancellation that comes too late changes nothing."""
    fact = plan_fact(workers=[ANNA])
    completed(work, ANNA, id=fact.data["intervention_id"])
    before = everything(work)
    actions.cancel_plan(work, cancelled(fact))
    assert everything(work) == before


@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_what_has_begun_goes_on(work, order):
    """A cancellation of the same moment, and the plan that takes it back: whoever is there ends and completes it."""
    fact = plan_fact(workers=[ANNA])
    actions.keep_plan(work, fact)
    clock(work, ANNA, intervention_of(work, fact), "start", MONDAY)
    facts = [cancelled(fact), replanned(fact, 3)]
    heard(work, [facts[place] for place in order])
    intervention = intervention_of(work, fact)
    found = (intervention.status, intervention.cancelled_at, intervention.cancel_reason, workers_of(intervention))
    assert found == ("started", None, "", ["Anna"])
    assert clock(work, ANNA, intervention, "end", ELEVEN)["flags"] == []
    assert actions.complete_intervention(work, ANNA, intervention.id, "Valve replaced.")["status"] == "completed"
    assert [name for name, _ in told(work)] == ["ClockedIn", "ClockedOut", "InterventionCompleted"]


def test_a_cancellation_twice_is_one(work):
    """The first instant and reason stay."""
    fact = plan_fact(workers=[ANNA])
    actions.keep_plan(work, fact)
    actions.cancel_plan(work, cancelled(fact))
    before = everything(work)
    actions.cancel_plan(work, cancelled(fact, version=3))
    assert everything(work) == before
    assert intervention_of(work, fact).cancelled_at == MONDAY - timedelta(hours=1)


def handed_over(fact, usergroup_id, version=2):
    """Return the fact that the ticket of an intervention has another usergroup."""
    payload = {"ticket_id": fact.data["ticket_id"], "usergroup_id": usergroup_id}
    return GivenFact(TicketUsergroupChanged, {**payload, "chosen": True, "changed_at": MONDAY}, version=version)


@pytest.mark.parametrize("planned_first", [True, False])
def test_interventions_change_hands_with_their_ticket(work, planned_first):
    """Whichever fact comes first; a new plan does not take them back, and others' interventions stay."""
    fact, other = plan_fact(workers=[ANNA]), plan_fact(workers=[ANNA])
    actions.keep_plan(work, other)
    told_facts = [(actions.keep_plan, fact), (actions.follow_usergroup, handed_over(fact, OTHER_GROUP))]
    for listener, given in told_facts if planned_first else told_facts[::-1]:
        listener(work, given)
    assert intervention_of(work, fact).usergroup_id == OTHER_GROUP
    actions.keep_plan(work, replanned(fact, 2))
    assert (intervention_of(work, fact).usergroup_id, intervention_of(work, other).usergroup_id) == (OTHER_GROUP, GROUP)
    assert told(work) == []


def test_a_late_change_of_hands_is_none(work):
    """The older fact changes nothing, the same one twice neither; a ticket may lose its usergroup."""
    fact = plan_fact(workers=[ANNA])
    actions.keep_plan(work, fact)
    actions.follow_usergroup(work, handed_over(fact, OTHER_GROUP, version=5))
    before = everything(work)
    actions.follow_usergroup(work, handed_over(fact, GROUP, version=4))
    actions.follow_usergroup(work, handed_over(fact, GROUP, version=5))
    assert everything(work) == before
    actions.follow_usergroup(work, handed_over(fact, None, version=6))
    assert intervention_of(work, fact).usergroup_id is None


def hidden(fact, private=True, version=2):
    """Return the fact that the ticket of an intervention is private now, or not any more."""
    return privacy_fact(fact.data["ticket_id"], private, version)


@pytest.mark.parametrize("planned_first", [True, False])
def test_interventions_are_as_private_as_their_ticket(work, planned_first):
    """Whichever fact comes first; a new plan that did not know yet shows nothing, others' interventions stay."""
    fact, other = plan_fact(workers=[ANNA]), plan_fact(workers=[ANNA])
    actions.keep_plan(work, other)
    told_facts = [(actions.keep_plan, fact), (actions.follow_privacy, hidden(fact))]
    for listener, given in told_facts if planned_first else told_facts[::-1]:
        listener(work, given)
    actions.keep_plan(work, replanned(fact, 2, private=False))
    assert (intervention_of(work, fact).private, intervention_of(work, other).private) == (True, False)
    assert intervention_of(work, fact).usergroup_id == GROUP


def test_a_late_word_about_privacy_changes_nothing(work):
    """Neither an older fact nor the same one twice."""
    fact = plan_fact(workers=[ANNA], private=True)
    actions.keep_plan(work, fact)
    assert intervention_of(work, fact).private is True
    actions.follow_privacy(work, hidden(fact, private=False, version=5))
    before = everything(work)
    actions.follow_privacy(work, hidden(fact, private=True, version=4))
    actions.follow_privacy(work, hidden(fact, private=True, version=5))
    assert everything(work) == before
    assert intervention_of(work, fact).private is False
