"""What the methods of fieldwork take."""

from marshmallow import ValidationError, validate, validates_schema

from chassis.contract import (
    OPTIONAL,
    AfterThing,
    Arguments,
    fields,
    instant,
    line,
    none_of,
    one_of,
    page_cursor,
    page_size,
    text,
)
from chassis.languages import LANGUAGES
from services.fieldwork.contract.words import (
    CLOCK_EVENTS,
    CLOCK_INS,
    METHODS,
    MOMENTS,
    RETOLD_KINDS,
    ROUNDINGS,
    STATUSES,
)


class Position(Arguments):
    """Where a device says it is: WGS 84 degrees, and the radius in metres it is sure of."""

    latitude = fields.Float(required=True, validate=validate.Range(-90, 90))
    longitude = fields.Float(required=True, validate=validate.Range(-180, 180))
    accuracy_m = fields.Float(validate=validate.Range(min=0), **OPTIONAL)


class NewServiceType(Arguments):
    """Settings of a new kind of work; `rounding` and its minutes come together, or neither."""

    example = {"name": "Lift repair", "clock_ins": "both", "rounding": "up", "rounding_minutes": 15}
    json_schema = none_of(
        {
            "required": ["rounding_minutes"],
            "properties": {"rounding": {"const": "none"}, "rounding_minutes": {"type": "integer"}},
        },
        {
            "required": ["rounding"],
            "properties": {"rounding": {"not": {"const": "none"}}, "rounding_minutes": {"type": "null"}},
        },
    )

    name = line(required=True, shortest=1, longest=120)
    clock_ins = one_of(*CLOCK_INS, load_default="both")
    incidents = fields.Boolean(load_default=True)
    validation = fields.Boolean(load_default=True)
    allowed_delay_minutes = fields.Integer(validate=validate.Range(0, 1440), **OPTIONAL)
    not_before_start = fields.Boolean(load_default=False)
    allowed_distance_m = fields.Integer(validate=validate.Range(1, 100_000), **OPTIONAL)
    rounding = one_of(*ROUNDINGS, load_default="none")
    rounding_minutes = fields.Integer(validate=validate.OneOf((5, 10, 15, 20)), **OPTIONAL)
    shared_with_client = fields.Boolean(load_default=True)
    incident_hours_before = fields.Integer(load_default=4, validate=validate.Range(0, 168))
    incident_hours_after = fields.Integer(load_default=24, validate=validate.Range(0, 168))

    @validates_schema
    def rounding_is_whole(self, values, **options):
        """Refuse a direction without a step, and a step without a direction."""
        if (values["rounding"] == "none") != (values["rounding_minutes"] is None):
            raise ValidationError("Give both the rounding and its minutes, or neither.", "rounding_minutes")


class NewIncidentReason(Arguments):
    """A reason that workers and clients may pick; of one service type, or of all."""

    example = {"name": "Nobody at home", "names": {"fr": "Client absent", "de": "Kunde abwesend"}, "at": "start"}

    service_type_id = fields.UUID(**OPTIONAL)
    name = line(required=True, shortest=1, longest=120)
    names = fields.Dict(keys=one_of(*LANGUAGES), values=line(shortest=1, longest=120), load_default=dict)
    at = one_of(*MOMENTS, load_default="both")


class IncidentReasonFilter(Arguments):
    """Which reasons: those offered for one service type (its own and the general ones), or all."""

    service_type = fields.UUID(**OPTIONAL)


class InterventionFilter(Arguments):
    """Filters of the list; `from` and `to` choose windows that touch that span.

    `without_worker` chooses what is planned and has nobody to go: who was sent cannot be any more.
    """

    class Meta(Arguments.Meta):
        """Names that Python keeps for itself."""

        include = {"from": instant(**OPTIONAL)}

    to = instant(**OPTIONAL)
    mine = fields.Boolean(load_default=False)
    without_worker = fields.Boolean(load_default=False)
    site = fields.UUID(**OPTIONAL)
    work_order = fields.UUID(**OPTIONAL)
    ticket = fields.UUID(**OPTIONAL)
    status = one_of(*STATUSES, **OPTIONAL)
    order = one_of("soonest", "latest", load_default="latest")
    cursor = page_cursor()
    limit = page_size(50)


class InterventionId(Arguments):
    """One intervention."""

    intervention_id = fields.UUID(required=True)


class NewClockIn(Arguments):
    """A clock-in or clock-out as the phone recorded it.

    `id` is made by the phone; `occurred_at` is the phone's time. `worker_id` is for operators who enter the
    clock-in of somebody else.
    """

    example = {
        "id": "0192a000-0000-7000-8000-000000000001",
        "intervention_id": "0192a000-0000-7000-8000-000000000002",
        "event": "start",
        "occurred_at": "2026-11-30T08:03:00+01:00",
        "position": {"latitude": 48.8566, "longitude": 2.3522, "accuracy_m": 12.0},
    }

    id = fields.UUID(required=True)
    intervention_id = fields.UUID(required=True)
    event = one_of(*CLOCK_EVENTS, required=True)
    method = one_of(*METHODS, load_default="manual")
    occurred_at = instant(required=True)
    position = fields.Nested(Position, **OPTIONAL)
    worker_id = fields.UUID(**OPTIONAL)


class NewIncident(Arguments):
    """An incident as the device recorded it.

    `occurred_at` is the device's time; where it is missing, the instant within the UUIDv7 `id` stands for it.
    """

    example = {
        "id": "0192a000-0000-7000-8000-000000000001",
        "intervention_id": "0192a000-0000-7000-8000-000000000002",
        "reason": "0192a000-0000-7000-8000-000000000003",
        "at": "start",
        "text": "Nobody opens the door.",
        "occurred_at": "2026-11-30T08:10:00+01:00",
    }

    id = fields.UUID(required=True)
    intervention_id = fields.UUID(required=True)
    reason = fields.UUID(required=True)
    at = one_of(*CLOCK_EVENTS, required=True)
    text = text(load_default="", longest=10_000)
    occurred_at = instant(**OPTIONAL)
    attachments = fields.List(fields.UUID(), load_default=list, validate=validate.Length(max=20))


class Completion(InterventionId):
    """The end of the work, with a report for the reader of the intervention."""

    example = {"report": "The door of the lift closes again."}

    report = text(load_default="", longest=20_000)


class NewAttachment(Arguments):
    """An upload that the gateway has stored under a random name."""

    upload = line(required=True, longest=64)
    filename = line(required=True, shortest=1, longest=255)
    content_type = line(required=True, shortest=1, longest=120)


class AttachmentId(Arguments):
    """One attachment."""

    attachment_id = fields.UUID(required=True)


class Retelling(AfterThing):
    """Which things are told again, and after which one."""

    example = {"kind": "service_types"}

    kind = one_of(*RETOLD_KINDS, required=True)
