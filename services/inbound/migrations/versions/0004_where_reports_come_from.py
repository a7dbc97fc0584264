"""Reports by webform counted by the network that they come from."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade():
    """Add the column and its index."""
    op.add_column("submissions", sa.Column("origin", sa.String(43)))
    op.create_index(
        "ix_submissions_origin",
        "submissions",
        ["origin", "submitted_at"],
        postgresql_where=sa.text("origin IS NOT NULL"),
    )
