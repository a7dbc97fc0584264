"""Every refusal of dispatch's own making: its kind, its code, and what it means."""

from chassis.errors import Conflict, Forbidden, Invalid, NotFound, Stale

ERRORS = {
    Forbidden: {
        "not_allowed": "The caller's roles do not allow this here.",
    },
    NotFound: {
        "category_not_found": "The category that the body names does not exist, or is not in use.",
        "intervention_not_found": "No such intervention, or not the caller's to see.",
        "mailbox_not_found": "The mailbox that the body names does not exist, or is not in use.",
        "person_not_found": "A person whom the body names does not exist.",
        "routing_rule_not_found": "No such routing rule.",
        "service_type_not_found": "The service type that the body names does not exist.",
        "site_not_found": "The site that the body names does not exist, or is not in use.",
        "sla_policy_not_found": "No such SLA policy.",
        "ticket_not_found": "No such ticket, or not the caller's to see.",
        "usergroup_not_found": "The usergroup that the body names does not exist, or is not in use.",
        "work_order_not_found": "No such work order, or not the caller's to see.",
    },
    Conflict: {
        "id_taken": "An intervention with this id exists.",
        "intervention_not_planned": "The intervention is completed or cancelled.",
        "intervention_started": "Somebody has begun the intervention.",
        "sla_policy_exists": "The usergroup has a policy; change that one.",
        "ticket_not_open": "The ticket is resolved; reopen it first.",
        "work_completed": "Work was completed under this work order.",
        "work_order_closed": "The work order is closed.",
        "worker_busy": "Somebody is planned elsewhere at that time; `busy` says who and when.",
    },
    Stale: {
        "version_stale": "The thing was changed since the caller read it.",
    },
    Invalid: {
        "calendar_invalid": (
            "The business hours overlap or end before they begin, or the country has no holidays that are known."
        ),
        "cursor_invalid": "The cursor is not one that a list has answered.",
        "person_unsuitable": (
            "Only active workers and external agents are sent; a contractor is an active external agent."
        ),
        "window_invalid": "A window ends after it begins, within 24 hours, is not over, and begins within five years.",
        "words_invalid": "A word to look for needs a letter or a digit.",
    },
}
