"""Tables of notifications: deliveries, the in-app list, and copies of what other services own."""

from sqlalchemy import (
    ARRAY,
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

from chassis.tables import INSTANT, declarative_base
from services.notifications.domain import STATES

Base = declarative_base()


class Delivery(Base):
    """One mail to one recipient, from the moment it was decided until it left or was given up.

    `occasion` says what it is about and to whom, such as `message:<message id>:<participant id>`; it is
    unique, so the same fact told twice is one mail. `inputs` is what the wording needs; secrets of links are
    not in it. `intervention_id` is set in mails that tell the window of an intervention, and in all to those who are
    sent. The latter need not take part in the ticket: no participant is named there, nor in mails that say that work is
    off. `counted_as` is the recipient as budgets count it; `thread` are the Message-IDs that it answers.
    """

    __tablename__ = "deliveries"

    id = Column(Uuid, primary_key=True)
    occasion = Column(String(200), nullable=False, unique=True)
    kind = Column(String(40), nullable=False)
    ticket_id = Column(Uuid)
    participant_id = Column(Uuid)
    intervention_id = Column(Uuid)
    person_id = Column(Uuid)
    mailbox_id = Column(Uuid)
    recipient = Column(String(320), nullable=False)
    counted_as = Column(String(320), nullable=False)
    name = Column(String(300), nullable=False)
    language = Column(String(2), nullable=False)
    inputs = Column(JSONB, nullable=False)
    message_id = Column(String(400), nullable=False, unique=True)
    thread = Column(JSONB, nullable=False)
    state = Column(String(10), nullable=False)
    tries = Column(Integer, nullable=False, server_default=text("0"))
    next_attempt_at = Column(INSTANT, nullable=False)
    error = Column(Text)
    created_at = Column(INSTANT, nullable=False)
    sent_at = Column(INSTANT)

    __table_args__ = (
        CheckConstraint("state IN ({})".format(", ".join(f"'{state}'" for state in STATES)), name="state"),
        Index("ix_deliveries_due", "next_attempt_at", postgresql_where=text("state = 'waiting'")),
        Index("ix_deliveries_budget", "counted_as", "created_at"),
        Index("ix_deliveries_thread", "ticket_id", "participant_id", "created_at"),
        Index("uq_deliveries_receipt", "ticket_id", unique=True, postgresql_where=text("kind = 'receipt'")),
    )


class Notification(Base):
    """One line of a person's in-app list."""

    __tablename__ = "notifications"

    id = Column(Uuid, primary_key=True)
    occasion = Column(String(200), nullable=False, unique=True)
    person_id = Column(Uuid, nullable=False)
    kind = Column(String(40), nullable=False)
    title = Column(String(1000), nullable=False)
    ticket_id = Column(Uuid, nullable=False)
    ticket_number = Column(String(40), nullable=False)
    created_at = Column(INSTANT, nullable=False)
    read_at = Column(INSTANT)

    __table_args__ = (
        Index("ix_notifications_person", "person_id", "id"),
        Index("ix_notifications_unread", "person_id", "id", postgresql_where=text("read_at IS NULL")),
    )


class Person(Base):
    """Copy of identity's person: where, in which language, and whether still they are reached."""

    __tablename__ = "people"

    person_id = Column(Uuid, primary_key=True)
    version = Column(BigInteger, nullable=False)
    email = Column(String(320), nullable=False)
    name = Column(String(300), nullable=False)
    language = Column(String(10), nullable=False)
    roles = Column(ARRAY(Text), nullable=False)
    active = Column(Boolean, nullable=False)


class Mailbox(Base):
    """Copy of inbound's mailbox: the address and name that mails about its tickets come from."""

    __tablename__ = "mailboxes"

    mailbox_id = Column(Uuid, primary_key=True)
    version = Column(BigInteger, nullable=False)
    address = Column(String(320), nullable=False)
    name = Column(String(300), nullable=False)
    usergroup_id = Column(Uuid)
    active = Column(Boolean, nullable=False)

    __table_args__ = (Index("ix_mailboxes_address", text("lower(address)")),)


class Site(Base):
    """Copy of identity's site: the time zone in which interventions there are told, and the way there.

    `path` holds its ancestors from the root down, and itself; older copies have neither name nor path.
    """

    __tablename__ = "sites"

    site_id = Column(Uuid, primary_key=True)
    version = Column(BigInteger, nullable=False)
    time_zone = Column(String(80), nullable=False)
    name = Column(Text)
    path = Column(ARRAY(Uuid))
    address = Column(Text, nullable=False, server_default="")


class Ticket(Base):
    """Copy of a ticket: who takes part, in which language, through which mailbox, served by which usergroup.

    `participants` are `[{participant_id, person_id, email, name, language, role, as_of}]`: the newest list
    told (`participants_version`), and whoever a later fact named, `as_of` being that fact's version.
    `reason_names` are the subject of an incident by language, until somebody gives it another.
    """

    __tablename__ = "tickets"

    ticket_id = Column(Uuid, primary_key=True)
    number = Column(String(40), nullable=False)
    subject = Column(Text, nullable=False)
    language = Column(String(10))
    mailbox_id = Column(Uuid)
    reason_names = Column(JSONB(none_as_null=True))
    participants = Column(JSONB, nullable=False)
    participants_version = Column(BigInteger, nullable=False)
    assignee_id = Column(Uuid)
    assignee_version = Column(BigInteger, nullable=False)
    usergroup_id = Column(Uuid)
    usergroup_version = Column(BigInteger, nullable=False, server_default=text("0"))


class SourceMessage(Base):
    """The Message-ID of a mail that a participant sent us: what our mails to them answer."""

    __tablename__ = "source_messages"

    participant_id = Column(Uuid, primary_key=True)
    message_id = Column(String(400), primary_key=True)
    ticket_id = Column(Uuid, nullable=False)
    received_at = Column(INSTANT, nullable=False)

    __table_args__ = (Index("ix_source_messages_thread", "ticket_id", "participant_id", "received_at"),)


class Intervention(Base):
    """Copy of a planned intervention: what the newest fact about it told, and to whom.

    `inputs` is what its wording needs; whoever is not sent any more reads in it which intervention that was.
    """

    __tablename__ = "interventions"

    intervention_id = Column(Uuid, primary_key=True)
    version = Column(BigInteger, nullable=False)
    ticket_id = Column(Uuid, nullable=False)
    worker_ids = Column(ARRAY(Uuid), nullable=False)
    starts_at = Column(INSTANT)
    ends_at = Column(INSTANT)
    inputs = Column(JSONB(none_as_null=True))
