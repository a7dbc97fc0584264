"""What is heard at once: the facts of one intervention wait for each other, and those of one work order."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from chassis.actors import system_actor
from chassis.errors import NotYet
from chassis.ids import new_id
from chassis.testing import MONDAY, service_database
from services.notifications import actions
from services.notifications.actions.sending import send_claimed
from tests.actions.notifications.given import (
    RESIDENT,
    SETTINGS,
    TUESDAY,
    Sink,
    a_participant,
    a_person,
    assigned,
    called_off,
    cancelled_intervention,
    hear_opened,
    intervention,
    invited,
    message,
    moved_intervention,
    opened,
    regrouped,
    requester_of,
)
from tests.waiting import eventually, until_blocked

ACTOR = system_actor("notifications")
_BUDGET = "SELECT pg_advisory_xact_lock(hashtextextended('budget:' || %(address)s::text, 0))"
_WAITING = (
    "SELECT count(*) AS works FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'"
)
_TOLD = "SELECT kind, recipient FROM deliveries WHERE ticket_id = %(ticket_id)s ORDER BY id"


@pytest.fixture
def database(server_url):
    """Return a database of its own, as what is committed stays."""
    database = service_database("notifications", server_url, "_races")
    yield database
    database.close()


def test_an_intervention_that_is_moved_while_its_plan_is_heard_is_planned_once(database):
    """The worker and the resident read that it is planned, then that it is moved."""
    with database.work(actor=ACTOR, now=MONDAY) as work:
        worker = a_person(work, name="Willi Worker", roles=["worker"])
        ticket = hear_opened(work, opened())
        work.commit()
    planned = intervention(ticket, workers=[worker])

    def hear_move():
        with database.work(actor=ACTOR, now=MONDAY) as work:
            moved = moved_intervention(planned, starts_at=TUESDAY + timedelta(days=1))
            actions.announce_intervention(work, moved, SETTINGS)
            work.commit()

    with ThreadPoolExecutor(1) as pool, database.work(actor=ACTOR, now=MONDAY) as work:
        actions.announce_intervention(work, planned, SETTINGS)
        hearing = pool.submit(hear_move)
        until_blocked(database)
        work.commit()
        hearing.result(20)
    assert [tuple(row) for row in database.read(_TOLD, ticket_id=ticket.data["ticket_id"])] == [
        ("receipt", RESIDENT),
        ("visit_planned", RESIDENT),
        ("your_visit_planned", worker["email"]),
        ("visit_moved", RESIDENT),
        ("your_visit_moved", worker["email"]),
    ]


def test_a_work_order_that_is_called_off_while_it_is_heard_of_is_told_neither_way(database):
    """Its mail has not left yet, and does not leave any more."""
    with database.work(actor=ACTOR, now=MONDAY) as work:
        person = a_person(work, name="Cora Contractor", roles=["external_agent"])
        contractor = a_participant("contractor", person=person)
        ticket = hear_opened(work, opened(others=[contractor]))
        work.commit()
    invitation = invited(ticket, contractor)

    def hear_that_it_is_off():
        with database.work(actor=ACTOR, now=MONDAY) as work:
            actions.call_off_work_order(work, called_off(invitation), SETTINGS)
            work.commit()

    with ThreadPoolExecutor(1) as pool, database.work(actor=ACTOR, now=MONDAY) as work:
        actions.announce_work_order(work, invitation, SETTINGS)
        hearing = pool.submit(hear_that_it_is_off)
        until_blocked(database)
        work.commit()
        hearing.result(20)
    states = "SELECT kind, state FROM deliveries WHERE ticket_id = %(ticket_id)s ORDER BY id"
    assert [tuple(row) for row in database.read(states, ticket_id=ticket.data["ticket_id"])] == [
        ("receipt", "waiting"),
        ("work_order", "cancelled"),
    ]


@pytest.mark.parametrize("part", ["assignee", "usergroup"])
def test_what_is_heard_of_a_ticket_whose_opening_is_committed_in_that_moment_is_heard_again(
    database, monkeypatch, part
):
    """The opening was not there when its row was looked for, and is when it is asked whether there is one."""
    with database.work(actor=ACTOR, now=MONDAY) as opening, database.work(actor=ACTOR, now=MONDAY) as work:
        ticket = hear_opened(opening, opened())
        look, commit = work.one, iter([opening.commit])

        def look_before_the_commit(*statement, **values):
            row = look(*statement, **values)
            for once in commit:
                once()
            return row

        monkeypatch.setattr(work, "one", look_before_the_commit)
        with pytest.raises(NotYet):
            if part == "assignee":
                actions.announce_assignment(work, assigned(ticket, new_id()), SETTINGS)
            else:
                actions.change_usergroup(work, regrouped(ticket, new_id()))


def test_mails_that_are_passed_on_to_the_same_people_in_another_order_do_not_block_each_other(database):
    """Each address is counted while nobody else counts it: that of somebody between them is counted by a third."""
    with database.work(actor=ACTOR, now=MONDAY) as work:
        people = [a_person(work, email=f"{name}@people.example") for name in ("anna", "berta", "carla")]
        there = [a_participant("watcher", person=person) for person in people]
        tickets = [hear_opened(work, opened(others=others)) for others in (there, there[::-1])]
        work.commit()

    def pass_on(ticket, recipients):
        with database.work(actor=ACTOR, now=MONDAY) as work:
            said = message(ticket, requester_of(ticket), recipients, channel="mail")
            actions.pass_on_message(work, said, SETTINGS, None)
            work.commit()

    with ThreadPoolExecutor(2) as pool, database.work(actor=ACTOR, now=MONDAY) as counting:
        counting.load(_BUDGET, address="berta@people.example")
        passing = [pool.submit(pass_on, *one) for one in zip(tickets, (there, there[::-1]), strict=True)]
        eventually(lambda: database.read(_WAITING)[0].works == 2, what="both at a lock")
        counting.commit()
        for one in passing:
            one.result(20)
    mailed = database.read("SELECT recipient FROM deliveries WHERE kind = 'message'")
    assert sorted(row.recipient for row in mailed) == sorted([person["email"] for person in people] * 2)


def test_what_is_in_hand_is_not_waited_for(database):
    """A relay may take ten minutes for a mail: what calls it off is told meanwhile, and nobody else sends it."""
    with database.work(actor=ACTOR, now=MONDAY) as work:
        worker = a_person(work, name="Willi Worker", roles=["worker"])
        person = a_person(work, name="Cora Contractor", roles=["external_agent"])
        agent, contractor = a_participant("agent", a_person(work)), a_participant("contractor", person=person)
        ticket = hear_opened(work, opened(others=[contractor]))
        planned, invitation = intervention(ticket, workers=[worker]), invited(ticket, contractor)
        actions.announce_intervention(work, planned, SETTINGS)
        actions.announce_work_order(work, invitation, SETTINGS)
        actions.announce_assignment(work, assigned(ticket, agent["person_id"], by="person", assignee=agent), SETTINGS)
        work.commit()
    before = database.read("SELECT id, kind FROM deliveries WHERE state = 'waiting' ORDER BY id")
    with database.work(actor=ACTOR) as sending, database.work(actor=ACTOR, now=MONDAY) as work:
        sending.load("SELECT id FROM deliveries FOR UPDATE")
        work.load("SET LOCAL lock_timeout = '5s'")
        actions.call_off_intervention(work, cancelled_intervention(planned), SETTINGS)
        actions.call_off_work_order(work, called_off(invitation), SETTINGS)
        actions.announce_assignment(work, assigned(ticket, None, version=9), SETTINGS)
        sender = Sink()
        assert all(send_claimed(work, row.id, sender, SETTINGS, None) for row in before)
        work.commit()
    assert sender.mails == []
    after = database.read("SELECT id, kind FROM deliveries WHERE state = 'waiting' ORDER BY id")
    assert after[:5] == before
    assert [row.kind for row in before] == ["receipt", "visit_planned", "your_visit_planned", "work_order", "assigned"]
    assert [row.kind for row in after[5:]] == ["visit_cancelled", "your_visit_cancelled", "work_order_cancelled"]
