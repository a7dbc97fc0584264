"""Fixtures of this folder: a running SMTP process, the gateway, each service, and all of them together."""

import io
import logging
import os
import subprocess
import sys

import pytest
import structlog

from chassis import logs
from chassis.actors import system_actor
from chassis.clock import utcnow
from chassis.files import FileStore
from chassis.ids import new_id
from chassis.testing import service_database
from gateway.app import create_app
from infra.local.ports import free_port
from services.inbound import actions as inbound
from tests.actions.identity.conftest import a_person, passwords
from tests.actions.tickets.conftest import desk, files, place, shared_folder, shared_place, work
from tests.gateway.conftest import app, gateway_app, http, services
from tests.gateway.running import is_alive, started
from tests.inbound_smtp.fixtures import fresh_url, shared_server, smtp
from tests.security.desk import WholeDesk
from tests.security.edges import client_of
from tests.waiting import eventually

__all__ = [
    "a_person", "app", "desk", "files", "fresh_url", "gateway_app", "http", "passwords", "place", "services",
    "shared_folder", "shared_place", "shared_server", "smtp", "work",
]  # fmt: skip


@pytest.fixture
def whole(work_of, tmp_path, gateway_app):
    """Return the six services behind the gateway."""
    whole = WholeDesk(work_of, tmp_path / "store", gateway_app)
    yield whole
    whole.close()


@pytest.fixture(scope="session")
def own_databases(server_url, databases):
    """Return a function that gives a service's database of these tests alone: what is committed stays in it.

    Identity's is everybody's: its own tests commit too, with addresses that nobody else has.
    """
    made = {}

    def database_of(service):
        if service == "identity":
            return databases(service)
        if service not in made:
            made[service] = service_database(service, server_url, f"_security_{os.getpid()}")
        return made[service]

    yield database_of
    for each in made.values():
        each.close()


@pytest.fixture
def desk_over_http(own_databases, tmp_path):
    """Return a function that gives an HTTP client of the gateway over the real edges of some services."""

    def open_desk(*names):
        files = FileStore(tmp_path / "files")
        client = client_of({name: own_databases(name) for name in names}, files)
        return create_app(client, files).test_client()

    return open_desk


@pytest.fixture
def a_form(own_databases):
    """Return the slug of a webform that asks for an address and a name."""
    slug = f"form-{new_id().hex}"
    form = {"name": "Lifts", "language": "en", "usergroup_id": None, "category_id": None, "fields": None}
    with own_databases("inbound").work(now=utcnow()) as making:
        inbound.create_webform(making, system_actor("inbound"), slug=slug, **form)
        making.commit()
    return slug


@pytest.fixture
def log_text(monkeypatch):
    """Have everything logged as the processes do, in full; return a function that gives what was written so far."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level, structlog.get_config())
    written = io.StringIO()
    monkeypatch.setattr(sys, "stdout", written)
    logs.configure("test", "DEBUG")
    structlog.configure(cache_logger_on_first_use=False)
    yield written.getvalue
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    structlog.configure(**before[2])


@pytest.fixture(scope="session")
def green_port(tmp_path_factory):
    """The HTTP server of the embedded desk, which waits a second for a request and two for the next one."""
    port = free_port()
    folder = tmp_path_factory.mktemp("files")
    process = subprocess.Popen([sys.executable, "-W", "ignore", "-m", "tests.gateway.green", str(port), str(folder)])
    try:
        eventually(lambda: is_alive(port), what="the server")
        yield port
    finally:
        process.kill()
        process.wait(30)


@pytest.fixture(scope="session")
def ports(green_port, tmp_path_factory):
    """The ports of the two HTTP servers: of the embedded desk, and gunicorn's, whose broker is away."""
    process, port = started(tmp_path_factory.mktemp("gateway"))
    yield green_port, port
    process.terminate()
    assert process.wait(30) == 0
