"""What is taken and given about work orders and their planned interventions."""

from marshmallow import fields, validate

from chassis.contract import Answer, Arguments, instant, line, one_of, text
from services.dispatch.contract.words import IF_VERSION, MAY_BE_NULL, MAY_LACK, OUTCOMES, Page


class CreateWorkOrder(Arguments):
    """Authorises work on site for a ticket; the site is the ticket's unless given."""

    ticket_id = fields.UUID(required=True)
    title = line(required=True, shortest=1)
    description = text(longest=20_000, load_default="")
    site_id = fields.UUID(**MAY_LACK)
    contractor_id = fields.UUID(**MAY_LACK)


class ListWorkOrders(Page):
    """Filters of the list."""

    ticket = fields.UUID(**MAY_LACK)
    status = one_of("open", "closed", **MAY_LACK)


class WorkOrderId(Arguments):
    """One work order."""

    work_order_id = fields.UUID(required=True)


class CancelWorkOrder(WorkOrderId):
    """Why a work order is no longer wanted; its planned interventions are cancelled with it."""

    reason = text(longest=2_000, load_default="")


class PlanIntervention(Arguments):
    """One visit; the caller may give its id. A window is at most 24 hours, within five years from now."""

    id = fields.UUID(**MAY_LACK)
    work_order_id = fields.UUID(required=True)
    workers = fields.List(fields.UUID(), required=True, validate=validate.Length(min=1, max=20))
    starts_at = instant(required=True)
    ends_at = instant(required=True)
    service_type_id = fields.UUID(**MAY_LACK)


class ReplanIntervention(Arguments):
    """Another window, or other workers too."""

    intervention_id = fields.UUID(required=True)
    if_version = IF_VERSION
    starts_at = instant(required=True)
    ends_at = instant(required=True)
    workers = fields.List(fields.UUID(), validate=validate.Length(min=1, max=20), **MAY_LACK)


class CancelIntervention(Arguments):
    """Why the visit does not take place."""

    intervention_id = fields.UUID(required=True)
    reason = text(longest=2_000, load_default="")


class Worker(Answer):
    """Somebody who is sent."""

    person_id = fields.UUID(required=True)
    name = fields.String(required=True)


class Intervention(Answer):
    """The plan of a visit, complete; what is done there is fieldwork's."""

    id = fields.UUID(required=True)
    work_order_id = fields.UUID(required=True)
    ticket_id = fields.UUID(required=True)
    site_id = fields.UUID(**MAY_BE_NULL)
    service_type_id = fields.UUID(**MAY_BE_NULL)
    workers = fields.List(fields.Nested(Worker), required=True)
    starts_at = instant(required=True)
    ends_at = instant(required=True)
    status = one_of("planned", "completed", "validated", "cancelled", required=True)
    planned_at = instant(required=True)
    version = fields.Integer(required=True)


class WorkOrder(Answer):
    """A work order with its interventions."""

    id = fields.UUID(required=True)
    number = fields.String(required=True)
    ticket_id = fields.UUID(required=True)
    title = fields.String(required=True)
    description = fields.String(required=True)
    status = one_of("open", "closed", required=True)
    outcome = one_of(*OUTCOMES, **MAY_BE_NULL)
    site_id = fields.UUID(**MAY_BE_NULL)
    contractor = fields.Nested(Worker, **MAY_BE_NULL)
    opened_at = instant(required=True)
    closed_at = instant(**MAY_BE_NULL)
    interventions = fields.List(fields.Nested(Intervention), required=True)
    version = fields.Integer(required=True)


class WorkOrders(Answer):
    """A page of work orders, the newest first."""

    items = fields.List(fields.Nested(WorkOrder), required=True)
    next_cursor = fields.String(**MAY_BE_NULL)
