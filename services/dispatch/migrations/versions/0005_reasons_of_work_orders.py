"""Why a work order was called off; of those that were before it is not known."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade():
    """Add the column."""
    op.add_column("work_orders", sa.Column("cancel_reason", sa.Text()))
