"""Rules of fieldwork: what may happen to an intervention and when; pure, the clock is an argument.

`intervention` is anything with an intervention's columns and `plans`, `settings` anything with a service type's
columns. What was recorded is measured against the plan that held then: a phone without signal does not know of a newer
one.
"""

from datetime import UTC, datetime, timedelta
from math import asin, cos, radians, sin, sqrt

from chassis.errors import Conflict, Invalid

#: An intervention's life. Cancellation is dispatch's word; what has begun goes on, and what is done stays done.
MOVES = {
    "planned": {"started", "completed", "cancelled"},
    "started": {"completed"},
    "completed": {"validated"},
    "validated": set(),
    "cancelled": set(),
}

#: Device and server may differ by this much before a reader is told.
SKEW = timedelta(minutes=5)
#: A phone without signal keeps its entries this long.
WITHOUT_SIGNAL = timedelta(days=7)
#: A device's clock that runs ahead by more is not believed.
AHEAD = timedelta(days=1)
#: Nobody begins longer before the plan; a year before is a slip of the hand, and an entry is never taken back.
LONG_BEFORE = timedelta(days=365)
#: Somebody who comes within this of the plan is on time.
PUNCTUAL = timedelta(minutes=1)
#: Flag of a clock-in that arrived once the work was called off, confirmed or given to others, and moves nothing.
OVERTAKEN = "overtaken"
#: Flag of an end for as long as its start has not come.
WITHOUT_START = "without_start"
#: Mean radius of the earth in metres (IUGG).
EARTH_M = 6_371_009

_AHEAD_OF_TIME = "This lies in the future; set the clock of the device."
_REFUSALS = {
    "planned": ("intervention_not_completed", "The work is not completed yet."),
    "started": ("intervention_not_completed", "The work is not completed yet."),
    "completed": ("intervention_completed", "The work is completed already."),
    "validated": ("intervention_validated", "The work is validated already."),
    "cancelled": ("intervention_cancelled", "This intervention was cancelled."),
}


def may_move(status, to):
    """Whether the table allows this move."""
    return to in MOVES[status]


def require_move(status, to):
    """Refuse a move that the table does not have.

    :raises Conflict: with the code of the status that stands in the way.
    """
    if not may_move(status, to):
        raise Conflict(*_REFUSALS[status])


def former_workers(plans):
    """Return `{worker id: (name, left at)}` of those who were sent once and are not by the newest plan.

    They left when the plan was made that was the first not to send them any more.

    :param plans: of one intervention in the order of their versions; each has `planned_at` and `workers`, `{id: name}`.
    """
    sent, former = {}, {}
    for plan in plans:
        gone = {id_: (name, plan.planned_at) for id_, name in sent.items() if id_ not in plan.workers}
        former = {id_: left for id_, left in (former | gone).items() if id_ not in plan.workers}
        sent = plan.workers
    return former


def plan_at(intervention, instant):
    """Return the plan of an intervention that held at an instant, with its `starts_at` and `ends_at`.

    It is the first one for what lies before all, and the intervention itself, as planned now, where no other is known.
    """
    earlier = [plan for plan in intervention.plans if plan.version < intervention.plan_version]
    plans = [*earlier, intervention]
    return next((plan for plan in reversed(plans) if plan.planned_at <= instant), plans[0])


def check_device_time(occurred_at, received_at):
    """Refuse an instant that no phone of ours can have kept or foreseen.

    :raises Invalid: on `occurred_at`.
    """
    if occurred_at < received_at - WITHOUT_SIGNAL:
        raise _wrong_time("This is more than 7 days ago; an operator can enter it.")
    if occurred_at > received_at + AHEAD:
        raise _wrong_time(_AHEAD_OF_TIME)


def check_entered_time(intervention, occurred_at, received_at):
    """Refuse an instant that is yet to come, or long before the plan: an operator enters what has happened.

    :raises Invalid: on `occurred_at`.
    """
    if occurred_at < plan_at(intervention, occurred_at).starts_at - LONG_BEFORE:
        raise _wrong_time("This is more than a year before the intervention was planned to begin; look at the year.")
    if occurred_at > received_at + SKEW:
        raise _wrong_time("This lies in the future; enter it once it has happened.")


