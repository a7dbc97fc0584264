"""The end of an intervention: completed by its workers or a manager, validated by somebody else."""

from chassis.actors import require_here
from chassis.errors import Forbidden
from services.fieldwork import access, answers, domain, queries
from services.fieldwork.contract import InterventionCompleted, WorkValidated


def complete_intervention(work, actor, intervention_id, report):
    """Say that the work is done.

    :param report: what was done, for the readers of the intervention.
    :raises NotFound: `intervention_not_found`.
    :raises Forbidden: `not_allowed`.
    :raises Conflict: the rule of `domain.check_completion` that stands in the way.
    """
    visit = access.intervention_for(work, actor, intervention_id, locked=True)
    manages = access.reaches(work, actor, visit, "work.validate")
    require_here(access.may_complete(actor, visit, manages))
    settings = queries.settings_of(work, visit)
    domain.check_completion(visit, settings, visit.recorded(in_time=True), by_worker=not manages)
    visit.move("completed")
    visit.completed_at, visit.completed_by, visit.report = work.now, actor.as_fact(), report
    work.tell(
        InterventionCompleted,
        version=visit.version,
        intervention_id=visit.id,
        work_order_id=visit.work_order_id,
        ticket_id=visit.ticket_id,
        completed_at=work.now,
        by=visit.completed_by,
        report=report,
        validation_needed=settings.validation,
    )
    return answers.of_intervention(work, actor, visit)


def validate_intervention(work, actor, intervention_id):
    """Confirm the work of others.

    :raises NotFound: `intervention_not_found`.
    :raises Forbidden: `not_allowed`, or `own_work` for whoever was sent or completed it as a worker.
    :raises Conflict: the rule of `domain.check_validation` that stands in the way.
    """
    visit = access.intervention_for(work, actor, intervention_id, "work.validate", locked=True)
    if visit.worker(actor.person_id) or actor.person_id in visit.recorded():
        raise Forbidden("own_work", "Somebody else must validate this work.")
    domain.check_validation(visit, queries.settings_of(work, visit))
    visit.move("validated")
    visit.validated_at, visit.validated_by = work.now, actor.as_fact()
    work.tell(
        WorkValidated,
        version=visit.version,
        intervention_id=visit.id,
        work_order_id=visit.work_order_id,
        ticket_id=visit.ticket_id,
        validated_at=work.now,
        by=visit.validated_by,
    )
    return answers.of_intervention(work, actor, visit)
