"""What dispatch tells."""

from chassis.contract import NULLABLE, OPTIONAL, Event, fields, instant, one_of
from services.dispatch.contract.words import (
    ASSIGNMENT_CODES,
    DEADLINES,
    OUTCOMES,
    PRIORITIES,
    ROUTING_REASONS,
)


class TicketRouted(Event, source="dispatch"):
    """Where a ticket belongs: told exactly once per ticket, also when nothing matched.

    The three results are what the ticket should have; what a person chose comes back unchanged, and what a
    person has set since is not overridden by whoever applies this. `rule_*` name the rule that matched, even
    where it gave no usergroup.
    """

    ticket_id = fields.UUID(required=True)
    usergroup_id = fields.UUID(**NULLABLE)
    category_id = fields.UUID(**NULLABLE)
    priority = one_of(*PRIORITIES, **NULLABLE)
    rule_id = fields.UUID(**NULLABLE)
    rule_name = fields.String(**NULLABLE)
    #: The rule may have been changed since; earlier versions told none.
    rule_version = fields.Integer(**OPTIONAL)
    reason = one_of(*ROUTING_REASONS, required=True)
    routed_at = instant(required=True)


class AssignmentReason(Event):
    """Why this agent: the open tickets they had, and among how many candidates they were chosen."""

    code = one_of(*ASSIGNMENT_CODES, required=True)
    load = fields.Integer(**NULLABLE)
    candidates = fields.Integer(required=True)


class AssignmentDecided(Event, source="dispatch"):
    """Who is to work on a ticket; told once at its routing and again when its usergroup changes."""

    ticket_id = fields.UUID(required=True)
    assignee_id = fields.UUID(**NULLABLE)
    reason = fields.Nested(AssignmentReason, required=True)
    decided_at = instant(required=True)


class CountedBy(Event):
    """What deadlines were counted by, all of which may change afterwards: minutes of business time by priority."""

    priority = one_of(*PRIORITIES, required=True)
    first_response_minutes = fields.Integer(required=True)
    resolution_minutes = fields.Integer(required=True)
    policy_id = fields.UUID(required=True)
    policy_version = fields.Integer(required=True)
    calendar_version = fields.Integer(required=True)


class DeadlineSet(Event, source="dispatch"):
    """The deadlines of a ticket: told once at its opening and again only when one of them moves.

    `*_missed` say of which a miss was told before that still stands: where it was not moved ahead it is not told anew.
    """

    ticket_id = fields.UUID(required=True)
    first_response_due_at = instant(required=True)
    resolution_due_at = instant(required=True)
    policy_name = fields.String(required=True)
    #: Earlier versions told none.
    counted_by = fields.Nested(CountedBy, **OPTIONAL)
    set_at = instant(required=True)
    first_response_missed = fields.Boolean(load_default=False)
    resolution_missed = fields.Boolean(load_default=False)


class DeadlineMissed(Event, source="dispatch"):
    """A deadline has passed with its clock running; told once, unless the deadline is moved ahead again."""

    ticket_id = fields.UUID(required=True)
    which = one_of(*DEADLINES, required=True)
    due_at = instant(required=True)


class WorkOrderOpened(Event, source="dispatch"):
    """Work on site is authorised."""

    work_order_id = fields.UUID(required=True)
    ticket_id = fields.UUID(required=True)
    number = fields.String(required=True)
    title = fields.String(required=True)
    site_id = fields.UUID(**NULLABLE)
    contractor_id = fields.UUID(**NULLABLE)
    opened_at = instant(required=True)


class WorkOrderClosed(Event, source="dispatch"):
    """A work order is over; told anew, with the outcome, where work was done that had been called off.

    So many `open_work_orders` are left on its ticket, `left_open` by their ids: a listener may not know them yet.
    `reason` is that of one that was called off, and the desk's own.
    """

    work_order_id = fields.UUID(required=True)
    ticket_id = fields.UUID(required=True)
    outcome = one_of(*OUTCOMES, required=True)
    closed_at = instant(required=True)
    open_work_orders = fields.Integer(required=True)
    left_open = fields.List(fields.UUID(), load_default=list)
    reason = fields.String(**OPTIONAL)


class PlannedWorker(Event):
    """Somebody who is sent."""

    person_id = fields.UUID(required=True)
    name = fields.String(required=True)


class PlannedIntervention(Event):
    """What facts about the plan of an intervention carry; `private` is its ticket's.

    What is to be done there is told with it: work orders do not change, and whoever is sent needs it at once.
    """

    intervention_id = fields.UUID(required=True)
    work_order_id = fields.UUID(required=True)
    ticket_id = fields.UUID(required=True)
    site_id = fields.UUID(**NULLABLE)
    service_type_id = fields.UUID(**NULLABLE)
    workers = fields.List(fields.Nested(PlannedWorker), required=True)
    starts_at = instant(required=True)
    ends_at = instant(required=True)
    planned_at = instant(required=True)
    usergroup_id = fields.UUID(**NULLABLE)
    private = fields.Boolean(load_default=False)
    work_order_title = fields.String(**OPTIONAL)
    work_order_description = fields.String(**OPTIONAL)
    ticket_number = fields.String(**OPTIONAL)
    ticket_subject = fields.String(**OPTIONAL)


class InterventionPlanned(PlannedIntervention, source="dispatch"):
    """An intervention is planned, or planned again: it had begun when it was cancelled."""


class InterventionReplanned(PlannedIntervention, source="dispatch"):
    """An intervention has another window or other workers; `planned_at` is when that was decided.

    `unable` are those who are off it because they cannot be sent any more: nobody has chosen so, and whoever planned it
    (`planned_by`) has yet to choose who goes instead.
    """

    unable = fields.List(fields.Nested(PlannedWorker), load_default=list)
    planned_by = fields.UUID(**OPTIONAL)


class InterventionCancelled(Event, source="dispatch"):
    """An intervention does not take place."""

    intervention_id = fields.UUID(required=True)
    work_order_id = fields.UUID(required=True)
    ticket_id = fields.UUID(required=True)
    reason = fields.String(required=True)
    cancelled_at = instant(required=True)
