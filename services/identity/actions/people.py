"""People: inviting them, and changing what they are called, what they may and how they sign in."""

from sqlalchemy import delete, insert
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.exc import IntegrityError

from chassis.actors import require_all
from chassis.errors import Conflict, Forbidden
from chassis.ids import new_id
from chassis.versions import require_version
from services.identity.access import check_person_change, check_rights, check_visible, for_change, shown
from services.identity.actions.grants import end_sessions, raise_epochs, tell_person
from services.identity.actions.registrations import hold_invitation, invite
from services.identity.attempts import count_password, forgive
from services.identity.domain import ADMIN, normalised_email, united_rights
from services.identity.models import Organisation, Person, PersonRole
from services.identity.queries import permissions_of

#: Fields whose change is told by `PersonChanged`.
TOLD_FIELDS = ("email", "name", "language", "organisation_id", "active", "confirmed")
#: Fields that stand in a person's token or decide whether they get one.
GRANTING_FIELDS = {"email", "organisation_id", "active"}

_OWN_PASSWORD = "SELECT password_hash FROM people WHERE id = %(id)s"
_LOCK_ROLE = "SELECT name FROM roles WHERE name = %(role)s FOR UPDATE"
_SOME_ADMIN = """
SELECT 1 FROM people JOIN people_roles ON person_id = id
WHERE role = %(role)s AND active AND password_hash IS NOT NULL LIMIT 1
"""


def create_person(work, actor, *, passwords, email, name, language, role=None, roles=(), **particulars):
    """Make a person, who without a password is mailed an invitation; return them as shown.

    :param passwords: `Passwords`.
    :param particulars: `password` or `None`, `organisation_id` or `None`, `confirmed`.
    :raises Conflict: `email_taken`.
    :raises Forbidden: `not_allowed`, or `rights_exceeded` for a role beyond the actor's own rights.
    :raises Invalid: `email_invalid`, `role_unknown`.
    :raises NotFound: `organisation_not_found`.
    """
    require_all(actor, "people.write")
    roles = {*roles, *([role] if role else [])}
    check_rights(actor, united_rights(permissions_of(work, roles).values()))
    check_visible(work, actor, Organisation, particulars["organisation_id"])
    password = particulars["password"]
    person = {
        "id": new_id(),
        "email": normalised_email(email),
        "name": name,
        "language": language,
        "organisation_id": particulars["organisation_id"],
        "confirmed": particulars["confirmed"],
        "password_hash": passwords.hash(password) if password else None,
        "created_at": work.now,
    }
    statement = postgresql_insert(Person).values(person).on_conflict_do_nothing(index_elements=["email"])
    if not work.load(statement.returning(Person.id)):
        raise _email_taken()
    _give_roles(work, person["id"], roles)
    created = _told(work, actor, person["id"])
    if not password:
        invite(work, actor, created)
    return created


def invite_person(work, actor, *, person_id):
    """Mail a person who has no password another invitation, instead of the one before; return them as shown.

    :raises Conflict: `password_chosen`, `person_closed`.
    :raises Forbidden: `not_allowed`, or `rights_exceeded` for a role beyond the actor's own rights.
    :raises NotFound: `person_not_found`.
    """
    require_all(actor, "people.write")
    hold_invitation(work, person_id)
    row = for_change(work, actor, Person, person_id)
    person = shown(work, actor, Person, person_id)
    _check_target(work, actor, person, person_id == actor.person_id)
    if not row.active:
        raise Conflict("person_closed", "This account is closed. Open it first.")
    if row.password_hash:
        raise Conflict("password_chosen", "This person has a password already.")
    invite(work, actor, person)
    return person


