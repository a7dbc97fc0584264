"""Fixtures: one SMTP process for all tests that need one, fresh ones for what ends or starves them."""

import os
from itertools import count

import pytest

from chassis.clock import utcnow
from chassis.testing import service_database
from tests.inbound_smtp.running import DOMAIN, SmtpProcess

_numbers = count()


@pytest.fixture(scope="session")
def fresh_url(server_url):
    """Return a function that makes a migrated database for inbound and returns its URL."""

    def url_of_new():
        database = service_database("inbound", server_url, f"_smtp_{os.getpid()}_{next(_numbers)}")
        url = database.engine.url.render_as_string(hide_password=False)
        database.close()
        return url

    return url_of_new


@pytest.fixture
def another(fresh_url, tmp_path):
    """Return a function that starts an SMTP process of its own; all are ended afterwards."""
    running = []

    def start(**options):
        server = SmtpProcess(fresh_url(), tmp_path / f"var{len(running)}", **options)
        running.append(server)
        return server.start()

    yield start
    for server in running:
        server.close()


@pytest.fixture(scope="session")
def shared_server(fresh_url, tmp_path_factory):
    """Return the SMTP process that tests share, with an open mailbox `desk@DOMAIN`."""
    server = SmtpProcess(fresh_url(), tmp_path_factory.mktemp("smtp") / "var").start()
    server.open_mailbox(f"desk@{DOMAIN}", now=utcnow())
    yield server
    server.close()


@pytest.fixture
def smtp(shared_server):
    """Return the shared process without any mail."""
    with shared_server.database.work() as work:
        work.change("TRUNCATE inbound_messages, outbox")
        work.commit()
    return shared_server
