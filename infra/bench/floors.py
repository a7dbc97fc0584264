"""What the machine can do at best, measured in the same run: a commit, an echo over the broker, a walk in memory."""

import itertools
import random
import subprocess
import sys
from contextlib import closing, contextmanager

import psycopg2

from chassis.contract import Contract, query

#: Objects of a walk: 8 MB, which the caches that cores share hold and a core's own does not.
OBJECTS = 200_000
STEPS = 10_000


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


def circle_of(count):
    """Return for each of so many objects the one to go to next: one circle through all of them, in no order."""
    order = random.sample(range(count), count)
    following = [0] * count
    for one, another in itertools.pairwise((*order, order[0])):
        following[one] = another
    return following


def walks():
    """Return the operation of ten thousand steps in memory, each known only once the one before is made.

    It tells one run from another. The other floors fit in a core's own cache; a write of the desk, which goes through
    four processes, lives off the cache that cores share, and on a host with neighbours that one may be theirs.
    """
    following = circle_of(OBJECTS)

    def walking(number):
        at = number

        def once():
            nonlocal at
            for _ in range(STEPS):
                at = following[at]
            return True

        return once

    return walking


@contextmanager
def echo_server(uri):
    """Run a server on plain py-amqp that sends every request's reply straight back."""
    process = subprocess.Popen([sys.executable, "-m", "infra.bench.echo", uri], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "ready\n"
        yield
    finally:
        process.terminate()
        process.wait()
