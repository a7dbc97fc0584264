"""Who gets a ticket: by load, anew in another usergroup, and once each when many come at one moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from psycopg2.errors import LockNotAvailable, UniqueViolation

from chassis.actors import system_actor
from chassis.errors import NotYet
from chassis.ids import new_id
from chassis.testing import MONDAY, told
from services.dispatch.domain.assignment import UNABLE_PATIENCE
from services.dispatch.models import Person, Ticket
from services.tickets.contract import TicketOpened
from tests.actions.dispatch.given import (
    a_person,
    a_ticket,
    a_usergroup,
    an_opening,
    assign,
    at,
    everything,
    hear,
    in_threads,
    kept,
    move,
    refused,
    regroup,
    told_since,
)
from tests.waiting import until_blocked


def decision_on(work, usergroup_id, **particulars):
    """Open a ticket in a usergroup; return `(assignee id, reason)` as told."""
    count = len(told(work))
    a_ticket(work, usergroup_id=usergroup_id, **particulars)
    ((_, decided),) = told_since(work, count, "AssignmentDecided")
    return decided["assignee_id"], decided["reason"]


def a_loaded_agent(work, number, tickets, **particulars):
    """Let an agent be known to whom a person gave so many tickets; return the id."""
    agent = a_person(work, number=number, **particulars)
    for _ in range(tickets):
        assign(work, a_ticket(work), agent, version=2)
    return agent


def test_the_least_loaded(work):
    """The reason holds the load before this ticket and the number of candidates."""
    busy, free = a_loaded_agent(work, 1, tickets=2), a_loaded_agent(work, 2, tickets=1)
    busiest = a_loaded_agent(work, 3, tickets=3)
    group = a_usergroup(work, busy, free, busiest)
    reason = {"code": "least_loaded", "load": 1, "candidates": 3}
    assert decision_on(work, group) == (str(free), reason)


def test_who_is_full_is_so_by_turns(work):
    """Nobody counts further than 200, however many tickets an agent has."""
    fuller, full = a_loaded_agent(work, 1, tickets=1), a_loaded_agent(work, 2, tickets=1)
    work.load("CREATE TEMP TABLE more ON COMMIT DROP AS SELECT t.* FROM tickets t, generate_series(1, 250)")
    work.load("UPDATE more SET id = gen_random_uuid()")
    work.load("INSERT INTO tickets SELECT * FROM more")
    group = a_usergroup(work, fuller, full)
    later = MONDAY + timedelta(hours=1)
    assign(work, a_ticket(work), fuller, version=2, when=later)
    reason = {"code": "least_loaded", "load": 200, "candidates": 2}
    assert decision_on(work, group) == (str(full), reason)


def test_only_open_tickets_are_load(work):
    """What is resolved or closed weighs nothing; pending does."""
    first, second = a_person(work, number=1), a_person(work, number=2)
    for status in ("resolved", "closed"):
        ticket_id = a_ticket(work)
        assign(work, ticket_id, first, version=2)
        move(work, ticket_id, status, at("16 10:30"), version=3)
    pending = a_ticket(work)
    assign(work, pending, second, version=2)
    move(work, pending, "pending", at("16 10:30"), version=3)
    assignee, reason = decision_on(work, a_usergroup(work, first, second))
    assert (assignee, reason["load"]) == (str(first), 0)


def test_equals_take_turns(work):
    """Who waits longest is next; the lowest id begins."""
    agents = [a_person(work, number=number) for number in (1, 2, 3)]
    group = a_usergroup(work, *reversed(agents))
    turns = []
    for minute in range(6):
        work.now = MONDAY + timedelta(minutes=minute)
        turns.append(decision_on(work, group)[0])
    assert turns == [str(agent) for agent in agents] * 2


def test_a_person_giving_tickets_counts_as_a_turn(work):
    """Among equally loaded agents the one who was given a ticket last waits."""
    first, second = a_person(work, number=1), a_person(work, number=2)
    given = a_ticket(work)
    assign(work, given, first, version=2, when=at("16 09:30"))
    move(work, given, "resolved", at("16 09:45"), version=3)
    assert decision_on(work, a_usergroup(work, first, second))[0] == str(second)
    assert kept(work, Person, first).last_assigned_at == at("16 09:30")


def test_a_turn_that_is_heard_late(work):
    """The last one counts, not the one heard last."""
    agent, tickets = a_person(work), [a_ticket(work) for _ in range(2)]
    for ticket_id, when in zip(tickets, (at("16 09:30"), at("16 09:15")), strict=True):
        assign(work, ticket_id, agent, version=2, when=when)
    assert kept(work, Person, agent).last_assigned_at == at("16 09:30")


def test_who_is_not_available(work):
    """Inactive people, people nobody has heard of, and whose role lets them answer for nothing any more."""
    gone, here = a_person(work, number=1, active=False), a_loaded_agent(work, 2, tickets=4)
    former = a_person(work, "requester", "worker", number=3)
    group = a_usergroup(work, gone, here, former, new_id())
    assert decision_on(work, group) == (str(here), {"code": "only_candidate", "load": 4, "candidates": 1})


def test_nobody_is_available(work):
    """Decided all the same, with its reason, and nobody is named."""
    group = a_usergroup(work, a_person(work, active=False))
    assert decision_on(work, group) == (None, {"code": "no_candidate", "load": None, "candidates": 0})


def test_a_closed_usergroup(work):
    """Its agents serve it no more, until it is opened again."""
    agent = a_person(work)
    group = a_usergroup(work, agent)
    ticket_id = a_ticket(work, usergroup_id=group)
    a_usergroup(work, agent, usergroup_id=group, active=False, version=2)
    count = len(told(work))
    assign(work, ticket_id, None, 3, by="routing", unable=agent)
    ((_, decided),) = told_since(work, count, "AssignmentDecided")
    assert (decided["assignee_id"], decided["reason"]["code"]) == (None, "no_candidate")
    assert decision_on(work, group)[1]["code"] == "no_candidate"
    a_usergroup(work, agent, usergroup_id=group, version=3)
    assert decision_on(work, group)[0] == str(agent)


def test_another_usergroup(work):
    """Decided anew among its agents; the ticket itself is no load."""
    first, second = a_person(work, number=1), a_person(work, number=2)
    here, there = a_usergroup(work, first), a_usergroup(work, first, second)
    ticket_id = a_ticket(work, usergroup_id=here)
    count = len(told(work))
    work.now = at("16 11:00")
    regroup(work, ticket_id, there, version=2)
    assert told_since(work, count) == [
        (
            "AssignmentDecided",
            {
                "ticket_id": str(ticket_id),
                "assignee_id": str(second),
                "reason": {"code": "least_loaded", "load": 0, "candidates": 2},
                "decided_at": "2026-11-16T11:00:00+01:00",
            },
        )
    ]
    ticket = kept(work, Ticket, ticket_id)
    assert (ticket.usergroup_id, ticket.assignee_id, ticket.decisions) == (there, second, 2)


def test_another_usergroup_that_is_heard_late(work):
    """A newer one is known: nothing is decided and nothing kept of it."""
    older, newer = (a_usergroup(work, a_person(work)) for _ in range(2))
    ticket_id = a_ticket(work)
    regroup(work, ticket_id, newer, version=3)
    before, count = everything(work), len(told(work))
    regroup(work, ticket_id, older, version=2)
    assert (everything(work), told_since(work, count)) == (before, [])


def test_another_usergroup_that_has_not_been_heard_of(work):
    """Who its agents are is waited for."""
    ticket_id = a_ticket(work)
    with refused(work, NotYet):
        regroup(work, ticket_id, new_id(), version=2)


def test_no_usergroup_any_more(work):
    """Who is taken out of all usergroups is assigned to nobody."""
    ticket_id = a_ticket(work, usergroup_id=a_usergroup(work, a_person(work)))
    count = len(told(work))
    regroup(work, ticket_id, None, version=2)
    ((_, decided),) = told_since(work, count)
    assert (decided["assignee_id"], decided["reason"]["code"]) == (None, "no_usergroup")


@pytest.mark.parametrize("order", [(2, 3), (3, 2)], ids=["as told", "the other way round"])
def test_tickets_kept_it_for_whom_a_person_chose(work, order):
    """It is in no usergroup then, and theirs, in whatever order that is heard."""
    found, chosen = a_person(work, number=1), a_person(work, number=2)
    ticket_id = a_ticket(work, usergroup_id=a_usergroup(work, found), usergroup_chosen=False)
    facts = {2: lambda: assign(work, ticket_id, chosen, version=2), 3: lambda: regroup(work, ticket_id, None, 3, False)}
    for version in order:
        facts[version]()
    ticket = kept(work, Ticket, ticket_id)
    assert (ticket.usergroup_id, ticket.assignee_id, ticket.assigned_by) == (None, chosen, "person")


def test_what_routing_decided_comes_back(work):
    """Tickets confirms usergroup and assignee: no second decision."""
    agent = a_person(work)
    group = a_usergroup(work, agent)
    ticket_id = a_ticket(work, usergroup_id=group)
    count = len(told(work))
    regroup(work, ticket_id, group, version=2, chosen=False)
    assign(work, ticket_id, agent, version=3, by="routing")
    assert told_since(work, count) == []
    ticket = kept(work, Ticket, ticket_id)
    assert (ticket.usergroup_version, ticket.assignee_version, ticket.assigned_by) == (2, 3, "routing")


def test_what_was_decided_at_the_opening_is_no_news(work):
    """It was kept with the ticket; a later decision comes back, for tickets may have taken it away meanwhile."""
    agent, other = a_person(work, number=1), a_person(work, number=2)
    ticket_id = a_ticket(work, usergroup_id=a_usergroup(work, agent))
    before = everything(work)
    assign(work, ticket_id, agent, version=2, by="routing", decision=1)
    assert everything(work) == before
    regroup(work, ticket_id, a_usergroup(work, other), version=3)
    assign(work, ticket_id, None, version=3)
    assert kept(work, Ticket, ticket_id).assignee_id is None
    assign(work, ticket_id, other, version=4, by="routing", decision=2)
    assert kept(work, Ticket, ticket_id).assignee_id == other


def test_a_person_has_assigned_it(work):
    """Another usergroup takes the ticket from nobody whom a person named."""
    chosen = a_person(work, number=1)
    ticket_id = a_ticket(work, usergroup_id=a_usergroup(work, a_person(work, number=2)))
    assign(work, ticket_id, chosen, version=2)
    count = len(told(work))
    regroup(work, ticket_id, a_usergroup(work, a_person(work, number=3)), version=3)
    assert told_since(work, count) == []
    assert kept(work, Ticket, ticket_id).assignee_id == chosen


def test_a_person_has_unassigned_it(work):
    """Nobody holds it, so the other usergroup gets it assigned."""
    ticket_id = a_ticket(work, usergroup_id=a_usergroup(work, a_person(work, number=1)))
    assign(work, ticket_id, None, version=2)
    count = len(told(work))
    regroup(work, ticket_id, a_usergroup(work, a_person(work, number=2)), version=3)
    assert [name for name, _ in told_since(work, count)] == ["AssignmentDecided"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["as told", "the other way round"])
def test_a_usergroup_in_which_the_named_cannot_serve(work, order):
    """Tickets takes it from them in the same change, and so it is assigned there, once."""
    chosen, other = a_person(work, number=1), a_person(work, number=2)
    ticket_id = a_ticket(work)
    assign(work, ticket_id, chosen, version=2)
    group, count = a_usergroup(work, other), len(told(work))
    facts = [
        lambda: regroup(work, ticket_id, group, version=3),
        lambda: assign(work, ticket_id, None, version=3),
    ]
    for number in order:
        facts[number]()
    ((_, decided),) = told_since(work, count)
    assert decided["assignee_id"] == str(other)


def test_a_usergroup_and_another_assignee_in_one_change(work):
    """Whom a person has named there has it: nothing is decided."""
    first, second, other = (a_person(work, number=number) for number in (1, 2, 3))
    ticket_id = a_ticket(work)
    assign(work, ticket_id, first, version=2)
    group, count = a_usergroup(work, second, other), len(told(work))
    regroup(work, ticket_id, group, version=3)
    assign(work, ticket_id, second, version=3)
    assert (kept(work, Ticket, ticket_id).assignee_id, told_since(work, count)) == (second, [])


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["as told", "the other way round"])
def test_taken_and_given_in_one_change(work, order):
    """Under one version: whom it was given to has it."""
    first, second = a_person(work, number=1), a_person(work, number=2)
    ticket_id = a_ticket(work)
    assign(work, ticket_id, first, version=2)
    for number in order:
        assign(work, ticket_id, (None, second)[number], version=3)
    assert kept(work, Ticket, ticket_id).assignee_id == second


@pytest.mark.parametrize("by", ["person", "routing"])
def test_whoever_had_it_cannot_serve_it(work, by):
    """Tickets has taken it from them: it is decided anew, among those who can."""
    former, other = a_person(work, number=1), a_person(work, number=2)
    group = a_usergroup(work, former, other)
    ticket_id = a_ticket(work, usergroup_id=group)
    assign(work, ticket_id, former, version=2, by=by)
    a_usergroup(work, other, usergroup_id=group, version=2)
    count = len(told(work))
    assign(work, ticket_id, None, version=3, by="routing", unable=former)
    ((_, decided),) = told_since(work, count)
    assert decided["assignee_id"] == str(other)
    ticket = kept(work, Ticket, ticket_id)
    assert (ticket.assignee_id, ticket.assigned_by, ticket.decisions) == (other, "routing", 2)


def test_whoever_had_one_without_usergroup_cannot_serve_it(work):
    """Nobody else can either, until it has one."""
    former, ticket_id = a_person(work), a_ticket(work)
    assign(work, ticket_id, former, version=2)
    count = len(told(work))
    assign(work, ticket_id, None, version=3, by="routing", unable=former)
    ((_, decided),) = told_since(work, count)
    assert (decided["assignee_id"], decided["reason"]["code"]) == (None, "no_usergroup")


def test_whoever_cannot_serve_it_is_a_candidate_here_still(work):
    """The change comes later here, and is waited for; where it never comes, nothing is decided."""
    former = a_person(work)
    group = a_usergroup(work, former)
    ticket_id = a_ticket(work, usergroup_id=group)
    before, count = everything(work), len(told(work))
    taken = {"person_id": None, "version": 2, "by": "routing", "unable": former}
    with pytest.raises(NotYet):
        assign(work, ticket_id, **taken)
    assert (everything(work), told_since(work, count)) == (before, [])
    assign(work, ticket_id, **taken, when=work.now - UNABLE_PATIENCE)
    assert told_since(work, count) == []
    assert kept(work, Ticket, ticket_id).assignee_id is None


def test_whoever_could_not_serve_the_usergroup_before(work):
    """The ticket has moved on to another, which they serve: there they may get it."""
    agent = a_person(work)
    ticket_id = a_ticket(work, usergroup_id=a_usergroup(work))
    assign(work, ticket_id, agent, version=2)
    regroup(work, ticket_id, a_usergroup(work, agent), version=4)
    count = len(told(work))
    assign(work, ticket_id, None, version=3, by="routing", unable=agent)
    ((_, decided),) = told_since(work, count)
    assert decided["assignee_id"] == str(agent)


def test_late_facts_about_an_assignee(work):
    """The newest by version stays, whichever comes last."""
    first, second = a_person(work, number=1), a_person(work, number=2)
    ticket_id = a_ticket(work)
    assign(work, ticket_id, second, version=5)
    before = everything(work)
    assign(work, ticket_id, first, version=4)
    assert everything(work) == before
    assert kept(work, Ticket, ticket_id).assignee_id == second


def test_a_late_assignment_by_a_person(work):
    """It was made before the usergroup changed and is heard after: the person's word stands."""
    chosen, other = a_person(work, number=1), a_person(work, number=2)
    ticket_id = a_ticket(work)
    regroup(work, ticket_id, a_usergroup(work, other), version=4)
    assign(work, ticket_id, chosen, version=3)
    ticket = kept(work, Ticket, ticket_id)
    assert (ticket.assignee_id, ticket.assigned_by) == (chosen, "person")