def instant_in(id_, fallback):
    """Return the instant that a UUIDv7 (RFC 9562, 5.7) carries; the fallback for any other id.

    :raises Invalid: on `occurred_at`, it is beyond the year 9999.
    """
    if id_.version != 7:
        return fallback
    try:
        return datetime.fromtimestamp((id_.int >> 80) / 1000, UTC)
    except (ValueError, OverflowError):
        raise _wrong_time(_AHEAD_OF_TIME) from None


def device_flags(occurred_at, received_at):
    """Return `clock_skew` for a device that runs ahead, `arrived_late` for an entry kept without signal."""
    if _runs_ahead(occurred_at, received_at):
        return ["clock_skew"]
    return ["arrived_late"] if occurred_at < received_at - SKEW else []


def _runs_ahead(occurred_at, received_at):
    return occurred_at > received_at + SKEW


def check_clock_in(intervention, settings, done, event, occurred_at, received_at, *, by_operator):
    """Refuse a clock-in that the plan, its settings or the worker's earlier clock-ins do not allow.

    What a device recorded before the intervention was called off or completed is taken after its cancellation or
    validation, too. The end of somebody who has a start at a cancelled intervention is taken from anybody.

    :param done: `{event: occurred_at}` of what the worker has already recorded here.
    :param by_operator: whether somebody else enters it; then the worker's time limits do not hold.
    :raises Conflict: with a code that says which rule.
    """
    leaves = intervention.status == "cancelled" and event == "end" and "start" in done
    if not leaves and not _was_before_the_end(intervention, occurred_at, by_operator):
        require_move(intervention.status, "completed")
    if settings.clock_ins not in (event, "both"):
        raise Conflict("clock_in_not_asked", "This kind of work does not ask for that clock-in.")
    if event in done:
        raise Conflict("clock_in_doubled", f"The {event} is recorded already.")
    _check_order(settings, done, event, occurred_at, received_at)
    if event == "start" and not by_operator:
        _check_start(plan_at(intervention, occurred_at), settings, occurred_at, received_at)


def _was_before_the_end(intervention, occurred_at, by_operator):
    if intervention.status == "cancelled":
        return not by_operator and occurred_at <= intervention.cancelled_at
    is_done = intervention.status == "completed" or (intervention.status == "validated" and not by_operator)
    return is_done and occurred_at <= intervention.completed_at


def is_overtaken(status, *, is_expected):
    """Whether a clock-in that is taken arrives once the intervention was called off, confirmed or given to others.

    :param is_expected: whether its worker is sent, or was when their first clock-in arrived.
    """
    return status in ("cancelled", "validated") or not is_expected


def _check_order(settings, done, event, occurred_at, received_at):
    if ("start" in done and occurred_at < done["start"]) or ("end" in done and occurred_at > done["end"]):
        raise Conflict("clock_order", "The end cannot be before the start.")
    kept_without_signal = occurred_at < received_at - SKEW
    if event == "end" and "start" not in done and settings.clock_ins == "both" and not kept_without_signal:
        raise Conflict("clock_in_missing", "Clock in before you clock out.")


def _check_start(plan, settings, occurred_at, received_at):
    if settings.not_before_start and occurred_at < plan.starts_at:
        raise Conflict("clock_in_too_early", "Clock in once the planned start has come.")
    delay = settings.allowed_delay_minutes
    # What is here already cannot have happened later.
    if delay is not None and min(occurred_at, received_at) > plan.starts_at + timedelta(minutes=delay):
        ahead = ", and the clock of the device runs ahead" if _runs_ahead(occurred_at, received_at) else ""
        raise Conflict("clock_in_too_late", f"The allowed delay is over{ahead}; an operator can enter it.")


def clock_in_flags(intervention, settings, done, event, occurred_at, received_at):
    """Return what a reader of a clock-in should know: words of `clock_skew`, `arrived_late`, `early`, `late`,
    `without_start`."""
    flags = device_flags(occurred_at, received_at)
    plan = plan_at(intervention, occurred_at)
    planned = plan.starts_at if event == "start" else plan.ends_at
    if occurred_at <= planned - PUNCTUAL:
        flags.append("early")
    elif occurred_at >= planned + PUNCTUAL:
        flags.append("late")
    if event == "end" and settings.clock_ins == "both" and "start" not in done:
        flags.append(WITHOUT_START)
    return flags


