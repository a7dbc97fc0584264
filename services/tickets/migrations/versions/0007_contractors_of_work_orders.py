"""Contractors of work orders, who take part in their tickets."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade():
    """Add the column."""
    op.add_column("work_orders", sa.Column("contractor_id", sa.Uuid()))
