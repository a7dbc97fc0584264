"""Mailboxes, webforms, what was received by them, and copies of groups, categories and sites."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from chassis.migrations import create_chassis_tables

revision = "0001"
down_revision = None


def upgrade():
    """Make the tables."""
    create_chassis_tables(op)
    _make_mailboxes()
    _make_webforms()
    _make_inbound_messages()
    for copy in ("usergroups", "categories", "sites"):
        op.create_table(
            copy,
            _key(),
            sa.Column("active", sa.Boolean(), nullable=False),
            sa.Column("version", sa.BigInteger(), nullable=False),
        )


def _key():
    return sa.Column("id", sa.Uuid(), primary_key=True)


def _instant(name, nullable=False):
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name, longest):
    return sa.Column(name, sa.String(longest), nullable=False)


def _settings():
    return (
        _text("name", 120),
        sa.Column("usergroup_id", sa.Uuid()),
        sa.Column("category_id", sa.Uuid()),
        _text("language", 2),
        sa.Column("active", sa.Boolean(), nullable=False, server_default=sa.text("true")),
        sa.Column("version", sa.BigInteger(), nullable=False, server_default=sa.text("1")),
        _instant("created_at"),
    )


def _make_mailboxes():
    op.create_table(
        "mailboxes",
        _key(),
        _text("address", 320),
        *_settings(),
        sa.UniqueConstraint("address", name="uq_mailboxes_address"),
    )


def _make_webforms():
    op.create_table(
        "webforms",
        _key(),
        _text("slug", 60),
        *_settings(),
        sa.Column("fields", JSONB(), nullable=False),
        sa.UniqueConstraint("slug", name="uq_webforms_slug"),
    )
    op.create_table(
        "submissions",
        _key(),
        sa.Column("webform_id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(320)),
        _instant("submitted_at"),
        sa.UniqueConstraint("participant_id", name="uq_submissions_participant_id"),
    )
    op.create_index("ix_submissions_email", "submissions", ["email", "submitted_at"])


def _make_inbound_messages():
    op.create_table(
        "inbound_messages",
        _key(),
        sa.Column("delivery_key", sa.String(64)),
        _text("sha256", 64),
        sa.Column("size", sa.Integer(), nullable=False),
        _text("envelope_from", 320),
        _text("envelope_to", 320),
        sa.Column("mailbox_id", sa.Uuid()),
        _text("state", 10),
        sa.Column("tries", sa.Integer(), nullable=False, server_default=sa.text("0")),
        _instant("due_at"),
        sa.Column("reply_participant_id", sa.Uuid()),
        sa.Column("problem", sa.Text()),
        sa.Column("version", sa.BigInteger(), nullable=False, server_default=sa.text("1")),
        _instant("received_at"),
        _instant("told_at", nullable=True),
        sa.UniqueConstraint("delivery_key", name="uq_inbound_messages_delivery_key"),
        sa.CheckConstraint("state IN ('received', 'told', 'unreadable', 'duplicate', 'own')", name="state"),
    )
    _index_inbound_messages()


def _index_inbound_messages():
    op.create_index(
        "ix_inbound_messages_due",
        "inbound_messages",
        ["due_at", "id"],
        postgresql_where=sa.text("state = 'received'"),
    )
    op.create_index("ix_inbound_messages_sha256", "inbound_messages", ["sha256"])
