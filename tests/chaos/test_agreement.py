"""Copies that differ from what they are of, and decisions that two services remember differently, are found."""

from collections import defaultdict
from importlib import import_module
from uuid import UUID

import pytest

from infra.chaos.agreement import COPIED, DECIDED, disagreements
from infra.processes import SERVICES

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
    assert disagreements(Rows({asked: [(ID, 2)]})) == [f"{table} {ID}: 1 in {owner}, 2 in {copy}"]


@pytest.mark.parametrize(("thing", "statements"), DECIDED)
def test_what_is_remembered_by_one_alone_is_found(thing, statements):
    owner, other = statements
    for forgetful, there in ((other, owner), (owner, other)):
        lost = disagreements(Rows({(forgetful, statements[forgetful]): []}))
        held = {there: "1", forgetful: "nothing"}
        assert f"{thing} {ID}: {held[owner]} in {owner}, {held[other]} in {other}" in lost


def test_a_thing_of_several_rows_is_found_once():
    thing, statements = next(decided for decided in DECIDED if decided[0] == "presence")
    rows = {"fieldwork": [(ID, "Will"), (ID, "Cora")], "dispatch": [(ID, "Dora")]}
    asked = {(service, statements[service]): held for service, held in rows.items()}
    assert disagreements(Rows(asked)) == [f"{thing} {ID}: Cora, Will in fieldwork, Dora in dispatch"]
    asked["dispatch", statements["dispatch"]] = [(ID, "Will"), (ID, "Cora")]
    assert disagreements(Rows(asked)) == []


@pytest.mark.parametrize("service", sorted({service for keys in COPIED.values() for service in keys}))
def test_every_statement_is_one_of_its_database(databases, service):
    statements = [f"SELECT {keys[service]}, version FROM {table}" for table, keys in COPIED.items() if service in keys]
    statements += [statements[service] for _, statements in DECIDED if service in statements]
    with databases(service).work() as work:
        for statement in statements:
            work.load(statement)


def test_every_table_with_a_version_that_several_services_have_is_compared():
    found = defaultdict(set)
    for service in SERVICES:
        for table in import_module(f"services.{service}.models").Base.metadata.tables.values():
            if "version" in table.columns:
                found[table.name].add(service)
    # The first is nobody's copy; of the others what was decided is compared.
    others = {"outbox", "tickets", "work_orders", "interventions"}
    copied = {table: services for table, services in found.items() if len(services) > 1 and table not in others}
    assert copied == {table: set(keys) for table, keys in COPIED.items()}
