"""Fixtures of the tests of tickets."""

import pytest

from chassis.actors import system_actor
from chassis.files import FileStore
from tests.actions.tickets.given import Desk, Place


@pytest.fixture
def work(work_of):
    """Return a `Work` on the database of tickets, on a Monday at ten in Paris."""
    return work_of("tickets", actor=system_actor("tickets"))


@pytest.fixture
def files(tmp_path):
    """Return an empty store of files."""
    return FileStore(tmp_path)


@pytest.fixture
def desk(work, files):
    """Return tickets behind its edge, in one transaction that is rolled back."""
    return Desk(work, files)


@pytest.fixture
def place(desk):
    """Return people, usergroups and sites that tickets has heard of."""
    return Place(desk)
