"""The database of one service, and the `Work` of one action: all it changes and tells, committed as one.

The engine is in AUTOCOMMIT and `Work` writes BEGIN and COMMIT itself, so that a first statement and its BEGIN,
or the gathered rows and their COMMIT, are one text and one round trip (measured: half the time of a create).
Nothing else begins or commits. Statements are constants with `%(name)s` parameters; a literal per cent is `%%`.
"""

import logging
from collections import namedtuple
from datetime import timedelta
from functools import lru_cache
from time import monotonic

import orjson
import psycopg2
from psycopg2 import extensions, extras
from sqlalchemy import create_engine
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from chassis.clock import utcnow
from chassis.errors import Unavailable
from chassis.ids import new_id
from chassis.prepared import Prepared, sent
from chassis.rows import insert_into, insert_of, values_of
from chassis.settings import normalised

CONNECT_SECONDS = 3
#: A connection that rests is kept awake, and known as dead within two minutes where something between has dropped it.
KEPT_ALIVE = {"keepalives_idle": 60, "keepalives_interval": 15, "keepalives_count": 4, "tcp_user_timeout": 60_000}
#: A connection that has rested for longer may have been dropped without a word: it is asked before it gets a COMMIT.
RESTED_SECONDS = 5
#: A statement, a lock or an idle transaction that outlasts these is ended by the server.
SERVER_OPTIONS = (
    "-c statement_timeout=30s -c lock_timeout=10s -c idle_in_transaction_session_timeout=60s -c timezone=UTC"
)

extensions.register_adapter(dict, extras.Json)
extras.register_uuid()
extras.register_default_json(globally=True, loads=orjson.loads)
extras.register_default_jsonb(globally=True, loads=orjson.loads)
logger = logging.getLogger(__name__)

_OUTBOX = insert_into(
    "outbox",
    (
        *(("event_id", "uuid"), ("name", "text"), ("payload", "jsonb"), ("actor", "jsonb"), ("version", "bigint")),
        *(("correlation_id", "text"), ("occurred_at", "timestamptz")),
    ),
)


_BEGIN, _COMMIT = ("BEGIN", None), ("COMMIT", None)
_DIED = (psycopg2.OperationalError, psycopg2.InterfaceError)
#: First of several statements in one text, which without a BEGIN are a transaction, too.
_ONE_MOMENT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"


class CommitLost(Unavailable):
    """The connection broke during COMMIT: whether it happened is settled by the request key."""


class Database:
    """Connections to one service's database.

    :param url: of the service's own role, `postgresql://...`.
    :param pool_size: connections at the most.
    """

    def __init__(self, url, pool_size=8):
        self.engine = create_engine(
            normalised(url),
            isolation_level="AUTOCOMMIT",
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=10,
            # The connection used last: its server process has caches that are warm, the others rest.
            pool_use_lifo=True,
            pool_reset_on_return=None,
            # An error is logged whole: what people wrote, and hashes of passwords, must not be part of it.
            hide_parameters=True,
            connect_args={"connect_timeout": CONNECT_SECONDS, "options": SERVER_OPTIONS, **KEPT_ALIVE},
        )
        #: Called with the names of the facts told by a transaction, after its commit.
        self.told = lambda names: None

    def work(self, *, actor=None, correlation_id="", now=None):
        """Return the `Work` of one action; use it as a context manager."""
        return Work(self, actor, correlation_id, now or utcnow())

    def read(self, statement, /, **values):
        """Run one reading statement outside a transaction; return its rows as named tuples.

        :param statement: a constant text, or a tuple of them of which the last gives the rows; all see one moment.
        """
        if isinstance(statement, tuple):
            statement = (_ONE_MOMENT, *statement)
        fairy = self.checkout()
        try:
            rows, fairy = self.first(fairy, (statement, values))
            return rows
        finally:
            self.release(fairy)

    def read_json(self, statement, /, **values):
        """Run a statement that yields one JSON text; return it as bytes, or `None` without a row."""
        rows = self.read(statement, **values)
        return rows[0][0].encode() if rows and rows[0][0] is not None else None

    def checkout(self):
        """Return a pooled connection.

        :raises Unavailable: `database_away`.
        """
        try:
            return self.engine.raw_connection()
        except (DBAPIError, PoolTimeout, psycopg2.Error) as error:
            raise Unavailable("database_away", "The database does not answer. Try again shortly.") from error

    def first(self, fairy, *statements):
        """Run the first statements on a connection; a dead one is replaced once, before anything is done.

        Where they end with the COMMIT, one that died may have done it: they are not run again.
        :returns: the rows of the last and the connection that they came by.
        """
        try:
            return run(fairy, *statements), fairy
        except (*_DIED, psycopg2.NotSupportedError) as error:
            if fairy.dbapi_connection is not None and not fairy.dbapi_connection.closed:
                raise
            if statements[-1] is _COMMIT and isinstance(error, _DIED):
                raise
            logger.info("A database connection that is dead, or knows old statements, is replaced.")
        if fairy.dbapi_connection is not None:
            fairy.invalidate()
        self.engine.dispose()
        fairy = self.checkout()
        try:
            return run(fairy, *statements), fairy
        except psycopg2.Error:
            self.release(fairy)
            raise

    def release(self, fairy):
        """Give a connection back: idle, or not at all."""
        connection = fairy.dbapi_connection
        if connection is None:
            return
        if not connection.closed and connection.info.transaction_status != extensions.TRANSACTION_STATUS_IDLE:
            try:
                connection.cursor().execute("ROLLBACK")
            except psycopg2.Error:
                fairy.invalidate()
                return
        if connection.closed:
            fairy.invalidate()
        else:
            fairy.info["rests_since"] = monotonic()
            fairy.close()

    def close(self):
        """Close all idle connections."""
        self.engine.dispose()


