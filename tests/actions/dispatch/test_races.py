"""A deadline passes while its ticket changes: real commits, one of the two before the other has ended."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from chassis.actors import system_actor
from chassis.testing import GivenFact
from services.dispatch.actions.deadlines import tell_missed
from services.dispatch.actions.ticket_facts import record_priority
from services.tickets.contract import TicketPriorityChanged
from tests.actions.dispatch.given import ADMIN, a_ticket, ask, at
from tests.waiting import eventually

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


def make_urgent(work, ticket_id):
    """Let the ticket's priority be changed; what is gathered is sent with the commit."""
    changed = {"ticket_id": ticket_id, "from_": "high", "to": "urgent", "changed_at": MISSED}
    record_priority(work, GivenFact(TicketPriorityChanged, changed, version=2))


def committed(database, ticket_id):
    """Let the ticket's priority be changed, and commit."""
    with at_work(database) as work:
        make_urgent(work, ticket_id)
        work.commit()


def waiting(database):
    """Return how many of this database's sessions wait for a lock."""
    statement = (
        "SELECT count(*) AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    return database.read(statement)[0].count


def deadlines_told(database):
    """Return `(name, version)` of all that was told of deadlines, in its order."""
    return database.read("SELECT name, version FROM outbox WHERE name LIKE 'Deadline%%' ORDER BY id")


def test_a_ticket_that_changes_while_its_miss_is_told(database, ticket_id):
    """The change waits, counts on from there and does not forget that the miss was told."""
    with ThreadPoolExecutor(1) as pool, at_work(database) as sweeping:
        assert tell_missed(sweeping) == 1
        change = pool.submit(committed, database, ticket_id)
        eventually(lambda: waiting(database) == 1, what="the wait of the change")
        sweeping.commit()
        change.result(timeout=10)
    assert sweep(database) == 0
    assert deadlines_told(database) == [("DeadlineSet", 1), ("DeadlineMissed", 2), ("DeadlineSet", 3)]


def test_a_miss_of_a_ticket_that_is_changing(database, ticket_id):
    """The sweep leaves it to the next one, which counts on from the change."""
    with at_work(database) as changing:
        make_urgent(changing, ticket_id)
        assert sweep(database) == 0
        changing.commit()
    assert sweep(database) == 1
    assert deadlines_told(database) == [("DeadlineSet", 1), ("DeadlineSet", 2), ("DeadlineMissed", 3)]


def test_two_rules_are_put_first_at_once(database):
    """The second waits and goes before the first; each has a position of its own."""

    def put_first(work, name):
        return ask(work, ADMIN, "create_routing_rule", name=name, position=1, then={"priority": "high"})

    def committed_first(name):
        with at_work(database) as work:
            put_first(work, name)
            work.commit()

    with ThreadPoolExecutor(1) as pool, at_work(database) as work:
        put_first(work, "earlier")
        later = pool.submit(committed_first, "later")
        eventually(lambda: waiting(database) or later.done())
        work.commit()
        later.result(timeout=20)
    rules = database.read("SELECT name, position FROM routing_rules ORDER BY position, id")
    assert [tuple(rule) for rule in rules] == [("later", 1), ("earlier", 2)]
