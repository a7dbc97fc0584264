"""What several tests of the chassis begin with: a database of their own, and one table of things in it."""

import os
from contextlib import closing, contextmanager

from sqlalchemy.engine import make_url

from chassis.database import Database

_END_OTHERS = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


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
def emptied(shared, *tables, connections=8):
    """Give the database of several tests, with connections of one's own; whoever was left there is ended.

    :param tables: that are kept and have no row any more; all others go.
    """
    url = shared.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with closing(Database(url, connections)) as database:
        database.read(_END_OTHERS)
        if tables:
            database.read(f"TRUNCATE {', '.join(tables)}")
        else:
            database.read("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        yield database


@contextmanager
def table_of_things(shared, connections=8):
    """Give the database of several tests, with nothing in it but a table that holds names of things."""
    with emptied(shared, connections=connections) as database:
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
