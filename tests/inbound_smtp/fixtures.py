"""Fixtures: one SMTP process for all tests that need one, fresh ones for what ends or starves them."""

import os
from contextlib import closing
from itertools import count

import psycopg2
import pytest

from chassis.clock import utcnow
from chassis.testing import service_database
from services.inbound.parser import Parser
from services.inbound.reading import Reading
from tests.forking import Forking
from tests.inbound_smtp.running import DESK, MODULE, SmtpProcess

_numbers = count()


@pytest.fixture(scope="session")
def fresh_url(server_url):
    """Return a function that copies a migrated database of inbound, which is soon done, and returns the copy's URL."""
    model = service_database("inbound", server_url, f"_smtp_{os.getpid()}")
    model.close()
    url = model.engine.url

    def url_of_new():
        name = f"{url.database}_{next(_numbers)}"
        with closing(psycopg2.connect(server_url)) as connection:
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{url.database}"')
        return url.set(database=name).render_as_string(hide_password=False)

    return url_of_new


@pytest.fixture(scope="session")
def forking():
    """What SMTP processes are forked from."""
    forking = Forking(MODULE)
    yield forking
    forking.close()


@pytest.fixture
def another(fresh_url, forking, tmp_path):
    """Return a function that starts an SMTP process of its own; all are ended afterwards.

    One in special circumstances is started as a command.
    """
    running = []

    def start(module=MODULE, **circumstances):
        origin = None if circumstances else forking
        server = SmtpProcess(fresh_url(), tmp_path / f"var{len(running)}", origin, module=module, **circumstances)
        running.append(server)
        return server.start()

    yield start
    for server in running:
        server.close()


@pytest.fixture(scope="session")
def shared_server(fresh_url, tmp_path_factory):
    """Return the SMTP process that tests share, with an open mailbox `DESK`."""
    server = SmtpProcess(fresh_url(), tmp_path_factory.mktemp("smtp") / "var").start()
    server.open_mailbox(DESK, now=utcnow())
    yield server
    server.close()


@pytest.fixture
def smtp(shared_server):
    """Return the shared process without any mail."""
    with shared_server.database.work() as work:
        work.change("TRUNCATE inbound_messages, outbox")
        work.commit()
    return shared_server


@pytest.fixture
def reading(smtp):
    """Return the lanes of a service process; their children are ended afterwards."""
    lanes_of_process = Reading(smtp.files.root)
    yield lanes_of_process
    lanes_of_process.close()


@pytest.fixture
def parser(smtp):
    """Return a parser; its child is ended afterwards."""
    made = Parser(smtp.files.root)
    yield made
    made.stop()
