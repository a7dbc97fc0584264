"""The time zones that there are."""

from functools import cache
from zoneinfo import available_timezones


@cache
def time_zones():
    """Return the names of the IANA database, read once: a look takes 10 ms and opens every file of it."""
    return frozenset(available_timezones())
