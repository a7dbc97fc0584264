"""Desks of the bus suite: one of each kind for the whole folder, fresh ones for tests that break things."""

from pathlib import Path

import pytest

from infra.cli.rabbit import Rabbit
from tests.bus.desks import LocalDesk, RabbitDesk

#: Seconds for a test here; the first one waits for a broker, and some kill processes many times over.
TIMEOUT = 180


def pytest_collection_modifyitems(items):
    """Give the tests of this folder the time that they need."""
    for item in items:
        if item.path.parent == Path(__file__).parent and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(TIMEOUT))


@pytest.fixture(scope="session")
def broker(tmp_path_factory):
    """A private RabbitMQ node that tests may stop, kill and start again."""
    rabbit = Rabbit(tmp_path_factory.mktemp("rabbit"))
    rabbit.start()
    yield rabbit
    rabbit.stop()


@pytest.fixture(scope="session")
def made_desks(server_url, tmp_path_factory):
    """Return a function that makes a desk of a kind once and keeps it for the session."""
    made = {}

    def make(kind, *arguments):
        if kind not in made:
            folder = tmp_path_factory.mktemp(kind.__name__)
            made[kind] = kind(server_url, folder, *arguments)
            made[kind].start()
        return made[kind]

    yield make
    for desk in made.values():
        desk.stop()
        desk.drop()


@pytest.fixture(params=["local", "rabbit"])
def desk(request, made_desks):
    """The running desk on either bus, shared by tests; each test looks only at what it caused itself."""
    if request.param == "local":
        return made_desks(LocalDesk)
    return made_desks(RabbitDesk, request.getfixturevalue("broker").uri)


@pytest.fixture
def rabbit_desk(made_desks, broker):
    """The shared desk on RabbitMQ, for what concerns that bus alone."""
    return made_desks(RabbitDesk, broker.uri)
