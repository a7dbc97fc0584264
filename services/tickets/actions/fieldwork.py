"""What happens around a ticket on site: it moves by itself, and each step is a line of its history.

A move that the ticket no longer allows is its line and nothing more: facts come late, and none is an error.
"""

from chassis.copies import keep
from services.tickets.actions.contractors import (
    let_contractor_back,
    let_contractor_in,
    let_contractor_in_late,
    take_contractor_out,
)
from services.tickets.actions.incidents import let_workers_in
from services.tickets.actions.leaving import leave_intervention
from services.tickets.actions.moving import move
from services.tickets.contract.words import FOR_AGENTS, FOR_PARTICIPANTS
from services.tickets.copies import Intervention, WorkOrder
from services.tickets.domain import LONGEST_WAIT, status_after_fact, status_after_work, status_after_work_order
from services.tickets.history import record_fact
from services.tickets.locked import lock_for_fact

#: Version of a work order that only another one's fact has named; its own facts are all newer.
UNHEARD = 0

_STATES = "SELECT state FROM work_orders WHERE ticket_id = %(ticket_id)s"
_STATE = "SELECT state, version FROM work_orders WHERE work_order_id = %(work_order_id)s"
_CLOSED_SINCE = (
    "SELECT 1 FROM history WHERE ticket_id = %(ticket_id)s AND kind = 'WorkOrderClosed'"
    " AND occurred_at > %(since)s LIMIT 1"
)
#: By facts about interventions that are newer than an instant: whether work has begun, and whether one stays planned.
_HAPPENED_SINCE = (
    "SELECT bool_or(h.kind = 'ClockedIn') AS is_begun, bool_or(v.state = 'planned') AS is_planned FROM history h"
    " LEFT JOIN interventions v ON v.intervention_id = (h.new ->> 'intervention_id')::uuid"
    " WHERE h.ticket_id = %(ticket_id)s AND h.occurred_at > %(opened_at)s"
    " AND h.kind IN ('InterventionPlanned', 'InterventionReplanned', 'ClockedIn')"
)
_KEEP_PLAN = (
    "UPDATE interventions SET starts_at = %(starts_at)s, ends_at = %(ends_at)s, worker_ids = %(worker_ids)s::uuid[],"
    " workers_version = %(version)s WHERE intervention_id = %(intervention_id)s"
    " AND coalesce(workers_version, 0) < %(version)s RETURNING intervention_id"
)
#: In the order in which whoever holds several tickets does so.
_HOLD_INCIDENTS = "SELECT FROM tickets WHERE intervention_id = %(intervention_id)s ORDER BY id FOR UPDATE"
_PLANNED = "SELECT 1 FROM interventions WHERE ticket_id = %(ticket_id)s AND state = 'planned'"


def note_work_order(work, fact):
    """Keep that work was authorised, let its contractor take part, and open a ticket again that is settled.

    Somebody settled it at the moment in which dispatch, which had not heard of that, authorised the work. Newer facts
    about its interventions may have been heard before this one: they move the ticket now.

    :raises NotYet: the ticket or the contractor has not been heard of.
    """
    opened = fact.data
    ticket = lock_for_fact(work, opened["ticket_id"])
    record_fact(work, ticket.id, fact, FOR_AGENTS, number=opened["number"], title=opened["title"])
    shown = {name: opened[name] for name in ("number", "contractor_id")}
    authorised = {"ticket_id": ticket.id, "state": "open", **shown}
    known = work.one(_STATE, work_order_id=opened["work_order_id"])
    if not keep(work, WorkOrder, opened["work_order_id"], fact.version, **authorised):
        let_contractor_in_late(work, ticket, fact)
        return
    if opened["contractor_id"]:
        let_contractor_in(work, ticket, fact)
    # A newer closing has named all work orders that are open: one that it did not name is over as well.
    if known or not _is_closed_since(work, ticket, fact.occurred_at + LONGEST_WAIT):
        since = work.one(_HAPPENED_SINCE, ticket_id=ticket.id, opened_at=fact.occurred_at)
        status = status_after_work_order(ticket.status, is_planned=since.is_planned, is_begun=since.is_begun)
        _move(work, ticket, status, "work_opened", fact.actor)


def close_work_order(work, fact):
    """Keep that a work order is over; with the last one its ticket is resolved, or open again where no work was done.

    A work order may end twice: called off, and told as done later. Where its opening has not been heard yet, the ticket
    ends as it would have if both had come in order. A contractor goes on taking part after their work; one whose work
    is called off does not.

    :raises NotYet: the ticket has not been heard of.
    """
    closed = fact.data
    ticket = lock_for_fact(work, closed["ticket_id"])
    record_fact(work, ticket.id, fact, FOR_AGENTS, outcome=closed["outcome"], reason=closed["reason"] or None)
    is_heard_of = _is_heard_of(work, closed["work_order_id"])
    state = {"ticket_id": ticket.id, "state": closed["outcome"]}
    is_news = keep(work, WorkOrder, closed["work_order_id"], fact.version, **state)
    for unheard_id in closed["left_open"]:
        # Its opening may be heard later, and the matter is not settled while it is open.
        keep(work, WorkOrder, unheard_id, UNHEARD, ticket_id=ticket.id, state="open")
    if not is_news:
        return
    if closed["outcome"] == "cancelled":
        take_contractor_out(work, ticket, fact)
    else:
        let_contractor_back(work, ticket, fact)
    states = [row.state for row in work.load(_STATES, ticket_id=ticket.id)]
    if not (is_heard_of or "open" in states or _is_closed_since(work, ticket, fact.occurred_at)):
        # Its opening would have opened the ticket again, and when it comes now it is no news any more.
        _move(work, ticket, status_after_work_order(ticket.status), "work_opened", fact.actor)
    _move(work, ticket, status_after_work(ticket.status, states), "work_closed", fact.actor)


