"""Who may see and do what in fieldwork: the one door to interventions. Deny by default; foreign is absent."""

from sqlalchemy import Uuid, and_, any_, false, func, literal, literal_column, or_, select, true

from chassis import uploads
from chassis.actors import require_here
from chassis.errors import Forbidden, NotFound, NotHereYet
from chassis.prepared import Prepared
from chassis.site_tree import nearest
from services.fieldwork.domain import OVERTAKEN
from services.fieldwork.models import (
    Attachment,
    ClockIn,
    FormerWorker,
    Incident,
    Intervention,
    InterventionWorker,
    ServiceType,
    Site,
    TicketPrivacy,
)

#: What the edge asks for before a method is called; which thing it may be done to is decided below. Service types are
#: for those who do the work, plan it or configure it; reasons also for clients, who declare incidents.
PERMISSIONS = {
    "create_service_type": "service_types.write",
    "list_service_types": ("clock_ins.write", "work_orders.read", "service_types.write"),
    "create_incident_reason": "service_types.write",
    "list_incident_reasons": ("incidents.declare", "work_orders.read", "service_types.write"),
    "list_interventions": "interventions.read",
    "intervention_by_id": "interventions.read",
    "clock_in": "interventions.read",
    "declare_incident": "incidents.declare",
    "complete_intervention": "interventions.read",
    "validate_intervention": "work.validate",
    "keep_attachment": "incidents.declare",
    "attachment_by_id": "interventions.read",
    "retell": "people.write",
}

#: What judges the work of others: its scope `group` is not widened by being sent oneself.
_OVER_OTHERS = frozenset({"clock_ins.validate", "work.validate"})

_HOLD = Prepared("SELECT id FROM interventions WHERE id = %(intervention_id)s FOR UPDATE")
_IS_OVERTAKEN = literal(OVERTAKEN) == any_(ClockIn.flags)


def visible_to(actor, permission="interventions.read"):
    """Return the condition on interventions that an actor's permission reaches.

    :param permission: whose scope counts.
    """
    scope = actor.scope(permission)
    seen = _even_if_private(actor, permission)
    if scope == "group":
        supervised = Intervention.usergroup_id.in_(sorted(actor.supervises))
        return or_(seen, supervised & Intervention.private.is_(False))
    if scope == "organisation" and actor.organisation_id is not None:
        return or_(seen, _of_organisation(actor.organisation_id) & Intervention.private.is_(False))
    return seen


def _even_if_private(actor, permission="interventions.read"):
    """Return the condition on interventions that an actor's permission reaches whether they are private or not.

    Private hides an intervention from those who supervise the group and from the organisation, as it hides the ticket
    (decision 14), never from the group's agents and workers; what has no usergroup yet is seen by everybody who
    serves one.
    """
    scope = actor.scope(permission)
    if scope is None:
        return false()
    if scope == "all":
        return true()
    mine = concerns(actor.person_id)
    if scope != "group":
        return mine
    waiting = Intervention.usergroup_id.is_(None) if actor.serves else false()
    served = or_(Intervention.usergroup_id.in_(sorted(actor.serves)), waiting)
    return served if permission in _OVER_OTHERS else or_(mine, served)


def incidents_visible_to(actor):
    """Return the condition on incidents, joined to their interventions, that an actor may read.

    Of an intervention that they see; where the incident's own ticket is private, it is hidden from those from whom
    a private intervention would be, but for whoever declared it.
    """
    hidden = select(TicketPrivacy.id).where(TicketPrivacy.id == Incident.ticket_id, TicketPrivacy.private).exists()
    declared = Incident.declared_by["person_id"].astext == str(actor.person_id)
    return and_(visible_to(actor), or_(~hidden, declared, _even_if_private(actor)))


def concerns(person_id):
    """Return the condition that somebody is sent to the intervention, or has yet to clock out of it."""
    return or_(Intervention.workers.any(InterventionWorker.person_id == person_id), _is_still_there(person_id))


def _is_still_there(person_id):
    """Return the condition that somebody clocked in who is not sent any more: without their end it cannot be done.

    What was overtaken opens no door: its instant is the device's claim.
    """
    started, ended = (_has_recorded(person_id, event, ~_IS_OVERTAKEN) for event in ("start", "end"))
    own = select(ServiceType.clock_ins).where(ServiceType.id == Intervention.service_type_id).scalar_subquery()
    default = select(ServiceType.clock_ins).where(ServiceType.is_default).scalar_subquery()
    is_asked = func.coalesce(own, default) == "both"
    return and_(Intervention.status.in_(("planned", "started")), started, ~ended, is_asked)


def _has_yet_to_end(person_id):
    """Return the condition that the start of somebody who is not sent any more was overtaken, and has no end."""
    started = _has_recorded(person_id, "start", _IS_OVERTAKEN)
    return and_(started, ~_has_recorded(person_id, "end", true()))


def _has_recorded(person_id, event, which):
    return Intervention.clock_ins.any(and_(ClockIn.worker_id == person_id, ClockIn.event == event, which))


def _of_organisation(organisation_id):
    """Return the condition that the site, or else its nearest ancestor with an organisation, is theirs."""
    owner = literal_column(nearest("organisation_id", Site.__tablename__, key="id"), Uuid)
    return Intervention.site_id.in_(select(Site.id).where(owner == organisation_id))


