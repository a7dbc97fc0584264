"""Interventions: planned, planned anew, cancelled; begun and done as fieldwork tells.

Every change holds the ticket's row.
"""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from chassis.errors import Conflict, Invalid
from chassis.forms import dump
from chassis.ids import new_id
from chassis.versions import change_row, require_version
from services.dispatch import queries
from services.dispatch.access import intervention_for, work_order_for
from services.dispatch.actions.names import absent, require_known
from services.dispatch.actions.work_orders import (
    call_off,
    close_when_done,
    require_not_started,
    require_open,
    require_ticket_open,
)
from services.dispatch.contract import InterventionPlanned, InterventionReplanned
from services.dispatch.contract.answers import BusyWorker
from services.dispatch.domain import interventions
from services.dispatch.models import Intervention, Person, ServiceType


def plan_intervention(work, actor, id, work_order_id, workers, starts_at, ends_at, service_type_id):
    """Plan an intervention of workers who are not planned elsewhere at that time.

    :param id: given by the caller, or `None`.
    :raises NotFound: `work_order_not_found`, `service_type_not_found`, `person_not_found`.
    :raises Forbidden: `not_allowed`.
    :raises Invalid: `window_invalid`, `person_unsuitable`.
    :raises Conflict: `work_order_closed`, `ticket_not_open`, `id_taken`, `worker_busy`.
    """
    _require_window(starts_at, ends_at, work.now)
    require_known(work, ServiceType, service_type_id, "service_type_id")
    sent = _people_sent(work, workers)
    work_order = work_order_for(work, actor, work_order_id, "interventions.plan", locked=True)
    require_open(work_order)
    require_ticket_open(work_order.ticket)
    id = id or new_id()
    _require_free(work, id, work_order.id, sent, starts_at, ends_at)
    # While their rows were waited for, an account may have been closed.
    _require_suitable(sent)
    intervention = _add(
        work,
        id=id,
        work_order_id=work_order.id,
        service_type_id=service_type_id,
        starts_at=starts_at,
        ends_at=ends_at,
        status="planned",
        planned_at=work.now,
        planned_by=actor.person_id,
        version=1,
    )
    intervention.workers = sent
    work.session.expire(work_order, ["interventions"])
    tell_plan(work, InterventionPlanned, intervention)
    return intervention


def replan_intervention(work, actor, intervention_id, if_version, starts_at, ends_at, workers):
    """Move a planned intervention, or send others; what changes nothing is not told.

    To one whose window is over others can be sent, too: who did go is put right before their work is entered.

    :param workers: all who are sent now, or `None` to leave them.
    :raises NotFound: `intervention_not_found`, `person_not_found`.
    :raises Forbidden: `not_allowed`.
    :raises Stale: `version_stale`.
    :raises Invalid: `window_invalid`, `person_unsuitable`.
    :raises Conflict: `intervention_not_planned`, `intervention_started`, `worker_busy`.
    """
    sent = None if workers is None else _people_sent(work, workers)
    intervention = intervention_for(work, actor, intervention_id)
    require_version(intervention, if_version)
    _require_planned(intervention)
    sent = intervention.workers if sent is None else sent
    _require_changeable(intervention, starts_at, ends_at, sent, work.now)
    _require_free(work, intervention.id, intervention.work_order_id, sent, starts_at, ends_at)
    changes = {"starts_at": starts_at, "ends_at": ends_at}
    if set(sent) != set(intervention.workers):
        _require_suitable(sent)
        changes["workers"] = sent
    if change_row(intervention, changes):
        tell_plan(work, InterventionReplanned, intervention)
    return intervention


def cancel_intervention(work, actor, intervention_id, reason):
    """Cancel a planned intervention; it may have been the last that its work order waited for.

    :raises NotFound: `intervention_not_found`.
    :raises Forbidden: `not_allowed`.
    :raises Conflict: `intervention_not_planned`, `intervention_started`.
    """
    intervention = intervention_for(work, actor, intervention_id)
    _require_planned(intervention)
    require_not_started([intervention])
    call_off(work, intervention, reason)
    close_when_done(work, intervention.work_order)
    return intervention


def record_clocking(work, fact):
    """Keep that somebody has been on site, whatever became of the plan; it is never taken back.

    What is told of an intervention that is cancelled here began before fieldwork had heard so: the cancellation is
    taken back.

    :param fact: `ClockedIn` or `ClockedOut`: where only the end is asked for, it says so alone.
    """
    intervention = queries.intervention_of_fact(work, fact)
    intervention.clocked_in = sorted({*intervention.clocked_in, fact.data["worker"]["person_id"]})
    if intervention.status == "cancelled" and intervention.work_order.status == "open":
        _take_back_cancellation(work, intervention)


