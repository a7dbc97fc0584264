"""Mails to those who are sent to an intervention, and the way to its site."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"


def upgrade():
    """Add the columns; sites kept without them count as older, so that being told again brings them."""
    op.add_column("deliveries", sa.Column("intervention_id", sa.Uuid()))
    op.add_column("interventions", sa.Column("inputs", JSONB()))
    op.add_column("sites", sa.Column("name", sa.Text()))
    op.add_column("sites", sa.Column("path", sa.ARRAY(sa.Uuid())))
    op.add_column("sites", sa.Column("address", sa.Text(), nullable=False, server_default=""))
    op.execute("UPDATE sites SET version = version - 1")
