"""An index for the mails that the next mail of a ticket refers to; participants whose address is doubtful."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    """Make both."""
    op.add_column("participants", sa.Column("doubtful", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(
        "ix_messages_mails",
        "messages",
        ["ticket_id", "position"],
        postgresql_where=sa.text("source_message_id IS NOT NULL AND NOT internal"),
    )
