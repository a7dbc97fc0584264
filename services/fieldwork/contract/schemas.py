"""What fieldwork's methods take and give."""

from marshmallow import ValidationError, fields, validate, validates_schema

from chassis.contract import AfterThing, Answer, Arguments, instant, line, one_of, text

EVENTS = ("start", "end")
MOMENTS = ("start", "end", "both")
CLOCK_INS = ("none", *MOMENTS)
STATUSES = ("planned", "started", "completed", "validated", "cancelled")
ROUNDINGS = ("none", "down", "nearest", "up")
LANGUAGES = ("de", "en", "es", "fr")
#: What `retell` takes; the facts that each tells again.
RETOLD_KINDS = ("service_types",)


class Person(Answer):
    """Somebody with the name to show."""

    person_id = fields.UUID(required=True)
    name = fields.String(required=True)


class Named(Answer):
    """A thing of another service with the name to show; empty until that name has been heard."""

    id = fields.UUID(required=True)
    name = fields.String(required=True, allow_none=True)


class Place(Named):
    """A site and the way to it.

    `path` leads from the root of its tree to itself, as far as names have been heard; the address is its own, or
    that of the nearest place above that has one.
    """

    path = fields.List(fields.Nested(Named), required=True)
    address = fields.String(required=True)


class WorkOrder(Answer):
    """What is to be done; what is not for a client, or was not told with the plan, is empty."""

    id = fields.UUID(required=True)
    title = fields.String(required=True, allow_none=True)
    description = fields.String(required=True, allow_none=True)


class Ticket(Answer):
    """The ticket as it was opened; the subject is empty for clients."""

    id = fields.UUID(required=True)
    number = fields.String(required=True, allow_none=True)
    subject = fields.String(required=True, allow_none=True)


class Position(Arguments):
    """Where a device says it is: WGS 84 degrees, and the radius in metres it is sure of."""

    latitude = fields.Float(required=True, validate=validate.Range(-90, 90))
    longitude = fields.Float(required=True, validate=validate.Range(-180, 180))
    accuracy_m = fields.Float(load_default=None, allow_none=True, validate=validate.Range(min=0))


class CreateServiceType(Arguments):
    """Settings of a new kind of work."""

    name = line(required=True, shortest=1, longest=120)
    clock_ins = one_of(*CLOCK_INS, load_default="both")
    incidents = fields.Boolean(load_default=True)
    validation = fields.Boolean(load_default=True)
    allowed_delay_minutes = fields.Integer(
        load_default=None, allow_none=True, validate=validate.Range(0, 1440)
    )
    not_before_start = fields.Boolean(load_default=False)
    allowed_distance_m = fields.Integer(
        load_default=None, allow_none=True, validate=validate.Range(1, 100_000)
    )
    rounding = one_of(*ROUNDINGS, load_default="none")
    rounding_minutes = fields.Integer(
        load_default=None, allow_none=True, validate=validate.OneOf((5, 10, 15, 20))
    )
    shared_with_client = fields.Boolean(load_default=True)
    incident_hours_before = fields.Integer(load_default=4, validate=validate.Range(0, 168))
    incident_hours_after = fields.Integer(load_default=24, validate=validate.Range(0, 168))

    @validates_schema
    def rounding_is_whole(self, values, **options):
        """Refuse a direction without a step, and a step without a direction."""
        if (values["rounding"] == "none") != (values["rounding_minutes"] is None):
            raise ValidationError("Give both the rounding and its minutes, or neither.", "rounding_minutes")


class ServiceType(Answer):
    """A kind of work with its settings."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    is_default = fields.Boolean(required=True)
    clock_ins = fields.String(required=True)
    incidents = fields.Boolean(required=True)
    validation = fields.Boolean(required=True)
    allowed_delay_minutes = fields.Integer(required=True, allow_none=True)
    not_before_start = fields.Boolean(required=True)
    allowed_distance_m = fields.Integer(required=True, allow_none=True)
    rounding = fields.String(required=True)
    rounding_minutes = fields.Integer(required=True, allow_none=True)
    shared_with_client = fields.Boolean(required=True)
    incident_hours_before = fields.Integer(required=True)
    incident_hours_after = fields.Integer(required=True)
    version = fields.Integer(required=True)


class ServiceTypes(Answer):
    """All kinds of work; there are never so many that a page is needed."""

    items = fields.List(fields.Nested(ServiceType), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class CreateIncidentReason(Arguments):
    """A reason that workers and clients may pick; of one service type, or of all."""

    service_type_id = fields.UUID(load_default=None, allow_none=True)
    name = line(required=True, shortest=1, longest=120)
    names = fields.Dict(
        keys=one_of(*LANGUAGES), values=line(shortest=1, longest=120), load_default=dict
    )
    at = one_of(*MOMENTS, load_default="both")


class ListIncidentReasons(Arguments):
    """Which reasons: those offered for one service type (its own and the general ones), or all."""

    service_type = fields.UUID(load_default=None, allow_none=True)


class IncidentReason(Answer):
    """A reason, named in the reader's language where that name is known."""

    id = fields.UUID(required=True)
    service_type_id = fields.UUID(required=True, allow_none=True)
    name = fields.String(required=True)
    names = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    at = fields.String(required=True)