class Work:
    """One transaction of one action: what it loads, changes and tells.

    Rows and statements are gathered and sent with the COMMIT. Where `session` (the plain ORM) has been used,
    everything goes through it at once instead, so that the order stays the one in which it was written.
    """

    def __init__(self, database, actor, correlation_id, now):
        self.database = database
        self.actor = actor
        self.correlation_id = correlation_id
        self.now = now
        self.facts = []
        #: What the transaction holds locked, by id, for the facts that are handled in it one after the other.
        self.held = {}
        self._fairy = None
        self._session = None
        self._begun = False
        self._ahead = []
        self._gathered = []
        self._after_commit = []

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def send_ahead(self, statement, /, **values):
        """Have all that was gathered, and then a statement, sent in one text with whatever comes next.

        An ORM session ends here: what comes next begins one of its own.
        """
        if self._session is not None:
            self._session.flush()
            self._session.close()
            self._session = None
        self._ahead += [*self._gathered, (statement, values)]
        self._gathered = []

    def load(self, statement, /, **values):
        """Run a statement in the transaction, beginning it if need be; return its rows.

        :param statement: a constant text, a tuple of them of which the last gives the rows, or a SQLAlchemy
            statement (through the session).
        """
        if not isinstance(statement, (str, tuple)):
            return self.session.execute(statement, values).all()
        if self._session is not None:
            self._session.flush()
        return self._run(statement, values)

    def one(self, statement, /, **values):
        """Like `load`, but return the first row or `None`."""
        rows = self.load(statement, **values)
        return rows[0] if rows else None

    def add(self, *rows):
        """Gather ORM instances to be inserted with the commit."""
        if self._session is not None:
            self._session.add_all(rows)
            return
        for row in rows:
            self._gathered.append(insert_of(row))

    def change(self, statement, /, **values):
        """Gather an UPDATE or DELETE to be sent with the commit."""
        if self._session is not None:
            self._session.flush()
            self._run(statement, values)
        else:
            self._gathered.append((statement, values))

    def tell(self, event, /, version=1, **payload):
        """Tell a fact: it is committed with the change and published afterwards.

        :param event: `Event` class of this service's contract.
        :param version: of the thing it is about; listeners keep copies by it.
        :raises ValueError: the payload is not what the contract declares (a bug in the teller).
        """
        dumped = _dumped(event, payload)
        self.facts.append((event.__name__, dumped))
        row = {
            "event_id": new_id(),
            "name": event.__name__,
            "payload": dumped,
            "actor": self.actor.as_fact() if self.actor else None,
            "version": version,
            "correlation_id": self.correlation_id or "",
            # Listeners hear side by side: whoever lists facts by their instants keeps the order they were told in.
            "occurred_at": self.now + timedelta(microseconds=len(self.facts) - 1),
        }
        self.change(_OUTBOX, **values_of(row))

    @property
    def session(self):
        """The plain ORM in this transaction."""
        if self._session is None:
            self.flush()
            if not self._begun:
                self._run("SELECT 1", {})
            connection = Connection(self.database.engine, self._fairy)
            # Late, as the contract's forms below: SMTP, which needs neither, starts the sooner.
            from sqlalchemy.orm import Session

            self._session = Session(connection, autoflush=True, expire_on_commit=False)
        return self._session

    def after_commit(self, callable_):
        """Call something once the transaction is committed; it must not fail."""
        self._after_commit.append(callable_)

    def flush(self):
        """Send what was gathered without committing it."""
        if self._session is not None:
            self._session.flush()
        statements, self._ahead, self._gathered = [*self._ahead, *self._gathered], [], []
        if statements:
            self._send(statements)

    def commit(self):
        """Send what was gathered with a COMMIT, in one text, and release the connection.

        :raises CommitLost: the connection broke; the change may or may not be there.
        """
        if self._session is not None:
            self._session.flush()
        if not self._begun and not self._ahead and not self._gathered:
            return
        statements, self._ahead, self._gathered = [*self._ahead, *self._gathered, _COMMIT], [], []
        try:
            self._send(statements)
        except _DIED as error:
            if self._fairy.dbapi_connection is None or self._fairy.dbapi_connection.closed:
                raise CommitLost("commit_lost", "The database went away. Repeat with the same key.") from error
            raise
        self._begun = False
        self.close()
        names = [name for name, _ in self.facts]
        if names:
            self.database.told(names)
        for callable_ in self._after_commit:
            callable_()

    def close(self):
        """Roll back what is not committed and give the connection back."""
        self._ahead, self._gathered = [], []
        self.held.clear()
        if self._session is not None:
            self._session.close()
            self._session = None
        if self._fairy is not None:
            self.database.release(self._fairy)
            self._fairy = None
        self._begun = False

    def _run(self, statement, values):
        statements, self._ahead = [*self._ahead, (statement, values)], []
        return self._send(statements)

    def _send(self, statements):
        if self._fairy is None:
            self._fairy = self.database.checkout()
        if not self._begun and statements[-1] is _COMMIT and may_be_dead(self._fairy):
            # Where it is, a BEGIN alone can be sent again by another.
            self._begin()
        return run(self._fairy, *statements) if self._begun else self._begin(*statements)

    def _begin(self, *statements):
        rows, self._fairy = self.database.first(self._fairy, _BEGIN, *statements)
        self._begun = True
        return rows


