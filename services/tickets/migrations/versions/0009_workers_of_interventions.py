"""Who is sent to an intervention by its last plan, for incidents that are heard after it."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade():
    """Add the columns."""
    op.add_column("interventions", sa.Column("worker_ids", sa.ARRAY(sa.Uuid())))
    op.add_column("interventions", sa.Column("workers_version", sa.BigInteger()))