class IncidentReasons(Answer):
    """All reasons asked for."""

    items = fields.List(fields.Nested(IncidentReason), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class ListInterventions(Arguments):
    """Filters of the list; `from` and `to` choose windows that touch that span."""

    class Meta(Arguments.Meta):
        """Names that Python keeps for itself."""

        include = {"from": instant(load_default=None, allow_none=True)}

    to = instant(load_default=None, allow_none=True)
    mine = fields.Boolean(load_default=False)
    site = fields.UUID(load_default=None, allow_none=True)
    work_order = fields.UUID(load_default=None, allow_none=True)
    ticket = fields.UUID(load_default=None, allow_none=True)
    status = one_of(*STATUSES, load_default=None, allow_none=True)
    order = one_of("soonest", "latest", load_default="latest")
    cursor = line(load_default=None, allow_none=True)
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 100))


class InterventionId(Arguments):
    """One intervention."""

    intervention_id = fields.UUID(required=True)


class ClockInArguments(Arguments):
    """A clock-in or clock-out as the phone recorded it.

    `id` is made by the phone; `occurred_at` is the phone's time. `worker_id` is for operators who enter the
    clock-in of somebody else.
    """

    id = fields.UUID(required=True)
    intervention_id = fields.UUID(required=True)
    event = one_of(*EVENTS, required=True)
    method = one_of("manual", load_default="manual")
    occurred_at = instant(required=True)
    position = fields.Nested(Position, load_default=None, allow_none=True)
    worker_id = fields.UUID(load_default=None, allow_none=True)


class ClockIn(Answer):
    """A clock-in or clock-out; both times are kept, flags say what a reader should know."""

    id = fields.UUID(required=True)
    intervention_id = fields.UUID(required=True)
    event = fields.String(required=True)
    method = fields.String(required=True)
    worker = fields.Nested(Person, required=True)
    entered_by = fields.Nested(Person, required=True)
    occurred_at = instant(required=True)
    received_at = instant(required=True)
    position = fields.Nested(Position, required=True, allow_none=True)
    flags = fields.List(fields.String(), required=True)


class DeclareIncident(Arguments):
    """An incident as the device recorded it.

    `occurred_at` is the device's time; where it is missing, the instant within the UUIDv7 `id` stands for it.
    """

    id = fields.UUID(required=True)
    intervention_id = fields.UUID(required=True)
    reason = fields.UUID(required=True)
    at = one_of(*EVENTS, required=True)
    text = text(load_default="", longest=10_000)
    occurred_at = instant(load_default=None, allow_none=True)
    attachments = fields.List(fields.UUID(), load_default=list, validate=validate.Length(max=20))


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
    at = fields.String(required=True)
    text = fields.String(required=True)
    declared_by = fields.Nested(Person, required=True)
    occurred_at = instant(required=True)
    received_at = instant(required=True)
    flags = fields.List(fields.String(), required=True)
    attachments = fields.List(fields.Nested(Attachment), required=True)


class Worker(Person):
    """Somebody who is sent, with their rounded minutes once clocked in and out."""

    minutes = fields.Integer(required=True, allow_none=True)


class Intervention(Answer):
    """One visit: its plan (a copy; `plan_version` is dispatch's) and what was done."""

    id = fields.UUID(required=True)
    work_order_id = fields.UUID(required=True)
    ticket_id = fields.UUID(required=True)
    work_order = fields.Nested(WorkOrder, required=True)
    ticket = fields.Nested(Ticket, required=True)
    status = fields.String(required=True)
    starts_at = instant(required=True)
    ends_at = instant(required=True)
    site = fields.Nested(Place, required=True, allow_none=True)
    usergroup = fields.Nested(Named, required=True, allow_none=True)
    service_type = fields.Nested(Named, required=True)
    clock_ins_asked = fields.String(required=True)
    workers = fields.List(fields.Nested(Worker), required=True)
    report = fields.String(required=True)
    completed_at = instant(required=True, allow_none=True)
    completed_by = fields.Nested(Person, required=True, allow_none=True)
    validated_at = instant(required=True, allow_none=True)
    validated_by = fields.Nested(Person, required=True, allow_none=True)
    cancelled_at = instant(required=True, allow_none=True)
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
    next_cursor = fields.String(required=True, allow_none=True)


class CompleteIntervention(InterventionId):
    """The end of the work, with a report for the reader of the intervention."""

    report = text(load_default="", longest=20_000)


class KeepAttachment(Arguments):
    """An upload that the gateway has stored under a random name."""

    upload = line(required=True, longest=64)
    filename = line(required=True, shortest=1, longest=255)
    content_type = line(required=True, shortest=1, longest=120)


class AttachmentId(Arguments):
    """One attachment."""

    attachment_id = fields.UUID(required=True)


class Retelling(AfterThing):
    """Which things are told again, and after which one."""

    kind = one_of(*RETOLD_KINDS, required=True)
