"""The one place where the time is read; everything else is given `now`."""

from datetime import UTC, datetime


def utcnow():
    """Return the present instant, timezone-aware, in UTC."""
    return datetime.now(UTC)
