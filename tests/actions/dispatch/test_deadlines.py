"""Deadlines are told once and again only when they move; misses once; the order of facts does not matter."""

from datetime import timedelta
from math import factorial

import pytest
from sqlalchemy import select

from chassis.errors import NotYet
from chassis.ids import new_id
from chassis.testing import told, undone
from services.dispatch.actions.deadlines import tell_missed
from services.dispatch.models import Ticket, TicketDeadlines
from tests.actions.dispatch.given import (
    ADMIN,
    DISPATCH,
    a_ticket,
    a_usergroup,
    answer,
    ask,
    assign,
    at,
    everything,
    kept,
    move,
    prioritise,
    refused,
    regroup,
    told_since,
)

MINUTES = {"first_response_minutes": 30, "resolution_minutes": 60}


def deadlines_told(work, count):
    """Return `(name, first response due or None, due)` of what was told of deadlines after `count` facts."""
    return [
        (payload["first_response_due_at"], payload["resolution_due_at"])
        for _, payload in told_since(work, count, "DeadlineSet")
    ]


def utc(text):
    """Return an instant of November as facts carry it."""
    day, clock = text.split()
    hour, minute = clock.split(":")
    return f"2026-11-{day}T{int(hour) - 1:02d}:{minute}:00+00:00"


@pytest.mark.parametrize(
    ("priority", "first_response", "resolution"),
    [
        ("low", "17 16:00", "26 10:00"),
        ("normal", "16 18:00", "20 10:00"),
        ("high", "16 14:00", "17 16:00"),
        ("urgent", "16 11:00", "16 18:00"),
    ],
)
def test_the_standard_policy(work, priority, first_response, resolution):
    """What is seeded: 16 and 80, 8 and 40, 4 and 16, 1 and 8 business hours."""
    a_ticket(work, priority=priority)
    assert deadlines_told(work, 0) == [(utc(first_response), utc(resolution))]


def test_pending_is_not_told_and_going_on_is(work):
    """Ten business hours of waiting move the resolution; the version grows."""
    ticket_id = a_ticket(work)
    count = len(told(work))
    move(work, ticket_id, "pending", at("16 12:00"), version=2)
    assert told_since(work, count) == []
    move(work, ticket_id, "open", at("17 12:00"), version=3)
    assert deadlines_told(work, count) == [(utc("16 18:00"), utc("23 10:00"))]
    assert kept(work, TicketDeadlines, ticket_id).version == 2


def test_a_wait_in_the_night_is_not_told(work):
    """No business time has passed, so nothing has moved."""
    ticket_id = a_ticket(work)
    count = len(told(work))
    move(work, ticket_id, "pending", at("16 18:00"), version=2)
    move(work, ticket_id, "open", at("17 08:00"), version=3)
    assert told_since(work, count) == []


def test_reopening(work):
    """The clock that stood while the ticket was resolved runs on."""
    ticket_id = a_ticket(work)
    move(work, ticket_id, "resolved", at("17 12:00"), version=2)
    count = len(told(work))
    move(work, ticket_id, "open", at("18 12:00"), version=3)
    assert deadlines_told(work, count) == [(utc("16 18:00"), utc("23 10:00"))]


def test_another_priority(work):
    """Counted from the opening by the new priority; what routing set comes back and tells nothing."""
    ticket_id = a_ticket(work)
    count = len(told(work))
    prioritise(work, ticket_id, "normal", version=2)
    assert told_since(work, count) == []
    prioritise(work, ticket_id, "high", version=3)
    assert deadlines_told(work, count) == [(utc("16 14:00"), utc("17 16:00"))]
    before = everything(work)
    prioritise(work, ticket_id, "low", version=2)
    assert everything(work) == before


def test_a_usergroups_own_policy(work):
    """It counts by its own targets, and another usergroup brings its own."""
    group, other = a_usergroup(work), a_usergroup(work)
    targets = dict.fromkeys(("low", "normal", "high", "urgent"), MINUTES)
    ask(work, ADMIN, "create_sla_policy", name="Emergencies", usergroup_id=group, targets=targets)
    ticket_id = a_ticket(work, usergroup_id=group)
    regroup(work, ticket_id, other, version=2)
    told_policies = [payload["policy_name"] for _, payload in told_since(work, 0, "DeadlineSet")]
    assert deadlines_told(work, 0) == [
        (utc("16 10:30"), utc("16 11:00")),
        (utc("16 18:00"), utc("20 10:00")),
    ]
    assert told_policies == ["Emergencies", "Standard"]


