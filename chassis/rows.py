"""Rows that are inserted: their values go to PostgreSQL as one JSON object, which it takes apart by the columns' types.

Quoted one by one, the values of a transaction were a sixth of what a service computes for it (decision 12).
"""

import re
from functools import cache

import orjson
from sqlalchemy.dialects import postgresql

from chassis.prepared import Prepared

_DIALECT = postgresql.dialect()
#: NUL as JSON writes it; with its backslash doubled it is what somebody has written.
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


def insert_of(row):
    """Return the INSERT statement and its values for an ORM instance, Python-side defaults included."""
    state = vars(row)
    given, values = [], {}
    for key, column, default in _columns_of(type(row)):
        if key in state:
            values[column[0]] = state[key]
        elif default is not None:
            values[column[0]] = default()
        else:
            continue
        given.append(column)
    return insert_into(type(row).__tablename__, tuple(given)), values_of(values)


def values_of(row):
    """Return what an `insert_into` takes for a row, `{column: value}`.

    :raises TypeError: JSON cannot say it: bytes, text that is not Unicode, integers beyond 64 bits.
    :raises ValueError: a text contains NUL.
    """
    text = orjson.dumps(row).decode()
    if "\\u0000" in text and _NUL.search(text):
        # PostgreSQL would refuse it, too, and quote what people wrote in its error, which is logged.
        raise ValueError("A text cannot contain NUL (0x00) characters.")
    return {"row": text}


@cache
def insert_into(table, columns):
    """Return the INSERT of one row.

    :param columns: pairs of a name and the type that PostgreSQL calls it by.
    """
    names = ", ".join(f'"{name}"' for name, _ in columns)
    types = ", ".join(f'"{name}" {kind}' for name, kind in columns)
    return Prepared(f'INSERT INTO "{table}" ({names}) SELECT {names} FROM json_to_record(%(row)s) AS given ({types})')


@cache
def _columns_of(model):
    """Return each column of an ORM class: attribute, pair of name and type, function of its default if any."""
    described = [(each.key, each.columns[0]) for each in model.__mapper__.column_attrs]
    return [(key, (column.name, column.type.compile(_DIALECT)), _default_of(column)) for key, column in described]


def _default_of(column):
    if column.default is None:
        return None
    made = column.default.arg
    return (lambda: made) if column.default.is_scalar else (lambda: made(None))
