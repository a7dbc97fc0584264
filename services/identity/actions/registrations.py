"""Registrations: people who make an account of their own, or are invited, opened by the link mailed to their address.

The password is chosen behind that link and nowhere else: one given while asking might be a stranger's, who waits for
the owner of the address to confirm and then reads their tickets (account pre-hijacking, Sudhodanan and Paverd,
USENIX Security 2022).
"""

from datetime import datetime
from uuid import UUID

from chassis.actors import system_actor
from chassis.errors import NotFound
from chassis.ids import new_id
from services.identity.access import shown
from services.identity.actions.grants import raise_epochs, tell_person
from services.identity.attempts import count_attempt, count_registration
from services.identity.contract import PersonInvited, RegistrationRequested
from services.identity.domain import (
    REGISTRATION_LIFE,
    REGISTRATION_WINDOW,
    REGISTRATIONS_PER_EMAIL,
    REQUESTER,
    normalised_email,
)
from services.identity.models import Person, PersonRole, Registration

#: Purpose of the confirm link, whose payload is `<person_id>:<email>`, that of an invitation's
#: `<person_id>:<email>:<invited_at>`.
CONFIRM = "confirm-registration"

# An invited person without a password has no account yet: they claim it by proving the address.
_ACCOUNT = """
SELECT id, name, language FROM people
WHERE email = %(email)s AND (password_hash IS NOT NULL OR NOT active)
"""
# Invitations mailed by a version before do not say when.
_WAITING = """
registrations WHERE id = %(id)s AND email = %(email)s AND requested_at > %(requested_after)s
AND requested_at = coalesce(%(invited_at)s, requested_at)
"""
_LOOK = f"SELECT email, name FROM {_WAITING}"
_TAKE = f"DELETE FROM {_WAITING} RETURNING id, email, name, language"
# All links to one address take the same locks in the same order, so that following two at once cannot deadlock.
_HOLD = "SELECT id FROM registrations WHERE email = %(email)s ORDER BY id FOR UPDATE"
_FORGET_OTHERS = "DELETE FROM registrations WHERE email = %(email)s"
_HOLD_INVITATION = "SELECT id FROM registrations WHERE id = %(id)s FOR UPDATE"
_INVITE = """
INSERT INTO registrations (id, email, name, language, requested_at)
VALUES (%(id)s, %(email)s, %(name)s, %(language)s, %(now)s)
ON CONFLICT (id) DO UPDATE
SET email = excluded.email, name = excluded.name, language = excluded.language, requested_at = excluded.requested_at
"""
# An invitation has its person's own id: should their address have changed since, the link opens nothing.
_OPEN = """
INSERT INTO people (id, email, name, language, active, confirmed, password_hash, created_at)
VALUES (%(id)s, %(email)s, %(name)s, %(language)s, true, true, %(password_hash)s, %(now)s)
ON CONFLICT DO NOTHING RETURNING id
"""
_INVITED = "SELECT id FROM people WHERE email = %(email)s AND active AND password_hash IS NULL FOR UPDATE"
_CLAIM = """
UPDATE people SET password_hash = %(password_hash)s, confirmed = true, version = version + 1
WHERE id = %(id)s RETURNING id
"""


def register(work, *, email, name, language, origin):
    """Ask for an account; whoever owns the address is mailed.

    The answer is the same for an address that has an account. Beyond a few requests an hour for one address nothing
    is mailed any more.

    :param origin: the caller's network address, empty where unknown.
    :returns: `{"person_id"}`, the id that the person will have.
    :raises Invalid: `email_invalid`.
    :raises TooMany: `too_many_requests`, of whoever asks for too many addresses.
    """
    address = normalised_email(email)
    count_registration(work.database, origin, work.now)
    person_id = new_id()
    counted = count_attempt(work.database, "registration", address, REGISTRATION_WINDOW, work.now)
    if counted.tries <= REGISTRATIONS_PER_EMAIL:
        account = work.one(_ACCOUNT, email=address)
        if account:
            # The name of the account, not the one given: strangers do not write into other people's mail.
            _tell(work, account.id, address, account.name, account.language, already_registered=True)
        else:
            work.add(Registration(id=person_id, email=address, name=name, language=language, requested_at=work.now))
            _tell(work, person_id, address, name, language, already_registered=False)
    return {"person_id": person_id}


def hold_invitation(work, person_id):
    """Have a person's invitation wait; before the person, as whoever follows a link takes them in this order."""
    work.load(_HOLD_INVITATION, id=person_id)


def invite(work, actor, person):
    """Have a person mailed the link behind which they choose their password; it names the person themselves.

    The link of an invitation before it opens nothing any more.

    :param actor: who invites.
    :param person: as shown.
    """
    named = {name: person[name] for name in ("email", "name", "language")}
    work.change(_INVITE, id=person["id"], **named, now=work.now)
    work.tell(PersonInvited, person_id=person["id"], **named, invited_by=actor.name, invited_at=work.now)


def registration_request(work, *, token, links):
    """Return whose account a link opens: `{"email", "name"}`; nothing happens to it.

    :param links: `chassis.links.Links`.
    :raises NotFound: `link_not_found`, for forged, used and old links alike.
    """
    asked = work.one(_LOOK, **_named_by(links, token, work.now))
    if asked is None:
        raise _link_not_found()
    return asked


def confirm_registration(work, *, token, password, links, passwords):
    """Open the account that a link was mailed for; the link works once, for `REGISTRATION_LIFE`.

    :param links: `chassis.links.Links`.
    :param password: that whoever holds the link chooses.
    :param passwords: `Passwords`.
    :returns: `{"person_id"}`.
    :raises NotFound: `link_not_found`, for forged, used and old links alike.
    """
    registration = work.one((_HOLD, _TAKE), **_named_by(links, token, work.now))
    if registration is None:
        raise _link_not_found()
    work.load(_FORGET_OTHERS, email=registration.email)
    opened = _opened(work, registration, passwords.hash(password))
    tell_person(work, shown(work, system_actor("identity"), Person, opened))
    return {"person_id": opened}


def _named_by(links, token, now):
    person_id, email, *invited_at = links.verify(CONFIRM, token).decode().split(":", 2)
    return {
        "id": UUID(person_id),
        "email": email,
        "invited_at": datetime.fromisoformat(invited_at[0]) if invited_at else None,
        "requested_after": now - REGISTRATION_LIFE,
    }


def _opened(work, registration, password_hash):
    opened = work.one(_OPEN, **registration._asdict(), password_hash=password_hash, now=work.now)
    if opened:
        work.add(PersonRole(person_id=opened.id, role=REQUESTER))
        work.flush()
        return opened.id
    return _claimed(work, registration.email, password_hash)


def _claimed(work, email, password_hash):
    """Open an invited person's account, roles and all."""
    invited = work.one(_INVITED, email=email)
    if invited is None:
        raise _link_not_found()
    work.one(_CLAIM, id=invited.id, password_hash=password_hash)
    raise_epochs(work, [invited.id])
    return invited.id


def _tell(work, person_id, email, name, language, *, already_registered):
    work.tell(
        RegistrationRequested,
        person_id=person_id,
        email=email,
        name=name,
        language=language,
        already_registered=already_registered,
    )


def _link_not_found():
    return NotFound("link_not_found", "This link was used or is too old. Sign in, or register again.")