@pytest.mark.parametrize("usergroups", [1, 2], ids=["one usergroup", "two usergroups of the same agents"])
def test_ten_tickets_at_one_moment(database, usergroups):
    """Five agents get two each, for the count is locked; each ticket is routed and assigned once."""
    with database.work() as work:
        agents = [a_person(work, number=number) for number in range(1, 6)]
        groups = [a_usergroup(work, *agents) for _ in range(usergroups)]
        work.commit()

    def open_in(group):
        with database.work(actor=system_actor("dispatch")) as work:
            a_ticket(work, usergroup_id=group)
            work.commit()
            return work.facts

    facts = in_threads(*(lambda group=groups[number % usergroups]: open_in(group) for number in range(10)))
    decided = [payload for told_facts in facts for name, payload in told_facts if name == "AssignmentDecided"]
    assert sorted(payload["assignee_id"] for payload in decided) == sorted(map(str, agents * 2))
    assert sorted(payload["reason"]["load"] for payload in decided) == [0] * 5 + [1] * 5
    assert all([name for name, _ in one] == ["TicketRouted", "AssignmentDecided", "DeadlineSet"] for one in facts)
    (outbox,) = database.read("SELECT count(*) AS told FROM outbox WHERE name = 'TicketRouted'")
    assert outbox.told == 10


