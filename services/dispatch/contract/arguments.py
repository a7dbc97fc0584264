"""What the methods of dispatch take."""

from marshmallow import ValidationError, validate, validates_schema

from chassis.contract import OPTIONAL, Arguments, fields, having, instant, line, one_of, page_cursor, page_size, text
from chassis.languages import LANGUAGES
from chassis.time_zones import time_zones
from services.dispatch.contract.words import CHANNELS, PRIORITIES, WEEKDAYS

#: The version that the caller has read (If-Match); none changes whatever is there.
IF_VERSION = fields.Integer(**OPTIONAL)


def _whole(least, most, **options):
    return fields.Integer(validate=validate.Range(least, most), **options)


def _zone_exists(value):
    if value not in time_zones():
        raise ValidationError("Name a zone of the IANA database, such as Europe/Paris.")


class Page(Arguments):
    """Which page of a list."""

    cursor = page_cursor()
    limit = page_size(50)


class Conditions(Arguments):
    """When a rule applies: every condition given must hold; `words`: any one in subject or description.

    `site` holds for everything below it, too. `category` and `priority` are the ticket's at its opening.
    """

    category = fields.UUID(**OPTIONAL)
    site = fields.UUID(**OPTIONAL)
    mailbox = fields.UUID(**OPTIONAL)
    channel = one_of(*CHANNELS, **OPTIONAL)
    language = one_of(*LANGUAGES, **OPTIONAL)
    priority = one_of(*PRIORITIES, **OPTIONAL)
    words = fields.List(line(longest=80, shortest=1), validate=validate.Length(max=50), load_default=list)


class Result(Arguments):
    """What a rule sets where no person has chosen: at least one of the three."""

    json_schema = {"not": having(without=("usergroup_id", "category_id", "priority"))}

    usergroup_id = fields.UUID(**OPTIONAL)
    category_id = fields.UUID(**OPTIONAL)
    priority = one_of(*PRIORITIES, **OPTIONAL)

    @validates_schema
    def sets_something(self, values, **options):
        """Refuse a rule without an effect."""
        if not any(values.values()):
            raise ValidationError("Set at least one of usergroup_id, category_id and priority.")


class NewRoutingRule(Arguments):
    """A rule; the lowest position that applies wins. At one that is taken it goes before the rule there, and those
    behind make room; without one it goes after the last."""

    example = {
        "name": "Lifts",
        "conditions": {"words": ["lift", "elevator"], "language": "en"},
        "then": {"usergroup_id": "0192a000-0000-7000-8000-000000000001", "priority": "high"},
    }

    name = line(required=True, shortest=1, longest=120)
    position = _whole(1, 1_000_000, **OPTIONAL)
    conditions = fields.Nested(Conditions, load_default=dict)
    then = fields.Nested(Result, required=True)


class RoutingRuleChange(Arguments):
    """What to change of a rule; conditions and result are replaced whole, a position that is taken makes room."""

    example = {"position": 1, "active": True}

    routing_rule_id = fields.UUID(required=True)
    if_version = IF_VERSION
    name = line(shortest=1, longest=120)
    position = _whole(1, 1_000_000)
    conditions = fields.Nested(Conditions)
    then = fields.Nested(Result)
    active = fields.Boolean()


class Target(Arguments):
    """How soon, in business minutes from the ticket's opening."""

    first_response_minutes = _whole(1, 100_000, required=True)
    resolution_minutes = _whole(1, 100_000, required=True)

    @validates_schema
    def resolves_after_the_response(self, values, **options):
        """Refuse a resolution that is due before the first response."""
        if values["resolution_minutes"] < values["first_response_minutes"]:
            raise ValidationError("A ticket is not resolved before its first response.", "resolution_minutes")


def _all_priorities(given):
    missing = [priority for priority in PRIORITIES if priority not in given]
    if missing:
        raise ValidationError(f"Give a target for every priority; missing: {', '.join(missing)}.")


def targets_of_all(**options):
    """Return a field of targets by priority, one for every priority."""
    return fields.Dict(
        keys=one_of(*PRIORITIES),
        values=fields.Nested(Target),
        validate=_all_priorities,
        metadata={"json_schema": {"required": [*PRIORITIES]}},
        **options,
    )


