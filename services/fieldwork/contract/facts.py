"""The facts that fieldwork tells."""

from chassis.contract import NULLABLE, OPTIONAL, Event, fields, instant


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
    #: The window of the intervention.
    starts_at = instant(**OPTIONAL)
    ends_at = instant(**OPTIONAL)
    site_id = fields.UUID(**NULLABLE)
    usergroup_id = fields.UUID(**NULLABLE)
    worker_ids = fields.List(fields.UUID(), required=True)
    #: Of the plan that they are sent by, as dispatch tells it.
    plan_version = fields.Integer(**OPTIONAL)
    declared_by = fields.Nested(FactPerson, required=True)
    declared_at = instant(required=True)
    attachments = fields.List(fields.Nested(FactAttachment), required=True)


class InterventionCompleted(Event, source="fieldwork"):
    """The work of an intervention is done."""

    intervention_id = fields.UUID(required=True)
    work_order_id = fields.UUID(required=True)
    ticket_id = fields.UUID(required=True)
    completed_at = instant(required=True)
    by = fields.Nested(FactPerson, required=True)
    report = fields.String(required=True)
    validation_needed = fields.Boolean(required=True)


class WorkValidated(Event, source="fieldwork"):
    """The work of an intervention is confirmed."""

    intervention_id = fields.UUID(required=True)
    work_order_id = fields.UUID(required=True)
    ticket_id = fields.UUID(required=True)
    validated_at = instant(required=True)
    by = fields.Nested(FactPerson, required=True)
