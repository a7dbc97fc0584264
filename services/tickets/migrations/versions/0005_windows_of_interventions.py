"""When interventions take place, for those who follow a request by its link."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade():
    """Add the columns."""
    for name in ("starts_at", "ends_at"):
        op.add_column("interventions", sa.Column(name, sa.DateTime(timezone=True)))
