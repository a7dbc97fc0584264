"""Sessions: logging in and out, and the signed token that a session's calls travel with."""

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from chassis.actors import TOKEN_SECONDS, Actor, claims_of, sign_token
from chassis.errors import Invalid, Unauthenticated
from chassis.ids import new_id
from services.identity.actions.grants import raise_epochs
from services.identity.attempts import count_login, forgive_login
from services.identity.contract import may_supervise
from services.identity.domain import (
    REGISTRATION_LIFE,
    SESSION_LIFE,
    USE_NOTED_EVERY,
    normalised_email,
    united_rights,
)

#: Random bytes of a session's secret.
SECRET_BYTES = 32

_CREDENTIALS = "SELECT id, password_hash FROM people WHERE email = %(email)s AND active"
# Only while the account is still as it was when the password was compared: whoever deactivates it, or changes
# its password, meanwhile, waits for this row or is waited for, and no session outlives the change.
_BEGIN = """
INSERT INTO sessions (id, person_id, secret_hash, created_at, last_used_at, expires_at)
SELECT %(id)s, person.id, %(secret_hash)s, %(now)s, %(now)s, %(expires_at)s FROM (
    SELECT id FROM people
    WHERE id = %(person)s AND active AND password_hash = %(password_hash)s FOR SHARE
) AS person
RETURNING id
"""
_END = "DELETE FROM sessions WHERE id = %(id)s AND person_id = %(person)s RETURNING id"
_NOTE_USE = """
UPDATE sessions SET last_used_at = %(now)s
WHERE secret_hash = %(secret_hash)s AND expires_at > %(now)s AND last_used_at <= %(noted_before)s
"""
#: On `people person`: what a token and the person themselves are told.
_SELF = """
    person.id AS person_id, person.name, person.email, person.language, person.organisation_id,
    person.active, person.confirmed, person.version, person.epoch,
    ARRAY(SELECT role FROM people_roles WHERE person_id = person.id ORDER BY role) AS roles,
    ARRAY(SELECT permissions FROM people_roles JOIN roles ON roles.name = role
          WHERE person_id = person.id) AS permission_sets,
    (SELECT coalesce(json_agg(place ORDER BY lower(place.name), place.id), '[]') FROM (
        SELECT usergroups.id, usergroups.name, bool_or(list = 'members') AS member,
            bool_or(list = 'supervisors') AS supervisor, bool_or(list = 'agents') AS agent
        FROM usergroups_people JOIN usergroups ON usergroups.id = usergroup_id AND usergroups.active
        WHERE person_id = person.id GROUP BY usergroups.id
    ) AS place) AS usergroups
"""
_MYSELF = f"SELECT {_SELF} FROM people AS person WHERE person.id = %(person)s"
_SUBJECT = (
    f"SELECT sessions.id AS session_id, {_SELF} FROM sessions JOIN people AS person ON person.id = sessions.person_id "
    "WHERE secret_hash = %(secret_hash)s AND expires_at > %(now)s AND person.active"
)
_FORGET_EXPIRED = (
    "DELETE FROM sessions WHERE expires_at <= %(now)s",
    "DELETE FROM registrations WHERE requested_at <= %(registered_before)s",
    "DELETE FROM attempts WHERE window_ends_at <= %(now)s",
)


def log_in(work, *, email, password, origin, passwords):
    """Begin a session; return its secret and whose it is.

    Nothing tells an unknown address from a wrong password, nor from an account that is not active: not the
    answer, not the time, as a password is always compared.

    :param origin: the caller's network address, empty where unknown.
    :param passwords: `Passwords`.
    :raises Unauthenticated: `credentials_wrong`.
    :raises TooMany: `too_many_attempts`.
    """
    address = _address_of(email)
    count_login(work.database, address, origin, work.now)
    found = work.one(_CREDENTIALS, email=address)
    if not passwords.match(found and found.password_hash, password):
        raise _wrong()
    secret = secrets.token_urlsafe(SECRET_BYTES)
    begun = work.one(
        _BEGIN,
        id=new_id(),
        person=found.id,
        password_hash=found.password_hash,
        secret_hash=_hash_of(secret),
        now=work.now,
        expires_at=work.now + SESSION_LIFE,
    )
    if begun is None:
        raise _wrong()
    forgive_login(work, address, origin)
    return {"session": secret, "person": myself(work, found.id)}


def log_out(work, actor):
    """End the actor's session; its tokens are stale everywhere within a second."""
    if work.one(_END, id=actor.session_id, person=actor.person_id):
        raise_epochs(work, [actor.person_id])


def token_for(work, *, session, key):
    """Return a signed token for a session: `{"token", "expires_at"}`.

    :param session: the secret that `log_in` answered.
    :param key: identity's signing key, as `chassis.actors.private_key` makes it.
    :raises Unauthenticated: `session_ended`.
    """
    now, secret_hash = work.now, _hash_of(session)
    with work.database.work(now=now) as noting:
        noting.change(_NOTE_USE, secret_hash=secret_hash, now=now, noted_before=now - USE_NOTED_EVERY)
        noting.commit()
    subject = work.one(_SUBJECT, secret_hash=secret_hash, now=now)
    if subject is None:
        raise Unauthenticated("session_ended", "Sign in again.")
    token = sign_token(key, claims_of(_actor_of(subject)), now.timestamp())
    return {"token": token, "expires_at": now + timedelta(seconds=TOKEN_SECONDS)}


def myself(work, person_id):
    """Return a person with their usergroups and rights, as only they see it."""
    found = work.one(_MYSELF, person=person_id)
    rights = united_rights(found.permission_sets)
    return {**found._asdict(), "id": found.person_id, "rights": rights}


def forget_expired(work):
    """Delete sessions, registrations and counts whose time is over."""
    for statement in _FORGET_EXPIRED:
        work.change(statement, now=work.now, registered_before=work.now - REGISTRATION_LIFE)


def _actor_of(subject):
    def those(place):
        return frozenset(UUID(group["id"]) for group in subject.usergroups if group[place])

    return Actor(
        person_id=subject.person_id,
        session_id=subject.session_id,
        name=subject.name,
        email=subject.email,
        language=subject.language,
        roles=tuple(subject.roles),
        rights=united_rights(subject.permission_sets),
        members=those("member"),
        # The list outlives the role in which somebody was put there.
        supervises=those("supervisor") if may_supervise(subject.roles) else frozenset(),
        serves=those("agent"),
        organisation_id=subject.organisation_id,
        epoch=subject.epoch,
    )


def _address_of(email):
    try:
        return normalised_email(email)
    except Invalid:
        return email.strip().lower()


def _hash_of(secret):
    return hashlib.sha256(secret.encode()).hexdigest()


def _wrong():
    return Unauthenticated("credentials_wrong", "The e-mail address or the password is not right.")
