"""What the machine can do at best, measured in the same run: a commit, an echo over the broker."""

import itertools
import subprocess
import sys
from contextlib import closing, contextmanager

import psycopg2

from chassis.bus.client import RpcClient
from chassis.contract import Contract, query


class Echo(Contract):
    """The raw echo, asked with the very client that the gateway has."""

    service = "echo"

    @query(anonymous=True)
    def echo(self):
        """Come back."""


def commits(url):
    """Return the operation of one-row commits, on a connection for each client.

    :param url: of a database in which a table may be made.
    """
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS floor (id bigint GENERATED ALWAYS AS IDENTITY, text text)")

    def committing(_number):
        connection = psycopg2.connect(url)
        connection.autocommit = True
        cursor = connection.cursor()

        def once():
            cursor.execute("INSERT INTO floor (text) VALUES ('one row')")
            return True

        return once

    return committing


def calls(client, contract, method, token=lambda: None):
    """Return the operation of calls by one `RpcClient` that all clients share.

    :param token: function that returns the actor's token for a window; it is good for some minutes.
    """
    serials = itertools.count()

    def calling(_number):
        how = {"token": token(), "correlation_id": "bench"}

        def once():
            getattr(client.of(contract, request_id=f"bench-{next(serials)}", **how), method)()
            return True

        return once

    return calling


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
