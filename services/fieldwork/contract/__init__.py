"""What fieldwork answers and tells: clock-ins, incidents, completion and validation of interventions.

Error codes beside the generic `not_allowed`: `intervention_not_found`, `service_type_not_found`,
`attachment_not_found`, `upload_not_found` (404); `not_your_intervention`, `own_work` (403); `id_taken`,
`intervention_cancelled`, `intervention_completed`, `intervention_validated`, `intervention_not_completed`,
`validation_not_needed`, `clock_in_not_asked`, `clock_in_missing`, `clock_in_doubled`, `clock_in_too_late`,
`clock_in_too_early`, `clock_out_missing`, `clock_order`, `incidents_off`, `incident_window_closed`,
`uploads_full` (409).
"""

from marshmallow import fields

from chassis.contract import Contract, Event, Retold, command, instant, query
from services.fieldwork.contract.schemas import (
    Attachment,
    AttachmentId,
    ClockIn,
    ClockInArguments,
    CompleteIntervention,
    CreateIncidentReason,
    CreateServiceType,
    DeclareIncident,
    FullIntervention,
    Incident,
    IncidentReason,
    IncidentReasons,
    Intervention,
    InterventionId,
    Interventions,
    KeepAttachment,
    ListIncidentReasons,
    ListInterventions,
    Retelling,
    ServiceType,
    ServiceTypes,
    StoredAttachment,
)


class Fieldwork(Contract):
    """The execution of interventions."""

    service = "fieldwork"

    @command(takes=CreateServiceType, gives=ServiceType)
    def create_service_type(self, **settings):
        """Add a kind of work."""

    @query(gives=ServiceTypes)
    def list_service_types(self):
        """Return all kinds of work, the default first, then by name."""

    @command(takes=CreateIncidentReason, gives=IncidentReason)
    def create_incident_reason(self, **reason):
        """Add a reason that incidents may have."""

    @query(takes=ListIncidentReasons, gives=IncidentReasons)
    def list_incident_reasons(self, service_type=None):
        """Return the reasons offered."""

    @query(takes=ListInterventions, gives=Interventions)
    def list_interventions(self, **filters):
        """Return a page of the interventions that the caller may see."""

    @query(takes=InterventionId, gives=FullIntervention)
    def intervention_by_id(self, intervention_id):
        """Return one intervention with its clock-ins and incidents."""

    @command(takes=ClockInArguments, gives=ClockIn)
    def clock_in(self, **clock_in):
        """Record the start or the end of a worker's presence; safe to repeat under the same id."""

    @command(takes=DeclareIncident, gives=Incident)
    def declare_incident(self, **incident):
        """Report something wrong; answers the id of the ticket that opens. Safe to repeat by its id."""

    @command(takes=CompleteIntervention, gives=Intervention)
    def complete_intervention(self, intervention_id, report=""):
        """Say that the work is done."""

    @command(takes=InterventionId, gives=Intervention)
    def validate_intervention(self, intervention_id):
        """Confirm the work of others."""

    @command(takes=KeepAttachment, gives=Attachment)
    def keep_attachment(self, upload, filename, content_type):
        """Take over an upload; it is the caller's own until an incident names it."""

    @query(takes=AttachmentId, gives=StoredAttachment)
    def attachment_by_id(self, attachment_id):
        """Return where a file lies, for whoever may read its incident, or has just uploaded it."""

    @command(takes=Retelling, gives=Retold)
    def retell(self, kind, after=None):
        """Tell service types again, for a service that has lost its copies."""


class FactPerson(Event):
    """Somebody, as facts carry them."""

    person_id = fields.UUID(required=True)
    name = fields.String(required=True)


class FactAttachment(Event):
    """A file, as facts carry it; its bytes lie in fieldwork's folder of the store."""

    attachment_id = fields.UUID(required=True)
    sha256 = fields.String(required=True)
    filename = fields.String(required=True)
    content_type = fields.String(required=True)
    size = fields.Integer(required=True)


class ServiceTypeChanged(Event, source="fieldwork"):
    """A kind of work was added or changed."""

    service_type_id = fields.UUID(required=True)
    name = fields.String(required=True)
    validation = fields.Boolean(required=True)


class Clocked(Event):
    """What clock-ins and clock-outs have in common."""

    clock_in_id = fields.UUID(required=True)
    intervention_id = fields.UUID(required=True)
    work_order_id = fields.UUID(required=True)
    ticket_id = fields.UUID(required=True)
    worker = fields.Nested(FactPerson, required=True)
    method = fields.String(required=True)
    occurred_at = instant(required=True)
    received_at = instant(required=True)
    flags = fields.List(fields.String(), required=True)
    shared = fields.Boolean(load_default=False)


class ClockedIn(Clocked, source="fieldwork"):
    """A worker is on site."""


class ClockedOut(Clocked, source="fieldwork"):
    """A worker has left the site."""


class IncidentDeclared(Event, source="fieldwork"):
    """Something is wrong at an intervention; a ticket is to open under the given id."""

    incident_id = fields.UUID(required=True)
    ticket_id = fields.UUID(required=True)
    intervention_id = fields.UUID(required=True)
    parent_ticket_id = fields.UUID(required=True)
    #: In the declarer's language; `reason_names` has it in every language.
    reason_name = fields.String(required=True)
    reason_names = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)
    at = fields.String(required=True)
    text = fields.String(required=True)
    #: The window of the visit.
    starts_at = instant(load_default=None, allow_none=True)
    ends_at = instant(load_default=None, allow_none=True)
    site_id = fields.UUID(required=True, allow_none=True)
    usergroup_id = fields.UUID(required=True, allow_none=True)
    worker_ids = fields.List(fields.UUID(), required=True)
    declared_by = fields.Nested(FactPerson, required=True)
    declared_at = instant(required=True)
    attachments = fields.List(fields.Nested(FactAttachment), required=True)


class InterventionCompleted(Event, source="fieldwork"):
    """The work of a visit is done."""

    intervention_id = fields.UUID(required=True)
    work_order_id = fields.UUID(required=True)
    ticket_id = fields.UUID(required=True)
    completed_at = instant(required=True)
    by = fields.Nested(FactPerson, required=True)
    report = fields.String(required=True)
    validation_needed = fields.Boolean(required=True)


class WorkValidated(Event, source="fieldwork"):
    """The work of a visit is confirmed."""

    intervention_id = fields.UUID(required=True)
    work_order_id = fields.UUID(required=True)
    ticket_id = fields.UUID(required=True)
    validated_at = instant(required=True)
    by = fields.Nested(FactPerson, required=True)
