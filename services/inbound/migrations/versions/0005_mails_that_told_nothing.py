"""Mails that could not be read, or told nothing, are found without looking through all the others."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade():
    """Add the index."""
    op.create_index(
        "ix_inbound_messages_untold",
        "inbound_messages",
        ["state", "id"],
        postgresql_where=sa.text("state IN ('unreadable', 'duplicate', 'own')"),
    )
