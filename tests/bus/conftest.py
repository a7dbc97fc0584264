"""Desks of the bus suite: one of each kind for the whole folder, fresh ones for tests that break things."""

from pathlib import Path

import pytest

from infra.local.rabbit import Rabbit
from tests.bus.desk_in_one_process import LocalDesk
from tests.bus.desk_on_rabbit import RabbitDesk
from tests.bus.desks import PACKAGE, SERVICES
from tests.forking import Forking

#: Seconds for a test here; the first one waits for a broker, and some kill processes many times over.
TIMEOUT = 180


def pytest_collection_modifyitems(items):
    """Give the tests of this folder the time that they need."""
    for item in items:
        if item.path.parent == Path(__file__).parent and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(TIMEOUT))


@pytest.fixture(scope="package")
def forking():
    """What processes of the house are forked from."""
    forking = Forking("chassis.bus.run", "chassis.bus.embedded", *(f"{PACKAGE}.{name}.service" for name in SERVICES))
    yield forking
    forking.close()


@pytest.fixture(scope="package")
def broker(tmp_path_factory):
    """A private RabbitMQ node that tests may stop, kill and start again."""
    rabbit = Rabbit(tmp_path_factory.mktemp("rabbit"))
    rabbit.start()
    yield rabbit
    rabbit.stop()


@pytest.fixture(scope="package")
def local_desk(server_url, tmp_path_factory, forking):
    """The services in one process, running."""
    yield from running(LocalDesk(server_url, tmp_path_factory.mktemp("local"), forking))


@pytest.fixture(scope="package")
def rabbit_desk(server_url, tmp_path_factory, forking, broker):
    """The services as processes on RabbitMQ, running."""
    yield from running(RabbitDesk(server_url, tmp_path_factory.mktemp("desk"), forking, broker.uri))


def running(desk):
    """Start a desk, give it, and end it."""
    try:
        desk.start()
        yield desk
    finally:
        desk.stop()
        desk.drop()


@pytest.fixture(params=["local_desk", "rabbit_desk"])
def desk(request):
    """The running desk on either bus, shared by tests; each test looks only at what it caused itself."""
    return request.getfixturevalue(request.param)
