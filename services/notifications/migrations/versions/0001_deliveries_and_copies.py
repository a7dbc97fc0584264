"""Deliveries, the in-app list, and copies of tickets, people, mailboxes, sites and interventions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from chassis.migrations import create_chassis_tables

revision = "0001"
down_revision = None


def upgrade():
    """Make the tables."""
    create_chassis_tables(op)
    _make_deliveries()
    _make_notifications()
    _make_copies()
    _make_copies_of_tickets()


def _key(name):
    return sa.Column(name, sa.Uuid(), primary_key=True)


def _id(name, **options):
    return sa.Column(name, sa.Uuid(), **options)


def _line(name, longest, **options):
    return sa.Column(name, sa.String(longest), **{"nullable": False, **options})


def _instant(name, **options):
    return sa.Column(name, sa.DateTime(timezone=True), **options)


def _version(name="version"):
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _make_deliveries():
    op.create_table(
        "deliveries",
        _key("id"),
        _line("occasion", 200, unique=True),
        _line("kind", 40),
        _id("ticket_id"),
        _id("participant_id"),
        _id("person_id"),
        _id("mailbox_id"),
        _line("recipient", 320),
        _line("counted_as", 320),
        _line("name", 300),
        _line("language", 2),
        sa.Column("inputs", JSONB(), nullable=False),
        _line("message_id", 400, unique=True),
        sa.Column("thread", JSONB(), nullable=False),
        _line("state", 10),
        sa.Column("tries", sa.Integer(), nullable=False, server_default=sa.text("0")),
        _instant("next_attempt_at", nullable=False),
        sa.Column("error", sa.Text()),
        _instant("created_at", nullable=False),
        _instant("sent_at"),
        sa.CheckConstraint("state IN ('waiting', 'sent', 'failed', 'cancelled')", name="state"),
    )
    waiting, receipt = sa.text("state = 'waiting'"), sa.text("kind = 'receipt'")
    op.create_index("ix_deliveries_due", "deliveries", ["next_attempt_at"], postgresql_where=waiting)
    op.create_index("ix_deliveries_budget", "deliveries", ["counted_as", "created_at"])
    op.create_index("ix_deliveries_thread", "deliveries", ["ticket_id", "participant_id", "created_at"])
    op.create_index("uq_deliveries_receipt", "deliveries", ["ticket_id"], unique=True, postgresql_where=receipt)


def _make_notifications():
    op.create_table(
        "notifications",
        _key("id"),
        _line("occasion", 200, unique=True),
        _id("person_id", nullable=False),
        _line("kind", 40),
        _line("title", 1000),
        _id("ticket_id", nullable=False),
        _line("ticket_number", 40),
        _instant("created_at", nullable=False),
        _instant("read_at"),
    )
    unread = sa.text("read_at IS NULL")
    op.create_index("ix_notifications_person", "notifications", ["person_id", "id"])
    op.create_index("ix_notifications_unread", "notifications", ["person_id", "id"], postgresql_where=unread)


def _make_copies():
    op.create_table(
        "people",
        _key("person_id"),
        _version(),
        _line("email", 320),
        _line("name", 300),
        _line("language", 10),
        sa.Column("roles", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "mailboxes",
        _key("mailbox_id"),
        _version(),
        _line("address", 320),
        _line("name", 300),
        sa.Column("active", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_mailboxes_address", "mailboxes", [sa.text("lower(address)")])
    op.create_table("sites", _key("site_id"), _version(), _line("time_zone", 80))


def _make_copies_of_tickets():
    op.create_table(
        "tickets",
        _key("ticket_id"),
        _line("number", 40),
        sa.Column("subject", sa.Text(), nullable=False),
        _line("language", 10, nullable=True),
        _id("mailbox_id"),
        sa.Column("participants", JSONB(), nullable=False),
        _version("participants_version"),
        _id("assignee_id"),
        _version("assignee_version"),
    )
    op.create_table(
        "source_messages",
        _key("participant_id"),
        sa.Column("message_id", sa.String(400), primary_key=True),
        _id("ticket_id", nullable=False),
        _instant("received_at", nullable=False),
    )
    thread = ["ticket_id", "participant_id", "received_at"]
    op.create_index("ix_source_messages_thread", "source_messages", thread)
    op.create_table(
        "interventions",
        _key("intervention_id"),
        _version(),
        _id("ticket_id", nullable=False),
        sa.Column("worker_ids", sa.ARRAY(sa.Uuid()), nullable=False),
        _instant("starts_at"),
        _instant("ends_at"),
    )
