"""Two phones, or one twice, at the same instant: real commits, on a database of their own."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from chassis.errors import Conflict, NotFound
from chassis.ids import new_id
from chassis.testing import MONDAY, GivenFact, service_database
from services.fieldwork import actions
from services.tickets.contract import TicketUsergroupChanged
from tests.actions.fieldwork.given import (
    OTHER_GROUP,
    cancelled,
    clock,
    declare,
    intervention_of,
    minutes,
    plan_fact,
    replanned,
    someone,
)
from tests.waiting import until_blocked

ANNA, BEN = someone("worker", "Anna"), someone("worker", "Ben")


@pytest.fixture(scope="module")
def database(server_url):
    """Return a database whose commits disturb nobody."""
    made = service_database("fieldwork", server_url, f"_races_{os.getpid()}")
    yield made
    made.close()


@pytest.fixture
def fact(database):
    """Return the plan of an intervention of Anna and Ben, committed."""
    given = plan_fact(workers=[ANNA, BEN])
    with database.work(now=MONDAY) as work:
        actions.keep_plan(work, given)
        work.commit()
    return given


def recorded(database, fact, actor, **given):
    """Clock in and commit; return the answer, or the code of the refusal."""
    with database.work(actor=actor, now=MONDAY) as work:
        try:
            answer = clock(work, actor, intervention_of(work, fact), **given)
        except Conflict as refusal:
            return refusal.code
        work.commit()
        return answer


def race(database, fact, first, second):
    """Return what both get when the second comes while the first has not committed.

    :param first: `(actor, arguments)`, likewise the second.
    """
    actor, given = first
    with ThreadPoolExecutor(1) as pool, database.work(actor=actor, now=MONDAY) as work:
        answer = clock(work, actor, intervention_of(work, fact), **given)
        other = pool.submit(recorded, database, fact, second[0], **second[1])
        until_blocked(database)
        work.commit()
        return answer, other.result(timeout=10)


def rows_of(database, fact):
    """Return the intervention's clock-ins and what was told, as counts, and its version."""
    id_ = fact.data["intervention_id"]
    clock_ins = database.read("SELECT id FROM clock_ins WHERE intervention_id = %(id)s", id=id_)
    facts = database.read("SELECT id FROM outbox WHERE payload ->> 'intervention_id' = %(id)s", id=str(id_))
    (intervention,) = database.read("SELECT version FROM interventions WHERE id = %(id)s", id=id_)
    return len(clock_ins), len(facts), intervention.version


def test_the_same_clock_in_sent_twice_at_once_is_one(database, fact):
    """Both get the same answer."""
    given = {"id": new_id()}
    first, second = race(database, fact, (ANNA, given), (ANNA, given))
    assert first == second
    assert rows_of(database, fact) == (1, 1, 2)


def test_two_starts_of_one_worker_at_once_are_one(database, fact):
    """The second is refused."""
    first, second = race(database, fact, (ANNA, {"id": new_id()}), (ANNA, {"id": new_id()}))
    assert (first["event"], second) == ("start", "clock_in_doubled")
    assert rows_of(database, fact) == (1, 1, 2)


def test_two_workers_at_once_are_both_there(database, fact):
    """And both are told, one after the other."""
    first, second = race(database, fact, (ANNA, {"id": new_id()}), (BEN, {"id": new_id()}))
    assert [first["worker"]["name"], second["worker"]["name"]] == ["Anna", "Ben"]
    assert rows_of(database, fact) == (2, 2, 3)


def test_the_same_incident_sent_twice_at_once_is_one(database, fact):
    """Both get the same ticket's id, and one incident is told."""
    incident_id = new_id()

    def declared(work):
        return declare(work, ANNA, intervention_of(work, fact), id=incident_id)

    def declared_again():
        with database.work(actor=ANNA, now=MONDAY) as work:
            answer = declared(work)
            work.commit()
            return answer

    with ThreadPoolExecutor(1) as pool, database.work(actor=ANNA, now=MONDAY) as work:
        first = declared(work)
        other = pool.submit(declared_again)
        until_blocked(database)
        work.commit()
        assert other.result(timeout=10) == first
    rows = database.read("SELECT ticket_id FROM incidents WHERE id = %(id)s", id=incident_id)
    assert [row.ticket_id for row in rows] == [first["ticket_id"]]
    assert rows_of(database, fact) == (0, 1, 2)


