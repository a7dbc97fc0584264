"""What is to be done at an intervention, as its plan tells it; of plans told before it is not known."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade():
    """Add the columns."""
    for name in ("work_order_title", "work_order_description", "ticket_subject"):
        op.add_column("interventions", sa.Column(name, sa.Text()))
    op.add_column("interventions", sa.Column("ticket_number", sa.String(40)))
