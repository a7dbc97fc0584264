"""Telling everything of a kind again, for a service that has lost its copies or is new."""

from chassis.retelling import retelling_of
from services.fieldwork.actions.service_types import tell_service_type
from services.fieldwork.queries import service_types_after

retell = retelling_of({"service_types": (service_types_after, tell_service_type)})