def test_an_intervention_planned_while_its_ticket_changes_its_usergroup_goes_along(database):
    """The change waits for the plan that it has to reach."""
    planned_first = plan_fact(workers=[ANNA])
    ticket_id = planned_first.data["ticket_id"]
    moved = {"ticket_id": ticket_id, "usergroup_id": OTHER_GROUP, "chosen": True, "changed_at": MONDAY}

    def change_usergroup():
        with database.work(now=MONDAY) as work:
            actions.follow_usergroup(work, GivenFact(TicketUsergroupChanged, moved, version=2))
            work.commit()

    with ThreadPoolExecutor(1) as pool, database.work(now=MONDAY) as work:
        actions.keep_plan(work, planned_first)
        work.flush()
        change = pool.submit(change_usergroup)
        until_blocked(database)
        work.commit()
        change.result(timeout=10)
    (intervention,) = database.read(
        "SELECT usergroup_id, version FROM interventions WHERE ticket_id = %(id)s", id=ticket_id
    )
    assert (intervention.usergroup_id, intervention.version) == (OTHER_GROUP, 2)


def test_an_incident_declared_while_the_intervention_is_given_to_another(database, fact):
    """To whoever is not sent any more by then there is no such intervention."""
    ben = {"person_id": BEN.person_id, "name": BEN.name}
    given_to_ben = replanned(fact, 2, workers=[ben], planned_at=MONDAY - minutes(1))

    def refusal():
        with database.work(actor=ANNA, now=MONDAY) as work:
            with pytest.raises(NotFound) as raised:
                declare(work, ANNA, intervention_of(work, fact))
            return raised.value.code

    with ThreadPoolExecutor(1) as pool, database.work(now=MONDAY) as work:
        actions.keep_plan(work, given_to_ben)
        work.flush()
        other = pool.submit(refusal)
        until_blocked(database)
        work.commit()
        assert other.result(timeout=10) == "intervention_not_found"
    of_intervention = "SELECT id FROM incidents WHERE intervention_id = %(id)s"
    assert database.read(of_intervention, id=fact.data["intervention_id"]) == []
    assert rows_of(database, fact) == (0, 0, 2)


def called_off(database, fact):
    """Hear that the intervention is called off, and commit; return nothing."""
    with database.work(now=MONDAY) as work:
        actions.cancel_plan(work, cancelled(fact))
        work.commit()


def status_of(database, fact):
    """Return the intervention's status."""
    return database.read("SELECT status FROM interventions WHERE id = %(id)s", id=fact.data["intervention_id"])[
        0
    ].status


def test_a_start_before_its_cancellation_is_heard(database, fact):
    """It has begun, so it goes on: the end is taken as any other."""
    with ThreadPoolExecutor(1) as pool, database.work(actor=ANNA, now=MONDAY) as work:
        clock(work, ANNA, intervention_of(work, fact))
        heard = pool.submit(called_off, database, fact)
        until_blocked(database)
        work.commit()
        heard.result(timeout=10)
    assert (recorded(database, fact, ANNA, event="end")["flags"], status_of(database, fact)) == (["early"], "started")
    assert rows_of(database, fact) == (2, 2, 3)


def test_a_start_after_its_cancellation_is_heard(database, fact):
    """It is refused, and nobody is told."""
    with ThreadPoolExecutor(1) as pool, database.work(now=MONDAY) as work:
        actions.cancel_plan(work, cancelled(fact))
        work.flush()
        refusal = pool.submit(recorded, database, fact, ANNA)
        until_blocked(database)
        work.commit()
        assert refusal.result(timeout=10) == "intervention_cancelled"
    assert (rows_of(database, fact), status_of(database, fact)) == ((0, 0, 2), "cancelled")
