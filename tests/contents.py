"""All that the database of a service holds, so that a test can say that nothing of it has changed."""

from contextlib import contextmanager
from functools import cache

import pytest

from chassis.prepared import Prepared
from chassis.testing import told


def everything(work, *, base):
    """Return all rows of all tables as `(table, text)`, sorted.

    :param base: of the service's models.
    """
    work.flush()
    return sorted(work.load(_rows_of(base)))


@contextmanager
def refused(work, error, code=None, *, base):
    """Expect a refusal that leaves every row as it was and tells nothing.

    :param code: of a domain error.
    """
    before = everything(work, base=base), told(work)
    with pytest.raises(error) as refusal:
        yield refusal
    assert code is None or refusal.value.code == code
    assert (everything(work, base=base), told(work)) == before


@cache
def _rows_of(base):
    tables = [table.name for table in base.metadata.sorted_tables]
    return Prepared(" UNION ALL ".join(f"SELECT '{name}' AS name, x::text AS content FROM {name} x" for name in tables))
