"""A gateway whose services are autospecced contracts."""

from datetime import timedelta
from functools import cache
from unittest.mock import create_autospec

import pytest

from chassis.clock import utcnow
from chassis.files import FileStore
from gateway.app import Fielddesk, create_app
from services.identity.contract import Identity


@cache
def autospecced(contract):
    """Return the stand-in of a contract, one for all tests: making it takes longer than most of them."""
    return create_autospec(contract, instance=True)


class Services:
    """Stands for the `RpcClient`: one autospecced object per contract, and how each was asked.

    `asked` holds `(contract, token, request_id, correlation_id)` of each asking.
    """

    def __init__(self):
        self.asked = []
        self._made = {}
        self.ready = True

    def of(self, contract, *, token=None, request_id=None, correlation_id=None):
        """Return the stand-in of a contract."""
        self.asked.append((contract, token, request_id, correlation_id))
        return self[contract]

    def __getitem__(self, contract):
        if contract not in self._made:
            self._made[contract] = autospecced(contract)
            # What another test had it answer, and how it was asked there.
            self._made[contract].reset_mock(return_value=True, side_effect=True)
        return self._made[contract]

    def is_ready(self):
        """Whether the broker is reached."""
        return self.ready

    def calls(self):
        """Return the names of all methods called, but for the exchange of sessions."""
        return [call[0] for made in self._made.values() for call in made.method_calls if call[0] != "token_for"]


@pytest.fixture
def services():
    """The services; identity knows every session and gives `token-1`, `token-2`, ..."""
    services = Services()
    answers = (
        {"token": f"token-{number}", "expires_at": (utcnow() + timedelta(minutes=5)).isoformat()}
        for number in range(1, 100)
    )
    services[Identity].token_for.side_effect = lambda session: next(answers)
    return services


@pytest.fixture(scope="session")
def gateway_app():
    """The gateway's application, without the desk that it serves: building it takes longer than most tests."""
    return create_app(None, None, lambda: True)


@pytest.fixture
def app(services, tmp_path, gateway_app):
    """The gateway's application, whose services are autospecced contracts."""
    gateway_app.extensions["fielddesk"] = Fielddesk(services, FileStore(tmp_path / "files"), services.is_ready)
    return gateway_app


@pytest.fixture
def http(app):
    """A client that is not signed in."""
    return app.test_client()


SIGNED_IN = {"Authorization": "Bearer a-session"}
