"""Something happens to a ticket while it changes: real commits, one of the two before the other has ended."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from chassis.actors import system_actor
from chassis.errors import NotFound, Stale
from chassis.ids import new_id
from chassis.prepared import Prepared
from chassis.testing import GivenFact
from services.dispatch import access, ticket_rows
from services.dispatch.access import locked_ticket
from services.dispatch.actions.deadlines import tell_missed
from services.dispatch.actions.ticket_facts import record_priority
from services.tickets.contract import TicketPriorityChanged
from tests.actions.dispatch.given import (
    ADMIN,
    a_person,
    a_ticket,
    a_usergroup,
    an_actor_as,
    ask,
    at,
    everything,
    hide,
    regroup,
    told,
)
from tests.waiting import until_blocked

#: The first response of a ticket of Monday at ten is due at 14:00, of an urgent one at 11:00.
MISSED = at("16 14:01")


@pytest.fixture
def ticket_id(database):
    """Return a ticket of high priority, committed."""
    with at_work(database) as work:
        made = a_ticket(work, priority="high", priority_chosen=True)
        work.commit()
    return made


def at_work(database):
    """Return a `Work` at the instant at which the deadline has passed."""
    return database.work(actor=system_actor("dispatch"), now=MISSED)


def sweep(database):
    """Tell the deadlines that have passed, and commit; return how many."""
    with at_work(database) as work:
        missed = tell_missed(work)
        work.commit()
        return missed


def urgent(ticket_id):
    """Return the fact that the ticket's priority was changed."""
    changed = {"ticket_id": ticket_id, "from_": "high", "to": "urgent", "changed_at": MISSED}
    return GivenFact(TicketPriorityChanged, changed, version=2)


def make_urgent(work, ticket_id):
    """Let the ticket's priority be changed; what is gathered is sent with the commit."""
    record_priority(work, urgent(ticket_id))


def committed(database, ticket_id):
    """Let the ticket's priority be changed, and commit."""
    with at_work(database) as work:
        make_urgent(work, ticket_id)
        work.commit()


def deadlines_told(database):
    """Return `(name, version)` of all that was told of deadlines, in its order."""
    return database.read("SELECT name, version FROM outbox WHERE name LIKE 'Deadline%%' ORDER BY id")


def test_a_ticket_that_changes_while_its_miss_is_told(database, ticket_id):
    """The change waits, counts on from there and does not forget that the miss was told."""
    with ThreadPoolExecutor(1) as pool, at_work(database) as sweeping:
        assert tell_missed(sweeping) == 1
        change = pool.submit(committed, database, ticket_id)
        until_blocked(database)
        sweeping.commit()
        change.result(timeout=10)
    assert sweep(database) == 0
    assert deadlines_told(database) == [("DeadlineSet", 1), ("DeadlineMissed", 2), ("DeadlineSet", 3)]


def test_a_ticket_that_is_committed_between_hold_and_look_is_held(database, ticket_id, monkeypatch):
    """The look that finds it holds it, too: whatever else changes it waits."""
    nothing_yet = Prepared("SELECT FROM tickets WHERE false")
    with ThreadPoolExecutor(1) as pool, at_work(database) as work:
        with monkeypatch.context() as between:
            between.setattr(ticket_rows, "_LOCKED", (nothing_yet, ticket_rows._LOCKED[1]))
            ticket_rows.ticket_of_fact(work, urgent(ticket_id))
        change = pool.submit(committed, database, ticket_id)
        until_blocked(database)
        work.commit()
        change.result(timeout=10)
    assert [name for name, _ in deadlines_told(database)] == ["DeadlineSet", "DeadlineSet"]


def test_a_miss_of_a_ticket_that_is_changing(database, ticket_id):
    """The sweep leaves it to the next one, which counts on from the change."""
    with at_work(database) as changing:
        make_urgent(changing, ticket_id)
        assert sweep(database) == 0
        changing.commit()
    assert sweep(database) == 1
    assert deadlines_told(database) == [("DeadlineSet", 1), ("DeadlineSet", 2), ("DeadlineMissed", 3)]


@pytest.mark.parametrize("is_moved", [False, True], ids=["both are new", "the second is moved there"])
def test_two_rules_get_one_position_at_once(database, is_moved):
    """The second waits and goes before the first; each has a position of its own."""

    def put(work, name, position=5):
        return ask(work, ADMIN, "create_routing_rule", name=name, position=position, then={"priority": "high"})

    def put_later():
        with at_work(database) as work:
            if is_moved:
                ask(work, ADMIN, "change_routing_rule", routing_rule_id=moved_id, position=5)
            else:
                put(work, "later")
            work.commit()

    if is_moved:
        with at_work(database) as work:
            moved_id = put(work, "later", position=2).id
            work.commit()
    with ThreadPoolExecutor(1) as pool, at_work(database) as work:
        put(work, "earlier")
        later = pool.submit(put_later)
        until_blocked(database)
        work.commit()
        later.result(timeout=20)
    rules = database.read("SELECT name, position FROM routing_rules ORDER BY position, id")
    assert [tuple(rule) for rule in rules] == [("later", 5), ("earlier", 6)]


