"""The deadlines of a ticket, computed anew from everything known whenever something relevant is heard."""

import json
from functools import lru_cache

from holidays import country_holidays

from services.dispatch.contract import DeadlineMissed, DeadlineSet
from services.dispatch.contract.words import DEADLINES
from services.dispatch.deadline_rows import deadlines_of, overdue, save_deadlines
from services.dispatch.domain import deadlines
from services.dispatch.domain.business_hours import calendar_of


def set_deadlines(work, ticket):
    """Compute a ticket's deadlines; tell them the first time and whenever one has moved.

    A miss that is certain (the clock stopped late) is told at once; one that is still running is the sweep's.

    :param ticket: its `TicketRow`.
    """
    row, settings = deadlines_of(work, ticket)
    clocks = _clocks_of(ticket, settings)
    dues = {f"{which}_due_at": clock.due_at for which, clock in clocks.items()}
    dues["policy_name"] = settings.name
    has_moved = any(getattr(row, name) != value for name, value in dues.items())
    vars(row).update(dues)
    for which, clock in clocks.items():
        _note_clock(work, row, which, clock)
    if has_moved:
        _tell_set(work, row, _counted_by(ticket, settings))
    for which, clock in clocks.items():
        is_certain = clock.stopped_at and clock.due_at <= work.now and clock.is_missed(work.now)
        if is_certain and not _is_missed(row, which):
            _tell_missed(work, row, which)
    save_deadlines(work, row)


def tell_missed(work, limit=200):
    """Tell the deadlines that have passed with their clocks running, each once; return how many.

    :param limit: of tickets per clock in one transaction.
    """
    missed = 0
    for which in DEADLINES:
        for row in overdue(work, which, limit):
            _tell_missed(work, row, which)
            save_deadlines(work, row)
            missed += 1
        work.flush()
    return missed


def _clocks_of(ticket, settings):
    hours = json.dumps(settings.hours, sort_keys=True)
    calendar = _calendar(settings.time_zone, hours, settings.holidays_country)
    target = settings.targets[ticket.priority]
    first, last = target["first_response_minutes"], target["resolution_minutes"]
    opened_at, moves = ticket.opened_at, ticket.moves
    return {
        "first_response": deadlines.first_response(calendar, opened_at, first, ticket.answered_at, moves),
        "resolution": deadlines.resolution(calendar, opened_at, last, moves),
    }


def _note_clock(work, row, which, clock):
    setattr(row, f"{which}_stopped_at", clock.stopped_at)
    now, missed_at = work.now, getattr(row, f"{which}_missed_at")
    if clock.due_at > max(now, missed_at or now):
        # Moved ahead, and not only told by a sweep since `now`: should it pass again, that is another miss.
        setattr(row, f"{which}_missed_at", None)


def _is_missed(row, which):
    return getattr(row, f"{which}_missed_at") is not None


def _counted_by(ticket, settings):
    return {
        "priority": ticket.priority,
        **settings.targets[ticket.priority],
        "policy_id": settings.policy_id,
        "policy_version": settings.policy_version,
        "calendar_version": settings.calendar_version,
    }


def _tell_set(work, row, counted_by):
    row.version += 1
    work.tell(
        DeadlineSet,
        version=row.version,
        ticket_id=row.ticket_id,
        first_response_due_at=row.first_response_due_at,
        resolution_due_at=row.resolution_due_at,
        policy_name=row.policy_name,
        counted_by=counted_by,
        set_at=work.now,
        first_response_missed=_is_missed(row, "first_response"),
        resolution_missed=_is_missed(row, "resolution"),
    )


def _tell_missed(work, row, which):
    setattr(row, f"{which}_missed_at", work.now)
    row.version += 1
    due_at = getattr(row, f"{which}_due_at")
    work.tell(DeadlineMissed, version=row.version, ticket_id=row.ticket_id, which=which, due_at=due_at)


@lru_cache(maxsize=8)
def _calendar(time_zone, hours, country):
    holidays = country_holidays(country) if country else frozenset()
    return calendar_of(time_zone, json.loads(hours), holidays)
