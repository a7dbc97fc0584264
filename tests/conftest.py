"""Fixtures that every folder of tests shares."""

import os
import signal

import pytest

from chassis.testing import rolled_back, service_database

pytest_plugins = ["tests.proving"]

# What a shell starts in the background ignores Ctrl-C, and hands that down to what the tests end by it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def server_url():
    """Return the owner's URL of the PostgreSQL server that `./desk test` provides."""
    url = os.environ.get("TEST_DATABASE_URL")
    if not url:
        raise pytest.UsageError("TEST_DATABASE_URL is not set: run the tests by ./desk test.")
    return url


@pytest.fixture(scope="session")
def databases(server_url):
    """Return a function that gives a service's migrated database, made once per session."""
    made = {}

    def database_of(service):
        if service not in made:
            made[service] = service_database(service, server_url, f"_{os.getpid()}")
        return made[service]

    yield database_of
    for database in made.values():
        database.close()


@pytest.fixture
def work_of(databases):
    """Return a function that gives a rolled-back `Work` on a service's database."""
    open_works = []

    def work_on(service, **options):
        manager = rolled_back(databases(service), **options)
        open_works.append(manager)
        return manager.__enter__()

    yield work_on
    for manager in open_works:
        manager.__exit__(None, None, None)
