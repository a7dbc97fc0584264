"""One desk per bus for all tests of this folder, with a mail server beside it."""

import pytest

from tests.e2e.desk import RunningDesk, Sink


@pytest.fixture(scope="package")
def sink():
    """The mail server that the desk sends to."""
    sink = Sink()
    sink.start()
    yield sink
    sink.stop()


@pytest.fixture(scope="package", params=["local", "amqp"])
def desk(request, sink, tmp_path_factory):
    """A running desk without demo data; on RabbitMQ with two processes of each service."""
    folder = tmp_path_factory.mktemp(f"desk-{request.param}")
    desk = RunningDesk(folder, request.param, {"SMTP_URL": sink.url})
    desk.start()
    yield desk
    assert desk.stop() == 0


@pytest.fixture(scope="package")
def admin(desk):
    """An administrator made by the command."""
    return desk.create_admin("admin@provider.example")


def pytest_collection_modifyitems(items):
    """Give these tests the time that a whole desk needs to start on a busy machine."""
    for item in items:
        if "tests/e2e/" in item.nodeid:
            item.add_marker(pytest.mark.timeout(240))
