"""Statements and their rows: several go as one text, and what comes back are named tuples."""

from collections import namedtuple
from functools import lru_cache

import orjson
import psycopg2
from psycopg2 import extensions, extras

from chassis.prepared import Prepared, sent

extensions.register_adapter(dict, extras.Json)
extras.register_uuid()
extras.register_default_json(globally=True, loads=orjson.loads)
extras.register_default_jsonb(globally=True, loads=orjson.loads)

BEGIN, COMMIT = ("BEGIN", None), ("COMMIT", None)
#: What a connection raises that has broken.
DIED = (psycopg2.OperationalError, psycopg2.InterfaceError)


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
