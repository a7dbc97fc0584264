"""Interventions ahead are found without looking through those that are over."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade():
    """Add the index."""
    op.create_index(
        "ix_interventions_planned",
        "interventions",
        ["ends_at"],
        postgresql_where=sa.text("status = 'planned'"),
    )
