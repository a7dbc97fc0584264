"""What dispatch answers and tells: routing rules, SLA policies, work orders and planned interventions."""

from chassis.contract import Contract, command, query
from services.dispatch.contract.answers import (
    Calendar,
    Intervention,
    RoutingRule,
    RoutingRules,
    SLAPolicies,
    SLAPolicy,
    WorkOrder,
    WorkOrders,
)
from services.dispatch.contract.arguments import (
    CalendarChange,
    InterventionCancellation,
    InterventionChange,
    NewIntervention,
    NewRoutingRule,
    NewSLAPolicy,
    NewWorkOrder,
    Page,
    RoutingRuleChange,
    SLAPolicyChange,
    WorkOrderCancellation,
    WorkOrderFilter,
    WorkOrderId,
)
from services.dispatch.contract.errors import ERRORS
from services.dispatch.contract.facts import (
    AssignmentDecided,
    DeadlineMissed,
    DeadlineSet,
    InterventionCancelled,
    InterventionPlanned,
    InterventionReplanned,
    TicketRouted,
    WorkOrderClosed,
    WorkOrderOpened,
)

__all__ = [
    "AssignmentDecided",
    "DeadlineMissed",
    "DeadlineSet",
    "Dispatch",
    "InterventionCancelled",
    "InterventionPlanned",
    "InterventionReplanned",
    "TicketRouted",
    "WorkOrderClosed",
    "WorkOrderOpened",
]


class Dispatch(Contract):
    """Who gets which ticket by when, and who goes where."""

    service = "dispatch"
    errors = ERRORS

    @command(
        takes=NewRoutingRule,
        gives=RoutingRule,
        refuses=(
            "not_allowed",
            "category_not_found",
            "mailbox_not_found",
            "site_not_found",
            "usergroup_not_found",
            "words_invalid",
        ),
    )
    def create_routing_rule(self, **rule):
        """Add a routing rule, before the one that has its position."""

    @query(takes=Page, gives=RoutingRules, refuses=("not_allowed", "cursor_invalid"))
    def list_routing_rules(self, cursor=None, limit=50):
        """Return a page of the routing rules in the order in which they are tried."""

    @command(
        takes=RoutingRuleChange,
        gives=RoutingRule,
        refuses=(
            "not_allowed",
            "routing_rule_not_found",
            "category_not_found",
            "mailbox_not_found",
            "site_not_found",
            "usergroup_not_found",
            "version_stale",
            "words_invalid",
        ),
    )
    def change_routing_rule(self, routing_rule_id, **changes):
        """Change a routing rule, move it before the one that has its new position, or switch it off and on."""

    @command(takes=NewSLAPolicy, gives=SLAPolicy, refuses=("not_allowed", "usergroup_not_found", "sla_policy_exists"))
    def create_sla_policy(self, **policy):
        """Add the SLA policy of a usergroup."""

    @query(takes=Page, gives=SLAPolicies, refuses=("not_allowed", "cursor_invalid"))
    def list_sla_policies(self, cursor=None, limit=50):
        """Return a page of the SLA policies, the default first."""

    @command(takes=SLAPolicyChange, gives=SLAPolicy, refuses=("not_allowed", "sla_policy_not_found", "version_stale"))
    def change_sla_policy(self, sla_policy_id, **changes):
        """Change an SLA policy."""

    @query(gives=Calendar, refuses=("not_allowed",))
    def business_calendar(self):
        """Return the business hours in which deadlines are counted."""

    @command(takes=CalendarChange, gives=Calendar, refuses=("not_allowed", "version_stale", "calendar_invalid"))
    def change_business_calendar(self, **changes):
        """Change the business hours."""

    @command(
        takes=NewWorkOrder,
        gives=WorkOrder,
        refuses=(
            "not_allowed",
            "ticket_not_found",
            "site_not_found",
            "person_not_found",
            "ticket_not_open",
            "person_unsuitable",
        ),
    )
    def create_work_order(self, **work_order):
        """Authorise work on site for an open ticket."""

    @query(takes=WorkOrderFilter, gives=WorkOrders, refuses=("not_allowed", "cursor_invalid"))
    def list_work_orders(self, **filters):
        """Return a page of the work orders that the caller may see."""

    @query(takes=WorkOrderId, gives=WorkOrder, refuses=("not_allowed", "work_order_not_found"))
    def work_order_by_id(self, work_order_id):
        """Return one work order with its interventions."""

    @command(
        takes=WorkOrderCancellation,
        gives=WorkOrder,
        refuses=("not_allowed", "work_order_not_found", "intervention_started", "work_completed", "work_order_closed"),
    )
    def cancel_work_order(self, work_order_id, reason=""):
        """Close a work order without its work; what is planned for it is cancelled.

        Not while an intervention is under way, nor once one is completed.
        """

    @command(
        takes=NewIntervention,
        gives=Intervention,
        refuses=(
            "not_allowed",
            "work_order_not_found",
            "person_not_found",
            "service_type_not_found",
            "id_taken",
            "ticket_not_open",
            "work_order_closed",
            "worker_busy",
            "person_unsuitable",
            "window_invalid",
        ),
    )
    def plan_intervention(self, **intervention):
        """Plan an intervention of one or more workers, none of whom is planned elsewhere at that time."""

    @command(
        takes=InterventionChange,
        gives=Intervention,
        refuses=(
            "not_allowed",
            "intervention_not_found",
            "person_not_found",
            "intervention_not_planned",
            "intervention_started",
            "worker_busy",
            "version_stale",
            "person_unsuitable",
            "window_invalid",
        ),
    )
    def replan_intervention(self, intervention_id, **plan):
        """Move a planned intervention, or send others.

        One under way keeps its window and who has clocked in; more can be sent.
        """

    @command(
        takes=InterventionCancellation,
        gives=Intervention,
        refuses=("not_allowed", "intervention_not_found", "intervention_not_planned", "intervention_started"),
    )
    def cancel_intervention(self, intervention_id, reason=""):
        """Cancel a planned intervention that nobody has begun."""
