"""Fixtures of identity's actions: its database, and people by intent."""

import pytest

from chassis.actors import system_actor
from chassis.ids import new_id
from chassis.testing import MONDAY
from services.identity.actions import people
from tests.actions.identity.given import PASSWORD, PASSWORDS


@pytest.fixture(scope="session")
def passwords():
    """Return what hashes and compares, each password once."""
    return PASSWORDS


@pytest.fixture
def work(work_of):
    """Return a `Work` that is rolled back."""
    return work_of("identity")


@pytest.fixture
def database(databases):
    """Return identity's database, for what has to be committed."""
    return databases("identity")


@pytest.fixture
def a_person(work, passwords):
    """Return a function that makes a person and gives what `create_person` gives; nothing of it is told."""

    def make(role="requester", on=None, **particulars):
        on = on or work
        told_before = len(on.facts)
        person = people.create_person(
            on,
            system_actor("identity"),
            passwords=passwords,
            **{
                "email": f"{new_id().hex}@people.example",
                "name": "Paula Person",
                "language": "en",
                "role": role,
                "password": PASSWORD,
                "organisation_id": None,
                "confirmed": True,
                **particulars,
            },
        )
        del on.facts[told_before:]
        return person

    return make


@pytest.fixture
def committed(database, a_person):
    """Return a function that makes a person whom other transactions see."""

    def make(role="requester", **particulars):
        with database.work(now=MONDAY) as making:
            person = a_person(role, on=making, **particulars)
            making.commit()
        return person

    return make


@pytest.fixture
def change(work, passwords):
    """Return a function that changes somebody as an actor."""

    def apply(actor, person, **changes):
        arguments = {"person_id": person["id"], "passwords": passwords, **changes}
        return people.change_person(work, actor, **arguments)

    return apply
