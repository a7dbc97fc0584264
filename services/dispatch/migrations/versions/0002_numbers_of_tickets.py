"""The number and the subject of a ticket, for those who are sent; of tickets opened before they are not known."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    """Add the columns."""
    op.add_column("tickets", sa.Column("number", sa.String(40)))
    op.add_column("tickets", sa.Column("subject", sa.Text()))