def intervention_for(work, actor, intervention_id, permission="interventions.read", *, locked=False):
    """Return an intervention that the actor may see.

    :param permission: must reach it as well.
    :param locked: for a change; others wait.
    :raises NotFound: `intervention_not_found`, absent or not the actor's to see.
    :raises Forbidden: `not_allowed`, seen and not in the permission's reach.
    """
    intervention, reached = _found(work, intervention_id, visible_to(actor), visible_to(actor, permission), locked)
    require_here(reached)
    return intervention


def intervention_to_clock(work, actor, intervention_id, occurred_at):
    """Return an intervention, locked, that the actor may see, was sent to at an instant, or has an open start at.

    :raises NotFound: `intervention_not_found`.
    """
    seen = or_(visible_to(actor), _was_sent(actor, occurred_at), _has_yet_to_end(actor.person_id))
    return _found(work, intervention_id, seen, true(), locked=True)[0]


def intervention_to_report(work, actor, intervention_id, occurred_at):
    """Return an intervention, locked, of which the actor may declare an incident, or was sent to at its instant.

    :raises NotFound: `intervention_not_found`.
    :raises Forbidden: `not_allowed`, seen and not in reach of `incidents.declare`.
    """
    was_sent = _was_sent(actor, occurred_at)
    seen, reached = (or_(visible_to(actor, name), was_sent) for name in ("interventions.read", "incidents.declare"))
    intervention, is_reached = _found(work, intervention_id, seen, reached, locked=True)
    require_here(is_reached)
    return intervention


def _was_sent(actor, occurred_at):
    """Return the condition that the actor, who is not sent any more, was at an instant."""
    left = (FormerWorker.person_id == actor.person_id) & (FormerWorker.left_at >= occurred_at)
    return Intervention.former_workers.any(left)


def _found(work, intervention_id, seen, reached, locked):
    statement = select(Intervention, reached).where(Intervention.id == intervention_id, seen)
    if locked:
        # A statement that waits for the row sees its workers and clock-ins as they were before the wait: so one waits
        # and another reads. One that is committed between the two is not locked, and counts as not come yet.
        if not work.load(_HOLD, intervention_id=intervention_id):
            raise _not_here_yet()
        statement = statement.execution_options(populate_existing=True)
    found = work.session.execute(statement).one_or_none()
    if found is None:
        raise _not_here_yet()
    return found


def _not_here_yet():
    return NotHereYet("intervention_not_found", "There is no such intervention.")


def clocking_worker(actor, intervention, given, reaches):
    """Return `(id, name)` of the worker whose clock-in an actor records, and whether an operator records it.

    That is one who is sent, or who has clocked in or out here before another was sent instead; and whoever was still
    sent when their device recorded it.

    :param given: the clock-in; its `worker_id` is somebody else's, for operators, else `None`.
    :param reaches: whether the actor's `clock_ins.validate` reaches the intervention.
    :raises Forbidden: `not_your_intervention` or `not_allowed`.
    """
    worker_id = given["worker_id"]
    by_operator = worker_id is not None and worker_id != actor.person_id
    require_here(reaches if by_operator else actor.may("clock_ins.write"))
    person_id = worker_id or actor.person_id
    name = intervention.name_of_worker(person_id)
    if name is None and not by_operator:
        name = intervention.name_of_former_worker(person_id, given["occurred_at"])
    if name is None:
        raise Forbidden("not_your_intervention", "Only the workers of an intervention are clocked in there.")
    return (person_id, name), by_operator


def may_complete(actor, intervention, reaches):
    """Whether the actor may say that the work is done: its workers, and managers in their reach.

    :param reaches: whether the actor's `work.validate` reaches the intervention.
    """
    is_own = intervention.worker(actor.person_id) is not None
    return reaches or (is_own and actor.may("clock_ins.write"))


def reaches(work, actor, intervention, permission):
    """Whether a permission of the actor reaches an intervention."""
    statement = select(true()).where(Intervention.id == intervention.id, visible_to(actor, permission))
    return work.session.scalar(statement) is not None


def is_client(actor, intervention):
    """Whether an actor sees an intervention only because it is at a site of their organisation."""
    is_own = intervention.worker(actor.person_id) is not None
    return actor.scope("interventions.read") == "organisation" and not is_own


def sees_clock_ins(actor, intervention, settings):
    """Whether clock-ins are shown: to clients only where the service type shares them."""
    return settings.shared_with_client or not is_client(actor, intervention)


def unbound_of(actor, now):
    """Return the condition on files that are the actor's uploads, which no incident names yet."""
    return and_(
        Attachment.incident_id.is_(None),
        Attachment.uploaded_by == actor.person_id,
        Attachment.uploaded_at > uploads.unbound_since(now),
    )


def attachment_for(work, actor, attachment_id):
    """Return a file of an incident that the actor may see, or one that they have uploaded within a day.

    :raises NotFound: `attachment_not_found`.
    """
    visible = select(Incident.id).join(Incident.intervention).where(incidents_visible_to(actor))
    of_visible = Attachment.incident_id.in_(visible)
    statement = select(Attachment).where(Attachment.id == attachment_id, or_(of_visible, unbound_of(actor, work.now)))
    attachment = work.session.scalar(statement)
    if attachment is None:
        raise NotFound("attachment_not_found", "There is no such file.")
    return attachment
