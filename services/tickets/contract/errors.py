"""Every refusal of tickets' own making: its kind, its code, and what it means."""

from chassis.errors import Conflict, Forbidden, Invalid, NotFound, Stale, Unavailable

ERRORS = {
    Forbidden: {
        "not_allowed": "The caller's roles do not allow this here.",
        "usergroup_not_allowed": "The caller may not open tickets in this usergroup.",
    },
    NotFound: {
        "attachment_not_found": "No such file, not the caller's to see, or not waiting to be used any more.",
        "category_not_found": "No such category, or it is not in use.",
        "link_not_found": "The link is not valid.",
        "participant_not_found": "Nobody of this id takes part in the ticket.",
        "person_not_found": "No such person, or not to be named here.",
        "site_not_found": "No such site, or not the caller's to name.",
        "ticket_not_found": "No such ticket, or not the caller's to see.",
        "upload_not_found": "The file was not received, or has waited too long.",
        "usergroup_not_found": "No such usergroup, or it is not in use.",
    },
    Conflict: {
        "already_a_participant": "They take part in this ticket already.",
        "already_rated": "The participant has rated this ticket already.",
        "category_slug_taken": "A category with this slug exists.",
        "move_not_allowed": "A ticket of this status cannot become the one that is asked for.",
        "not_resolved_yet": "A ticket is rated once it is resolved.",
        "participant_stays": "They asked for it, answer for it or work on it.",
        "private_not_allowed": "The usergroup has no private tickets.",
        "uploads_full": "Too many of the caller's files wait to be used.",
        "work_orders_open": "Work orders of the ticket are open.",
    },
    Stale: {
        "version_stale": "The ticket was changed since the caller read it.",
    },
    Invalid: {
        "assignee_cannot_serve": "This person cannot serve the ticket.",
        "cursor_invalid": "The cursor is not one that a list has answered.",
        "participant_needs_one_address": (
            "A participant is named by person or by e-mail address, not by both or neither."
        ),
        "private_needs_usergroup": "A private ticket needs a usergroup.",
        "requester_unclear": (
            "The requester is named by person or by e-mail address, not by both; name and language go with an address."
        ),
    },
    Unavailable: {
        "storage_full": "There is no room for files at the moment.",
    },
}
