"""Who may see and do what in dispatch: the one door to its objects. Deny by default; foreign is absent."""

from sqlalchemy import Uuid, and_, any_, false, func, literal, literal_column, or_, select, true

from chassis.actors import require_here
from chassis.errors import NotFound, NotHereYet
from chassis.site_tree import nearest
from services.dispatch.domain.interventions import CONTRACTOR
from services.dispatch.models import Intervention, Site, Ticket, WorkOrder

#: What the edge asks for before a method is called; which thing it may be done to is decided below.
PERMISSIONS = {
    "create_routing_rule": "routing.write",
    "list_routing_rules": "routing.write",
    "change_routing_rule": "routing.write",
    "create_sla_policy": "sla.write",
    "list_sla_policies": "sla.write",
    "change_sla_policy": "sla.write",
    "business_calendar": "sla.write",
    "change_business_calendar": "sla.write",
    "create_work_order": "work_orders.write",
    "list_work_orders": "work_orders.read",
    "work_order_by_id": "work_orders.read",
    "cancel_work_order": "work_orders.write",
    "plan_intervention": "interventions.plan",
    "replan_intervention": "interventions.plan",
    "cancel_intervention": "interventions.plan",
}


def tickets_in_reach(actor, permission):
    """Return the condition on tickets that an actor's permission reaches.

    Private hides a ticket from those who supervise its usergroup and from clients, never from its agents.
    What has no usergroup yet is reached by everybody who serves one.
    """
    scope = actor.scope(permission)
    if scope is None:
        return false()
    if scope == "all":
        return true()
    taking_part = literal(actor.person_id) == any_(Ticket.participants)
    if scope == "own":
        return taking_part
    if scope == "group":
        return or_(_answered_for(actor, scope), _of_usergroups(actor))
    if scope == "organisation" and actor.organisation_id is not None:
        return and_(_at_sites_of(actor.organisation_id), or_(Ticket.private.is_(False), taking_part))
    return _answered_for(actor, scope)


def visible_to(actor):
    """Return the condition on work orders, joined with their tickets, that an actor may see.

    Whatever the scope, these are also, while the actor is a contractor, the work orders given to them or to the firm
    that they are of now.
    """
    if not actor.may("work_orders.read"):
        return false()
    return or_(tickets_in_reach(actor, "work_orders.read"), _given_to(actor))


def ticket_for(work, actor, ticket_id):
    """Return a ticket that the actor may open work orders for, locked.

    :raises NotHereYet: `ticket_not_found`, absent or not the actor's to see.
    :raises Forbidden: `not_allowed`, seen and not in reach of `work_orders.write`.
    """
    ticket = locked_ticket(work, ticket_id)
    writable = tickets_in_reach(actor, "work_orders.write")
    seen = or_(writable, tickets_in_reach(actor, "work_orders.read"))
    # A comparison with nobody (no assignee) is neither true nor false in SQL.
    is_writable = func.coalesce(writable, false())
    statement = select(is_writable).select_from(Ticket).where(Ticket.id == ticket_id, seen)
    reached = work.session.scalar(statement)
    # One that has come between the two looks is not locked: it is asked for again, as one that has not come.
    if ticket is None or reached is None:
        raise NotHereYet("ticket_not_found", "There is no such ticket.")
    require_here(reached)
    return ticket


def work_order_for(work, actor, work_order_id, permission="work_orders.read", *, locked=False):
    """Return a work order that the actor may see.

    :param permission: must reach it as well.
    :param locked: for a change: its ticket's row is locked, under which all its work orders change.
    :raises NotFound: `work_order_not_found`, absent or not the actor's to see.
    :raises Forbidden: `not_allowed`, seen and not in the permission's reach.
    """
    reached = _reached(work, actor, permission, WorkOrder.id == work_order_id, locked)
    if reached is None:
        raise NotFound("work_order_not_found", "There is no such work order.")
    require_here(reached)
    return work.session.get(WorkOrder, work_order_id, populate_existing=True)


def intervention_for(work, actor, intervention_id):
    """Return an intervention that the actor may plan anew, its ticket's row locked.

    :raises NotFound: `intervention_not_found`, absent or not the actor's to see.
    :raises Forbidden: `not_allowed`, seen and not in reach of `interventions.plan`.
    """
    of_intervention = WorkOrder.interventions.any(Intervention.id == intervention_id)
    reached = _reached(work, actor, "interventions.plan", of_intervention, locked=True)
    if reached is None:
        raise NotFound("intervention_not_found", "There is no such intervention.")
    require_here(reached)
    return work.session.get(Intervention, intervention_id)


def locked_ticket(work, ticket_id):
    """Return the ticket's row as it is now, locked until the end of the transaction, or `None`.

    Before anybody's rights are decided: while it is waited for, the ticket may be given to another usergroup.

    :param ticket_id: or the subquery that gives it.
    """
    statement = select(Ticket).where(Ticket.id == ticket_id).with_for_update(key_share=True)
    return work.session.scalar(statement.execution_options(populate_existing=True))


def ticket_of(wanted):
    """Return the subquery that gives the id of the ticket, always the same, of a work order that is wanted."""
    return select(WorkOrder.ticket_id).where(wanted).scalar_subquery()


def _reached(work, actor, permission, wanted, locked):
    """Return whether a permission reaches the work order that is wanted, or `None` where the actor sees none.

    :param locked: its ticket's row is locked first.
    """
    if locked and locked_ticket(work, ticket_of(wanted)) is None:
        # What comes between lock and look is held by nobody.
        return None
    reached = tickets_in_reach(actor, permission)
    if permission == "work_orders.read":
        reached = visible_to(actor)
    statement = select(func.coalesce(reached, false())).select_from(WorkOrder).join(WorkOrder.ticket)
    return work.session.scalar(statement.where(wanted, or_(reached, visible_to(actor))))


def _answered_for(actor, scope):
    """Return the condition that a ticket is the actor's and could be given to them still, as it is in tickets."""
    mine = Ticket.assignee_id == actor.person_id
    if CONTRACTOR in actor.roles:
        return mine
    in_groups = Ticket.usergroup_id.in_(sorted(actor.serves | actor.supervises))
    unrouted = Ticket.usergroup_id.is_(None) if scope == "group" else false()
    return and_(mine, or_(in_groups, unrouted))


def _of_usergroups(actor):
    served = Ticket.usergroup_id.in_(sorted(actor.serves))
    supervised = and_(Ticket.usergroup_id.in_(sorted(actor.supervises)), Ticket.private.is_(False))
    waiting = Ticket.usergroup_id.is_(None) if actor.serves else false()
    return or_(served, supervised, waiting)


def _given_to(actor):
    # What a contractor has ends with the role in which it was given to them, as it does in tickets (decision 14).
    if CONTRACTOR not in actor.roles:
        return false()
    own = WorkOrder.contractor_id == actor.person_id
    if actor.organisation_id is None:
        return own
    return or_(own, WorkOrder.contractor_organisation_id == actor.organisation_id)


def _at_sites_of(organisation_id):
    """Return the condition that the site, or else the nearest place above that has an owner, is theirs."""
    owner = literal_column(nearest("organisation_id", Site.__tablename__), Uuid)
    return Ticket.site_id.in_(select(Site.site_id).where(owner == organisation_id))
