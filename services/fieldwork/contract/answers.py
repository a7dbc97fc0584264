"""What the methods of fieldwork give."""

from chassis.contract import NULLABLE, Answer, fields, instant, one_of
from chassis.languages import LANGUAGES
from services.fieldwork.contract.arguments import Position
from services.fieldwork.contract.words import (
    CLOCK_EVENTS,
    CLOCK_IN_FLAGS,
    CLOCK_INS,
    DEVICE_FLAGS,
    METHODS,
    MOMENTS,
    ROUNDINGS,
    STATUSES,
)


class Person(Answer):
    """Somebody with the name to show."""

    person_id = fields.UUID(required=True)
    name = fields.String(required=True)


class Named(Answer):
    """A thing of another service with the name to show; null until that name has been heard."""

    id = fields.UUID(required=True)
    name = fields.String(**NULLABLE)


class Place(Named):
    """A site and the way to it.

    `path` leads from the root of its tree to itself, as far as names have been heard; the address is its own, or
    that of the nearest place above that has one.
    """

    path = fields.List(fields.Nested(Named), required=True)
    address = fields.String(required=True)


class WorkOrder(Answer):
    """What is to be done; what is not for a client, or was not told with the plan, is null."""

    id = fields.UUID(required=True)
    title = fields.String(**NULLABLE)
    description = fields.String(**NULLABLE)


class Ticket(Answer):
    """The ticket as it was opened; the subject is null for clients."""

    id = fields.UUID(required=True)
    number = fields.String(**NULLABLE)
    subject = fields.String(**NULLABLE)


class ServiceType(Answer):
    """A kind of work with its settings."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    is_default = fields.Boolean(required=True)
    clock_ins = one_of(*CLOCK_INS, required=True)
    incidents = fields.Boolean(required=True)
    validation = fields.Boolean(required=True)
    allowed_delay_minutes = fields.Integer(**NULLABLE)
    not_before_start = fields.Boolean(required=True)
    allowed_distance_m = fields.Integer(**NULLABLE)
    rounding = one_of(*ROUNDINGS, required=True)
    rounding_minutes = fields.Integer(**NULLABLE)
    shared_with_client = fields.Boolean(required=True)
    incident_hours_before = fields.Integer(required=True)
    incident_hours_after = fields.Integer(required=True)
    version = fields.Integer(required=True)


class ServiceTypes(Answer):
    """All kinds of work; there are never so many that a page is needed."""

    items = fields.List(fields.Nested(ServiceType), required=True)
    next_cursor = fields.String(**NULLABLE)


class IncidentReason(Answer):
    """A reason, named in the reader's language where that name is known."""

    id = fields.UUID(required=True)
    service_type_id = fields.UUID(**NULLABLE)
    name = fields.String(required=True)
    names = fields.Dict(keys=one_of(*LANGUAGES), values=fields.String(), required=True)
    at = one_of(*MOMENTS, required=True)


class IncidentReasons(Answer):
    """All reasons asked for."""

    items = fields.List(fields.Nested(IncidentReason), required=True)
    next_cursor = fields.String(**NULLABLE)


class ClockIn(Answer):
    """A clock-in or clock-out; both times are kept, flags say what a reader should know."""

    id = fields.UUID(required=True)
    intervention_id = fields.UUID(required=True)
    event = one_of(*CLOCK_EVENTS, required=True)
    method = one_of(*METHODS, required=True)
    worker = fields.Nested(Person, required=True)
    entered_by = fields.Nested(Person, required=True)
    occurred_at = instant(required=True)
    received_at = instant(required=True)
    position = fields.Nested(Position, **NULLABLE)
    flags = fields.List(one_of(*CLOCK_IN_FLAGS), required=True)


class Attachment(Answer):
    """A file of an incident."""

    id = fields.UUID(required=True)
    filename = fields.String(required=True)
    content_type = fields.String(required=True)
    size = fields.Integer(required=True)


class StoredAttachment(Attachment):
    """A file and where its bytes lie in fieldwork's folder of the store."""

    sha256 = fields.String(required=True)


class Incident(Answer):
    """An incident and the ticket that its conversation happens in."""

    id = fields.UUID(required=True)
    ticket_id = fields.UUID(required=True)
    intervention_id = fields.UUID(required=True)
    reason = fields.Nested(Named, required=True)
    at = one_of(*CLOCK_EVENTS, required=True)
    text = fields.String(required=True)
    declared_by = fields.Nested(Person, required=True)
    occurred_at = instant(required=True)
    received_at = instant(required=True)
    flags = fields.List(one_of(*DEVICE_FLAGS), required=True)
    attachments = fields.List(fields.Nested(Attachment), required=True)


class Worker(Person):
    """Somebody who is sent, with their rounded minutes once clocked in and out."""

    minutes = fields.Integer(**NULLABLE)


class Intervention(Answer):
    """One intervention: its plan (a copy; `plan_version` is dispatch's) and what was done.

    `cancel_reason` is empty for clients: it is the desk's own.
    """

    id = fields.UUID(required=True)
    work_order_id = fields.UUID(required=True)
    ticket_id = fields.UUID(required=True)
    work_order = fields.Nested(WorkOrder, required=True)
    ticket = fields.Nested(Ticket, required=True)
    status = one_of(*STATUSES, required=True)
    starts_at = instant(required=True)
    ends_at = instant(required=True)
    site = fields.Nested(Place, **NULLABLE)
    usergroup = fields.Nested(Named, **NULLABLE)
    service_type = fields.Nested(Named, required=True)
    clock_ins_asked = one_of(*CLOCK_INS, required=True)
    workers = fields.List(fields.Nested(Worker), required=True)
    report = fields.String(required=True)
    completed_at = instant(**NULLABLE)
    completed_by = fields.Nested(Person, **NULLABLE)
    validated_at = instant(**NULLABLE)
    validated_by = fields.Nested(Person, **NULLABLE)
    cancelled_at = instant(**NULLABLE)
    cancel_reason = fields.String(required=True)
    plan_version = fields.Integer(required=True)
    version = fields.Integer(required=True)


class FullIntervention(Intervention):
    """An intervention with its clock-ins (for clients only where they are shared) and incidents."""

    clock_ins = fields.List(fields.Nested(ClockIn), required=True)
    incidents = fields.List(fields.Nested(Incident), required=True)


class Interventions(Answer):
    """A page of interventions."""

    items = fields.List(fields.Nested(Intervention), required=True)
    next_cursor = fields.String(**NULLABLE)