def may_be_dead(fairy):
    """Whether a connection of the pool has rested long, or has ended already."""
    now = monotonic()
    if now - fairy.info.get("rests_since", now) > RESTED_SECONDS:
        return True
    try:
        # Neither waits: the first reads the server's last words where there are any, the second the end behind them.
        fairy.dbapi_connection.poll()
        fairy.dbapi_connection.poll()
    except _DIED:
        return True
    return False


def run(fairy, *statements):
    """Execute statements as one text on a connection; return the rows of the last, named tuples.

    :param statements: pairs of a statement and its values.
    """
    cursor = fairy.cursor()
    prepared = fairy.info.setdefault("prepared", {})
    text = b";".join([sent(cursor, prepared, statement, values) for statement, values in statements])
    try:
        cursor.execute(text)
    except psycopg2.errors.FeatureNotSupported:
        # A migration under way has changed what a prepared statement yields: another connection prepares it anew.
        fairy.invalidate()
        raise
    return _rows_of(cursor, prepared, statements[-1][0])


def _rows_of(cursor, prepared, statement):
    if cursor.description is None:
        return []
    last = statement[-1] if isinstance(statement, tuple) else statement
    row_class = prepared.get(last) if isinstance(last, Prepared) else None
    if row_class is None:
        row_class = _row_class_of(tuple([column.name for column in cursor.description]))
        if isinstance(last, Prepared):
            # The connection will refuse to run it once its columns have changed.
            prepared[last] = row_class
    return list(map(row_class._make, cursor))


@lru_cache(512)
def _row_class_of(names):
    return namedtuple("Row", names, rename=True)


def constraint_of(error):
    """Return the name of the constraint that a database error is about, or `None`."""
    original = getattr(error, "orig", error)
    return getattr(getattr(original, "diag", None), "constraint_name", None)


def _dumped(event, payload):
    """Return the JSON-ready payload of a fact that keeps its contract."""
    from marshmallow import ValidationError

    from chassis import forms

    problems = sorted(payload.keys() - forms.names_of(event))
    try:
        dumped = forms.dump(event, payload)
        forms.load(event, dumped)
    except ValidationError as error:
        problems = error.normalized_messages()
    if problems:
        raise ValueError(f"{event.__name__} does not keep its contract: {problems}")
    return dumped
