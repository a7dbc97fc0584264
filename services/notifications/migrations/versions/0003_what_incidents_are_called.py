"""What an incident is called in each language."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"


def upgrade():
    """Add the column; incidents opened before keep the one subject that they have."""
    op.add_column("tickets", sa.Column("reason_names", JSONB()))