def is_far(place, position, allowed_distance_m):
    """Whether a device is surely farther from a place than allowed.

    :param place: `{"latitude", "longitude"}` of the site; unknown is never far.
    :param position: `{"latitude", "longitude", "accuracy_m"}`; its radius counts in the worker's favour.
    :param allowed_distance_m: metres, or `None` where position does not matter.
    """
    if allowed_distance_m is None or position is None or place is None:
        return False
    away = distance_m(*(at[degrees] for at in (place, position) for degrees in ("latitude", "longitude")))
    return away - (position["accuracy_m"] or 0) > allowed_distance_m


def distance_m(latitude, longitude, other_latitude, other_longitude):
    """Return the great-circle distance in metres between two points in degrees (haversine formula)."""
    north, other_north = radians(latitude), radians(other_latitude)
    half = sin((other_north - north) / 2) ** 2
    half += cos(north) * cos(other_north) * sin(radians(other_longitude - longitude) / 2) ** 2
    return 2 * EARTH_M * asin(min(1.0, sqrt(half)))


def check_incident(intervention, settings, occurred_at):
    """Refuse an incident after a cancellation, of a service without incidents, or outside the window.

    :raises Conflict: `intervention_cancelled`, `incidents_off` or `incident_window_closed`.
    """
    if intervention.status == "cancelled" and occurred_at > intervention.cancelled_at:
        raise Conflict(*_REFUSALS["cancelled"])
    if not settings.incidents:
        raise Conflict("incidents_off", "This kind of work takes no incidents.")
    plan = plan_at(intervention, occurred_at)
    opens = plan.starts_at - timedelta(hours=settings.incident_hours_before)
    closes = plan.ends_at + timedelta(hours=settings.incident_hours_after)
    if not opens <= occurred_at <= closes:
        window = {"opens_at": opens.isoformat(), "closes_at": closes.isoformat()}
        raise Conflict("incident_window_closed", "Incidents are taken around the planned time only.", window)


def is_offered(reason, service_type_id, at):
    """Whether a service type offers a reason for incidents at this moment of an intervention, `start` or `end`."""
    return reason.service_type_id in (None, service_type_id) and reason.at in ("both", at)


def check_completion(intervention, settings, recorded, *, by_worker):
    """Refuse to complete what is not at its end.

    :param recorded: `{worker id: {event: occurred_at}}`.
    :param by_worker: a worker completes; a manager may where nobody could clock in.
    :raises Conflict: with a code that says what is missing.
    """
    require_move(intervention.status, "completed")
    if by_worker and settings.clock_ins != "none" and not any(recorded.values()):
        raise Conflict("clock_in_missing", "Clock in before you complete the work.")
    if settings.clock_ins == "both":
        still_there = [worker for worker, done in recorded.items() if "start" in done and "end" not in done]
        if still_there:
            context = {"worker_ids": sorted(map(str, still_there))}
            raise Conflict("clock_out_missing", "Clock out before the work is completed.", context)


def check_validation(intervention, settings):
    """Refuse to validate what is not completed, or needs no validation.

    :raises Conflict: with a code that says which.
    """
    require_move(intervention.status, "validated")
    if not settings.validation:
        raise Conflict("validation_not_needed", "This kind of work is not validated.")


def rounded_minutes(done, rounding, step):
    """Return the minutes a worker was there, rounded by the service type; `None` until both ends are known.

    :param done: `{"start": instant, "end": instant}`.
    :param rounding: `none`, `down`, `nearest` (a half goes up) or `up`.
    :param step: minutes to round to; `none` counts whole minutes begun and ended.
    """
    if not {"start", "end"} <= done.keys():
        return None
    seconds = int((done["end"] - done["start"]).total_seconds())
    unit = 60 * (step or 1)
    extra = {"none": 0, "down": 0, "nearest": unit // 2, "up": unit - 1}[rounding]
    return (seconds + extra) // unit * (step or 1)


def _wrong_time(message):
    return Invalid("time_refused", message, {"fields": {"occurred_at": [message]}})
