"""Numbers of work orders, to say which one is open."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade():
    """Add the column."""
    op.add_column("work_orders", sa.Column("number", sa.String(20)))
