"""No password waits with a registration any more; it is chosen behind the link."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    """Drop the column."""
    op.drop_column("registrations", "password_hash")
