"""The tables that every service's database has, beside its own."""

from functools import cache

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import declarative_base as sqlalchemy_declarative_base

#: The type of every column that holds an instant.
INSTANT = DateTime(timezone=True)

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def declarative_base():
    """Return a new base for a service's models, with the chassis tables in its metadata."""
    metadata = MetaData(naming_convention=NAMING)
    add_chassis_tables(metadata)
    return sqlalchemy_declarative_base(metadata=metadata, constructor=_fill)


def _fill(row, /, **values):
    """Set what a new row is made of."""
    if values.keys() <= _column_names_of(type(row)):
        # It has no past that SQLAlchemy would have to know: the events for each column cost more than all the rest.
        vars(row).update(values)
        return
    for name, value in values.items():
        if not hasattr(type(row), name):
            raise TypeError(f"{type(row).__name__} has no {name}.")
        setattr(row, name, value)


@cache
def _column_names_of(model):
    return frozenset(model.__mapper__.columns.keys())


def add_chassis_tables(metadata):
    """Define outbox, inbox, requests and epochs; return them in the order in which they are made."""
    return [_outbox(metadata), _inbox(metadata), _requests(metadata), _epochs(metadata)]


def _outbox(metadata):
    return Table(
        "outbox",
        metadata,
        Column("id", BigInteger, Identity(), primary_key=True),
        Column("event_id", Uuid, nullable=False),
        Column("name", String(80), nullable=False),
        Column("payload", JSONB, nullable=False),
        Column("actor", JSONB),
        Column("version", BigInteger, nullable=False),
        Column("correlation_id", String(80), nullable=False),
        Column("occurred_at", INSTANT, nullable=False),
    )


def _inbox(metadata):
    return Table(
        "inbox",
        metadata,
        Column("listener", String(120), primary_key=True),
        Column("event_id", Uuid, primary_key=True),
        Column("state", String(8), nullable=False),
        Column("source", String(40), nullable=False),
        Column("name", String(80), nullable=False),
        Column("headers", JSONB),
        Column("body", LargeBinary),
        Column("error", Text),
        Column("tries", Integer, nullable=False, server_default=text("0")),
        Column("next_attempt_at", INSTANT),
        Column("in_hand", Boolean, nullable=False, server_default=text("false")),
        Column("received_at", INSTANT, nullable=False, server_default=text("now()")),
        Index("ix_inbox_open", "state", "next_attempt_at", postgresql_where=text("state <> 'done'")),
    )


def _requests(metadata):
    return Table(
        "requests",
        metadata,
        Column("actor", String(80), primary_key=True),
        Column("method", String(80), primary_key=True),
        Column("key", String(255), primary_key=True),
        Column("hash", String(64), nullable=False),
        Column("answer", LargeBinary),
        Column("created_at", INSTANT, nullable=False, server_default=text("now()")),
        Index("ix_requests_created_at", "created_at"),
    )


def _epochs(metadata):
    return Table(
        "epochs",
        metadata,
        Column("person_id", Uuid, primary_key=True),
        Column("epoch", BigInteger, nullable=False),
        Column("changed_at", INSTANT, nullable=False, server_default=text("now()")),
        Index("ix_epochs_changed_at", "changed_at"),
    )
