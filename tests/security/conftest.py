"""Fixtures of this folder: a running SMTP process, the gateway, each service, and all of them together."""

import pytest

from gateway.app import create_app
from services.dispatch import arrivals
from tests.actions.identity.conftest import a_person, passwords
from tests.actions.tickets.conftest import desk, files, place, work
from tests.gateway.conftest import app, http, services
from tests.inbound_smtp.fixtures import fresh_url, shared_server, smtp
from tests.security.desk import WholeDesk

__all__ = [
    "a_person", "app", "desk", "files", "fresh_url", "http", "passwords", "place", "services", "shared_server", "smtp",
    "work",
]  # fmt: skip


@pytest.fixture(autouse=True)
def no_patience(monkeypatch):
    """Let nothing be under way: what is not there is not waited for."""
    monkeypatch.setattr(arrivals, "PATIENCE", 0)


@pytest.fixture(scope="session")
def gateway_app():
    """Return the gateway's application, without the desk that it serves."""
    return create_app(None, None, lambda: True)


@pytest.fixture
def whole(work_of, tmp_path, gateway_app):
    """Return the six services behind the gateway."""
    whole = WholeDesk(work_of, tmp_path / "store", gateway_app)
    yield whole
    whole.close()
