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
    intervention = access.intervention_for(work, actor, intervention_id, locked=True)
    manages = access.reaches(work, actor, intervention, "work.validate")
    require_here(access.may_complete(actor, intervention, manages))
    settings = queries.settings_of(work, intervention)
    domain.check_completion(intervention, settings, intervention.recorded(in_time=True), by_worker=not manages)
    intervention.move("completed")
    intervention.completed_at, intervention.completed_by, intervention.report = work.now, actor.as_fact(), report
    work.tell(
        InterventionCompleted,
        version=intervention.version,
        intervention_id=intervention.id,
        work_order_id=intervention.work_order_id,
        ticket_id=intervention.ticket_id,
        completed_at=work.now,
        by=intervention.completed_by,
        report=report,
        validation_needed=settings.validation,
    )
    return answers.of_intervention(work, actor, intervention)


def validate_intervention(work, actor, intervention_id):
    """Confirm the work of others.

    :raises NotFound: `intervention_not_found`.
    :raises Forbidden: `not_allowed`, or `own_work` for whoever was sent or completed it as a worker.
    :raises Conflict: the rule of `domain.check_validation` that stands in the way.
    """
    intervention = access.intervention_for(work, actor, intervention_id, "work.validate", locked=True)
    if intervention.worker(actor.person_id) or actor.person_id in intervention.recorded():
        raise Forbidden("own_work", "Somebody else must validate this work.")
    domain.check_validation(intervention, queries.settings_of(work, intervention))
    intervention.move("validated")
    intervention.validated_at, intervention.validated_by = work.now, actor.as_fact()
    work.tell(
        WorkValidated,
        version=intervention.version,
        intervention_id=intervention.id,
        work_order_id=intervention.work_order_id,
        ticket_id=intervention.ticket_id,
        validated_at=work.now,
        by=intervention.validated_by,
    )
    return answers.of_intervention(work, actor, intervention)
