"""No planned intervention stays with somebody who could not be sent there any more."""

from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from uuid import UUID

import pytest

from chassis.actors import system_actor
from chassis.errors import Invalid
from chassis.testing import MONDAY, told
from services.dispatch.actions.relieving import relieve_workers
from services.dispatch.models import Intervention
from tests.actions.dispatch.given import (
    ADMIN,
    a_person,
    answered,
    ask,
    clock,
    complete,
    everything,
    kept,
    told_since,
)
from tests.actions.dispatch.interventions import HOUR, a_work_order, an_intervention, replan
from tests.waiting import until_blocked

WIM, OLGA = 7, 8


def a_worker(work, number=WIM, **changes):
    """Let a worker be known, or what has become of them; return their id."""
    return a_person(work, *changes.pop("roles", ["worker"]), number=number, **changes)


def is_closed(work):
    """Close Wim's account."""
    a_worker(work, active=False, version=2)


def loses_the_role(work):
    """Make a requester of Wim."""
    a_worker(work, roles=["requester"], version=2)


def is_back(work):
    """Open his account again."""
    a_worker(work, version=3)


ENDS = pytest.mark.parametrize("ends", [is_closed, loses_the_role], ids=lambda ends: ends.__name__)


def look(work, **options):
    """Let the timer run; return what is told of it."""
    count = len(told(work))
    relieve_workers(work, **options)
    work.flush()
    return told_since(work, count)


def committed_look(database):
    """Let the timer run in a transaction of its own; return what is told of it."""
    with at_work(database) as work:
        found = look(work)
        work.commit()
        return found


def workers_of(work, intervention):
    """Return the ids of those who are sent now."""
    return [person.person_id for person in kept(work, Intervention, intervention.id).workers]


@ENDS
def test_an_intervention_of_somebody_who_cannot_be_sent(work, ends):
    """It takes place as planned and is nobody's: told once, with who is off it and who has planned it."""
    wim = a_worker(work)
    intervention = an_intervention(work, wim)
    ends(work)
    ((name, payload),) = look(work)
    assert (name, payload["workers"]) == ("InterventionReplanned", [])
    assert payload["unable"] == [{"person_id": str(wim), "name": "Person 7"}]
    assert payload["planned_by"] == str(ADMIN.person_id)
    assert [payload["starts_at"], payload["ends_at"]] == ["2026-11-16T09:00:00+00:00", "2026-11-16T10:00:00+00:00"]
    shown = answered("work_order_by_id", ask(work, ADMIN, "work_order_by_id", work_order_id=intervention.work_order_id))
    (one,) = shown["interventions"]
    assert (one["status"], one["workers"], one["version"]) == ("planned", [], 2)
    assert look(work) == []


@ENDS
def test_whoever_goes_beside_them_stays(work, ends):
    """Only who cannot be sent is off."""
    wim, olga = a_worker(work), a_worker(work, OLGA)
    intervention = an_intervention(work, wim, olga)
    ends(work)
    ((_, payload),) = look(work)
    assert [one["person_id"] for one in payload["workers"]] == [str(olga)]
    assert [one["person_id"] for one in payload["unable"]] == [str(wim)]
    assert workers_of(work, intervention) == [olga]


def test_every_intervention_ahead(work):
    """As many as one look takes, the rest at the next."""
    wim = a_worker(work)
    interventions = [an_intervention(work, wim, starts=hour, ends=hour + 1) for hour in range(3)]
    is_closed(work)
    facts = [payload for _, payload in look(work, limit=2) + look(work, limit=2)]
    assert sorted(fact["intervention_id"] for fact in facts) == sorted(str(one.id) for one in interventions)


def test_an_intervention_under_way_or_done(work):
    """Is left as it is: who went there is known."""
    wim, olga = a_worker(work), a_worker(work, OLGA)
    clock(work, an_intervention(work, wim, olga), olga)
    complete(work, an_intervention(work, wim, starts=1, ends=2))
    cancelled = an_intervention(work, wim, starts=2, ends=3)
    ask(work, ADMIN, "cancel_intervention", intervention_id=cancelled.id, reason="Not needed.")
    is_closed(work)
    before = everything(work)
    assert look(work) == []
    assert everything(work) == before


def test_an_intervention_whose_window_is_over(work):
    """Is put right by whoever knows who went; one that could still begin is not over."""
    wim = a_worker(work)
    over, begun = an_intervention(work, wim), an_intervention(work, wim, starts=1, ends=3)
    is_closed(work)
    work.now = MONDAY + 2 * HOUR
    ((_, payload),) = look(work)
    assert payload["intervention_id"] == str(begun.id)
    assert (workers_of(work, over), workers_of(work, begun)) == ([wim], [])


