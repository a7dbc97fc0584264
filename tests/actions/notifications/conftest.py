"""Fixtures of notifications' action tests."""

from functools import wraps

import pytest

from chassis.actors import system_actor
from chassis.database import Work
from chassis.files import FileStore
from services.notifications import actions
from tests.actions.notifications.given import a_person, hear_opened, opened, send_all


@pytest.fixture
def work(work_of):
    """Return a `Work` on notifications' database at nine on a Monday."""
    return work_of("notifications", actor=system_actor("notifications"))


@pytest.fixture(autouse=True)
def sent_before_the_next(monkeypatch):
    """Have what a use case gathers sent before the next one: in the desk each fact's commit, or the next, does."""
    for name in actions.__all__:
        monkeypatch.setattr(actions, name, _sending(getattr(actions, name)))


def _sending(use_case):
    @wraps(use_case)
    def carry_out(work, *given, **how):
        result = use_case(work, *given, **how)
        if isinstance(work, Work):
            work.flush()
        return result

    return carry_out


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
