"""Interventions lose whoever could not be sent there any more: a role or an account has ended."""

from sqlalchemy.orm import selectinload

from services.dispatch import queries
from services.dispatch.access import locked_ticket
from services.dispatch.actions.interventions import tell_plan
from services.dispatch.contract import InterventionReplanned
from services.dispatch.domain.interventions import can_be_sent
from services.dispatch.models import Intervention

#: Seconds between two looks; tickets are taken from the same people as often.
RELIEF_SECONDS = 10
#: Interventions that one transaction looks at, each with its ticket's row held.
RELIEF_BATCH = 100

_WITH_WORKERS = selectinload(Intervention.workers)


def relieve_workers(work, limit=RELIEF_BATCH):
    """Take those off interventions ahead who cannot be sent any more; whoever plans sends others.

    By the copies as they are now and not by a fact, so that it is the same in whatever order facts come, and so that
    ticket and people are never locked the other way round than by planning.

    :param limit: of interventions.
    """
    for intervention_id, ticket_id in queries.interventions_of_unable(work, limit):
        locked_ticket(work, ticket_id)
        intervention = work.session.get(Intervention, intervention_id, populate_existing=True, options=[_WITH_WORKERS])
        unable = [person for person in intervention.workers if not can_be_sent(person.active, person.roles)]
        # While the lock was waited for it may have begun, been called off, or given to others.
        if unable and intervention.status == "planned" and not intervention.is_under_way:
            _take_off(work, intervention, unable)


def _take_off(work, intervention, unable):
    intervention.workers = [person for person in intervention.workers if person not in unable]
    intervention.version += 1
    tell_plan(work, InterventionReplanned, intervention, unable=unable, planned_by=intervention.planned_by)
