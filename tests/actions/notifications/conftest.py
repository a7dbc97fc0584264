"""Fixtures of notifications' action tests."""

import pytest

from chassis.actors import system_actor
from chassis.files import FileStore


@pytest.fixture
def work(work_of):
    """Return a `Work` on notifications' database at nine on a Monday."""
    return work_of("notifications", actor=system_actor("notifications"))


@pytest.fixture
def store(tmp_path):
    """Return an empty file store."""
    return FileStore(tmp_path / "files")