class NewSLAPolicy(Arguments):
    """The targets of one usergroup; the policy without a usergroup is seeded and serves all others."""

    example = {
        "name": "Lifts",
        "usergroup_id": "0192a000-0000-7000-8000-000000000001",
        "targets": {
            "low": {"first_response_minutes": 480, "resolution_minutes": 4800},
            "normal": {"first_response_minutes": 240, "resolution_minutes": 2400},
            "high": {"first_response_minutes": 60, "resolution_minutes": 480},
            "urgent": {"first_response_minutes": 30, "resolution_minutes": 240},
        },
    }

    name = line(required=True, shortest=1, longest=120)
    usergroup_id = fields.UUID(required=True)
    targets = targets_of_all(required=True)


class SLAPolicyChange(Arguments):
    """What to change of a policy; it counts from the next computation of a ticket's deadlines."""

    example = {"name": "Lifts and doors"}

    sla_policy_id = fields.UUID(required=True)
    if_version = IF_VERSION
    name = line(shortest=1, longest=120)
    targets = targets_of_all()


class Opening(Arguments):
    """One stretch of business hours: local times `HH:MM`, `closes` up to `24:00`."""

    opens = fields.String(required=True, validate=validate.Regexp(r"\A([01]\d|2[0-3]):[0-5]\d\Z"))
    closes = fields.String(required=True, validate=validate.Regexp(r"\A(([01]\d|2[0-3]):[0-5]\d|24:00)\Z"))


HOURS = fields.Dict(
    keys=one_of(*WEEKDAYS), values=fields.List(fields.Nested(Opening), validate=validate.Length(max=10))
)


class CalendarChange(Arguments):
    """What to change of the calendar; `hours` is replaced whole, a weekday left out is closed.

    `holidays_country` is an ISO 3166-1 alpha-2 code, null for no public holidays.
    """

    example = {
        "time_zone": "Europe/Paris",
        "hours": {"monday": [{"opens": "08:00", "closes": "12:00"}, {"opens": "13:00", "closes": "17:00"}]},
        "holidays_country": "FR",
    }

    if_version = IF_VERSION
    time_zone = fields.String(validate=[validate.Length(max=60), _zone_exists])
    hours = HOURS
    holidays_country = fields.String(validate=validate.Regexp(r"\A[A-Z]{2}\Z"), allow_none=True)


class NewWorkOrder(Arguments):
    """Authorises work on site for a ticket; the site is the ticket's unless given."""

    example = {
        "ticket_id": "0192a000-0000-7000-8000-000000000001",
        "title": "Repair the door of the lift",
        "site_id": "0192a000-0000-7000-8000-000000000002",
    }

    ticket_id = fields.UUID(required=True)
    title = line(required=True, shortest=1)
    description = text(longest=20_000, load_default="")
    site_id = fields.UUID(**OPTIONAL)
    contractor_id = fields.UUID(**OPTIONAL)


class WorkOrderFilter(Page):
    """Filters of the list."""

    ticket = fields.UUID(**OPTIONAL)
    status = one_of("open", "closed", **OPTIONAL)


class WorkOrderId(Arguments):
    """One work order."""

    work_order_id = fields.UUID(required=True)


class WorkOrderCancellation(WorkOrderId):
    """Why a work order is no longer wanted; its planned interventions are cancelled with it."""

    example = {"reason": "It works again."}

    reason = text(longest=2_000, load_default="")


class NewIntervention(Arguments):
    """One intervention; the caller may give its id.

    A window is at most 24 hours, not over, and within five years from now.
    """

    example = {
        "work_order_id": "0192a000-0000-7000-8000-000000000001",
        "workers": ["0192a000-0000-7000-8000-000000000002"],
        "starts_at": "2026-11-30T08:00:00+01:00",
        "ends_at": "2026-11-30T10:00:00+01:00",
    }

    id = fields.UUID(**OPTIONAL)
    work_order_id = fields.UUID(required=True)
    workers = fields.List(fields.UUID(), required=True, validate=validate.Length(min=1, max=20))
    starts_at = instant(required=True)
    ends_at = instant(required=True)
    service_type_id = fields.UUID(**OPTIONAL)


class InterventionChange(Arguments):
    """Another window, or other workers too."""

    example = {"starts_at": "2026-11-30T08:00:00+01:00", "ends_at": "2026-11-30T10:00:00+01:00"}

    intervention_id = fields.UUID(required=True)
    if_version = IF_VERSION
    starts_at = instant(required=True)
    ends_at = instant(required=True)
    workers = fields.List(fields.UUID(), validate=validate.Length(min=1, max=20), **OPTIONAL)


class InterventionCancellation(Arguments):
    """Why the intervention does not take place."""

    example = {"reason": "Nobody is at home."}

    intervention_id = fields.UUID(required=True)
    reason = text(longest=2_000, load_default="")
