"""What fieldwork answers and tells: clock-ins, incidents, completion and validation of interventions."""

from chassis.contract import Contract, Retold, command, query
from services.fieldwork.contract.answers import (
    Attachment,
    ClockIn,
    FullIntervention,
    Incident,
    IncidentReason,
    IncidentReasons,
    Intervention,
    Interventions,
    ServiceType,
    ServiceTypes,
    StoredAttachment,
)
from services.fieldwork.contract.arguments import (
    AttachmentId,
    Completion,
    IncidentReasonFilter,
    InterventionFilter,
    InterventionId,
    NewAttachment,
    NewClockIn,
    NewIncident,
    NewIncidentReason,
    NewServiceType,
    Retelling,
)
from services.fieldwork.contract.errors import ERRORS
from services.fieldwork.contract.facts import (
    ClockedIn,
    ClockedOut,
    IncidentDeclared,
    InterventionCompleted,
    ServiceTypeChanged,
    WorkValidated,
)

__all__ = [
    "ClockedIn",
    "ClockedOut",
    "Fieldwork",
    "IncidentDeclared",
    "InterventionCompleted",
    "ServiceTypeChanged",
    "WorkValidated",
]


class Fieldwork(Contract):
    """The execution of interventions."""

    service = "fieldwork"
    errors = ERRORS

    @command(takes=NewServiceType, gives=ServiceType, refuses=("not_allowed",))
    def create_service_type(self, **settings):
        """Add a kind of work."""

    @query(gives=ServiceTypes, refuses=("not_allowed",))
    def list_service_types(self):
        """Return all kinds of work, the default first, then by name."""

    @command(takes=NewIncidentReason, gives=IncidentReason, refuses=("not_allowed", "service_type_not_found"))
    def create_incident_reason(self, **reason):
        """Add a reason that incidents may have."""

    @query(takes=IncidentReasonFilter, gives=IncidentReasons, refuses=("not_allowed",))
    def list_incident_reasons(self, service_type=None):
        """Return the reasons offered."""

    @query(takes=InterventionFilter, gives=Interventions, refuses=("not_allowed", "cursor_invalid"))
    def list_interventions(self, **filters):
        """Return a page of the interventions that the caller may see."""

    @query(takes=InterventionId, gives=FullIntervention, refuses=("not_allowed", "intervention_not_found"))
    def intervention_by_id(self, intervention_id):
        """Return one intervention with its clock-ins and incidents."""

    @command(
        takes=NewClockIn,
        gives=ClockIn,
        refuses=(
            "not_allowed",
            "not_your_intervention",
            "intervention_not_found",
            "clock_in_doubled",
            "clock_in_missing",
            "clock_in_not_asked",
            "clock_in_too_early",
            "clock_in_too_late",
            "clock_order",
            "id_taken",
            "intervention_cancelled",
            "intervention_completed",
            "intervention_validated",
            "time_refused",
        ),
    )
    def clock_in(self, **clock_in):
        """Record the start or the end of a worker's presence; safe to repeat under the same id."""

    @command(
        takes=NewIncident,
        gives=Incident,
        refuses=(
            "not_allowed",
            "intervention_not_found",
            "attachment_not_found",
            "incident_reason_not_found",
            "id_taken",
            "incident_window_closed",
            "incidents_off",
            "intervention_cancelled",
            "reason_refused",
            "time_refused",
        ),
    )
    def declare_incident(self, **incident):
        """Report something wrong; answers the id of the ticket that opens. Safe to repeat by its id."""

    @command(
        takes=Completion,
        gives=Intervention,
        refuses=(
            "not_allowed",
            "intervention_not_found",
            "clock_in_missing",
            "clock_out_missing",
            "intervention_cancelled",
            "intervention_completed",
            "intervention_validated",
        ),
    )
    def complete_intervention(self, intervention_id, report=""):
        """Say that the work is done."""

    @command(
        takes=InterventionId,
        gives=Intervention,
        refuses=(
            "not_allowed",
            "own_work",
            "intervention_not_found",
            "intervention_cancelled",
            "intervention_not_completed",
            "intervention_validated",
            "validation_not_needed",
        ),
    )
    def validate_intervention(self, intervention_id):
        """Confirm the work of others."""

    @command(
        takes=NewAttachment,
        gives=Attachment,
        refuses=("not_allowed", "upload_not_found", "uploads_full", "storage_full"),
    )
    def keep_attachment(self, upload, filename, content_type):
        """Take over an upload; it is the caller's own until an incident names it."""

    @query(takes=AttachmentId, gives=StoredAttachment, refuses=("not_allowed", "attachment_not_found"))
    def attachment_by_id(self, attachment_id):
        """Return where a file lies, for whoever may read its incident, or has just uploaded it."""

    @command(takes=Retelling, gives=Retold, refuses=("not_allowed",))
    def retell(self, kind, after=None):
        """Tell service types again, for a service that has lost its copies."""
