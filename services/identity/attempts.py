"""Counting what people may not try without end: one row a window, counted before the try is looked at.

The count is a transaction of its own, so it stays when the try is refused, and two tries at once are two.
"""

import hashlib
import math

from chassis.errors import TooMany
from chassis.networks import caller_at, counted_origin
from services.identity.domain import (
    LOGIN_WINDOW,
    REGISTRATION_WINDOW,
    REGISTRATIONS_PER_ORIGIN,
    TRIES_PER_ACCOUNT,
    TRIES_PER_ACCOUNT_IN_ALL,
    TRIES_PER_ORIGIN,
)

_COUNT = """
INSERT INTO attempts AS known (key, window_ends_at, tries)
VALUES (%(key)s, %(now)s + %(window)s, 1)
ON CONFLICT (key) DO UPDATE SET
    tries = CASE WHEN known.window_ends_at <= %(now)s THEN 1 ELSE known.tries + 1 END,
    window_ends_at = CASE WHEN known.window_ends_at <= %(now)s THEN excluded.window_ends_at
                     ELSE known.window_ends_at END
RETURNING tries, window_ends_at
"""
_FORGET = "DELETE FROM attempts WHERE key = %(key)s"
_TAKE_BACK = "UPDATE attempts SET tries = tries - 1 WHERE key = %(key)s AND tries > 0"


def count_attempt(database, what, whom, window, now):
    """Count one attempt at once; return how many `tries` there were in the present window, and `window_ends_at`.

    This one is counted already.

    :param what: kind of attempt, such as `login`.
    :param whom: by or on whom.
    :param window: length of a window that begins now, a `timedelta`.
    """
    with database.work(now=now) as work:
        counted = work.one(_COUNT, key=_key(what, whom), window=window, now=now)
        work.commit()
    return counted


def count_login(database, email, origin, now):
    """Count a password that is about to be looked at for a login.

    :param email: as normalised as it can be.
    :param origin: network address of the caller; empty where unknown.
    :raises TooMany: `too_many_attempts`; the password must not be looked at.
    """
    # In this order: what is refused for one network must not count for all, else it would sign the owner out.
    count_password(database, "login at", _here(email, origin), now)
    network = counted_origin(origin)
    if network:
        _count_within(database, "login from", network, TRIES_PER_ORIGIN, now)
    _count_within(database, "login", email, TRIES_PER_ACCOUNT_IN_ALL, now)


def count_password(database, what, whom, now):
    """Count a password that is about to be looked at for one account.

    :raises TooMany: `too_many_attempts`; the password must not be looked at.
    """
    _count_within(database, what, whom, TRIES_PER_ACCOUNT, now)


def count_registration(database, origin, now):
    """Count a request for an account by the network that it comes from, whoever it names.

    :param origin: network address of the caller; empty where unknown.
    :raises TooMany: `too_many_requests`; nobody must be mailed.
    """
    network = counted_origin(origin)
    if network is None:
        return
    counted = count_attempt(database, "registration from", network, REGISTRATION_WINDOW, now)
    if counted.tries > REGISTRATIONS_PER_ORIGIN:
        detail = "Too many accounts were asked for from your network. Try again within an hour."
        raise TooMany.until("too_many_requests", detail, counted.window_ends_at, now)


def forgive_login(work, email, origin):
    """Forget the count of an address at an origin whose owner has proved themselves.

    The address elsewhere and the origin get this one try back.
    """
    forgive(work, "login at", _here(email, origin))
    work.change(_TAKE_BACK, key=_key("login", email))
    network = counted_origin(origin)
    if network:
        work.change(_TAKE_BACK, key=_key("login from", network))


def forgive(work, what, whom):
    """Forget the count of an account whose owner has proved themselves, with the commit."""
    work.change(_FORGET, key=_key(what, whom))


def _here(email, origin):
    """Return an address and the network in which somebody claims it to be theirs; a private one counts, too."""
    caller = caller_at(origin)
    return f"{caller.network if caller else ''} {email}"


def _count_within(database, what, whom, most, now):
    counted = count_attempt(database, what, whom, LOGIN_WINDOW, now)
    if counted.tries > most:
        minutes = math.ceil((counted.window_ends_at - now).total_seconds() / 60)
        wait = "a minute" if minutes == 1 else f"{minutes} minutes"
        detail = f"Too many wrong passwords. Try again in {wait}."
        raise TooMany.until("too_many_attempts", detail, counted.window_ends_at, now)


def _key(what, whom):
    return hashlib.sha256(f"{what}:{whom}".encode()).hexdigest()
