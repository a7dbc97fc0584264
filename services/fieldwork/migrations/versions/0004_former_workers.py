"""Who is not sent to an intervention any more, and since when; of those taken off before it is not known."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade():
    """Make the table, and the index by which every list finds what somebody has yet to clock out of."""
    of_intervention = sa.ForeignKey("interventions.id", name="fk_former_workers_intervention_id_interventions")
    op.create_table(
        "former_workers",
        sa.Column("intervention_id", sa.Uuid(), of_intervention, primary_key=True),
        sa.Column("person_id", sa.Uuid(), primary_key=True),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_clock_ins_worker_id", "clock_ins", ["worker_id"])