def test_by_what_they_were_counted(work):
    """Is told with them: what is changed afterwards counts from the next computation, and what was before is kept."""
    (standard,) = ask(work, ADMIN, "list_sla_policies")["items"]
    ticket_id = a_ticket(work)
    targets = dict.fromkeys(standard.targets, MINUTES)
    ask(work, ADMIN, "change_sla_policy", sla_policy_id=standard.id, targets=targets)
    for zone in ("Europe/Berlin", "Europe/Vienna"):
        ask(work, ADMIN, "change_business_calendar", time_zone=zone)
    prioritise(work, ticket_id, "high", version=2)
    counted = [payload["counted_by"] for _, payload in told_since(work, 0, "DeadlineSet")]
    before = {"first_response_minutes": 480, "resolution_minutes": 2400, "policy_version": 1, "calendar_version": 1}
    after = {**MINUTES, "policy_version": 2, "calendar_version": 3}
    policy = {"policy_id": str(standard.id)}
    assert counted == [{"priority": "normal", **policy, **before}, {"priority": "high", **policy, **after}]


def test_a_policy_of_another_name_and_the_same_targets(work):
    """Is told: agents read by which one a ticket is counted."""
    group, standard = a_usergroup(work), ask(work, ADMIN, "list_sla_policies")["items"][0]
    ask(work, ADMIN, "create_sla_policy", name="Heating", usergroup_id=group, targets=standard.targets)
    ticket_id = a_ticket(work)
    count = len(told(work))
    regroup(work, ticket_id, group, version=2)
    assert [payload["policy_name"] for _, payload in told_since(work, count, "DeadlineSet")] == ["Heating"]
    assert deadlines_told(work, 0) == [(utc("16 18:00"), utc("20 10:00"))] * 2


FACTS = {
    "pending": lambda work, key: move(work, key, "pending", at("16 12:00"), version=2),
    "open": lambda work, key: move(work, key, "open", at("17 12:00"), version=3),
    "high": lambda work, key: prioritise(work, key, "high", version=4),
    "answer": lambda work, key: answer(work, key, at("16 11:00"), version=5),
    "later answer": lambda work, key: answer(work, key, at("16 13:00"), version=6),
}


def test_any_order_ends_in_the_same_state(work):
    """Status, priority and clocks are those of the facts in the order in which they happened."""
    assert hear_in_all_orders(work, a_ticket(work)) == factorial(len(FACTS))


def hear_in_all_orders(work, ticket_id, heard=()):
    """Hear what is left in each order, each fact undone before another takes its place; return how many orders.

    :param heard: names of the facts before.
    """
    left = [name for name in FACTS if name not in heard]
    if not left:
        assert_they_were_heard(work, ticket_id, heard)
        return 1
    orders = 0
    for name in left:
        with undone(work) as hearing:
            FACTS[name](hearing, ticket_id)
            orders += hear_in_all_orders(hearing, ticket_id, (*heard, name))
    return orders


def assert_they_were_heard(work, ticket_id, order):
    """The ticket and its deadlines are as all facts together make them, and so is what was told of them last."""
    ticket, row = kept(work, Ticket, ticket_id), kept(work, TicketDeadlines, ticket_id)
    assert (ticket.status, ticket.priority, ticket.priority_version) == ("open", "high", 4), order
    assert ticket.answered_at == at("16 11:00"), order
    assert (row.first_response_due_at, row.resolution_due_at) == (at("16 14:00"), at("18 16:00")), order
    assert (row.first_response_stopped_at, row.resolution_stopped_at) == (at("16 11:00"), None), order
    told_last = work.one("SELECT payload FROM outbox WHERE name = 'DeadlineSet' ORDER BY id DESC LIMIT 1")
    assert told_last.payload["resolution_due_at"] == utc("18 16:00"), order


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["as told", "the other way round"])
@pytest.mark.parametrize(
    ("way", "stopped_at"),
    [(("new", "open", "pending"), at("16 12:00")), (("new", "pending", "open"), None)],
    ids=["pending last", "open last"],
)
def test_two_moves_of_one_change(work, way, stopped_at, order):
    """Under one version, as one that is assigned, and so opened, and set to pending: the order is that of the way."""
    ticket_id = a_ticket(work)
    for number in order:
        move(work, ticket_id, way[number + 1], at("16 12:00"), version=2, came_from=way[number])
    assert kept(work, Ticket, ticket_id).status == way[-1]
    assert kept(work, TicketDeadlines, ticket_id).resolution_stopped_at == stopped_at