@pytest.mark.parametrize("order", list(permutations((is_closed, is_back))))
def test_an_account_that_is_open_again_before_the_look(work, order):
    """In whichever order both are heard, the intervention is theirs still."""
    wim = a_worker(work)
    intervention = an_intervention(work, wim)
    for step in order:
        step(work)
    assert (look(work), workers_of(work, intervention)) == ([], [wim])


def test_an_account_that_is_open_again_later(work):
    """Brings no intervention back, as it brings no ticket back: whoever plans sends them, or another."""
    wim, olga = a_worker(work), a_worker(work, OLGA)
    intervention = an_intervention(work, wim)
    is_closed(work)
    look(work)
    is_back(work)
    assert (look(work), workers_of(work, intervention)) == ([], [])
    moved = replan(work, intervention, workers=[olga])
    assert [person.person_id for person in moved.workers] == [olga]
    assert look(work) == []


def test_an_intervention_without_a_worker_is_moved(work):
    """Without choosing one yet."""
    a_worker(work)
    intervention = an_intervention(work, UUID(int=WIM))
    is_closed(work)
    look(work)
    assert replan(work, intervention, starts=1, ends=2).workers == []


def at_work(database):
    """Return a `Work` on Monday at ten."""
    return database.work(actor=system_actor("dispatch"), now=MONDAY)


@pytest.fixture
def work_order(database):
    """Return a work order, committed, beside a worker."""
    with at_work(database) as work:
        made = a_work_order(work)
        a_worker(work)
        work.commit()
    return made


@ENDS
@pytest.mark.parametrize("method", ["plan", "send"])
def test_planning_in_the_moment_in_which_the_account_is_closed(database, work_order, ends, method):
    """Whoever waited for the worker's row is refused, and nothing is changed or told."""
    with at_work(database) as work:
        planned = an_intervention(work, a_worker(work, OLGA), work_order=work_order)
        work.commit()

    def command():
        with at_work(database) as work:
            with pytest.raises(Invalid) as refusal:
                if method == "plan":
                    an_intervention(work, UUID(int=WIM), work_order=work_order)
                else:
                    replan(work, planned, workers=[UUID(int=WIM)])
            return refusal.value.code, told(work)

    with ThreadPoolExecutor(1) as pool, at_work(database) as work:
        ends(work)
        before = everything(work)
        commanding = pool.submit(command)
        until_blocked(database)
        work.commit()
        assert commanding.result(timeout=20) == ("person_unsuitable", [])
    with at_work(database) as work:
        assert everything(work) == before


def test_an_account_that_is_closed_in_the_moment_of_planning(database, work_order):
    """The next look finds the intervention."""

    def close():
        with at_work(database) as work:
            is_closed(work)
            work.commit()

    with ThreadPoolExecutor(1) as pool, at_work(database) as work:
        intervention = an_intervention(work, UUID(int=WIM), work_order=work_order)
        closing = pool.submit(close)
        until_blocked(database)
        work.commit()
        closing.result(timeout=20)
    with at_work(database) as work:
        ((_, payload),) = look(work)
        assert payload["intervention_id"] == str(intervention.id)


def test_two_looks_at_once(database, work_order):
    """Take nobody off twice: one waits for the ticket, and finds that it is done."""
    with at_work(database) as work:
        an_intervention(work, UUID(int=WIM), work_order=work_order)
        is_closed(work)
        work.commit()

    with ThreadPoolExecutor(1) as pool, at_work(database) as work:
        assert len(look(work)) == 1
        again = pool.submit(committed_look, database)
        until_blocked(database)
        work.commit()
        assert again.result(timeout=20) == []


def test_a_look_while_another_is_sent(database, work_order):
    """Whoever moves the intervention at that moment has the last word."""
    with at_work(database) as work:
        intervention, olga = an_intervention(work, UUID(int=WIM), work_order=work_order), a_worker(work, OLGA)
        is_closed(work)
        work.commit()

    with ThreadPoolExecutor(1) as pool, at_work(database) as work:
        replan(work, intervention, workers=[olga])
        looking = pool.submit(committed_look, database)
        until_blocked(database)
        work.commit()
        assert looking.result(timeout=20) == []
    with at_work(database) as work:
        assert workers_of(work, intervention) == [olga]