def _is_heard_of(work, work_order_id):
    """Whether a fact of its own has told of a work order, and not only another one's."""
    known = work.one(_STATE, work_order_id=work_order_id)
    return known is not None and known.version > UNHEARD


def _is_over(work, work_order_id):
    """Whether a work order is over by what has been heard."""
    known = work.one(_STATE, work_order_id=work_order_id)
    return known is not None and known.state != "open"


def _is_closed_since(work, ticket, since):
    """Whether a closing of one of the ticket's work orders was told after an instant."""
    return bool(work.load(_CLOSED_SINCE, ticket_id=ticket.id, since=since))


def note_plan(work, fact):
    """Keep the plan of an intervention, new or changed; its ticket is planned unless that work is over.

    Whoever is off the intervention leaves its incidents, and whoever is sent takes part in them, also where the
    cancellation was heard first. Who cannot be sent any more, so that somebody else is needed, is for agents to read.

    :raises NotYet: the ticket, or who is sent to an intervention with an incident, has not been heard of.
    """
    plan = fact.data
    ticket = lock_for_fact(work, plan["ticket_id"])
    record_fact(
        work,
        ticket.id,
        fact,
        FOR_PARTICIPANTS,
        intervention_id=plan["intervention_id"],
        starts_at=plan["starts_at"],
        ends_at=plan["ends_at"],
        workers=[worker["name"] for worker in plan["workers"]],
    )
    _record_unable(work, ticket, fact)
    is_news = keep(work, Intervention, plan["intervention_id"], fact.version, ticket_id=ticket.id, state="planned")
    window = {name: plan[name] for name in ("starts_at", "ends_at")}
    sent = {
        "intervention_id": plan["intervention_id"],
        "worker_ids": [one["person_id"] for one in plan["workers"]],
    }
    if work.load(_KEEP_PLAN, version=fact.version, **window, **sent):
        work.load(_HOLD_INCIDENTS, intervention_id=plan["intervention_id"])
        leave_intervention(work, **sent)
        let_workers_in(work, **sent)
    if is_news and not _is_over(work, plan["work_order_id"]):
        _move(work, ticket, status_after_fact(ticket.status, "planned"), "planned", fact.actor)


def _record_unable(work, ticket, fact):
    names = [person["name"] for person in fact.data.get("unable", ())]
    if names:
        shown = {"intervention_id": fact.data["intervention_id"], "unable": names}
        record_fact(work, ticket.id, fact, FOR_AGENTS, **shown, cause="cannot_be_sent")


def note_cancellation(work, fact):
    """Keep that an intervention does not take place; without another planned one the ticket is open again.

    Why is for agents: it may speak of those who wait.
    """
    intervention = fact.data
    ticket = lock_for_fact(work, intervention["ticket_id"])
    shown = {"intervention_id": intervention["intervention_id"]}
    record_fact(work, ticket.id, fact, FOR_PARTICIPANTS, **shown)
    if intervention["reason"]:
        record_fact(work, ticket.id, fact, FOR_AGENTS, **shown, reason=intervention["reason"])
    cancelled = {"ticket_id": ticket.id, "state": "cancelled"}
    keep(work, Intervention, intervention["intervention_id"], fact.version, **cancelled)
    if ticket.status == "planned" and not work.load(_PLANNED, ticket_id=ticket.id):
        _move(work, ticket, "open", "cancelled", fact.actor)


def note_clock_in(work, fact):
    """Keep that a worker is on site, and say by whom only where that is shared.

    Work is in progress, unless its order is over by what has been heard.
    """
    ticket = note_clocking(work, fact)
    if not _is_over(work, fact.data["work_order_id"]):
        reason, doer = ("clocked_in", fact.actor) if fact.data["shared"] else ("work_begun", None)
        _move(work, ticket, status_after_fact(ticket.status, "in_progress"), reason, doer)


def note_clocking(work, fact):
    """Keep that a worker came or left, and return the locked ticket; where it is shared, participants read it."""
    clocking = fact.data
    ticket = lock_for_fact(work, clocking["ticket_id"])
    record_fact(
        work,
        ticket.id,
        fact,
        FOR_PARTICIPANTS if clocking["shared"] else FOR_AGENTS,
        intervention_id=clocking["intervention_id"],
        worker=clocking["worker"]["name"],
        method=clocking["method"],
        occurred_at=clocking["occurred_at"],
    )
    return ticket


def note_completion(work, fact):
    """Keep that the work of an intervention is done, with the report where somebody wrote one."""
    _note_done(work, fact, report=fact.data["report"] or None)


def note_validation(work, fact):
    """Keep that the work of an intervention was confirmed."""
    _note_done(work, fact)


def _note_done(work, fact, **particulars):
    done = fact.data
    ticket = lock_for_fact(work, done["ticket_id"])
    shown = {"intervention_id": done["intervention_id"], "by": done["by"]["name"]}
    record_fact(work, ticket.id, fact, FOR_PARTICIPANTS, **shown, **particulars)


def _move(work, ticket, status, reason, doer):
    if status != ticket.status:
        move(work, ticket, status, reason, doer)
        ticket.write()
