"""Work orders and interventions, planned and moved by an administrator."""

from datetime import timedelta

from chassis.testing import MONDAY
from tests.actions.dispatch.given import ADMIN, a_person, a_ticket, ask

HOUR = timedelta(hours=1)


def a_work_order(work, **ticket):
    """Let an administrator open a work order for a new ticket; return it."""
    to_do = {"title": "Repair the heating", "description": "The valve is stuck."}
    return ask(work, ADMIN, "create_work_order", ticket_id=a_ticket(work, **ticket), **to_do)


def an_intervention(work, *workers, starts=0, ends=1, work_order=None, **particulars):
    """Let an administrator plan an intervention, from and to so many hours after Monday at ten; return it."""
    return ask(
        work,
        ADMIN,
        "plan_intervention",
        work_order_id=(work_order or a_work_order(work)).id,
        workers=list(workers) or [a_person(work, "worker")],
        starts_at=MONDAY + starts * HOUR,
        ends_at=MONDAY + ends * HOUR,
        **particulars,
    )


def replan(work, intervention, starts=0, ends=1, **particulars):
    """Let an administrator move an intervention; return it."""
    window = {"starts_at": MONDAY + starts * HOUR, "ends_at": MONDAY + ends * HOUR}
    return ask(work, ADMIN, "replan_intervention", intervention_id=intervention.id, **window, **particulars)
