"""Fixtures of the tests of tickets."""

import pytest

from chassis.actors import system_actor
from chassis.files import FileStore
from chassis.ids import new_id
from chassis.testing import rolled_back, undone
from tests.actions.tickets.given import Desk, Place


@pytest.fixture(scope="module")
def shared_place(databases):
    """Return a place that tickets hears of once for all tests of a module, on a Monday at ten in Paris."""
    with rolled_back(databases("tickets"), actor=system_actor("tickets")) as work:
        yield Place(Desk(work, None))


@pytest.fixture
def work(shared_place):
    """Return a `Work` on the database of tickets; what a test does by it is undone."""
    with undone(shared_place.desk.work) as work:
        yield work


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory):
    """Return a folder for the files of all tests."""
    return tmp_path_factory.mktemp("files")


@pytest.fixture
def files(shared_folder):
    """Return an empty store of files."""
    return FileStore(shared_folder / str(new_id()))


@pytest.fixture
def desk(work, files):
    """Return tickets behind its edge, in one transaction that is rolled back."""
    return Desk(work, files)


@pytest.fixture
def place(shared_place, desk):
    """Return people, usergroups and sites that tickets has heard of."""
    return shared_place.at(desk)
