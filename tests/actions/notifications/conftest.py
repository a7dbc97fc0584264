"""Fixtures of notifications' action tests."""

import pytest

from chassis.actors import system_actor
from chassis.files import FileStore
from tests.actions.notifications.given import a_person, hear_opened, opened, send_all


@pytest.fixture
def work(work_of):
    """Return a `Work` on notifications' database at nine on a Monday."""
    return work_of("notifications", actor=system_actor("notifications"))


@pytest.fixture
def store(tmp_path):
    """Return an empty file store."""
    return FileStore(tmp_path / "files")


@pytest.fixture
def agent(work):
    """Return an agent whose copy is kept."""
    return {**a_person(work, name="Ada Agent"), "participant_id": None}


@pytest.fixture
def ticket(work):
    """Return the opening of a ticket by mail; its receipt has left."""
    fact = hear_opened(work, opened())
    send_all(work)
    return fact