def test_a_fact_about_an_unknown_ticket(work):
    """It is tried again: the opening is on its way."""
    unheard = new_id()
    for late in (
        lambda: move(work, unheard, "open", at("16 11:00"), version=2),
        lambda: prioritise(work, unheard, "high", version=2),
        lambda: regroup(work, unheard, None, version=2),
        lambda: assign(work, unheard, None, version=2),
        lambda: answer(work, unheard, at("16 11:00")),
    ):
        with refused(work, NotYet):
            late()


def test_a_message_that_is_no_first_response(work):
    """Requesters and later answers stop no clock."""
    ticket_id = a_ticket(work)
    before = everything(work)
    answer(work, ticket_id, at("16 11:00"), first_response=False)
    assert everything(work) == before


def sweep(work, when):
    """Let the timer of the service run at an instant; return `[(which, due_at)]` told by it."""
    count, work.now = len(told(work)), at(when)
    DISPATCH.tell_missed_deadlines(work)
    return [(payload["which"], payload["due_at"]) for _, payload in told_since(work, count)]


def test_misses_are_told_once(work):
    """The first response after its hour, the resolution after its eight, each once."""
    ticket_id = a_ticket(work, priority="urgent")
    assert sweep(work, "16 11:00") == []
    count = len(told(work))
    assert sweep(work, "16 11:01") == [("first_response", utc("16 11:00"))]
    assert told_since(work, count) == [
        (
            "DeadlineMissed",
            {"ticket_id": str(ticket_id), "which": "first_response", "due_at": utc("16 11:00")},
        )
    ]
    assert sweep(work, "16 12:00") == []
    assert sweep(work, "16 18:01") == [("resolution", utc("16 18:00"))]
    assert sweep(work, "20 18:00") == []
    row = kept(work, TicketDeadlines, ticket_id)
    assert (row.first_response_missed_at, row.resolution_missed_at) == (at("16 11:01"), at("16 18:01"))


def test_clocks_that_stand_miss_nothing(work):
    """Answered in time, pending, or resolved in time."""
    answered, pending, resolved = (a_ticket(work, priority="urgent") for _ in range(3))
    answer(work, answered, at("16 11:00"))
    move(work, answered, "pending", at("16 17:00"), version=2)
    move(work, pending, "pending", at("16 10:15"), version=2)
    answer(work, pending, at("16 10:10"))
    move(work, resolved, "resolved", at("16 10:30"), version=2)
    assert sweep(work, "27 12:00") == []


def test_an_answer_that_is_late(work):
    """Certain as soon as it is heard: the sweep need not have seen it."""
    ticket_id = a_ticket(work, priority="urgent")
    work.now = at("16 12:00")
    count = len(told(work))
    answer(work, ticket_id, at("16 11:30"))
    ((name, payload),) = told_since(work, count)
    assert (name, payload["which"], payload["due_at"]) == (
        "DeadlineMissed",
        "first_response",
        utc("16 11:00"),
    )
    assert sweep(work, "16 12:01") == []
    move(work, ticket_id, "resolved", at("16 12:02"), version=3)
    assert [name for name, _ in told_since(work, count)] == ["DeadlineMissed"]


def test_a_deadline_moved_ahead_can_be_missed_again(work):
    """Missed as high, then made low: the new deadline is another one."""
    ticket_id = a_ticket(work, priority="urgent", priority_chosen=True)
    answer(work, ticket_id, at("16 10:30"))
    assert sweep(work, "17 09:00") == [("resolution", utc("16 18:00"))]
    prioritise(work, ticket_id, "low", version=2)
    assert kept(work, TicketDeadlines, ticket_id).resolution_missed_at is None
    assert told(work)[-1][1]["resolution_missed"] is False
    assert sweep(work, "26 10:00") == []
    assert sweep(work, "26 10:01") == [("resolution", utc("26 10:00"))]


