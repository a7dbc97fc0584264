"""Rules of planned interventions and of the work orders that they belong to."""

from datetime import UTC, timedelta

from services.identity.contract import EXTERNAL_AGENT, may_be_sent

LONGEST_WINDOW = timedelta(hours=24)
#: From now; a year beyond is a slip of the hand, and may end the calendar for who reckons with it.
FARTHEST = timedelta(days=5 * 365)
#: The role with which somebody is given work orders.
CONTRACTOR = EXTERNAL_AGENT

UNDER_WAY = "An intervention is under way: let its workers clock out, or enter it for them, and complete it."

#: What an intervention is once fieldwork has told that it took place.
TOOK_PLACE = frozenset({"completed", "validated"})
WORK_COMPLETED = (
    "Work of this order is completed. Cancel its interventions that are still planned; it closes once all work is"
    " validated."
)


def window_problem(starts_at, ends_at, now):
    """Return `(field, sentence)` of what is wrong with a window, or `None`."""
    if starts_at - now > FARTHEST:
        return "starts_at", "An intervention is planned within five years; look at the year."
    if ends_at <= starts_at:
        return "ends_at", "The end must be after the start."
    if ends_at - starts_at > LONGEST_WINDOW:
        return "ends_at", "An intervention lasts at most 24 hours; plan several."
    if ends_at <= now:
        return "ends_at", "This time is over; an intervention is planned ahead."
    return None


def can_be_sent(active, roles):
    """Whether somebody can be, or stay, one of those who are sent to an intervention.

    :param active: whether their account is open.
    """
    return active and may_be_sent(roles)


def clash(intervention, *, is_same):
    """Return the sentence that says for when somebody is planned already.

    :param intervention: has their `name`, and `starts_at` and `ends_at` of the intervention that stands in the way.
    :param is_same: whether that intervention belongs to the work order that is being planned.
    """
    which = "another intervention of this work order" if is_same else "another intervention"
    start, end = intervention.starts_at.astimezone(UTC), intervention.ends_at.astimezone(UTC)
    return f"{intervention.name} is planned for {which}, {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC."


def plan_kept_problem(clocked_in, workers, sent, *, is_moved):
    """Return the sentence of what of an intervention's plan must stay once it is under way, or `None`.

    :param clocked_in: ids of those who have been there.
    :param workers: ids of those who are sent so far.
    :param sent: ids of those who are to be sent.
    :param is_moved: whether its window is to be another.
    """
    if clocked_in and is_moved:
        return f"{UNDER_WAY} Its window stays; more workers can be sent."
    if not set(clocked_in) & set(workers) <= set(sent):
        return f"{UNDER_WAY} Who has clocked in stays; more workers can be sent."
    return None


def is_done(status, validation_needed):
    """Whether an intervention's work is done: validated, or completed where no validation is asked for."""
    return status == "validated" or (status == "completed" and not validation_needed)


def outcome(planned):
    """Return how a work order ends by its interventions: `validated`, `completed`, or `None` while it does not.

    :param planned: `[(status, validation_needed)]`; cancelled ones do not count; one must have taken place.
    """
    counted = [one for one in planned if one[0] != "cancelled"]
    if not counted or not all(is_done(*one) for one in counted):
        return None
    return "validated" if any(status == "validated" for status, _ in counted) else "completed"
