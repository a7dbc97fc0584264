"""Copies that differ from what they are of, and decisions that two services remember differently, are found."""

from uuid import UUID

import pytest

from infra.chaos.agreement import COPIED, DECIDED, disagreements

ID = UUID(int=1)


class Rows:
    """Databases in which every statement gives one row, but for some.

    :param others: `{(service, statement): rows}`.
    """

    def __init__(self, others):
        self._others = others

    def rows(self, service, statement):
        """Return the rows of a statement."""
        return self._others.get((service, statement), [(ID, 1)])


def test_databases_that_hold_the_same_agree():
    assert disagreements(Rows({})) == []


@pytest.mark.parametrize("table", COPIED)
def test_a_copy_that_lags_is_found(table):
    owner, *_, copy = COPIED[table]
    asked = (copy, f"SELECT {COPIED[table][copy]}, version FROM {table}")
    assert disagreements(Rows({asked: [(ID, 2)]})) == [
        f"{table} {ID} 1: in {owner}, not in {copy}",
        f"{table} {ID} 2: in {copy}, not in {owner}",
    ]


@pytest.mark.parametrize(("thing", "statements"), DECIDED)
def test_what_is_remembered_by_one_alone_is_found(thing, statements):
    owner, other = statements
    for forgetful, there in ((other, owner), (owner, other)):
        lost = disagreements(Rows({(forgetful, statements[forgetful]): []}))
        assert f"{thing} {ID} 1: in {there}, not in {forgetful}" in lost


@pytest.mark.parametrize("service", sorted({service for keys in COPIED.values() for service in keys}))
def test_every_statement_is_one_of_its_database(databases, service):
    statements = [f"SELECT {keys[service]}, version FROM {table}" for table, keys in COPIED.items() if service in keys]
    statements += [statements[service] for _, statements in DECIDED if service in statements]
    with databases(service).work() as work:
        for statement in statements:
            work.load(statement)