def test_a_missed_deadline_that_moves_back_is_not_told_again(work):
    """Made urgent after it was missed as high: it was told, and the deadline that it has now is said to be missed."""
    ticket_id = a_ticket(work, priority="high")
    answer(work, ticket_id, at("16 10:30"))
    assert sweep(work, "17 17:00") == [("resolution", utc("17 16:00"))]
    count = len(told(work))
    prioritise(work, ticket_id, "urgent", version=2)
    ((name, payload),) = told_since(work, count)
    assert (name, payload["resolution_due_at"]) == ("DeadlineSet", utc("16 18:00"))
    assert (payload["first_response_missed"], payload["resolution_missed"]) == (False, True)
    assert sweep(work, "17 17:01") == []


def test_a_fact_that_waited_for_the_sweep(work):
    """It came before the deadline had passed; the miss that was told meanwhile stays told."""
    ticket_id = a_ticket(work, priority="urgent")
    assert sweep(work, "16 11:01") == [("first_response", utc("16 11:00"))]
    work.now = at("16 10:59")
    move(work, ticket_id, "pending", at("16 10:59"), version=2)
    assert kept(work, TicketDeadlines, ticket_id).first_response_missed_at == at("16 11:01")
    assert sweep(work, "16 11:02") == []


def test_a_sweep_in_portions(work):
    """A long list is told over several runs, the longest overdue first."""
    tickets = [a_ticket(work, priority="urgent", opened_at=at(f"16 10:0{minute}")) for minute in (2, 0, 1)]
    count, work.now = len(told(work)), at("16 12:00")
    assert tell_missed(work, limit=2) == 2
    named = [payload["ticket_id"] for _, payload in told_since(work, count)]
    assert named == [str(tickets[1]), str(tickets[2])]
    assert tell_missed(work, limit=2) == 1
    assert tell_missed(work, limit=2) == 0


def test_a_changed_calendar_counts_from_the_next_computation(work):
    """It moves nothing by itself; what is computed afterwards goes by it."""
    ticket_id = a_ticket(work, priority="urgent")
    count = len(told(work))
    hours = dict.fromkeys(("monday", "tuesday"), [{"opens": "10:00", "closes": "14:00"}])
    ask(work, ADMIN, "change_business_calendar", hours=hours)
    assert told_since(work, count) == []
    move(work, ticket_id, "open", at("16 10:05"), version=2)
    assert deadlines_told(work, count) == [(utc("16 11:00"), utc("17 14:00"))]
    statement = select(TicketDeadlines.version).where(TicketDeadlines.ticket_id == ticket_id)
    assert work.session.scalar(statement) == 2


def test_holidays(work):
    """Those of the country that is set: the eleventh of November 2026, a Wednesday, in France."""
    ask(work, ADMIN, "change_business_calendar", holidays_country="FR")
    a_ticket(work, priority="urgent", opened_at=at("10 17:30"))
    assert deadlines_told(work, 0) == [(utc("12 08:30"), utc("12 15:30"))]


def test_the_clock_of_another_zone(work):
    """Eight in the morning in Lisbon is nine in Paris."""
    ask(work, ADMIN, "change_business_calendar", time_zone="Europe/Lisbon")
    a_ticket(work, priority="urgent", opened_at=at("16 08:30"))
    assert deadlines_told(work, 0) == [(utc("16 10:00"), utc("16 17:00"))]
    assert at("16 09:00") - at("16 08:30") == timedelta(minutes=30)


@pytest.mark.parametrize(("came_from", "status"), [("new", "open"), ("open", "planned"), ("planned", "in_progress")])
def test_a_move_that_no_clock_feels(work, came_from, status):
    """It changes nothing here: the ticket is as much of a load as before."""
    ticket_id = a_ticket(work)
    before = everything(work)
    move(work, ticket_id, status, at("16 11:00"), version=2, came_from=came_from)
    assert everything(work) == before
