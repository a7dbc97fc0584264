"""No password waits with a registration any more: it is chosen behind the link.

The column stays for processes that are still of the version before; it goes with a later one.
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    """Forget the hashes, and ask for none."""
    op.alter_column("registrations", "password_hash", nullable=True)
    op.execute("UPDATE registrations SET password_hash = NULL")
