"""The plan of interventions, as dispatch tells it; whatever the order of the facts, the end is the same."""

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from chassis import logs
from chassis.errors import NotYet
from services.fieldwork.domain import may_move
from services.fieldwork.models import Intervention, InterventionWorker

log = logs.get(__name__)

PLAN = (
    "work_order_id", "ticket_id", "site_id", "service_type_id", "usergroup_id",
    "starts_at", "ends_at", "planned_at",
)


def keep_plan(work, fact):
    """Write the plan of an intervention unless a newer one is kept; what was done there stays as it is.

    :param fact: `InterventionPlanned` or `InterventionReplanned`.
    """
    plan = {name: fact.data.get(name) for name in PLAN}
    plan["plan_version"] = fact.version
    statement = insert(Intervention).values(
        id=fact.data["intervention_id"], status="planned", version=1, **plan
    )
    newer = {name: statement.excluded[name] for name in plan}
    statement = statement.on_conflict_do_update(
        index_elements=[Intervention.id],
        set_={**newer, "version": Intervention.version + 1},
        where=Intervention.plan_version < statement.excluded.plan_version,
    )
    written = work.session.execute(statement.returning(Intervention.id)).scalar()
    if written is not None:
        _send(work, written, fact.data["workers"])


def _send(work, intervention_id, workers):
    of_visit = InterventionWorker.intervention_id == intervention_id
    work.session.execute(delete(InterventionWorker).where(of_visit))
    for worker in workers:
        work.session.add(InterventionWorker(intervention_id=intervention_id, **worker))


def cancel_plan(work, fact):
    """Mark an intervention as cancelled; one that is completed stays completed.

    :raises NotYet: the intervention has not been heard of.
    """
    visit = work.session.get(Intervention, fact.data["intervention_id"], with_for_update=True)
    if visit is None:
        raise NotYet(f"intervention {fact.data['intervention_id']}")
    if not may_move(visit.status, "cancelled"):
        log.info("cancellation came too late", intervention_id=str(visit.id), status=visit.status)
        return
    visit.move("cancelled")
    visit.cancelled_at, visit.cancel_reason = fact.data["cancelled_at"], fact.data["reason"]