#: With what they change, and how the thing is named.
SETTINGS = {
    "change_routing_rule": ({"name": "Other"}, "SELECT id AS routing_rule_id FROM routing_rules"),
    "change_sla_policy": ({"name": "Other"}, "SELECT id AS sla_policy_id FROM sla_policies WHERE usergroup_id IS NULL"),
    "change_business_calendar": ({"time_zone": "Europe/London"}, None),
}


@pytest.mark.parametrize("method", SETTINGS)
def test_the_version_of_settings_is_compared_once_others_are_done(database, method):
    """Who changes them waits for whoever does already, and only then is what they have read too old."""
    change, naming = SETTINGS[method]
    with at_work(database) as work:
        ask(work, ADMIN, "create_routing_rule", name="Rule", then={"priority": "high"})
        work.commit()
    named = database.read(naming)[0]._asdict() if naming else {}

    def outdated():
        with at_work(database) as work:
            ask(work, ADMIN, method, if_version=99, **named, **change)

    with ThreadPoolExecutor(1) as pool, at_work(database) as work:
        ask(work, ADMIN, method, **named, **change)
        work.flush()
        later = pool.submit(outdated)
        until_blocked(database)
        work.close()
        with pytest.raises(Stale):
            later.result(timeout=20)


@pytest.fixture
def intervention(database):
    """Return a planned intervention for a usergroup's ticket, committed."""
    with at_work(database) as work:
        ticket_id = a_ticket(work, usergroup_id=a_usergroup(work))
        work_order = ask(work, ADMIN, "create_work_order", ticket_id=ticket_id, title="Repair the heating")
        window = {"starts_at": at("16 15:00"), "ends_at": at("16 16:00")}
        workers = [a_person(work, "worker")]
        made = ask(work, ADMIN, "plan_intervention", work_order_id=work_order.id, workers=workers, **window)
        assert made.ticket_id == ticket_id
        work.commit()
    return made


LATER = {"starts_at": at("16 17:00"), "ends_at": at("16 18:00")}
#: With what is not found, and what they are asked with about an intervention.
COMMANDS = {
    "create_work_order": ("ticket", lambda one: {"ticket_id": one.ticket_id, "title": "Repair it"}),
    "cancel_work_order": ("work_order", lambda one: {"work_order_id": one.work_order_id, "reason": "Late."}),
    "plan_intervention": (
        "work_order",
        lambda one: {"work_order_id": one.work_order_id, "workers": [one.workers[0].person_id], **LATER},
    ),
    "replan_intervention": ("intervention", lambda one: {"intervention_id": one.id, **LATER}),
    "cancel_intervention": ("intervention", lambda one: {"intervention_id": one.id, "reason": "Late."}),
}
TAKEN_AWAY = {
    "another usergroup's": lambda work, ticket_id: regroup(work, ticket_id, a_usergroup(work), version=2),
    "private": lambda work, ticket_id: hide(work, ticket_id, True, version=2),
}


@pytest.mark.parametrize("method", COMMANDS)
@pytest.mark.parametrize("becomes", TAKEN_AWAY)
def test_a_ticket_that_leaves_the_reach_of_whoever_waits_for_it(database, intervention, becomes, method):
    """The rights are decided once it is their turn: there is no such thing for them, and nothing is changed or told."""
    thing, arguments_for = COMMANDS[method]
    arguments = arguments_for(intervention)
    with at_work(database) as work:
        manager = an_actor_as("manager", supervises=[_usergroup_of(work, intervention.ticket_id)])

    def command():
        with at_work(database) as work:
            with pytest.raises(NotFound) as refusal:
                ask(work, manager, method, **arguments)
            return refusal.value.code, told(work)

    with ThreadPoolExecutor(1) as pool, at_work(database) as work:
        TAKEN_AWAY[becomes](work, intervention.ticket_id)
        before = everything(work)
        commanding = pool.submit(command)
        until_blocked(database)
        work.commit()
        code, facts = commanding.result(timeout=20)
    assert (code, facts) == (f"{thing}_not_found", [])
    with at_work(database) as work:
        assert everything(work) == before


def test_an_intervention_that_comes_between_lock_and_look(database, intervention, monkeypatch):
    """Its planner names its id before it is committed: the lock finds nothing to hold, so nothing is called off."""
    workers = [intervention.workers[0].person_id]
    planned = {"id": new_id(), "work_order_id": intervention.work_order_id, "workers": workers, **LATER}
    with at_work(database) as planning, at_work(database) as work:
        ask(planning, ADMIN, "plan_intervention", **planned)

        def locked(*asked):
            found = locked_ticket(*asked)
            planning.commit()
            return found

        monkeypatch.setattr(access, "locked_ticket", locked)
        with pytest.raises(NotFound) as refusal:
            ask(work, ADMIN, "cancel_intervention", intervention_id=planned["id"], reason="Late.")
        assert (refusal.value.code, told(work)) == ("intervention_not_found", [])
    (row,) = database.read("SELECT status, version FROM interventions WHERE id = %(id)s", id=planned["id"])
    assert tuple(row) == ("planned", 1)


def _usergroup_of(work, ticket_id):
    return work.one("SELECT usergroup_id FROM tickets WHERE id = %(id)s", id=ticket_id).usergroup_id
