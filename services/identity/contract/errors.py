"""Every refusal of identity's own making: its kind, its code, and what it means."""

from chassis.errors import Conflict, Forbidden, Invalid, NotFound, Stale, TooMany, Unauthenticated

ERRORS = {
    Forbidden: {
        "current_password_wrong": "The present password is missing or not right.",
        "not_allowed": "The caller's roles do not allow this.",
        "rights_exceeded": "Nobody gives rights, or changes those who have them, beyond their own.",
    },
    Unauthenticated: {
        "credentials_wrong": "The e-mail address or the password is not right.",
        "session_ended": "The session was ended or is too old.",
    },
    NotFound: {
        "link_not_found": "The link was used, is too old, or is not one of ours.",
        "organisation_not_found": "No such organisation, or not the caller's to see.",
        "person_not_found": "No such person, or not the caller's to see.",
        "site_not_found": "No such site, or not the caller's to see.",
        "usergroup_not_found": "No such usergroup, or not the caller's to see.",
    },
    Conflict: {
        "email_taken": "A person with this e-mail address exists.",
        "last_admin": "Somebody must remain who can administer the desk.",
        "organisation_name_taken": "An organisation of this name exists.",
        "parent_closed": "The site in which it is, or would be, is closed.",
        "password_chosen": "Whoever has a password is not invited any more.",
        "person_closed": "The person's account is closed.",
        "sites_open": "Sites below it are open.",
        "usergroup_name_taken": "A usergroup of this name exists.",
    },
    Stale: {
        "version_stale": "The thing was changed since the caller read it.",
    },
    Invalid: {
        "cursor_invalid": "The cursor is not one that a list has answered.",
        "email_invalid": "This is not an e-mail address.",
        "field_value_invalid": "The value of a custom field does not fit its kind.",
        "parent_kind_wrong": "A site of this kind cannot stand there in the tree.",
        "role_unknown": "There is no such role.",
        "time_zone_unknown": "The time zone is not in the IANA database, or missing.",
    },
    TooMany: {
        "too_many_attempts": "Too many wrong passwords; wait a quarter of an hour.",
        "too_many_requests": "Too many accounts were asked for from one network address; wait an hour.",
    },
}
