"""Fixtures of dispatch's action tests."""

import pytest
from sqlalchemy import text

from chassis.actors import system_actor
from services.dispatch.models import Base

#: Tables that the first migration seeds; what tests commit is taken out of all others.
SEEDED = {"sla_policies", "business_calendar"}


@pytest.fixture
def work(work_of):
    """Return a `Work` on dispatch's database, on a Monday at ten in Paris."""
    return work_of("dispatch", actor=system_actor("dispatch"))


@pytest.fixture
def database(databases):
    """Return dispatch's database for tests that commit; it is emptied afterwards."""
    database = databases("dispatch")
    yield database
    names = ", ".join(table.name for table in Base.metadata.sorted_tables if table.name not in SEEDED)
    with database.engine.connect() as connection:
        connection.execute(text(f"TRUNCATE {names}"))
