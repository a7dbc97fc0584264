"""Changing what callers have read: by its version, and only where something is different."""

from chassis.errors import Stale


def require_version(thing, if_version):
    """Refuse to change what has changed since the caller read it (If-Match).

    :param thing: locked, with its present `version`.
    :param if_version: the version that the caller has read, or `None` for whichever.
    :raises Stale: `version_stale`, with the present version in its context.
    """
    if if_version not in (None, thing.version):
        raise Stale("version_stale", "It has changed since you read it. Read it again.", {"version": thing.version})


def change_row(row, changes):
    """Set what is given; the version grows where that makes a difference. Return whether it does.

    :param changes: `{column: value}`.
    """
    different = {name: value for name, value in changes.items() if getattr(row, name) != value}
    for name, value in different.items():
        setattr(row, name, value)
    row.version += bool(different)
    return bool(different)