def test_one_opening_told_twice_at_one_moment(database):
    """One of the two is refused by the database and tried again, when it finds the work done."""
    opening = an_opening()

    def open_it():
        with database.work(actor=system_actor("dispatch")) as work:
            hear(work, TicketOpened, 1, **opening)
            work.commit()

    with ThreadPoolExecutor(1) as pool, database.work(actor=system_actor("dispatch")) as work:
        hear(work, TicketOpened, 1, **opening)
        second = pool.submit(open_it)
        until_blocked(database)
        work.commit()
        assert isinstance(second.exception(timeout=10), UniqueViolation)
    open_it()
    told_names = [row.name for row in database.read("SELECT name FROM outbox ORDER BY name")]
    assert told_names == ["AssignmentDecided", "DeadlineSet", "TicketRouted"]


def test_a_usergroup_is_locked_while_a_ticket_is_assigned_in_it(database):
    """Another ticket waits until this one is decided, and so does a change of the list of agents."""
    with database.work() as work:
        group = a_usergroup(work, a_person(work))
        work.commit()
    look = "SELECT 1 FROM usergroups WHERE usergroup_id = %(group)s FOR NO KEY UPDATE NOWAIT"
    with database.work() as deciding, database.work() as another:
        a_ticket(deciding, usergroup_id=group)
        with pytest.raises(LockNotAvailable):
            another.load(look, group=group)
    with database.work() as another:
        assert len(another.load(look, group=group)) == 1
