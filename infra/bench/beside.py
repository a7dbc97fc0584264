"""The two processes that run beside the measured desk: the probe service and a gateway with the probe's page."""

import os
import subprocess
import sys
import time
from contextlib import contextmanager

import psycopg2
from sqlalchemy import MetaData, create_engine

from chassis.settings import normalised
from chassis.tables import add_chassis_tables
from infra.direct_http import open_directly
from infra.local.ports import free_port
from infra.trial import ROOT

READY_WITHIN = 30.0


@contextmanager
def probe_and_gateway(desk):
    """Run both; give the port of the gateway.

    :param desk: `TrialDesk` on RabbitMQ.
    """
    record = desk.record()
    url = _probe_database(record["owner_url"])
    health, port = free_port(), free_port()
    settings = {
        **desk.environment,
        "AMQP_URI": record["amqp_uri"],
        "TOKEN_PUBLIC_KEY": desk.secret("TOKEN_PUBLIC_KEY"),
        "PROBE_DATABASE_URL": url,
    }
    started = [
        _start(desk, "probe", {**settings, "HEALTH_PORT": str(health)},
               "-m", "chassis.bus.run", "--package", "infra.bench.services", "--without-migrations", "probe"),
        _start(desk, "gateway", {**settings, "HTTP_PORT": str(port)}, "-m", "gateway", "infra.bench.wsgi:app"),
    ]  # fmt: skip
    try:
        for number in (health, port):
            _wait_until_ready(number)
        yield port
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(timeout=40)


def _start(desk, name, environment, *argv):
    with open(desk.folder / f"bench-{name}.log", "w") as output:
        return subprocess.Popen(
            [sys.executable, *argv], env={**os.environ, **environment}, cwd=ROOT, stdout=output, stderr=output
        )


def _wait_until_ready(port):
    ends = time.monotonic() + READY_WITHIN
    while True:
        try:
            open_directly(f"http://127.0.0.1:{port}/readyz", seconds=2).close()
            return
        except OSError:
            if time.monotonic() > ends:
                raise
            time.sleep(0.1)


def _probe_database(owner_url):
    connection = psycopg2.connect(owner_url)
    connection.autocommit = True
    connection.cursor().execute("CREATE DATABASE fielddesk_probe")
    connection.close()
    url = owner_url.rsplit("/", 1)[0] + "/fielddesk_probe"
    metadata = MetaData()
    add_chassis_tables(metadata)
    engine = create_engine(normalised(url))
    metadata.create_all(engine)
    engine.dispose()
    return url
