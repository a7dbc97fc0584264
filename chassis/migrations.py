"""Alembic for every service: one folder of revisions each, with the safety belts in the runner."""

import logging

from alembic import command, context
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, create_engine, text
from sqlalchemy.pool import NullPool

from chassis.revisions import folder_of
from chassis.settings import normalised
from chassis.tables import NAMING, add_chassis_tables

logger = logging.getLogger(__name__)

#: A migration that waits longer than this for a lock gives up instead of stopping the service.
BELTS = ("SET lock_timeout = '5s'", "SET statement_timeout = '5min'")


class NewerDatabase(Exception):
    """A database has revisions that this code does not know: it was used by a newer version."""


def upgrade(service, url):
    """Bring a service's database to its newest revision; return the revisions applied, oldest first.

    :param service: name such as `tickets`.
    :param url: of the database's owner.
    :raises NewerDatabase: nothing is done.
    """
    config = _config(service)
    engine = create_engine(normalised(url), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(hashtext('fielddesk migrations'))"))
            for belt in BELTS:
                connection.execute(text(belt))
            connection.commit()
            before = _current(connection)
            connection.commit()
            if before and before not in _known(config):
                raise NewerDatabase(f"The database of {service} was used by a newer version (revision {before}).")
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
            applied = [
                revision.revision for revision in ScriptDirectory.from_config(config).iterate_revisions("head", before)
            ]
            return applied[::-1]
    finally:
        engine.dispose()


def run_env(metadata):
    """Run the migrations on the connection handed over by `upgrade`: the whole of a service's `env.py`."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


def create_chassis_tables(op):
    """Make outbox, inbox, requests and epochs: the beginning of every service's first revision."""
    for table in add_chassis_tables(MetaData(naming_convention=NAMING)):
        table.create(op.get_bind())


def _current(connection):
    return MigrationContext.configure(connection).get_current_revision()


def _known(config):
    return {revision.revision for revision in ScriptDirectory.from_config(config).walk_revisions()}


def _config(service):
    config = Config()
    config.set_main_option("script_location", str(folder_of(service)))
    return config
