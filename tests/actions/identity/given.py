"""What the tests of identity's actions are given: actors by role, and a look at all that is stored."""

from functools import cache

import pytest

from chassis.actors import Actor, system_actor
from chassis.errors import TooMany, Unauthenticated
from chassis.ids import new_id
from chassis.links import Links
from chassis.prepared import Prepared
from chassis.testing import MONDAY, told
from services.identity.actions import places, registrations, sessions
from services.identity.domain import ROLES, united_rights
from services.identity.passwords import Passwords

PASSWORD = "a long enough password"
LINKS = Links(b"k" * 32)
CHOSEN = "a password they chose"

#: Tables that no refusal may change; `attempts` counts refusals and is not among them.
TABLES = (
    "people", "people_roles", "roles", "sessions", "registrations", "usergroups", "usergroups_people",
    "organisations", "sites", "epochs", "outbox",
)  # fmt: skip
_CONTENTS = Prepared(
    " UNION ALL ".join(
        f"SELECT '{table}' AS name, count(*), md5(string_agg(each::text, '|' ORDER BY each::text)) FROM {table} AS each"
        for table in TABLES
    )
)


def actor_as(role, person=None, **particulars):
    """Return an actor with the rights of a role, by default nobody that the database knows.

    :param person: dict of the person whom they are.
    """
    roles = [role] if isinstance(role, str) else role
    for name in ("members", "supervises", "serves"):
        particulars[name] = frozenset(particulars.get(name, ()))
    return Actor(
        person_id=person["id"] if person else new_id(),
        session_id=particulars.pop("session_id", None) or new_id(),
        name="Ada Actor",
        roles=tuple(roles),
        rights=united_rights(ROLES[each] for each in roles),
        organisation_id=particulars.pop("organisation_id", None),
        **particulars,
    )


#: An administrator whom the database does not know.
ADMIN = actor_as("admin")


def contents(work):
    """Return what a refusal must leave as it is: of every table, how many rows and what is in them."""
    work.flush()
    return {name: (rows, content) for name, rows, content in work.load(_CONTENTS)}


class Remembering(Passwords):
    """Passwords that are hashed and compared once each: both are slow on purpose, and not what is tested."""

    def __init__(self):
        super().__init__()
        self.hash, self.match = cache(self.hash), cache(self.match)


PASSWORDS = Remembering()


class Refusing:
    """Passwords of which none fits; `compared` counts how many were looked at."""

    def __init__(self):
        self.compared = []

    def match(self, password_hash, password):
        self.compared.append(password)
        return False


def log_in(work, email, password=PASSWORD, *, origin="", passwords=PASSWORDS):
    """Log somebody in; return the answer."""
    return sessions.log_in(work, email=email, password=password, origin=origin, passwords=passwords)


def try_in_vain(database, email, times, *, now=MONDAY, origin="", passwords=None):
    """Log in with wrong passwords; return the codes of the refusals."""
    codes = []
    for _ in range(times):
        with database.work(now=now) as work:
            with pytest.raises((TooMany, Unauthenticated)) as refusal:
                log_in(work, email, "wrong", origin=origin, passwords=passwords or Refusing())
            codes.append(refusal.value.code)
    return codes


def confirm(
    work, person_id, email, now=MONDAY, links=LINKS, purpose="confirm-registration", password=CHOSEN, invited_at=()
):
    """Follow the link that a registration's mail holds, choosing a password.

    :param invited_at: of an invitation, in the form in which it is told.
    """
    token = links.sign(purpose, ":".join(map(str, (person_id, email, *invited_at))))
    work.now = now
    means = {"links": LINKS, "passwords": PASSWORDS}
    return registrations.confirm_registration(work, token=token, password=password, **means)


def epoch_of(work, person):
    """Return a person's epoch, the same in identity's own row and in what the edge reads."""
    own = work.one("SELECT epoch FROM people WHERE id = %(id)s", id=person["id"]).epoch
    read = work.one("SELECT epoch FROM epochs WHERE person_id = %(id)s", id=person["id"])
    assert read is None or read.epoch == own
    return own


def refused(work, error, code, act):
    """Acting is refused with this code; nothing changes and nothing is told. Return the refusal."""
    before, facts = contents(work), told(work)
    with pytest.raises(error) as refusal:
        act()
    assert refusal.value.code == code
    assert (contents(work), told(work)) == (before, facts)
    return refusal.value


def an_organisation(work):
    """Make an organisation; nothing of it stays in the facts."""
    made = places.create_organisation(work, system_actor("identity"), name=new_id().hex)
    del work.facts[:]
    return made


def fact_of(person):
    """Return the `PersonChanged` that tells a shown person."""
    payload = {name: person[name] for name in ("email", "name", "language", "roles", "active", "confirmed")}
    firm = person["organisation_id"]
    return (
        "PersonChanged",
        {"person_id": str(person["id"]), "organisation_id": str(firm) if firm else None, **payload},
    )


def grants_of(person, epoch):
    """Return the `GrantsChanged` of a person."""
    return ("GrantsChanged", {"person_id": str(person["id"]), "epoch": epoch})
