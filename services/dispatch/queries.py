"""Named reads of dispatch."""

from sqlalchemy import and_, func, select, tuple_
from sqlalchemy.orm import joinedload, selectinload

from chassis import cursors
from chassis.errors import NotYet
from services.dispatch.access import locked_ticket, ticket_of, visible_to
from services.dispatch.models import (
    BusinessCalendar,
    Intervention,
    Person,
    RoutingRule,
    SLAPolicy,
    WorkOrder,
)
from services.identity.contract import SENT


def intervention_of_fact(work, fact):
    """Return the intervention that a fact is about, its ticket's row locked.

    :raises NotYet: there is none of that id.
    """
    intervention_id = fact.data["intervention_id"]
    of_intervention = WorkOrder.interventions.any(Intervention.id == intervention_id)
    if locked_ticket(work, ticket_of(of_intervention)) is None:
        raise NotYet(f"Nothing is known of intervention {intervention_id}.")
    return work.session.get(Intervention, intervention_id, populate_existing=True)


def calendar_settings(work):
    """Return the row of the one calendar."""
    return work.session.get(BusinessCalendar, 1)


def busy_workers(work, worker_ids, starts_at, ends_at, besides):
    """Return `(person_id, name, work_order_id, starts_at, ends_at)` of planned interventions that overlap a window.

    The workers' rows are locked first, in the order of their ids, so that two plans see each other, and read anew.

    :param besides: id of the intervention that is being planned.
    """
    lock = select(Person).where(Person.person_id.in_(worker_ids)).order_by(Person.person_id)
    work.session.scalars(lock.with_for_update(key_share=True).execution_options(populate_existing=True)).all()
    statement = (
        select(
            Person.person_id,
            Person.name,
            Intervention.work_order_id,
            Intervention.starts_at,
            Intervention.ends_at,
        )
        .join(Intervention.workers)
        .where(
            Person.person_id.in_(worker_ids),
            Intervention.status == "planned",
            Intervention.id != besides,
            Intervention.starts_at < ends_at,
            Intervention.ends_at > starts_at,
        )
        .order_by(Intervention.starts_at, Person.name, Person.person_id)
    )
    return work.session.execute(statement).all()


def interventions_of_unable(work, limit):
    """Return `(id, ticket_id)` of interventions ahead with somebody who cannot be sent any more, by their tickets.

    Of those that nobody has begun.
    """
    can_be_sent = and_(Person.active, Person.roles.bool_op("&&")(sorted(SENT)))
    statement = (
        select(Intervention.id, WorkOrder.ticket_id)
        .join(Intervention.work_order)
        .where(
            Intervention.status == "planned",
            Intervention.ends_at > work.now,
            func.cardinality(Intervention.clocked_in) == 0,
            Intervention.workers.any(~can_be_sent),
        )
        .order_by(WorkOrder.ticket_id, Intervention.id)
    )
    return work.session.execute(statement.limit(limit)).all()


def open_work_orders(work, ticket_id):
    """Return the ids of a ticket's work orders that are open."""
    statement = select(WorkOrder.id).where(WorkOrder.ticket_id == ticket_id, WorkOrder.status == "open")
    return work.session.scalars(statement.order_by(WorkOrder.id)).all()


def work_orders(work, actor, ticket, status, cursor, limit):
    """Return a page of the work orders that an actor may see, the newest first.

    :raises Invalid: `cursor_invalid`.
    """
    statement = (
        select(WorkOrder)
        .join(WorkOrder.ticket)
        .where(visible_to(actor))
        .options(
            joinedload(WorkOrder.contractor),
            selectinload(WorkOrder.interventions).selectinload(Intervention.workers),
        )
        .order_by(WorkOrder.id.desc())
    )
    if ticket is not None:
        statement = statement.where(WorkOrder.ticket_id == ticket)
    if status is not None:
        statement = statement.where(WorkOrder.status == status)
    if cursor is not None:
        statement = statement.where(WorkOrder.id < cursors.id_in(cursor))
    return _page(work, statement, limit, lambda last: str(last.id))


def routing_rules(work, cursor, limit):
    """Return a page of all routing rules in the order in which they are tried."""
    statement = select(RoutingRule).order_by(RoutingRule.position, RoutingRule.id)
    if cursor is not None:
        position, _, rule_id = cursor.partition(":")
        after = tuple_(cursors.number_in(position, 7), cursors.id_in(rule_id))
        statement = statement.where(tuple_(RoutingRule.position, RoutingRule.id) > after)
    return _page(work, statement, limit, lambda last: f"{last.position}:{last.id}")


def lock_rule_order(work):
    """Let nobody else give a rule a position until this transaction ends."""
    work.session.execute(select(func.pg_advisory_xact_lock(func.hashtext("order of routing rules"))))


def routing_rules_from(work, position, besides):
    """Return the rules from a position on in their order, locked.

    :param besides: id of the rule that is to have the position.
    """
    behind = select(RoutingRule).where(RoutingRule.position >= position, RoutingRule.id != besides)
    statement = behind.order_by(RoutingRule.position, RoutingRule.id).with_for_update()
    return work.session.scalars(statement.execution_options(populate_existing=True)).all()


def sla_policies(work, cursor, limit):
    """Return a page of the SLA policies, the default first, then the oldest."""
    statement = select(SLAPolicy).order_by(SLAPolicy.id)
    if cursor is not None:
        statement = statement.where(SLAPolicy.id > cursors.id_in(cursor))
    return _page(work, statement, limit, lambda last: str(last.id))


def _page(work, statement, limit, cursor_of):
    found = work.session.scalars(statement.limit(limit + 1)).unique().all()
    return cursors.page_of(found, limit, cursor_of)
