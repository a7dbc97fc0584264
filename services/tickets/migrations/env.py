"""Alembic's door: everything is in the chassis."""

from chassis.migrations import run_env
from services.tickets.models import Base

run_env(Base.metadata)
