"""The column of passwords that waited goes: since the version before nothing writes or reads it."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade():
    """Drop it."""
    op.drop_column("registrations", "password_hash")
