"""Work orders: opened, closed by their interventions or called off. Every change holds the ticket's row."""

from sqlalchemy import Sequence, select

from chassis.errors import Conflict, Invalid
from chassis.ids import new_id
from services.dispatch import queries
from services.dispatch.access import ticket_for, work_order_for
from services.dispatch.actions.names import absent, require_known
from services.dispatch.contract import InterventionCancelled, WorkOrderClosed, WorkOrderOpened
from services.dispatch.domain import interventions
from services.dispatch.models import Person, Site, WorkOrder

NUMBERS = Sequence("work_order_numbers")


def create_work_order(work, actor, ticket_id, title, description, site_id, contractor_id):
    """Authorise work on site for an open ticket.

    :raises NotFound: `ticket_not_found`, `site_not_found`, `person_not_found`.
    :raises Forbidden: `not_allowed`.
    :raises Invalid: `person_unsuitable`.
    :raises Conflict: `ticket_not_open`.
    """
    require_known(work, Site, site_id, "site_id")
    contractor = _contractor(work, contractor_id)
    ticket = ticket_for(work, actor, ticket_id)
    require_ticket_open(ticket)
    work_order = WorkOrder(
        id=new_id(),
        number=f"W{work.now:%y}-{work.session.scalar(select(NUMBERS.next_value())):06d}",
        ticket_id=ticket.id,
        title=title,
        description=description,
        status="open",
        site_id=site_id or ticket.site_id,
        contractor_id=contractor_id,
        contractor_organisation_id=contractor and contractor.organisation_id,
        opened_by=actor.person_id,
        opened_at=work.now,
        version=1,
    )
    work.session.add(work_order)
    work.session.flush()
    _tell_opened(work, work_order)
    return work_order


def cancel_work_order(work, actor, work_order_id, reason):
    """Call a work order off, and every intervention that is still planned for it.

    :raises NotFound: `work_order_not_found`.
    :raises Forbidden: `not_allowed`.
    :raises Conflict: `work_order_closed`, `intervention_started`, `work_completed`.
    """
    work_order = work_order_for(work, actor, work_order_id, "work_orders.write", locked=True)
    require_open(work_order)
    require_not_started(work_order.interventions)
    _require_no_work(work_order)
    for intervention in work_order.interventions:
        if intervention.status == "planned":
            call_off(work, intervention, reason)
    _close(work, work_order, "cancelled", reason)
    return work_order


def require_open(work_order):
    """Refuse what a closed work order no longer allows.

    :raises Conflict: `work_order_closed`.
    """
    if work_order.status != "open":
        raise Conflict("work_order_closed", "The work order is closed.")


def require_ticket_open(ticket):
    """Refuse work on site for a ticket that is over.

    :raises Conflict: `ticket_not_open`.
    """
    if ticket.is_over:
        raise Conflict("ticket_not_open", "The ticket is resolved; reopen it first.")


def require_not_started(planned):
    """Refuse to cancel what is planned while some of it is under way: somebody is on site, and their work counts.

    :param planned: interventions of one work order.
    :raises Conflict: `intervention_started`.
    """
    if any(intervention.is_under_way for intervention in planned):
        raise Conflict("intervention_started", interventions.UNDER_WAY)


def call_off(work, intervention, reason):
    """Cancel a planned intervention and tell it."""
    intervention.status = "cancelled"
    intervention.cancel_reason = reason
    intervention.version += 1
    work.tell(
        InterventionCancelled,
        version=intervention.version,
        intervention_id=intervention.id,
        work_order_id=intervention.work_order_id,
        ticket_id=intervention.ticket_id,
        reason=reason,
        cancelled_at=work.now,
    )


def close_when_done(work, work_order):
    """Close a work order whose interventions are all done; cancelled ones do not count.

    One that was called off is closed anew: the work was done before whoever did it had heard of that.
    """
    outcome = interventions.outcome(
        [(intervention.status, intervention.validation_needed) for intervention in work_order.interventions]
    )
    if outcome and work_order.outcome in (None, "cancelled"):
        _close(work, work_order, outcome)


def _close(work, work_order, outcome, reason=None):
    work_order.status, work_order.outcome, work_order.closed_at = "closed", outcome, work.now
    work_order.cancel_reason = reason
    work_order.version += 1
    left_open = queries.open_work_orders(work, work_order.ticket_id)
    work.tell(
        WorkOrderClosed,
        version=work_order.version,
        work_order_id=work_order.id,
        ticket_id=work_order.ticket_id,
        outcome=outcome,
        closed_at=work.now,
        open_work_orders=len(left_open),
        left_open=left_open,
        reason=reason,
    )


def _require_no_work(work_order):
    if any(intervention.status in interventions.TOOK_PLACE for intervention in work_order.interventions):
        raise Conflict("work_completed", interventions.WORK_COMPLETED)


def _tell_opened(work, work_order):
    work.tell(
        WorkOrderOpened,
        version=work_order.version,
        work_order_id=work_order.id,
        ticket_id=work_order.ticket_id,
        number=work_order.number,
        title=work_order.title,
        site_id=work_order.site_id,
        contractor_id=work_order.contractor_id,
        opened_at=work_order.opened_at,
    )


def _contractor(work, contractor_id):
    """Return the person who is given a work order, or `None` where nobody is."""
    if contractor_id is None:
        return None
    contractor = work.session.get(Person, contractor_id)
    if contractor is None:
        raise absent(Person, "contractor_id")
    if not contractor.active or interventions.CONTRACTOR not in contractor.roles:
        problem = {"fields": {"contractor_id": ["Not an active external agent."]}}
        raise Invalid("person_unsuitable", "A contractor is an active external agent.", problem)
    return contractor