def change_person(work, actor, *, person_id, passwords, if_version=None, **changes):
    """Change a person; return them as shown. What takes rights away ends their tokens with the same commit.

    :param passwords: `Passwords`.
    :param changes: any of `name`, `language`, `email`, `roles`, `active`, `confirmed`, `organisation_id`,
        `password` and, for one's own, `current_password`.
    :raises Conflict: `email_taken`, `last_admin`.
    :raises Forbidden: `not_allowed`, `rights_exceeded`, `current_password_wrong`.
    :raises Invalid: `email_invalid`, `role_unknown`.
    :raises NotFound: `person_not_found`, `organisation_not_found`.
    :raises Stale: `version_stale`.
    :raises TooMany: `too_many_attempts`.
    """
    current_password = changes.pop("current_password", None)
    is_own = person_id == actor.person_id
    if is_own and "password" in changes:
        _check_current_password(work, person_id, current_password, passwords)
    person = for_change(work, actor, Person, person_id)
    before = shown(work, actor, Person, person_id)
    check_person_change(actor, person_id, changes)
    require_version(person, if_version)
    _check_target(work, actor, before, is_own)
    changed = _apply(work, actor, person, before, changes, passwords)
    if ADMIN in before["roles"] and changed & {"roles", "active"}:
        _check_some_admin(work)
    if "password" in changed or (changed & {"active"} and not person.active):
        end_sessions(work, person_id, actor.session_id if is_own and person.active else None)
    if changed & {*GRANTING_FIELDS, "roles", "password"}:
        raise_epochs(work, [person_id])
    if changed & {*TOLD_FIELDS, "roles"}:
        person.version += 1
        return _told(work, actor, person_id)
    return shown(work, actor, Person, person_id)


def _check_current_password(work, person_id, current_password, passwords):
    # Counted like a login: a stolen session must not be a way to try passwords without end.
    count_password(work.database, "own password", str(person_id), work.now)
    own = work.one(_OWN_PASSWORD, id=person_id)
    if not passwords.match(own and own.password_hash, current_password or ""):
        raise Forbidden("current_password_wrong", "Give your present password to set a new one.")
    forgive(work, "own password", str(person_id))


def _check_target(work, actor, before, is_own):
    if not is_own:
        check_rights(actor, united_rights(permissions_of(work, before["roles"]).values()))


def _apply(work, actor, person, before, changes, passwords):
    """Write what differs; return the names of what did."""
    changes = dict(changes)
    if "email" in changes:
        changes["email"] = normalised_email(changes["email"])
    check_visible(work, actor, Organisation, changes.get("organisation_id"))
    changed = {name for name in TOLD_FIELDS if name in changes and changes[name] != before[name]}
    for name in changed:
        setattr(person, name, changes[name])
    if changes.get("password"):
        person.password_hash = passwords.hash(changes["password"])
        changed.add("password")
    try:
        # Before the roles, whose statements would send the address along unseen.
        work.flush()
    except IntegrityError as error:
        # Only the address is unique among what is written here.
        raise _email_taken() from error
    if "roles" in changes and set(changes["roles"]) != set(before["roles"]):
        _replace_roles(work, actor, person.id, set(changes["roles"]))
        changed.add("roles")
    return changed


def _replace_roles(work, actor, person_id, roles):
    check_rights(actor, united_rights(permissions_of(work, roles).values()))
    work.session.execute(delete(PersonRole).where(PersonRole.person_id == person_id))
    _give_roles(work, person_id, roles)


def _give_roles(work, person_id, roles):
    work.session.execute(insert(PersonRole), [{"person_id": person_id, "role": role} for role in sorted(roles)])


def _check_some_admin(work):
    # The role's row is locked so that two administrators cannot take each other's rights at once.
    work.load(_LOCK_ROLE, role=ADMIN)
    if not work.load(_SOME_ADMIN, role=ADMIN):
        raise Conflict("last_admin", "This is the last administrator. Make another one first.")


def _told(work, actor, person_id):
    work.flush()
    person = shown(work, actor, Person, person_id)
    tell_person(work, person)
    return person


def _email_taken():
    detail = "There is a person with this e-mail address."
    return Conflict("email_taken", detail, {"fields": {"email": [detail]}})
