"""Who has been on site for an intervention; of those that were under way before it is not known."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0004"
down_revision = "0003"


def upgrade():
    """Add the column."""
    op.add_column("interventions", sa.Column("clocked_in", ARRAY(sa.Uuid()), nullable=False, server_default="{}"))
