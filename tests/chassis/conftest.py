"""What tests of the chassis share."""

import os
from contextlib import closing

import pytest
from sqlalchemy.engine import make_url

from chassis.database import Database
from chassis.tables import declarative_base


@pytest.fixture(scope="session")
def bare_database(server_url):
    """Return a database that has the chassis tables only; each test looks at rows of its own."""
    name = f"test_chassis_tables_{os.getpid()}"
    with closing(Database(server_url)) as owners:
        owners.read(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        owners.read(f"CREATE DATABASE {name}")
        url = make_url(server_url).set(database=name)
        with closing(Database(url.render_as_string(hide_password=False))) as database:
            declarative_base().metadata.create_all(database.engine)
            yield database
        owners.read(f"DROP DATABASE {name} WITH (FORCE)")
