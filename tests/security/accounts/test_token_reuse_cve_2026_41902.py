"""CVE-2026-41902 (FreeScout): an invitation never expired. CVE-2026-27637 (FreeScout): a token worked again and again.

A confirm link is a row that opening takes away, together with all that were asked for the same address: also when it
is followed twice at once, and nothing of it is good for a second account. That it works once and for three days one
after another is in `tests/actions/identity/test_registrations.py`, that a rating is given once in
`tests/actions/tickets/test_following.py`.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Barrier, BrokenBarrierError

import pytest

from chassis.database import Work
from chassis.errors import NotFound
from chassis.ids import new_id
from chassis.testing import MONDAY, told
from services.identity.actions import registrations, sessions
from services.identity.domain import REGISTRATION_LIFE
from tests.actions.identity.given import LINKS, confirm


def asked_for(database, email, now=MONDAY):
    """Ask for an account; return the id that it will have."""
    with database.work(now=now) as work:
        answer = registrations.register(work, email=email, name="Rosa", language="en", origin="")
        work.commit()
    return answer["person_id"]


def follow(database, person_id, email):
    """Follow the link and commit; return what was told, or the code of the refusal."""
    with database.work(now=MONDAY) as work:
        try:
            confirm(work, person_id, email)
        except NotFound as refusal:
            return refusal.code
        work.commit()
        return [name for name, _ in told(work)]


@pytest.mark.parametrize("links", ["one link", "several links"])
def test_links_that_are_followed_at_once_open_one_account(database, links):
    """The others are refused as absent and tell nothing; there is one person and no row left to open another."""
    email = f"{new_id().hex}@residents.example"
    ids = [asked_for(database, email) for _ in range(1 if links == "one link" else 3)]
    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(lambda number: follow(database, ids[number % len(ids)], email), range(6)))
    assert sorted(map(str, outcomes)) == ["['PersonChanged']"] + ["link_not_found"] * 5
    assert len(database.read("SELECT id FROM people WHERE email = %(email)s", email=email)) == 1
    assert database.read("SELECT id FROM registrations WHERE email = %(email)s", email=email) == []


def test_two_links_that_meet_halfway_are_one_account_and_a_refusal(database, monkeypatch):
    """Each has taken its own row and is about to take the others': only one gets so far."""
    email, meeting, plainly = f"{new_id().hex}@residents.example", Barrier(2), Work.load
    ids = [asked_for(database, email) for _ in range(2)]

    def meet(work, statement, **values):
        if statement is registrations._FORGET_OTHERS:
            with suppress(BrokenBarrierError):
                meeting.wait(0.3)
        return plainly(work, statement, **values)

    monkeypatch.setattr(Work, "load", meet)
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda person_id: follow(database, person_id, email), ids))
    assert sorted(map(str, outcomes)) == ["['PersonChanged']", "link_not_found"]


def test_a_token_of_before_is_no_token_of_now(database):
    """Who has followed one link, or waited too long, is mailed another one, and the first does not come back."""
    email = f"{new_id().hex}@residents.example"
    first = asked_for(database, email)
    with database.work(now=MONDAY + REGISTRATION_LIFE) as sweeping:
        sessions.forget_expired(sweeping)
        sweeping.commit()
    second = asked_for(database, email)
    tokens = {LINKS.sign("confirm-registration", f"{each}:{email}") for each in (first, second)}
    assert len(tokens) == 2
    assert follow(database, first, email) == "link_not_found"
    assert follow(database, second, email) == ["PersonChanged"]


def test_a_link_ends_at_the_end_of_its_life_and_not_with_the_sweep(work):
    """The row that nobody has swept yet opens nothing."""
    email = f"{new_id().hex}@residents.example"
    asked = registrations.register(work, email=email, name="Rosa", language="en", origin="")
    work.flush()
    for late in (REGISTRATION_LIFE, REGISTRATION_LIFE + timedelta(days=365)):
        with pytest.raises(NotFound) as refusal:
            confirm(work, asked["person_id"], email, now=MONDAY + late)
        assert refusal.value.code == "link_not_found"
    assert work.load("SELECT id FROM people WHERE email = %(email)s", email=email) == []
    assert len(work.load("SELECT id FROM registrations WHERE email = %(email)s", email=email)) == 1
