"""What a service forgets by itself: by age, in batches, and nothing that somebody may still ask for."""

import threading
from types import SimpleNamespace
from uuid import uuid4

import pytest

from chassis.bus import timers
from chassis.bus.housekeeping import forget_old
from chassis.bus.timers import Timers
from tests.chassis.given import emptied
from tests.waiting import eventually

_HEARD = """
INSERT INTO inbox (listener, event_id, state, source, name, next_attempt_at, received_at) SELECT %(name)s, %(id)s,
%(state)s, 'teller', 'Said', CASE WHEN %(is_due)s THEN now() END, now() - make_interval(days => %(days)s) RETURNING 1"""
_ASKED = """
INSERT INTO requests (actor, method, key, hash, created_at)
VALUES ('somebody', 'say', %(name)s, '', now() - make_interval(days => %(days)s)) RETURNING 1"""
_TAKEN_AWAY = """
INSERT INTO epochs (person_id, epoch, changed_at)
VALUES (%(id)s, 1, now() - make_interval(hours => %(hours)s)) RETURNING 1"""
_KEPT = "SELECT listener AS name FROM inbox UNION SELECT key FROM requests UNION SELECT epoch::text FROM epochs"


@pytest.fixture
def database(bare_database):
    """Return a database whose tables of the chassis are empty."""
    with emptied(bare_database, "inbox", "requests", "epochs") as database:
        yield database


def heard(database, name, state, days, is_due=False):
    """Put a fact into the inbox that came so many days ago."""
    database.read(_HEARD, name=name, id=uuid4(), state=state, is_due=is_due, days=days)


def kept(database):
    """Return the names of what is there."""
    return sorted(row.name for row in database.read(_KEPT))


def test_what_is_old_is_forgotten_by_the_leader_and_nothing_else(database, monkeypatch):
    monkeypatch.setattr(timers, "HOUSEKEEPING_SECONDS", 0.01)
    for name, state, days, is_due in (
        ("old", "done", 31, False), ("young", "done", 29, False), ("dead", "dead", 400, False),
        ("given up", "retry", 2, False), ("waits", "retry", 400, True), ("in hand", "retry", 0, False),
    ):  # fmt: skip
        heard(database, name, state, days, is_due)
    for name, days in (("old request", 61), ("request", 59)):
        database.read(_ASKED, name=name, days=days)
    database.read(_TAKEN_AWAY, id=uuid4(), hours=25)
    ran = []
    leader = SimpleNamespace(is_leader=False)
    jobs = SimpleNamespace(run=lambda _, job: ran.append(job(None)))
    member = SimpleNamespace(database=database, leader=leader, jobs=jobs)
    service = Timers("hearer", {}, member)
    thread = threading.Thread(target=service.run)
    thread.start()
    leader.is_leader = True
    eventually(lambda: ran, what="a round")
    service.end()
    thread.join()
    assert kept(database) == ["dead", "in hand", "request", "waits", "young"]


def test_any_number_is_forgotten_a_batch_at_a_time(database):
    """One statement for all of them would be ended after 30 seconds, and again an hour later."""
    for number in range(5):
        heard(database, f"old {number}", "done", 31)
    looks = iter([False, False, True, True, True, True])
    forget_old(database, lambda: next(looks), most=2)
    assert len(kept(database)) == 1
    forget_old(database, lambda: False, most=2)
    assert kept(database) == []


def test_what_is_changed_in_the_moment_in_which_it_is_forgotten_is_kept(database):
    """Rights taken away anew from somebody whose last change was of long ago."""
    person_id = uuid4()
    database.read(_TAKEN_AWAY, id=person_id, hours=25)
    with database.work() as work:
        work.change("UPDATE epochs SET epoch = 2, changed_at = now() WHERE person_id = %(id)s", id=person_id)
        work.flush()
        thread = threading.Thread(target=forget_old, args=(database, lambda: False))
        thread.start()
        eventually(lambda: database.read("SELECT 1 FROM pg_locks WHERE NOT granted"), what="a wait for the change")
        work.commit()
    thread.join()
    assert kept(database) == ["2"]
