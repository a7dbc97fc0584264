"""What the methods of dispatch give."""

from chassis.contract import NULLABLE, Answer, fields, instant, one_of
from services.dispatch.contract.arguments import HOURS, Conditions, Result, targets_of_all
from services.dispatch.contract.words import OUTCOMES


class RoutingRule(Answer):
    """A routing rule."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    position = fields.Integer(required=True)
    conditions = fields.Nested(Conditions, required=True)
    then = fields.Nested(Result, required=True)
    active = fields.Boolean(required=True)
    version = fields.Integer(required=True)


class RoutingRules(Answer):
    """A page of rules in the order in which they are tried."""

    items = fields.List(fields.Nested(RoutingRule), required=True)
    next_cursor = fields.String(**NULLABLE)


class SLAPolicy(Answer):
    """Targets by priority; `usergroup_id` null is the default policy."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    usergroup_id = fields.UUID(**NULLABLE)
    targets = targets_of_all(required=True)
    version = fields.Integer(required=True)


class SLAPolicies(Answer):
    """A page of policies, the default first, then the oldest."""

    items = fields.List(fields.Nested(SLAPolicy), required=True)
    next_cursor = fields.String(**NULLABLE)


class Calendar(Answer):
    """The business hours in which deadlines are counted."""

    time_zone = fields.String(required=True)
    hours = HOURS
    holidays_country = fields.String(**NULLABLE)
    version = fields.Integer(required=True)


class Worker(Answer):
    """Somebody who is sent."""

    person_id = fields.UUID(required=True)
    name = fields.String(required=True)


class BusyWorker(Worker):
    """Somebody who is planned elsewhere, and the window of that intervention; shown with `worker_busy`."""

    starts_at = instant(required=True)
    ends_at = instant(required=True)


class Intervention(Answer):
    """The plan of an intervention, complete; what is done there is fieldwork's."""

    example = {
        "id": "0192a000-0000-7000-8000-000000000001",
        "work_order_id": "0192a000-0000-7000-8000-000000000002",
        "ticket_id": "0192a000-0000-7000-8000-000000000003",
        "site_id": "0192a000-0000-7000-8000-000000000004",
        "service_type_id": None,
        "workers": [{"person_id": "0192a000-0000-7000-8000-000000000005", "name": "Max Arbeiter"}],
        "starts_at": "2026-11-30T07:00:00+00:00",
        "ends_at": "2026-11-30T09:00:00+00:00",
        "status": "planned",
        "planned_at": "2026-11-28T09:30:00+00:00",
        "version": 1,
    }

    id = fields.UUID(required=True)
    work_order_id = fields.UUID(required=True)
    ticket_id = fields.UUID(required=True)
    site_id = fields.UUID(**NULLABLE)
    service_type_id = fields.UUID(**NULLABLE)
    workers = fields.List(fields.Nested(Worker), required=True)
    starts_at = instant(required=True)
    ends_at = instant(required=True)
    status = one_of("planned", "completed", "validated", "cancelled", required=True)
    planned_at = instant(required=True)
    version = fields.Integer(required=True)


class WorkOrder(Answer):
    """A work order with its interventions.

    `cancel_reason` is null unless it was called off: it is for whoever reads work orders, not for those who asked.
    """

    id = fields.UUID(required=True)
    number = fields.String(required=True)
    ticket_id = fields.UUID(required=True)
    title = fields.String(required=True)
    description = fields.String(required=True)
    status = one_of("open", "closed", required=True)
    outcome = one_of(*OUTCOMES, **NULLABLE)
    site_id = fields.UUID(**NULLABLE)
    contractor = fields.Nested(Worker, **NULLABLE)
    opened_at = instant(required=True)
    closed_at = instant(**NULLABLE)
    cancel_reason = fields.String(**NULLABLE)
    interventions = fields.List(fields.Nested(Intervention), required=True)
    version = fields.Integer(required=True)


class WorkOrders(Answer):
    """A page of work orders, the newest first."""

    items = fields.List(fields.Nested(WorkOrder), required=True)
    next_cursor = fields.String(**NULLABLE)
