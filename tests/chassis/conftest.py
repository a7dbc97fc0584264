"""What tests of the chassis share."""

import pytest

from chassis.tables import declarative_base
from tests.chassis.given import own_database


@pytest.fixture(scope="session")
def shared_database(server_url):
    """Return a database for tests that begin with an empty one; see `tests.chassis.given.emptied`."""
    with own_database(server_url, "chassis") as database:
        yield database


@pytest.fixture(scope="session")
def bare_database(server_url):
    """Return a database that has the chassis tables only; each test looks at rows of its own."""
    with own_database(server_url, "chassis_tables") as database:
        declarative_base().metadata.create_all(database.engine)
        yield database
