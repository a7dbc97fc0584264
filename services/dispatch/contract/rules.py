"""What is taken and given about routing rules, SLA policies and the calendar."""

from zoneinfo import available_timezones

from marshmallow import ValidationError, fields, validate, validates_schema

from chassis.contract import Answer, Arguments, line, one_of
from services.dispatch.contract.words import (
    CHANNELS,
    IF_VERSION,
    MAY_BE_NULL,
    MAY_LACK,
    PRIORITIES,
    WEEKDAYS,
)


def _whole(least, most, **options):
    return fields.Integer(strict=True, validate=validate.Range(least, most), **options)


def _zone_exists(value):
    if value not in available_timezones():
        raise ValidationError("Name a zone of the IANA database, such as Europe/Paris.")


class Conditions(Arguments):
    """When a rule applies: every condition given must hold; `words`: any one in subject or description.

    `site` holds for everything below it, too. `category` and `priority` are the ticket's at its opening.
    """

    category = fields.UUID(**MAY_LACK)
    site = fields.UUID(**MAY_LACK)
    mailbox = fields.UUID(**MAY_LACK)
    channel = one_of(*CHANNELS, **MAY_LACK)
    language = line(longest=10, shortest=2, **MAY_LACK)
    priority = one_of(*PRIORITIES, **MAY_LACK)
    words = fields.List(line(longest=80, shortest=1), validate=validate.Length(max=50), load_default=list)


class Result(Arguments):
    """What a rule sets where no person has chosen: at least one of the three."""

    usergroup_id = fields.UUID(**MAY_LACK)
    category_id = fields.UUID(**MAY_LACK)
    priority = one_of(*PRIORITIES, **MAY_LACK)

    @validates_schema
    def sets_something(self, values, **options):
        """Refuse a rule without an effect."""
        if not any(values.values()):
            raise ValidationError("Set at least one of usergroup_id, category_id and priority.")


class CreateRoutingRule(Arguments):
    """A rule; the lowest position that applies wins, the older rule among equals. None: after the last."""

    name = line(required=True, shortest=1, longest=120)
    position = _whole(1, 1_000_000, **MAY_LACK)
    conditions = fields.Nested(Conditions, load_default=dict)
    then = fields.Nested(Result, required=True)


class ChangeRoutingRule(Arguments):
    """What to change of a rule; conditions and result are replaced whole."""

    routing_rule_id = fields.UUID(required=True)
    if_version = IF_VERSION
    name = line(shortest=1, longest=120)
    position = _whole(1, 1_000_000)
    conditions = fields.Nested(Conditions)
    then = fields.Nested(Result)
    active = fields.Boolean()


class RoutingRule(Answer):
    """A routing rule."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    position = fields.Integer(required=True)
    conditions = fields.Dict(required=True)
    then = fields.Dict(required=True)
    active = fields.Boolean(required=True)
    version = fields.Integer(required=True)


class RoutingRules(Answer):
    """A page of rules in the order in which they are tried."""

    items = fields.List(fields.Nested(RoutingRule), required=True)
    next_cursor = fields.String(**MAY_BE_NULL)


class Target(Arguments):
    """How soon, in business minutes from the ticket's opening."""

    first_response_minutes = _whole(1, 100_000, required=True)
    resolution_minutes = _whole(1, 100_000, required=True)


def _all_priorities(given):
    missing = [priority for priority in PRIORITIES if priority not in given]
    if missing:
        raise ValidationError(f"Give a target for every priority; missing: {', '.join(missing)}.")


def _targets(**options):
    return fields.Dict(
        keys=one_of(*PRIORITIES), values=fields.Nested(Target), validate=_all_priorities, **options
    )


class CreateSLAPolicy(Arguments):
    """The targets of one usergroup; the policy without a usergroup is seeded and serves all others."""

    name = line(required=True, shortest=1, longest=120)
    usergroup_id = fields.UUID(required=True)
    targets = _targets(required=True)


class ChangeSLAPolicy(Arguments):
    """What to change of a policy; it counts from the next computation of a ticket's deadlines."""

    sla_policy_id = fields.UUID(required=True)
    if_version = IF_VERSION
    name = line(shortest=1, longest=120)
    targets = _targets()


class SLAPolicy(Answer):
    """Targets by priority; `usergroup_id` null is the default policy."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    usergroup_id = fields.UUID(**MAY_BE_NULL)
    targets = fields.Dict(required=True)
    version = fields.Integer(required=True)


class SLAPolicies(Answer):
    """A page of policies, the default first, then the oldest."""

    items = fields.List(fields.Nested(SLAPolicy), required=True)
    next_cursor = fields.String(**MAY_BE_NULL)


class Opening(Arguments):
    """One stretch of business hours: local times `HH:MM`, `closes` up to `24:00`."""

    opens = fields.String(required=True, validate=validate.Regexp(r"\A([01]\d|2[0-3]):[0-5]\d\Z"))
    closes = fields.String(required=True, validate=validate.Regexp(r"\A(([01]\d|2[0-3]):[0-5]\d|24:00)\Z"))


_HOURS = fields.Dict(
    keys=one_of(*WEEKDAYS), values=fields.List(fields.Nested(Opening), validate=validate.Length(max=10))
)


class ChangeCalendar(Arguments):
    """What to change of the calendar; `hours` is replaced whole, a weekday left out is closed.

    `holidays_country` is an ISO 3166-1 alpha-2 code, null for no public holidays.
    """

    if_version = IF_VERSION
    time_zone = fields.String(validate=[validate.Length(max=60), _zone_exists])
    hours = _HOURS
    holidays_country = fields.String(validate=validate.Regexp(r"\A[A-Z]{2}\Z"), allow_none=True)


class Calendar(Answer):
    """The business hours in which deadlines are counted."""

    time_zone = fields.String(required=True)
    hours = _HOURS
    holidays_country = fields.String(**MAY_BE_NULL)
    version = fields.Integer(required=True)
