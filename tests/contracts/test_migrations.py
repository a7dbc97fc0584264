"""Migrations against models: autogenerate finds nothing to do."""

from importlib import import_module

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from chassis.revisions import _CURRENT, _IS_MADE, folder_of, is_current, newest_revision
from tests.contracts.house import SERVICES


@pytest.mark.parametrize("service", SERVICES)
def test_the_newest_revision_is_alembics(databases, service):
    """And a database of the tests is at it; one without a revision or with another is not."""
    head = ScriptDirectory(str(folder_of(service))).get_current_head()
    assert newest_revision(service) == head
    assert is_current(service, databases(service).read)
    assert not is_current(service, {_IS_MADE: [(False,)]}.get)
    assert not is_current(service, {_IS_MADE: [(True,)], _CURRENT: [(f"{head}0",)]}.get)


@pytest.mark.parametrize("service", SERVICES)
def test_autogenerate_finds_nothing(databases, service):
    """The revisions make exactly the tables that the models describe, types and defaults included."""
    metadata = import_module(f"services.{service}.models").Base.metadata
    with databases(service).engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []


@pytest.mark.parametrize("service", SERVICES)
def test_names_of_constraints_are_the_models(databases, service):
    """Actions know them from errors; autogenerate compares neither checks nor names."""
    metadata = import_module(f"services.{service}.models").Base.metadata
    wanted = {
        (table.name, str(constraint.name))
        for table in metadata.tables.values()
        for constraint in table.constraints
        if constraint.name is not None
    }
    rows = databases(service).read(
        "SELECT relname, conname FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid "
        "WHERE contype IN ('c', 'f', 'p', 'u') AND relnamespace = 'public'::regnamespace "
        "AND relname <> 'alembic_version'"
    )
    assert {tuple(row) for row in rows} == wanted
