"""Tables of inbound: mailboxes, webforms, what came in by them, and copies of what other services own."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    String,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from chassis.errors import Conflict
from chassis.tables import INSTANT, declarative_base
from services.inbound.contract.words import STATES

Base = declarative_base()


class Mailbox(Base):
    """An address at which reports arrive; `address` is in the form of `chassis.addresses.address_of`."""

    __tablename__ = "mailboxes"

    id = Column(Uuid, primary_key=True)
    address = Column(String(320), nullable=False, unique=True)
    name = Column(String(120), nullable=False)
    usergroup_id = Column(Uuid)
    category_id = Column(Uuid)
    language = Column(String(2), nullable=False)
    active = Column(Boolean, nullable=False, server_default=text("true"))
    version = Column(BigInteger, nullable=False, server_default=text("1"))
    created_at = Column(INSTANT, nullable=False)


class Webform(Base):
    """A public form; `fields` is `[{"name", "required"}]` of the optional fields it asks for."""

    __tablename__ = "webforms"

    id = Column(Uuid, primary_key=True)
    slug = Column(String(60), nullable=False, unique=True)
    name = Column(String(120), nullable=False)
    language = Column(String(2), nullable=False)
    usergroup_id = Column(Uuid)
    category_id = Column(Uuid)
    fields = Column(JSONB, nullable=False)
    active = Column(Boolean, nullable=False, server_default=text("true"))
    version = Column(BigInteger, nullable=False, server_default=text("1"))
    created_at = Column(INSTANT, nullable=False)


class Submission(Base):
    """One report by webform: kept for the limits by the hour, and no longer; the report is the fact that was told.

    `origin` is the network that it came from, where that is counted.
    """

    __tablename__ = "submissions"

    id = Column(Uuid, primary_key=True)
    webform_id = Column(Uuid, nullable=False)
    participant_id = Column(Uuid, nullable=False, unique=True)
    email = Column(String(320))
    origin = Column(String(43))
    submitted_at = Column(INSTANT, nullable=False)

    __table_args__ = (
        Index("ix_submissions_email", "email", "submitted_at"),
        Index("ix_submissions_webform", "webform_id", "submitted_at", postgresql_where=text("email IS NULL")),
        Index("ix_submissions_origin", "origin", "submitted_at", postgresql_where=text("origin IS NOT NULL")),
    )


class InboundMessage(Base):
    """One mail for one recipient of ours, from its 250 on; its bytes lie in the store under `sha256`.

    `delivery_key` makes a repeated delivery the same row. `mailbox_id` is none where the recipient was a
    reply address. `tries` counts readings that did not end; `due_at` is when the next one may begin.
    `reply_participant_id` is the participant named by a verified token once the mail has been read.
    """

    __tablename__ = "inbound_messages"

    id = Column(Uuid, primary_key=True)
    delivery_key = Column(String(64), unique=True)
    sha256 = Column(String(64), nullable=False)
    size = Column(Integer, nullable=False)
    envelope_from = Column(String(320), nullable=False)
    envelope_to = Column(String(320), nullable=False)
    mailbox_id = Column(Uuid)
    state = Column(String(10), nullable=False)
    tries = Column(Integer, nullable=False, server_default=text("0"))
    due_at = Column(INSTANT, nullable=False)
    reply_participant_id = Column(Uuid)
    problem = Column(Text)
    version = Column(BigInteger, nullable=False, server_default=text("1"))
    received_at = Column(INSTANT, nullable=False)
    told_at = Column(INSTANT)

    __table_args__ = (
        CheckConstraint("state IN ({})".format(", ".join(f"'{state}'" for state in STATES)), name="state"),
        Index("ix_inbound_messages_due", "due_at", "id", postgresql_where=text("state = 'received'")),
        Index("ix_inbound_messages_sha256", "sha256"),
        # Few are in these states, and whoever looks after the mailboxes asks for them.
        Index(
            "ix_inbound_messages_untold",
            "state",
            "id",
            postgresql_where=text("state IN ('unreadable', 'duplicate', 'own')"),
        ),
    )

    def await_reading(self, now):
        """Have an unreadable mail read again.

        :raises Conflict: `inbound_message_not_replayable`.
        """
        if self.state != "unreadable":
            problem = f"Only unreadable messages are read again; this one is {self.state}."
            raise Conflict("inbound_message_not_replayable", problem)
        self.state, self.tries, self.due_at, self.told_at, self.problem = "received", 0, now, None, None
        self.version += 1


class Usergroup(Base):
    """Copy of identity's usergroups, as far as mailboxes and forms name them."""

    __tablename__ = "usergroups"

    id = Column(Uuid, primary_key=True)
    active = Column(Boolean, nullable=False)
    version = Column(BigInteger, nullable=False)


class Category(Base):
    """Copy of the tickets' categories, as far as mailboxes and forms name them."""

    __tablename__ = "categories"

    id = Column(Uuid, primary_key=True)
    active = Column(Boolean, nullable=False)
    version = Column(BigInteger, nullable=False)


class Site(Base):
    """Copy of identity's sites, as far as forms name them."""

    __tablename__ = "sites"

    id = Column(Uuid, primary_key=True)
    active = Column(Boolean, nullable=False)
    version = Column(BigInteger, nullable=False)
