"""The version of the last decision of dispatch about who works on a ticket, so that one that comes late is known."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade():
    """Add the column."""
    op.add_column(
        "tickets", sa.Column("assignment_version", sa.BigInteger(), nullable=False, server_default=sa.text("0"))
    )
