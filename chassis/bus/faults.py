"""Which database errors mean what: away, busy, or a message that was already dealt with."""

import psycopg2
from sqlalchemy.exc import DBAPIError

from chassis.database import constraint_of
from chassis.errors import Unavailable

#: SQLSTATE of a server that is stopping, starting, gone, or has no connection or no disk left (PostgreSQL manual,
#: appendix A).
_AWAY = frozenset({"57P01", "57P02", "57P03", "57P05", "53100", "53300"})
#: SQLSTATE of a transaction that lost against another and may simply be repeated.
_BUSY = frozenset({"40001", "40P01", "55P03"})


def is_away(error):
    """Whether an error says that the database cannot be reached just now."""
    if isinstance(error, Unavailable):
        return error.code in {"database_away", "commit_lost"}
    original = _original(error)
    if not isinstance(original, (psycopg2.OperationalError, psycopg2.InterfaceError)):
        return False
    code = original.pgcode
    return code is None or code in _AWAY or code.startswith("08")


def is_busy(error):
    """Whether a transaction was ended in favour of another one."""
    return getattr(_original(error), "pgcode", None) in _BUSY


def breaks(error, constraint):
    """Whether an error is a second row where a constraint allows one."""
    is_unique = isinstance(_original(error), psycopg2.errors.UniqueViolation)
    return is_unique and constraint_of(error) == constraint


def _original(error):
    return error.orig if isinstance(error, DBAPIError) else error
