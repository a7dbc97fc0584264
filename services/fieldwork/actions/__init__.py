"""Use cases of fieldwork: load, decide, record, tell."""

from services.fieldwork.actions.clock_ins import clock_in
from services.fieldwork.actions.completion import complete_intervention, validate_intervention
from services.fieldwork.actions.copies import keep_person, keep_site, keep_usergroup
from services.fieldwork.actions.incidents import declare_incident, forget_unbound_uploads, keep_attachment
from services.fieldwork.actions.plans import cancel_plan, follow_privacy, follow_usergroup, keep_plan
from services.fieldwork.actions.retelling import retell
from services.fieldwork.actions.service_types import create_incident_reason, create_service_type

__all__ = [
    "cancel_plan",
    "clock_in",
    "complete_intervention",
    "create_incident_reason",
    "create_service_type",
    "declare_incident",
    "follow_privacy",
    "follow_usergroup",
    "forget_unbound_uploads",
    "keep_attachment",
    "keep_person",
    "keep_plan",
    "keep_site",
    "keep_usergroup",
    "retell",
    "validate_intervention",
]
