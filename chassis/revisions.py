"""Whether a database is at the newest revision of its service.

Asked at every start, so without alembic: importing it takes as long as all of a service's own modules.
"""

from importlib import import_module
from pathlib import Path

#: Made by alembic with the first revision.
_IS_MADE = "SELECT to_regclass('alembic_version') IS NOT NULL AS made"
_CURRENT = "SELECT version_num FROM alembic_version"


def folder_of(service):
    """Return the folder of a service's migrations."""
    return Path(import_module(f"services.{service}").__file__).parent / "migrations"


def newest_revision(service):
    """Return the newest revision that this code knows: what the name of the last migration begins with."""
    return max(file.name.partition("_")[0] for file in (folder_of(service) / "versions").glob("[0-9]*.py"))


def is_current(service, read):
    """Whether a database is at the newest revision that this code knows.

    :param read: runs a statement on the service's database; returns its rows.
    """
    if not read(_IS_MADE)[0][0]:
        return False
    return [tuple(row) for row in read(_CURRENT)] == [(newest_revision(service),)]
