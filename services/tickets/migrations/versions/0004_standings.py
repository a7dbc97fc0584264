"""By what somebody takes part who does so only while it lasts; the incidents of an intervention are found by it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

#: Whom an incident let in, and the colleagues who wrote on a ticket of their organisation.
_KEPT = """
UPDATE participants p SET standing = CASE p.role
  WHEN 'worker' THEN 'visit' WHEN 'client' THEN 'organisation' ELSE 'usergroup' END
FROM tickets t
WHERE t.id = p.ticket_id AND (
  (t.kind = 'incident' AND p.role IN ('worker', 'client', 'supervisor'))
  OR (p.role = 'client' AND t.organisation_id = (SELECT organisation_id FROM people k WHERE k.person_id = p.person_id))
)
"""


def upgrade():
    """Make the column, tell the standing of those who take part already, and the indexes."""
    op.add_column("participants", sa.Column("standing", sa.String(12)))
    op.execute(_KEPT)
    standing = sa.text("standing IS NOT NULL")
    op.create_index("ix_participants_standing", "participants", ["ticket_id"], postgresql_where=standing)
    there = sa.text("intervention_id IS NOT NULL")
    op.create_index("ix_tickets_intervention_id", "tickets", ["intervention_id", "id"], postgresql_where=there)
