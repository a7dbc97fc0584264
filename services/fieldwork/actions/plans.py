"""The plan of interventions, as dispatch tells it; whatever the order of the facts, the end is the same."""

from uuid import UUID

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from chassis import logs
from chassis.copies import keep
from chassis.errors import NotYet
from services.fieldwork.domain import former_workers, may_move
from services.fieldwork.models import (
    FormerWorker,
    Incident,
    Intervention,
    InterventionPlan,
    InterventionWorker,
    Ticket,
    TicketPrivacy,
)
from services.fieldwork.queries import lock_id

log = logs.get(__name__)

PLAN = (
    "work_order_id",
    "ticket_id",
    "site_id",
    "service_type_id",
    "usergroup_id",
    "private",
    "starts_at",
    "ends_at",
    "planned_at",
    "work_order_title",
    "work_order_description",
    "ticket_number",
    "ticket_subject",
)
#: What is remembered of a plan that another follows, beside whom it sent.
WHEN = ("planned_at", "starts_at", "ends_at")
#: Parts of a plan that follow its ticket, by the copy that is kept of each once it has changed.
FOLLOWING = {"usergroup_id": Ticket, "private": TicketPrivacy}


def keep_plan(work, fact):
    """Write the plan of an intervention unless a newer one is kept; what was done there stays as it is.

    :param fact: `InterventionPlanned` or `InterventionReplanned`.
    """
    lock_id(work, fact.data["ticket_id"])
    intervention_id = fact.data["intervention_id"]
    _remember_kept(work, intervention_id)
    if _write_plan(work, fact):
        _send(work, intervention_id, fact.data["workers"])
    _remember(work, fact)
    _let_go(work, intervention_id)


def _write_plan(work, fact):
    plan = {name: fact.data.get(name) for name in PLAN}
    plan["plan_version"] = fact.version
    for name, model in FOLLOWING.items():
        copy = work.session.get(model, plan["ticket_id"])
        if copy is not None:
            plan[name] = getattr(copy, name)
    statement = insert(Intervention).values(id=fact.data["intervention_id"], status="planned", version=1, **plan)
    newer = {name: statement.excluded[name] for name in plan}
    statement = statement.on_conflict_do_update(
        index_elements=[Intervention.id],
        set_={**newer, "version": Intervention.version + 1},
        where=Intervention.plan_version < statement.excluded.plan_version,
    )
    return work.session.execute(statement.returning(Intervention.id)).scalar() is not None


def _send(work, intervention_id, workers):
    of_intervention = InterventionWorker.intervention_id == intervention_id
    work.session.execute(delete(InterventionWorker).where(of_intervention))
    for worker in workers:
        work.session.add(InterventionWorker(intervention_id=intervention_id, **worker))


def _remember_kept(work, intervention_id):
    """Remember the plan that is kept where it was heard before plans were remembered."""
    sent = func.jsonb_object_agg(InterventionWorker.person_id, InterventionWorker.name)
    workers = select(sent).where(InterventionWorker.intervention_id == Intervention.id).scalar_subquery()
    known_workers = func.coalesce(workers, text("'{}'::jsonb"))
    kept = [getattr(Intervention, name) for name in WHEN]
    plan = select(Intervention.id, Intervention.plan_version, known_workers, *kept)
    rows = plan.where(Intervention.id == intervention_id)
    columns = ("intervention_id", "version", "workers", *WHEN)
    work.session.execute(insert(InterventionPlan).from_select(columns, rows).on_conflict_do_nothing())


def _remember(work, fact):
    plan = {
        "intervention_id": fact.data["intervention_id"],
        "version": fact.version,
        "workers": {str(worker["person_id"]): worker["name"] for worker in fact.data["workers"]},
        **{name: fact.data[name] for name in WHEN},
    }
    work.session.execute(insert(InterventionPlan).values(plan).on_conflict_do_nothing())


def _let_go(work, intervention_id):
    """Write anew who is not sent any more, by all plans that were heard; of those whom none names it stays."""
    of_intervention = InterventionPlan.intervention_id == intervention_id
    told = select(InterventionPlan.planned_at, InterventionPlan.workers).where(of_intervention)
    plans = work.session.execute(told.order_by(InterventionPlan.version)).all()
    named = [UUID(id_) for id_ in set().union(*(plan.workers for plan in plans))]
    known = (FormerWorker.intervention_id == intervention_id) & FormerWorker.person_id.in_(named)
    work.session.execute(delete(FormerWorker).where(known))
    rows = [
        {"intervention_id": intervention_id, "person_id": UUID(id_), "name": name, "left_at": left_at}
        for id_, (name, left_at) in former_workers(plans).items()
    ]
    if rows:
        work.session.execute(insert(FormerWorker).values(rows))


def follow_usergroup(work, fact):
    """Hand the interventions of a ticket over to the ticket's new usergroup, those yet to be heard of too.

    :param fact: `TicketUsergroupChanged`.
    """
    _follow_ticket(work, fact, "usergroup_id")


def follow_privacy(work, fact):
    """Hide or show the interventions of a ticket as the ticket is, those yet to be heard of too.

    An incident that the ticket is of is hidden and shown by the copy; its intervention reads otherwise from then on.

    :param fact: `TicketPrivacyChanged`.
    """
    if _follow_ticket(work, fact, "private"):
        with_incident = select(Incident.intervention_id).where(Incident.ticket_id == fact.data["ticket_id"])
        reread = update(Intervention).where(Intervention.id.in_(with_incident))
        work.session.execute(reread.values(version=Intervention.version + 1))


def _follow_ticket(work, fact, name):
    ticket_id, changed = fact.data["ticket_id"], {name: fact.data[name]}
    # A plan that is being written at the same time would keep the old value.
    lock_id(work, ticket_id)
    is_news = keep(work, FOLLOWING[name], ticket_id, fact.version, **changed)
    if is_news:
        of_ticket = update(Intervention).where(Intervention.ticket_id == ticket_id)
        work.session.execute(of_ticket.values(version=Intervention.version + 1, **changed))
    return is_news


def cancel_plan(work, fact):
    """Mark an intervention as cancelled; one that has begun goes on, and dispatch takes its cancellation back.

    :raises NotYet: the intervention has not been heard of.
    """
    intervention = work.session.get(Intervention, fact.data["intervention_id"], with_for_update=True)
    if intervention is None:
        raise NotYet(f"intervention {fact.data['intervention_id']}")
    if not may_move(intervention.status, "cancelled"):
        log.info("cancellation came too late", intervention_id=str(intervention.id), status=intervention.status)
        return
    intervention.move("cancelled")
    intervention.cancelled_at, intervention.cancel_reason = fact.data["cancelled_at"], fact.data["reason"]
