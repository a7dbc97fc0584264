"""The firm that a work order is given to, which its contractor may leave; of those given before, their firm now."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

FIRMS = """
UPDATE work_orders w SET contractor_organisation_id = p.organisation_id
FROM people p WHERE p.person_id = w.contractor_id AND p.organisation_id IS NOT NULL
"""


def upgrade():
    """Add the column and fill it."""
    op.add_column("work_orders", sa.Column("contractor_organisation_id", sa.Uuid()))
    op.execute(FIRMS)
