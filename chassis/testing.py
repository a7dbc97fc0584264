"""What tests of actions stand on: a migrated database per service, a `Work` that is rolled back, actors by intent.

Used by `tests/conftest.py`:
    database = service_database("tickets", server_url)   # migrated once per session
    with rolled_back(database) as work: ...              # one transaction, nothing stays
    with undone(work) as inner: ...                      # a part of it, of which nothing stays either
    told(work)                                           # [("TicketOpened", {...}), ...]
"""

from contextlib import contextmanager
from datetime import UTC, datetime
from urllib.parse import urlsplit, urlunsplit

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from chassis import forms, migrations
from chassis.actors import SCOPES, Actor
from chassis.database import Database
from chassis.ids import new_id
from chassis.settings import normalised

#: A Monday morning, 10:00 in Paris.
MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)


def service_database(service, server_url, suffix=""):
    """Return a fresh, migrated `Database` for a service on a server.

    :param server_url: URL of the server's owner.
    :param suffix: keeps databases of concurrent sessions apart.
    """
    name = f"test_{service}{suffix}"
    engine = create_engine(normalised(server_url), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    url = urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
    migrations.upgrade(service, url)
    return Database(url)


@contextmanager
def rolled_back(database, actor=None, now=MONDAY):
    """Give a `Work` whose transaction is rolled back at the end.

    Its `commit` only sends what was gathered, so that an action can be looked at from inside.
    """
    work = database.work(actor=actor, correlation_id="test", now=now)
    work.commit = work.flush
    try:
        yield work
    finally:
        work.close()


@contextmanager
def undone(work):
    """Give a `Work` that goes on in the transaction of another one; what it does is undone at the end.

    What the other one has told stands for all tests that begin with it, and is told once.
    """
    end_action(work)
    work.load("SAVEPOINT undone")
    inner = work.database.work(actor=work.actor, correlation_id=work.correlation_id, now=work.now)
    inner.commit = inner.flush
    inner._fairy, inner._begun = work._fairy, True
    try:
        yield inner
    finally:
        if inner._session is not None:
            inner._session.close()
        # Released as well: one of the same name may be open around this one.
        work.load(("ROLLBACK TO undone", "RELEASE undone"))


def end_action(work):
    """Send what an action gathered; the next one in the same transaction begins as with a `Work` of its own."""
    work.flush()
    work.held.clear()
    if work._session is not None:
        work._session.close()
        work._session = None


def told(work):
    """Return the facts that an action told: `[(event name, payload)]`."""
    return list(work.facts)


#: Scopes of a permission, none among them, that reach less than everything.
NARROWER = [None, *SCOPES[:-1]]


def an_actor(*, rights=None, role="agent", name="Ada Agent", **particulars):
    """Return an actor with the rights given.

    :param rights: `{permission: scope}`, or an iterable of permissions that get the scope `all`.
    """
    if rights is not None and not isinstance(rights, dict):
        rights = dict.fromkeys(rights, "all")
    for group_list in ("members", "supervises", "serves"):
        particulars[group_list] = frozenset(particulars.get(group_list, ()))
    particulars.setdefault("person_id", new_id())
    particulars.setdefault("session_id", new_id())
    return Actor(name=name, roles=(role,), rights=rights or {}, **particulars)


class GivenFact:
    """A fact as a listener gets it.

    :param event: `Event` class; the payload is checked by it and given as typed values.
    """

    def __init__(self, event, payload, *, version=1, actor=None, occurred_at=MONDAY, event_id=None):
        self.data = forms.load(event, forms.dump(event, payload))
        self.source = event.source
        self.name = event.__name__
        self.version = version
        self.actor = actor
        self.occurred_at = occurred_at
        self.event_id = event_id or new_id()
        self.correlation_id = "test"
