"""Which usergroup a mailbox belongs to, and which one serves a ticket."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade():
    """Add the columns; mailboxes kept without them count as older, so that being told again brings them."""
    op.add_column("mailboxes", sa.Column("usergroup_id", sa.Uuid()))
    op.add_column("tickets", sa.Column("usergroup_id", sa.Uuid()))
    op.add_column("tickets", sa.Column("usergroup_version", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute("UPDATE mailboxes SET version = version - 1")
