"""One of everything that dispatch keeps, and whose it is."""

from datetime import timedelta

from chassis.actors import ANONYMOUS
from chassis.testing import MONDAY
from tests.actions.dispatch.given import ADMIN, a_person, a_ticket, a_usergroup, an_actor_as, ask

TARGETS = dict.fromkeys(("low", "normal", "high", "urgent"), {"first_response_minutes": 30, "resolution_minutes": 60})


class Desk:
    """A ticket of a usergroup with a work order and an intervention, and somebody of each role whose it is."""

    def __init__(self, work):
        self.work = work
        self.usergroup = a_usergroup(work)
        self.contractor = a_person(work, "external_agent")
        self.worker = a_person(work, "worker")
        self.ticket = a_ticket(work, usergroup_id=self.usergroup)
        self.work_order = self.ask(
            "create_work_order", ticket_id=self.ticket, title="Repair", contractor_id=self.contractor
        )
        window = {"starts_at": MONDAY, "ends_at": MONDAY + timedelta(hours=1)}
        self.intervention = self.ask(
            "plan_intervention", work_order_id=self.work_order.id, workers=[self.worker], **window
        )
        self.rule = self.ask("create_routing_rule", name="Rule", then={"priority": "high"})
        self.policy = self.ask("create_sla_policy", name="Own", usergroup_id=a_usergroup(work), targets=TARGETS)

    def ask(self, method, **arguments):
        """Ask as an administrator."""
        return ask(self.work, ADMIN, method, **arguments)

    def somebody(self, role):
        """Return an actor of a role whose the usergroup is, or the work order."""
        if role == "anonymous":
            return ANONYMOUS
        if role == "external_agent":
            return an_actor_as(role, person_id=self.contractor)
        return an_actor_as(role, serves=[self.usergroup])

    def arguments(self, method):
        """Return arguments with which a method does something to this ticket."""
        later = {"starts_at": MONDAY + timedelta(hours=2), "ends_at": MONDAY + timedelta(hours=3)}
        latest = {"starts_at": MONDAY + timedelta(hours=4), "ends_at": MONDAY + timedelta(hours=5)}
        return {
            "create_routing_rule": {"name": "Rule", "then": {"usergroup_id": self.usergroup}},
            "change_routing_rule": {"routing_rule_id": self.rule.id, "active": False},
            "create_sla_policy": {"name": "Ours", "usergroup_id": self.usergroup, "targets": TARGETS},
            "change_sla_policy": {"sla_policy_id": self.policy.id, "name": "Ours"},
            "change_business_calendar": {"time_zone": "Europe/London"},
            "create_work_order": {"ticket_id": self.ticket, "title": "Clean"},
            "list_work_orders": {"ticket": self.ticket},
            "work_order_by_id": {"work_order_id": self.work_order.id},
            "cancel_work_order": {"work_order_id": self.work_order.id},
            "plan_intervention": {"work_order_id": self.work_order.id, "workers": [self.worker], **later},
            "replan_intervention": {"intervention_id": self.intervention.id, **latest},
            "cancel_intervention": {"intervention_id": self.intervention.id},
        }.get(method, {})
