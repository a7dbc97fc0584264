"""Contractors take part by their work orders, and no longer than their role lets them have any."""

from alembic import op

revision = "0008"
down_revision = "0007"

#: Whoever answers for the ticket takes part as its assignee until the ticket is another's.
KEPT = """
UPDATE participants p SET standing = 'work_order'
FROM work_orders w
WHERE w.ticket_id = p.ticket_id AND w.contractor_id = p.person_id AND w.state <> 'cancelled'
  AND p.role = 'contractor' AND p.standing IS NULL AND NOT p.as_assignee
"""


def upgrade():
    """Tell the standing of those who take part already."""
    op.execute(KEPT)
