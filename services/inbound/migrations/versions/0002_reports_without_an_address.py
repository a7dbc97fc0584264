"""Reports that name no address, counted by their form."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    """Add the index."""
    op.create_index(
        "ix_submissions_webform",
        "submissions",
        ["webform_id", "submitted_at"],
        postgresql_where=sa.text("email IS NULL"),
    )
