"""Routing, deadlines, work orders and the planning of interventions."""

from gateway.routes import Route, blueprint
from services.dispatch.contract import Dispatch

dispatch = blueprint(
    "dispatch",
    "Routing, deadlines, work orders and the planning of interventions.",
    [
        Route("GET", "/routing-rules", Dispatch, "list_routing_rules"),
        Route("POST", "/routing-rules", Dispatch, "create_routing_rule", 201),
        Route("PATCH", "/routing-rules/<uuid:routing_rule_id>", Dispatch, "change_routing_rule", matches=True),
        Route("GET", "/sla-policies", Dispatch, "list_sla_policies"),
        Route("POST", "/sla-policies", Dispatch, "create_sla_policy", 201),
        Route("PATCH", "/sla-policies/<uuid:sla_policy_id>", Dispatch, "change_sla_policy", matches=True),
        Route("GET", "/calendar", Dispatch, "business_calendar"),
        Route("PATCH", "/calendar", Dispatch, "change_business_calendar", matches=True),
        Route("GET", "/work-orders", Dispatch, "list_work_orders"),
        Route("POST", "/work-orders", Dispatch, "create_work_order", 201, located=True),
        Route("GET", "/work-orders/<uuid:work_order_id>", Dispatch, "work_order_by_id"),
        Route("POST", "/work-orders/<uuid:work_order_id>/cancellation", Dispatch, "cancel_work_order"),
        Route("POST", "/interventions", Dispatch, "plan_intervention", 201, located=True),
        Route("PATCH", "/interventions/<uuid:intervention_id>", Dispatch, "replan_intervention", matches=True),
        Route("POST", "/interventions/<uuid:intervention_id>/cancellation", Dispatch, "cancel_intervention"),
    ],
)
