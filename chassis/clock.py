"""The one place where the time is read; everything else is given `now`."""

from datetime import datetime, timezone


def utcnow():
    """Return the present instant, timezone-aware, in UTC."""
    return datetime.now(timezone.utc)
