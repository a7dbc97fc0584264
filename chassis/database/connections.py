"""Connections to the database of one service: pooled, replaced where they have died, never given back in use."""

import logging
from time import monotonic

import psycopg2
from psycopg2 import extensions
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from chassis.clock import utcnow
from chassis.database.statements import COMMIT, DIED, run
from chassis.database.waiting import CONNECT_SECONDS, Silent
from chassis.database.work import Work
from chassis.errors import Unavailable
from chassis.settings import normalised

#: A connection that rests is kept awake, and known as dead within two minutes where something between has dropped it;
#: one by which something was sent that nothing has acknowledged, in as many seconds as a caller waits for an answer.
KEPT_UP = {
    "connect_timeout": CONNECT_SECONDS,
    "keepalives_idle": 60,
    "keepalives_interval": 15,
    "keepalives_count": 4,
    "tcp_user_timeout": 10_000,
}
#: A connection that has rested for longer may have been dropped without a word: it is asked before it gets a COMMIT.
RESTED_SECONDS = 5
#: A statement, a lock or an idle transaction that outlasts these is ended by the server, and so is the session of a
#: client that is gone without a word: until then it keeps its locks, the leader's too, by default for two hours.
SERVER_OPTIONS = (
    "-c statement_timeout=30s -c lock_timeout=10s -c idle_in_transaction_session_timeout=60s -c timezone=UTC "
    "-c tcp_keepalives_idle=15 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 -c tcp_user_timeout=30s"
)
#: First of several statements in one text, which without a BEGIN are a transaction, too.
_ONE_MOMENT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"

logger = logging.getLogger(__name__)


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
            connect_args={**KEPT_UP, "options": SERVER_OPTIONS},
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

        Statements that end with the COMMIT are not run again: the connection that died may have carried them out.

        :returns: the rows of the last and the connection that they came by.
        """
        try:
            return run(fairy, *statements), fairy
        except (*DIED, psycopg2.NotSupportedError) as error:
            if fairy.dbapi_connection is not None and not fairy.dbapi_connection.closed:
                raise
            if statements[-1] is COMMIT and isinstance(error, DIED):
                raise
            if isinstance(error, Silent):
                # Another connection would take its time, too, to hear nothing.
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

    @staticmethod
    def may_be_dead(fairy):
        """Whether a connection of the pool has rested long, or has ended already."""
        now = monotonic()
        if now - fairy.info.get("rests_since", now) > RESTED_SECONDS:
            return True
        try:
            # Neither waits: the first reads the server's last words, if there are any, the second the end behind them.
            fairy.dbapi_connection.poll()
            fairy.dbapi_connection.poll()
        except DIED:
            return True
        return False

    def close(self):
        """Close all idle connections."""
        self.engine.dispose()
