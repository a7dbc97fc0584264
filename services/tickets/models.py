"""The tables of tickets, beside its copies of others' things."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Sequence,
    SmallInteger,
    String,
    Text,
    Uuid,
    false,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

from chassis.ids import new_id
from chassis.tables import INSTANT
from services.tickets.copies import Base

#: Tickets are numbered in the order in which they are opened; a refused one leaves a gap.
TICKET_NUMBERS = Sequence("ticket_numbers", metadata=Base.metadata)


def _index_where_there(column):
    there = text(f"{column} IS NOT NULL")
    return Index(f"ix_tickets_{column}", column, "id", postgresql_where=there)


class Category(Base):
    """What a ticket is about; its usergroup and priority are what routing gives by default."""

    __tablename__ = "categories"

    id = Column(Uuid, primary_key=True, default=new_id)
    name = Column(String(120), nullable=False)
    slug = Column(String(60), nullable=False, unique=True)
    usergroup_id = Column(Uuid)
    priority = Column(String(10))
    active = Column(Boolean, nullable=False, server_default=true(), default=True)
    version = Column(BigInteger, nullable=False, default=1)
    created_at = Column(INSTANT, nullable=False)


class Ticket(Base):
    """A request.

    `*_chosen_at` say when a person set the field: routing leaves it alone from then on. `assignment_version` and
    `deadlines_version` are those of dispatch's last facts about assignee and deadlines, 0 before the first.
    """

    __tablename__ = "tickets"

    id = Column(Uuid, primary_key=True)
    number = Column(String(20), nullable=False, unique=True)
    subject = Column(String(300), nullable=False)
    description = Column(Text, nullable=False)
    kind = Column(String(12), nullable=False)
    nature = Column(String(12))
    channel = Column(String(10), nullable=False)
    status = Column(String(12), nullable=False)
    priority = Column(String(10), nullable=False)
    private = Column(Boolean, nullable=False)
    language = Column(String(2), nullable=False)
    category_id = Column(Uuid)
    site_id = Column(Uuid)
    organisation_id = Column(Uuid)
    usergroup_id = Column(Uuid)
    assignee_id = Column(Uuid)
    intervention_id = Column(Uuid)
    requester_participant_id = Column(Uuid, nullable=False)
    requester_person_id = Column(Uuid)
    requester_name = Column(String(200), nullable=False)
    requester_email = Column(String(254))
    category_chosen_at = Column(INSTANT)
    priority_chosen_at = Column(INSTANT)
    usergroup_chosen_at = Column(INSTANT)
    assignee_chosen_at = Column(INSTANT)
    routed_at = Column(INSTANT)
    assignment_version = Column(BigInteger, nullable=False, server_default=text("0"))
    deadlines_version = Column(BigInteger, nullable=False, server_default=text("0"))
    first_response_due_at = Column(INSTANT)
    resolution_due_at = Column(INSTANT)
    first_response_missed = Column(Boolean, nullable=False, server_default=false())
    resolution_missed = Column(Boolean, nullable=False, server_default=false())
    first_response_at = Column(INSTANT)
    source_message_id = Column(Text)
    automatic = Column(Boolean, nullable=False, server_default=false())
    version = Column(BigInteger, nullable=False, server_default=text("1"))
    opened_at = Column(INSTANT, nullable=False)
    updated_at = Column(INSTANT, nullable=False)
    resolved_at = Column(INSTANT)

    __table_args__ = (
        Index("ix_tickets_status", "status", "id"),
        Index("ix_tickets_usergroup_id", "usergroup_id", "id"),
        _index_where_there("assignee_id"),
        _index_where_there("site_id"),
        _index_where_there("organisation_id"),
        Index("ix_tickets_requester_person_id", "requester_person_id", "id"),
        _index_where_there("intervention_id"),
        # Room on the page for the next version of a row, so that a message or a move touches no index.
        {"postgresql_with": {"fillfactor": "80"}},
    )


class Participant(Base):
    """Who reads and answers along; without `person_id` a stranger, known by an address at most.

    `as_assignee` marks a row that is there only while its person answers for the ticket. `standing` names what somebody
    takes part by who does so only as long as it lasts: `organisation`, `usergroup`, `visit` or `work_order`; it is null
    for whoever takes part in their own right. `doubtful` marks an address that a mail named among several: whoever
    proves to own it does not inherit the ticket.
    """

    __tablename__ = "participants"

    id = Column(Uuid, primary_key=True, default=new_id)
    ticket_id = Column(Uuid, ForeignKey("tickets.id"), nullable=False, index=True)
    person_id = Column(Uuid)
    email = Column(String(254))
    name = Column(String(200), nullable=False)
    language = Column(String(2), nullable=False)
    role = Column(String(12), nullable=False)
    as_assignee = Column(Boolean, nullable=False, server_default=false())
    standing = Column(String(12))
    doubtful = Column(Boolean, nullable=False, server_default=false())
    added_at = Column(INSTANT, nullable=False)

    __table_args__ = (
        Index(
            "uq_participants_person",
            "person_id",
            "ticket_id",
            unique=True,
            postgresql_where=text("person_id IS NOT NULL"),
        ),
        Index(
            "uq_participants_stranger",
            "email",
            "ticket_id",
            unique=True,
            postgresql_where=text("person_id IS NULL"),
        ),
        # Few do; whose right ends is looked for among them alone.
        Index("ix_participants_standing", "ticket_id", postgresql_where=text("standing IS NOT NULL")),
    )


class Message(Base):
    """A message, or (`internal`) a note; `position` is the order of the conversation."""

    __tablename__ = "messages"

    id = Column(Uuid, primary_key=True, default=new_id)
    ticket_id = Column(Uuid, ForeignKey("tickets.id"), nullable=False)
    position = Column(BigInteger, Identity(), nullable=False)
    body = Column(Text, nullable=False)
    internal = Column(Boolean, nullable=False)
    author_participant_id = Column(Uuid)
    author_person_id = Column(Uuid)
    author_name = Column(String(200), nullable=False)
    author_email = Column(String(254))
    author_role = Column(String(12), nullable=False)
    channel = Column(String(10), nullable=False)
    automatic = Column(Boolean, nullable=False, server_default=false())
    unverified = Column(Boolean, nullable=False, server_default=false())
    source_message_id = Column(Text)
    written_at = Column(INSTANT, nullable=False)

    __table_args__ = (
        Index("ix_messages_ticket_id", "ticket_id", "position"),
        # What the next mail of a ticket refers to; most messages are no mails.
        Index(
            "ix_messages_mails",
            "ticket_id",
            "position",
            postgresql_where=text("source_message_id IS NOT NULL AND NOT internal"),
        ),
    )


class SearchText(Base):
    """What is searched: a row for a ticket's own words, under its id, one for each message, under its id, and one for
    the address of a stranger who asked, under their participant's.

    One table for both: a search is a semi-join whose way PostgreSQL chooses by how frequent the words are.
    """

    __tablename__ = "search_texts"

    ticket_id = Column(Uuid, ForeignKey("tickets.id"), primary_key=True)
    text_id = Column(Uuid, primary_key=True)
    internal = Column(Boolean, nullable=False)
    words = Column(TSVECTOR, nullable=False)

    __table_args__ = (
        # Without fastupdate each search reads the index alone and no list of pending entries.
        Index(
            "ix_search_texts_words",
            "words",
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
        ),
    )


class Attachment(Base):
    """A file; the uploader's own until it is bound to a ticket's description or to a message."""

    __tablename__ = "attachments"

    id = Column(Uuid, primary_key=True, default=new_id)
    uploader_id = Column(Uuid)
    ticket_id = Column(Uuid, ForeignKey("tickets.id"), index=True)
    message_id = Column(Uuid, ForeignKey("messages.id"))
    filename = Column(String(255), nullable=False)
    content_type = Column(String(120), nullable=False)
    size = Column(BigInteger, nullable=False)
    sha256 = Column(String(64), nullable=False, index=True)
    created_at = Column(INSTANT, nullable=False)

    __table_args__ = (Index("ix_attachments_unbound", "created_at", postgresql_where=text("ticket_id IS NULL")),)


class HistoryLine(Base):
    """What happened, in whichever service; a trigger refuses to change or delete a line."""

    __tablename__ = "history"

    id = Column(BigInteger, Identity(), primary_key=True)
    ticket_id = Column(Uuid, ForeignKey("tickets.id"), nullable=False)
    kind = Column(String(40), nullable=False)
    audience = Column(String(12), nullable=False)
    actor_id = Column(Uuid)
    actor_name = Column(String(200))
    source = Column(String(20), nullable=False)
    old = Column(JSONB(none_as_null=True))
    new = Column(JSONB(none_as_null=True))
    occurred_at = Column(INSTANT, nullable=False)

    __table_args__ = (Index("ix_history_ticket_id", "ticket_id", "occurred_at", "id"),)


class TicketLink(Base):
    """`other_id` is the `kind` of `ticket_id`: its `incident` or its `parent`; there is a row either way."""

    __tablename__ = "ticket_links"

    ticket_id = Column(Uuid, ForeignKey("tickets.id"), primary_key=True)
    other_id = Column(Uuid, ForeignKey("tickets.id"), primary_key=True)
    kind = Column(String(12), nullable=False)


class Satisfaction(Base):
    """How one participant rated a ticket, once."""

    __tablename__ = "satisfactions"

    participant_id = Column(Uuid, primary_key=True)
    ticket_id = Column(Uuid, ForeignKey("tickets.id"), nullable=False, index=True)
    rating = Column(SmallInteger, nullable=False)
    comment = Column(Text, nullable=False)
    given_at = Column(INSTANT, nullable=False)

    __table_args__ = (CheckConstraint("rating BETWEEN 1 AND 5", name="rating"),)
