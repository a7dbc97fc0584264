"""Every refusal of inbound's own making: its kind, its code, and what it means."""

from chassis.errors import Conflict, Forbidden, Invalid, NotFound, Stale, TooMany

ERRORS = {
    Forbidden: {
        "not_allowed": "The caller's roles do not allow this.",
    },
    NotFound: {
        "category_not_found": "The category that the body names does not exist, or is not in use.",
        "inbound_message_not_found": "No such mail.",
        "mailbox_not_found": "No such mailbox.",
        "site_not_found": "The site that the form names does not exist, or is not in use.",
        "usergroup_not_found": "The usergroup that the body names does not exist, or is not in use.",
        "webform_not_found": "No such form, or it is closed.",
    },
    Conflict: {
        "inbound_message_not_replayable": "Only a mail that could not be read is read again.",
        "mailbox_address_taken": "A mailbox with this address exists.",
        "webform_slug_taken": "A webform with this slug exists.",
    },
    Stale: {
        "version_stale": "The thing was changed since the caller read it.",
    },
    Invalid: {
        "cursor_invalid": "The cursor is not one that a list has answered.",
    },
    TooMany: {
        "too_many_requests": "Too many reports by this form without an address, or with this one; wait an hour.",
    },
}
