"""Clock-ins: recorded once under the id that the phone made, however often they arrive."""

from chassis.errors import Conflict
from services.fieldwork import access, answers, domain, queries
from services.fieldwork.contract import ClockedIn, ClockedOut
from services.fieldwork.models import ClockIn


def clock_in(work, actor, **given):
    """Record the start or the end of a worker's presence.

    :param given: what the contract's `NewClockIn` takes.
    :raises NotFound: `intervention_not_found`.
    :raises Forbidden: `not_allowed`, `not_your_intervention`.
    :raises Conflict: `id_taken`, or the rule of `domain.check_clock_in` that stands in the way.
    :raises Invalid: `time_refused`.
    """
    queries.lock_id(work, given["id"])
    known = work.session.get(ClockIn, given["id"])
    if known is None:
        known = _record(work, actor, given)
    elif not _is_same(known, actor, given):
        # Whoever may not see the intervention learns nothing of the id either.
        access.intervention_for(work, actor, given["intervention_id"])
        raise Conflict("id_taken", "This id belongs to another clock-in.")
    return answers.of_clock_in(known)


def _is_same(known, actor, given):
    names = ("intervention_id", "event", "method", "occurred_at", "position")
    same_worker = known.worker_id == (given["worker_id"] or actor.person_id)
    same_author = known.entered_by["person_id"] == str(actor.person_id)
    return same_worker and same_author and all(getattr(known, name) == given[name] for name in names)


def _record(work, actor, given):
    intervention = access.intervention_to_clock(work, actor, given["intervention_id"], given["occurred_at"])
    operates = access.reaches(work, actor, intervention, "clock_ins.validate")
    (worker_id, worker_name), by_operator = access.clocking_worker(actor, intervention, given, operates)
    settings = queries.settings_of(work, intervention)
    event, occurred_at = given["event"], given["occurred_at"]
    done = intervention.recorded().get(worker_id, {})
    if by_operator:
        domain.check_entered_time(intervention, occurred_at, work.now)
    else:
        domain.check_device_time(occurred_at, work.now)
    domain.check_clock_in(intervention, settings, done, event, occurred_at, work.now, by_operator=by_operator)
    row = ClockIn(
        id=given["id"],
        intervention_id=intervention.id,
        worker_id=worker_id,
        worker_name=worker_name,
        entered_by=actor.as_fact(),
        event=event,
        method=given["method"],
        occurred_at=occurred_at,
        received_at=work.now,
        position=given["position"],
        flags=_flags(work, intervention, settings, done, given),
    )
    if by_operator:
        row.flags.append("entered_by_operator")
    if event == "start":
        _give_start(intervention, worker_id)
    _follow(work, intervention, row, settings)
    return row


def _give_start(intervention, worker_id):
    """Let the end that a worker has recorded before this start be without one no longer."""
    for row in intervention.clock_ins:
        if row.worker_id == worker_id:
            row.flags = [flag for flag in row.flags if flag != domain.WITHOUT_START]


def _flags(work, intervention, settings, done, given):
    flags = domain.clock_in_flags(intervention, settings, done, given["event"], given["occurred_at"], work.now)
    place = queries.position_of_site(work, intervention.site_id)
    if domain.is_far(place, given["position"], settings.allowed_distance_m):
        flags.append("far")
    return flags


def _follow(work, intervention, row, settings):
    if domain.is_overtaken(intervention.status, is_expected=intervention.expects(row.worker_id)):
        # It is kept for its readers; others have gone on without it, so nothing moves and nobody is told.
        row.flags.append(domain.OVERTAKEN)
        intervention.version += 1
    else:
        _begin(intervention)
        _tell(work, intervention, row, shared=settings.shared_with_client)
    intervention.clock_ins.append(row)


def _begin(intervention):
    if intervention.status == "planned":
        intervention.move("started")
    else:
        intervention.version += 1


def _tell(work, intervention, row, *, shared):
    work.tell(
        ClockedIn if row.event == "start" else ClockedOut,
        version=intervention.version,
        clock_in_id=row.id,
        intervention_id=intervention.id,
        work_order_id=intervention.work_order_id,
        ticket_id=intervention.ticket_id,
        worker={"person_id": row.worker_id, "name": row.worker_name},
        method=row.method,
        occurred_at=row.occurred_at,
        received_at=row.received_at,
        flags=row.flags,
        shared=shared,
    )