def record_completion(work, fact):
    """Keep that an intervention took place, also where it was cancelled meanwhile; the work order may be done by it.

    :param fact: `InterventionCompleted`.
    """
    intervention = queries.intervention_of_fact(work, fact)
    if intervention.status in interventions.TOOK_PLACE:
        return
    intervention.validation_needed = fact.data["validation_needed"]
    _take_place(work, intervention, "completed")


def record_validation(work, fact):
    """Keep that an intervention's work is confirmed; the work order may be done by it.

    :param fact: `WorkValidated`.
    """
    intervention = queries.intervention_of_fact(work, fact)
    if intervention.status == "validated":
        return
    _take_place(work, intervention, "validated")


def _take_place(work, intervention, status):
    """Keep that an intervention took place; of one that was cancelled, whoever keeps a copy hears that it was not."""
    if intervention.status == "cancelled":
        _take_back_cancellation(work, intervention)
    intervention.status = status
    intervention.version += 1
    close_when_done(work, intervention.work_order)


def _take_back_cancellation(work, intervention):
    """Plan an intervention as it was before it was called off, and tell it."""
    intervention.status, intervention.cancel_reason = "planned", None
    intervention.version += 1
    tell_plan(work, InterventionPlanned, intervention)


def _people_sent(work, workers):
    """Return the people of a list of ids, each once, who all can be sent."""
    wanted = set(workers)
    statement = select(Person).where(Person.person_id.in_(wanted)).order_by(Person.name, Person.person_id)
    found = work.session.scalars(statement).all()
    if len(found) < len(wanted):
        raise absent(Person, "workers")
    _require_suitable(found)
    return found


def _require_suitable(people):
    if not all(interventions.can_be_sent(person.active, person.roles) for person in people):
        problem = {"fields": {"workers": ["Not all are active workers or external agents."]}}
        raise Invalid("person_unsuitable", "Only active workers and external agents can be sent.", problem)


def _require_window(starts_at, ends_at, now):
    problem = interventions.window_problem(starts_at, ends_at, now)
    if problem:
        field, sentence = problem
        raise Invalid("window_invalid", sentence, {"fields": {field: [sentence]}})


def _require_planned(intervention):
    if intervention.status != "planned":
        raise Conflict("intervention_not_planned", f"The intervention is {intervention.status}.")


def _require_changeable(intervention, starts_at, ends_at, sent, now):
    """Refuse to move what is under way, or to send somebody away who has clocked in; another window must be one."""
    is_moved = (starts_at, ends_at) != (intervention.starts_at, intervention.ends_at)
    problem = interventions.plan_kept_problem(
        intervention.clocked_in,
        [person.person_id for person in intervention.workers],
        [person.person_id for person in sent],
        is_moved=is_moved,
    )
    if problem:
        raise Conflict("intervention_started", problem)
    if is_moved:
        _require_window(starts_at, ends_at, now)


def _require_free(work, id, work_order_id, sent, starts_at, ends_at):
    """Refuse workers who are planned already; names and windows are no secret to whoever may send them."""
    worker_ids = [person.person_id for person in sent]
    clashes = queries.busy_workers(work, worker_ids, starts_at, ends_at, besides=id)
    if not clashes:
        return
    sentences = [interventions.clash(row, is_same=row.work_order_id == work_order_id) for row in clashes]
    busy = [dump(BusyWorker, row) for row in clashes]
    raise Conflict("worker_busy", " ".join(sentences), {"fields": {"workers": sentences}, "busy": busy})


def _add(work, id, **columns):
    statement = insert(Intervention).values(id=id, **columns).on_conflict_do_nothing(index_elements=["id"])
    if work.session.execute(statement).rowcount == 0:
        raise Conflict("id_taken", "An intervention with this id exists.")
    return work.session.get(Intervention, id)


def tell_plan(work, event, intervention, **more):
    """Tell the plan of an intervention as it is now.

    :param event: `InterventionPlanned` or `InterventionReplanned`.
    :param more: fields that are told beside those of both.
    """
    work_order, ticket = intervention.work_order, intervention.work_order.ticket
    work.tell(
        event,
        version=intervention.version,
        intervention_id=intervention.id,
        work_order_id=intervention.work_order_id,
        ticket_id=intervention.ticket_id,
        site_id=intervention.site_id,
        service_type_id=intervention.service_type_id,
        workers=intervention.workers,
        starts_at=intervention.starts_at,
        ends_at=intervention.ends_at,
        planned_at=work.now,
        usergroup_id=ticket.usergroup_id,
        private=ticket.private,
        work_order_title=work_order.title,
        work_order_description=work_order.description,
        ticket_number=ticket.number,
        ticket_subject=ticket.subject,
        **more,
    )
