"""An intervention, for the rules of fieldwork."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

NINE = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
ELEVEN = NINE + timedelta(hours=2)


def an_intervention(status="planned", *, completed_at=None, cancelled_at=None):
    """Return an intervention from nine to eleven."""
    return SimpleNamespace(
        status=status,
        completed_at=completed_at,
        cancelled_at=cancelled_at,
        plan_version=1,
        planned_at=NINE - timedelta(days=1),
        starts_at=NINE,
        ends_at=ELEVEN,
        plans=[],
    )
