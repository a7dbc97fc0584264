"""New passwords, and the sessions they end."""

from datetime import timedelta

import pytest

from chassis.errors import Forbidden, TooMany
from chassis.testing import MONDAY, told
from services.identity.actions import people
from tests.actions.identity.given import (
    ADMIN,
    PASSWORD,
    actor_as,
    grants_of,
    log_in,
    refused,
)

NEW_PASSWORD = "another long password"


def sessions_of(work, person):
    """Return the ids of a person's sessions, oldest first."""
    rows = work.load("SELECT id FROM sessions WHERE person_id = %(id)s ORDER BY id", id=person["id"])
    return [row.id for row in rows]


def test_a_new_password_ends_every_other_session_of_its_owner(work, database, committed, passwords):
    person = committed()
    for _ in range(3):
        with database.work(now=MONDAY) as logging_in:
            log_in(logging_in, person["email"])
            logging_in.commit()
    first, second, third = sessions_of(work, person)
    actor = actor_as("requester", person, session_id=second)
    arguments = {"person_id": person["id"], "passwords": passwords}
    shown = people.change_person(work, actor, password=NEW_PASSWORD, current_password=PASSWORD, **arguments)
    assert shown["version"] == 1
    assert sessions_of(work, person) == [second]
    assert told(work) == [grants_of(person, 2)]
    assert {first, third}.isdisjoint(sessions_of(work, person))


def test_a_password_set_by_an_administrator_ends_every_session(work, a_person, change, passwords):
    person = a_person()
    log_in(work, person["email"])
    change(ADMIN, person, password=NEW_PASSWORD)
    assert sessions_of(work, person) == []
    assert told(work) == [grants_of(person, 2)]
    (row,) = work.load("SELECT password_hash FROM people WHERE id = %(id)s", id=person["id"])
    assert passwords.match(row.password_hash, NEW_PASSWORD)


@pytest.mark.parametrize("role", ["requester", "admin"])
@pytest.mark.parametrize("given", [{}, {"current_password": "not the present one"}])
def test_ones_own_password_takes_the_present_one(work, a_person, change, role, given):
    person = a_person(role)
    actor = actor_as(role, person)
    refused(
        work,
        Forbidden,
        "current_password_wrong",
        lambda: change(actor, person, password=NEW_PASSWORD, **given),
    )


def test_a_stolen_session_tries_ten_passwords(work, a_person, change):
    person = a_person()
    actor = actor_as("requester", person)
    codes = []
    for _ in range(11):
        with pytest.raises((Forbidden, TooMany)) as refusal:
            change(actor, person, password=NEW_PASSWORD, current_password="guess")
        codes.append(refusal.value.code)
    assert codes == ["current_password_wrong"] * 10 + ["too_many_attempts"]
    assert told(work) == []


def test_the_right_password_forgets_the_wrong_ones(database, committed, passwords):
    person = committed()
    actor = actor_as("requester", person)

    def give(current_password):
        with database.work(now=MONDAY) as work:
            new = {"password": PASSWORD, "current_password": current_password}
            people.change_person(work, actor, person_id=person["id"], passwords=passwords, **new)
            work.commit()

    for current_password in (*["guess"] * 9, PASSWORD, *["guess"] * 10):
        if current_password == PASSWORD:
            give(PASSWORD)
            continue
        with pytest.raises(Forbidden):
            give(current_password)


def test_the_window_of_tries_passes(work, a_person, passwords):
    person = a_person()
    actor = actor_as("requester", person)
    for _ in range(11):
        with pytest.raises((Forbidden, TooMany)):
            people.change_person(work, actor, person_id=person["id"], password=NEW_PASSWORD, passwords=passwords)
    work.now = MONDAY + timedelta(minutes=15)
    people.change_person(
        work,
        actor,
        person_id=person["id"],
        password=NEW_PASSWORD,
        current_password=PASSWORD,
        passwords=passwords,
    )
    assert told(work) == [grants_of(person, 2)]
