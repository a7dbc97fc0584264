"""Every refusal of notifications' own making: its kind, its code, and what it means."""

from chassis.errors import Invalid, NotFound

ERRORS = {
    NotFound: {
        "notification_not_found": "No such notification, or somebody else's.",
    },
    Invalid: {
        "cursor_invalid": "The cursor is not one that a list has answered.",
    },
}
