"""Refusals and faults that cross the bus.

A domain error is positional, `(code, detail, context)`, because nameko rebuilds a registered
exception from its arguments. `code` is stable and for programs, `detail` is for people.
"""

import math


class DomainError(Exception):
    """A refusal that the caller is told about.

    :param code: stable word for programs, such as `ticket_not_found`.
    :param detail: one sentence for people; says what to do next where there is something to do.
    :param context: JSON-ready particulars, such as `{"fields": {"subject": ["Missing."]}}`.
    """

    status = 500

    def __init__(self, code, detail, context=None):
        self.code = code
        self.detail = detail
        self.context = context or {}
        super().__init__(code, detail, self.context)


class Unauthenticated(DomainError):
    """Nobody is signed in, or the token is expired, forged or `stale`."""

    status = 401


class Forbidden(DomainError):
    """The caller is known and may not do this to anything."""

    status = 403


class NotFound(DomainError):
    """Absent, or not the caller's to see: the two are never told apart."""

    status = 404


class NotHereYet(NotFound):
    """A copy of another service's thing is absent, and may only be late: a command is tried again before it is told."""


class Conflict(DomainError):
    """The state of the thing does not allow this now."""

    status = 409


class Stale(DomainError):
    """The caller acted on an older version (RFC 9110, If-Match)."""

    status = 412


class Invalid(DomainError):
    """The input is refused; `context["fields"]` names what is wrong with which field."""

    status = 422


class TooMany(DomainError):
    """More than anybody may do in a while (RFC 6585, section 4); `context["retry_after"]` says in how many seconds."""

    status = 429

    @classmethod
    def until(cls, code, detail, moment, now):
        """Return the refusal of what may be tried again from a moment on."""
        return cls(code, detail, {"retry_after": max(1, math.ceil((moment - now).total_seconds()))})


class Unavailable(DomainError):
    """Something this needs is away; the same request may be repeated with the same key."""

    status = 503


class TimedOut(DomainError):
    """No answer in time; the request may or may not have been carried out."""

    status = 504


ERRORS = {
    error.__name__: error
    for error in (Unauthenticated, Forbidden, NotFound, Conflict, Stale, Invalid, TooMany, Unavailable, TimedOut)
}


class NotYet(Exception):
    """A listener lacks an earlier fact; it is tried again shortly instead of failing."""
