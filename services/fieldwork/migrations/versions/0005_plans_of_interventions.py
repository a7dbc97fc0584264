"""The plans of an intervention as they were told, by which it is known since when somebody is not sent any more."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"


def upgrade():
    """Make the table; the plan that is kept of an intervention enters it before the next one is written."""
    of_intervention = sa.ForeignKey("interventions.id", name="fk_intervention_plans_intervention_id_interventions")
    op.create_table(
        "intervention_plans",
        sa.Column("intervention_id", sa.Uuid(), of_intervention, primary_key=True),
        sa.Column("version", sa.BigInteger(), primary_key=True, autoincrement=False),
        *(
            sa.Column(name, sa.DateTime(timezone=True), nullable=False)
            for name in ("planned_at", "starts_at", "ends_at")
        ),
        sa.Column("workers", JSONB(), nullable=False),
    )
