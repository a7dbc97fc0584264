"""Fixtures that every folder of tests shares."""

import os

import pytest

from chassis.testing import rolled_back, service_database

#: What was not run, or ran and did not count: nothing is skipped here.
_UNPROVED = []


def pytest_runtest_logreport(report):
    """Note what was skipped, and what was expected to fail, whether it did or not."""
    if report.skipped or hasattr(report, "wasxfail"):
        _UNPROVED.append(report.nodeid)


def pytest_collectreport(report):
    """Note a file that was skipped as a whole."""
    if report.skipped:
        _UNPROVED.append(report.nodeid)


def pytest_sessionfinish(session):
    """Have the tests fail where any of them proves nothing."""
    if _UNPROVED and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    """Name them."""
    for name in _UNPROVED:
        terminalreporter.write_line(f"SKIPPED OR EXPECTED TO FAIL, and nothing may be: {name}", red=True)


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
