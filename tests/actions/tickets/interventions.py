"""Work on site of a ticket, as dispatch and fieldwork tell it."""

from chassis.ids import new_id
from chassis.testing import MONDAY
from services.dispatch.contract import (
    InterventionCancelled,
    InterventionPlanned,
    InterventionReplanned,
    WorkOrderClosed,
    WorkOrderOpened,
)
from services.fieldwork.contract import ClockedIn, ClockedOut, InterventionCompleted, WorkValidated
from tests.actions.tickets.given import minutes


class Intervention:
    """A work order with one intervention, and what is told of it."""

    def __init__(self, desk, place, ticket):
        self.desk, self.worker, self.ticket_id = desk, place.worker, ticket["id"]
        self.work_order_id, self.intervention_id = new_id(), new_id()
        self.doer = {"person_id": str(place.worker.person_id), "name": "Will Worker"}

    def hear(self, event, *, version=1, at=0, **payload):
        """Tell a fact of the intervention, so many minutes after nine."""
        known = {"ticket_id": self.ticket_id, "work_order_id": self.work_order_id, **payload}
        self.desk.hear(event, version=version, actor=self.doer, moment=MONDAY + minutes(at), **known)

    def opened(self, number="W-1", contractor=None, version=1, at=0):
        """The work order is opened, for a contractor if there is one."""
        given = {"site_id": None, "contractor_id": contractor and contractor.person_id}
        self.hear(WorkOrderOpened, version=version, at=at, number=number, title="Repair", **given, opened_at=MONDAY)

    def closed(self, outcome="validated", left=(), version=9, reason=None, at=9):
        """The work order is closed."""
        known = {"open_work_orders": len(left), "left_open": list(left), "reason": reason}
        self.hear(WorkOrderClosed, version=version, at=at, outcome=outcome, closed_at=MONDAY, **known)

    def called_off(self):
        """The work order is closed without its work."""
        self.closed("cancelled", version=2, reason="It works again.")

    def planned(self, event=InterventionPlanned, version=1, starts_at=MONDAY, **changes):
        """The intervention is planned, for an hour."""
        plan = {
            "intervention_id": self.intervention_id,
            "site_id": None,
            "service_type_id": None,
            "usergroup_id": None,
            "workers": [{"person_id": self.worker.person_id, "name": "Will Worker"}],
            "starts_at": starts_at,
            "ends_at": starts_at + minutes(60),
            "planned_at": MONDAY,
        }
        self.hear(event, version=version, at=1, **plan | changes)

    def replanned(self):
        """The intervention gets another window."""
        self.planned(InterventionReplanned, version=2)

    def lost(self):
        """Its worker cannot be sent any more."""
        will = {"person_id": self.worker.person_id, "name": "Will Worker"}
        self.planned(InterventionReplanned, version=2, workers=[], unable=[will])

    def cancelled(self):
        """The intervention is called off."""
        reason = {"reason": "The tenant is away.", "cancelled_at": MONDAY}
        self.hear(InterventionCancelled, version=3, at=3, intervention_id=self.intervention_id, **reason)

    def taken_back(self):
        """The intervention had begun when it was called off, so it is planned still."""
        self.planned(version=4)

    def clocked(self, event, at, *, shared=True):
        """The worker comes or goes."""
        clocking = {
            "clock_in_id": new_id(),
            "intervention_id": self.intervention_id,
            "worker": {"person_id": self.worker.person_id, "name": "Will Worker"},
            "method": "manual",
            "occurred_at": MONDAY,
            "received_at": MONDAY,
            "flags": [],
            "shared": shared,
        }
        self.hear(event, at=at, **clocking)

    def clocked_in(self):
        """The worker comes."""
        self.clocked(ClockedIn, 4)

    def clocked_out(self):
        """The worker goes."""
        self.clocked(ClockedOut, 6)

    def completed(self, report="Valve replaced."):
        """The work is done."""
        by = {"person_id": self.worker.person_id, "name": "Will Worker"}
        done = {"completed_at": MONDAY, "by": by, "report": report, "validation_needed": True}
        self.hear(InterventionCompleted, at=7, intervention_id=self.intervention_id, **done)

    def validated(self):
        """The work is confirmed."""
        by = {"person_id": self.worker.person_id, "name": "Mia Manager"}
        self.hear(WorkValidated, at=8, intervention_id=self.intervention_id, validated_at=MONDAY, by=by)
