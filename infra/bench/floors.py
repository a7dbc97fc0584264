"""What the machine can do at best, measured in the same run: a commit, an echo over the broker."""

import subprocess
import sys
from contextlib import contextmanager

import psycopg2

from chassis.bus.client import RpcClient
from chassis.contract import Contract, query
from infra.bench.load import window


class Echo(Contract):
    """The raw echo, asked with the very client that the gateway has."""

    service = "echo"

    @query(anonymous=True)
    def echo(self):
        """Come back."""


def commits(url, clients, seconds):
    """Return the `Window` of one-row commits by so many connections.

    :param url: of a database in which a table may be made.
    """
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS floor (id bigint GENERATED ALWAYS AS IDENTITY, text text)")

    def committing(_number):
        connection = psycopg2.connect(url)
        connection.autocommit = True
        cursor = connection.cursor()

        def once():
            cursor.execute("INSERT INTO floor (text) VALUES ('one row')")
            return True

        return once

    return window(committing, clients, seconds)


def calls(client, contract, method, clients, seconds, **how):
    """Return the `Window` of calls by one `RpcClient` shared by so many threads.

    :param how: `token` of the actor, for a contract that wants one.
    """

    def calling(number):
        serial = 0

        def once():
            nonlocal serial
            serial += 1
            asked = client.of(contract, request_id=f"{number}-{serial}", correlation_id="bench", **how)
            getattr(asked, method)()
            return True

        return once

    return window(calling, clients, seconds)


@contextmanager
def echo_server(uri):
    """Run a server on plain py-amqp that sends every request's reply straight back."""
    process = subprocess.Popen(
        [sys.executable, "-m", "infra.bench.echo", uri], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout.readline() == "ready\n"
        yield
    finally:
        process.terminate()
        process.wait()


def client_of(uri):
    """Return an `RpcClient` on the broker."""
    return RpcClient.connect(uri)
