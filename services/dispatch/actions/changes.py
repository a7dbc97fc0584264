"""Changing a row that callers have read: by its version, and only where something is different."""

from chassis.errors import Stale


def require_version(row, if_version):
    """Refuse to change what has changed since the caller read it.

    :param if_version: the version that the caller has read, or `None` for whichever.
    :raises Stale: `version_stale`.
    """
    if if_version is not None and row.version != if_version:
        raise Stale("version_stale", "It has changed since you read it. Read it again.")


def change_row(row, if_version, changes):
    """Set what is given; the version grows where that makes a difference. Return the row.

    :param changes: `{column: value}`.
    :raises Stale: `version_stale`.
    """
    require_version(row, if_version)
    different = {name: value for name, value in changes.items() if getattr(row, name) != value}
    for name, value in different.items():
        setattr(row, name, value)
    if different:
        row.version += 1
    return row
