"""What several tests of the chassis begin with: a database of their own, and one table of things in it."""

import os
from contextlib import closing, contextmanager

from sqlalchemy.engine import make_url

from chassis.database import Database


@contextmanager
def own_database(server_url, mark, connections=8):
    """Give an empty database that goes at the end.

    :param mark: part of its name that says whose it is.
    """
    name = f"test_{mark}_{os.getpid()}"
    url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
    with closing(Database(server_url)) as owners:
        owners.read(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        owners.read(f"CREATE DATABASE {name}")
        with closing(Database(url, connections)) as database:
            yield database
        owners.read(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def database_of_things(server_url, mark, connections=8):
    """Give a database whose one table holds names of things."""
    with own_database(server_url, mark, connections) as database:
        database.read("CREATE TABLE things (name text)")
        yield database


def write(database, name):
    """Write a thing in a transaction that is one text."""
    with database.work() as work:
        work.change("INSERT INTO things VALUES (%(name)s)", name=name)
        work.commit()


def names(database):
    """Return the names of all things, sorted."""
    return sorted(row.name for row in database.read("SELECT name FROM things"))
