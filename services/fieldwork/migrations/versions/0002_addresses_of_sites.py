"""The address of a site, for whoever has to go there."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    """Add the column; what is kept without it counts as older, so that being told again brings it."""
    op.add_column("sites", sa.Column("address", sa.Text(), nullable=False, server_default=""))
    op.execute("UPDATE sites SET version = version - 1")
