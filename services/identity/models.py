"""The tables of identity."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    Uuid,
    false,
    func,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from chassis.ids import new_id
from chassis.tables import INSTANT, declarative_base

Base = declarative_base()


def _by_name(table):
    # Lists go by name and id, so their keyset needs exactly this index.
    return Index(f"ix_{table}_by_name", func.lower(text("name")), "id")


class Organisation(Base):
    """A client firm, an owner or a contractor's firm."""

    __tablename__ = "organisations"

    id = Column(Uuid, primary_key=True, default=new_id)
    name = Column(String(200), nullable=False)
    active = Column(Boolean, nullable=False, server_default=true(), default=True)
    version = Column(Integer, nullable=False, server_default=text("1"), default=1)
    created_at = Column(INSTANT, nullable=False)

    __table_args__ = (Index("uq_organisations_name", func.lower(text("name")), unique=True),)


class Person(Base):
    """Somebody with an address and a name; with `password_hash` they can sign in.

    `epoch` is raised by every change of rights, so that older tokens are stale.
    """

    __tablename__ = "people"

    id = Column(Uuid, primary_key=True, default=new_id)
    email = Column(String(254), nullable=False, unique=True)
    name = Column(String(200), nullable=False)
    language = Column(String(2), nullable=False)
    active = Column(Boolean, nullable=False, server_default=true(), default=True)
    confirmed = Column(Boolean, nullable=False, server_default=false(), default=False)
    organisation_id = Column(Uuid, ForeignKey("organisations.id"), index=True)
    password_hash = Column(String(200))
    epoch = Column(BigInteger, nullable=False, server_default=text("1"), default=1)
    version = Column(Integer, nullable=False, server_default=text("1"), default=1)
    created_at = Column(INSTANT, nullable=False)

    __table_args__ = (_by_name("people"),)


class Role(Base):
    """A name for a set of permissions: `{permission: scope}`."""

    __tablename__ = "roles"

    name = Column(String(40), primary_key=True)
    permissions = Column(JSONB, nullable=False)


class PersonRole(Base):
    """That a person has a role."""

    __tablename__ = "people_roles"

    person_id = Column(Uuid, ForeignKey("people.id"), primary_key=True)
    role = Column(String(40), ForeignKey("roles.name"), primary_key=True, index=True)


class LoginSession(Base):
    """A login; only the SHA-256 of its secret is kept, so that a stolen table opens nothing."""

    __tablename__ = "sessions"

    id = Column(Uuid, primary_key=True, default=new_id)
    person_id = Column(Uuid, ForeignKey("people.id"), nullable=False, index=True)
    secret_hash = Column(String(64), nullable=False, unique=True)
    created_at = Column(INSTANT, nullable=False)
    last_used_at = Column(INSTANT, nullable=False)
    expires_at = Column(INSTANT, nullable=False, index=True)


class Registration(Base):
    """An account asked for and not confirmed yet; its id becomes the person's, or is that of the person invited.

    Each request has a row of its own, so that a link opens the account with the name that the one who asked for
    that very link gave, and nobody who asked later in their name.
    """

    __tablename__ = "registrations"

    id = Column(Uuid, primary_key=True, default=new_id)
    email = Column(String(254), nullable=False, index=True)
    name = Column(String(200), nullable=False)
    language = Column(String(2), nullable=False)
    requested_at = Column(INSTANT, nullable=False, index=True)


class Attempt(Base):
    """How often something was tried in the present window; `key` is a hash of what and by whom."""

    __tablename__ = "attempts"

    key = Column(String(64), primary_key=True)
    window_ends_at = Column(INSTANT, nullable=False, index=True)
    tries = Column(Integer, nullable=False)


class Usergroup(Base):
    """People who open, supervise and serve the tickets of one concern."""

    __tablename__ = "usergroups"

    id = Column(Uuid, primary_key=True, default=new_id)
    name = Column(String(200), nullable=False)
    private_allowed = Column(Boolean, nullable=False)
    default_category_id = Column(Uuid)
    custom_fields = Column(JSONB, nullable=False)
    active = Column(Boolean, nullable=False, server_default=true(), default=True)
    version = Column(Integer, nullable=False, server_default=text("1"), default=1)
    created_at = Column(INSTANT, nullable=False)

    __table_args__ = (Index("uq_usergroups_name", func.lower(text("name")), unique=True),)


class UsergroupPerson(Base):
    """That a person stands in one of a usergroup's three lists."""

    __tablename__ = "usergroups_people"

    usergroup_id = Column(Uuid, ForeignKey("usergroups.id"), primary_key=True)
    list = Column(String(12), primary_key=True)
    person_id = Column(Uuid, ForeignKey("people.id"), primary_key=True, index=True)

    __table_args__ = (CheckConstraint("list IN ('members', 'supervisors', 'agents')", name="list"),)


class Site(Base):
    """A place; `path` holds its ancestors from the root down, and itself."""

    __tablename__ = "sites"

    id = Column(Uuid, primary_key=True, default=new_id)
    name = Column(String(200), nullable=False)
    kind = Column(String(10), nullable=False)
    parent_id = Column(Uuid, ForeignKey("sites.id"), index=True)
    organisation_id = Column(Uuid, ForeignKey("organisations.id"), index=True)
    usergroup_id = Column(Uuid, ForeignKey("usergroups.id"))
    address = Column(Text, nullable=False)
    time_zone = Column(String(64), nullable=False)
    position = Column(JSONB(none_as_null=True))
    path = Column(ARRAY(Uuid), nullable=False)
    active = Column(Boolean, nullable=False, server_default=true(), default=True)
    version = Column(Integer, nullable=False, server_default=text("1"), default=1)
    created_at = Column(INSTANT, nullable=False)

    __table_args__ = (
        CheckConstraint("kind IN ('property', 'building', 'unit')", name="kind"),
        _by_name("sites"),
    )
