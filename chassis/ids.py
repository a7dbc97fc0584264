"""Identifiers: UUID version 7 (RFC 9562), sortable by the time they were made."""

import uuid

from uuid6 import uuid7


def new_id():
    """Return a new UUIDv7 as a plain `uuid.UUID`."""
    return uuid.UUID(int=uuid7().int)
