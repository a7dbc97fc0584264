"""The rules of identity: roles and rights, addresses, the tree of sites, custom fields. No I/O."""

from datetime import date, timedelta
from urllib.parse import urlsplit

import email_validator

from chassis.actors import SCOPES
from chassis.errors import Invalid
from chassis.time_zones import time_zones

# An installation may live in a private network, where people have addresses such as ada@office.local.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()

#: A session ends this long after its login, whatever happens.
SESSION_LIFE = timedelta(days=30)
#: The use of a session is noted at most this often; each note is a write.
USE_NOTED_EVERY = timedelta(minutes=15)
#: A confirm link works this long.
REGISTRATION_LIFE = timedelta(days=3)

#: Wrong passwords are counted in windows of this length.
LOGIN_WINDOW = timedelta(minutes=15)
#: Passwords looked at per window for one account, existing or not, and of one network.
TRIES_PER_ACCOUNT = 10
#: For one account of all networks together: twenty of them, so that a few strangers sign nobody out.
TRIES_PER_ACCOUNT_IN_ALL = 200
#: Wrong passwords per window from one network address: a spray over many people, not one office.
TRIES_PER_ORIGIN = 100
#: Confirm mails per window for one e-mail address, so that nobody fills another's mailbox.
REGISTRATION_WINDOW = timedelta(hours=1)
REGISTRATIONS_PER_EMAIL = 3
#: Registrations per window from one network address: an office on the day it begins, and no flood of mails.
REGISTRATIONS_PER_ORIGIN = 20

_REQUESTER = ("tickets.open", "tickets.read", "tickets.reply")
_AGENT = (
    *_REQUESTER,
    "tickets.open_for_others",
    "tickets.note",
    "tickets.assign",
    "tickets.prioritise",
    "tickets.move",
    "tickets.edit",
    "work_orders.read",
    "interventions.read",
)
_MANAGER = (
    *_AGENT,
    "tickets.change_group",
    "work_orders.write",
    "interventions.plan",
    "clock_ins.validate",
    "work.validate",
    "statistics.read",
    "usergroups.write",
)
_APP_ADMIN = ("categories.write", "webforms.write", "people.read")
_MASTERDATA_ADMIN = (
    "sites.read",
    "sites.write",
    "organisations.write",
    "usergroups.write",
    "routing.write",
    "sla.write",
    "mailboxes.write",
    "service_types.write",
    "people.read",
)
_FIELD = ("interventions.read", "clock_ins.write", "incidents.declare")
_DIRECTORY = {"people.read": "all", "sites.read": "all"}
_OWN_NOTIFICATIONS = {"notifications.read": "own"}


def _with_scope(scope, *permissions):
    return dict.fromkeys(permissions, scope)


_EVERY_PERMISSION = sorted(
    {*_MANAGER, *_APP_ADMIN, *_MASTERDATA_ADMIN, *_FIELD, *_OWN_NOTIFICATIONS, "people.write", "roles.write"}
)

#: The nine roles: `{role: {permission: scope}}`, as the first migration writes them.
ROLES = {
    "requester": _with_scope("own", *_REQUESTER) | _OWN_NOTIFICATIONS,
    "client": _with_scope("organisation", *_REQUESTER, "interventions.read", "incidents.declare", "sites.read")
    | _OWN_NOTIFICATIONS,
    "worker": _with_scope("own", *_REQUESTER) | _with_scope("assigned", *_FIELD) | _OWN_NOTIFICATIONS,
    "external_agent": _with_scope("assigned", "tickets.read", "tickets.reply", "work_orders.read", *_FIELD)
    | _OWN_NOTIFICATIONS,
    "agent": _with_scope("group", *_AGENT) | _DIRECTORY | _OWN_NOTIFICATIONS,
    "manager": _with_scope("group", *_MANAGER) | _DIRECTORY | _OWN_NOTIFICATIONS,
    "app_admin": _with_scope("all", *_APP_ADMIN) | _OWN_NOTIFICATIONS,
    "masterdata_admin": _with_scope("all", *_MASTERDATA_ADMIN) | _OWN_NOTIFICATIONS,
    "admin": _with_scope("all", *_EVERY_PERMISSION),
}
#: Whoever has this role, is active and has a password can administer the desk; one such must remain.
ADMIN = "admin"
#: The role of people who register themselves.
REQUESTER = "requester"

#: Kinds of parents that a site of each kind may have; `None` is the root of a tree.
PARENT_KINDS = {
    "property": {None},
    "building": {None, "property"},
    "unit": {"property", "building"},
}


def united_rights(permission_sets):
    """Return the union of `{permission: scope}` sets, each permission with its widest scope."""
    rights = {}
    for permissions in permission_sets:
        for permission, scope in permissions.items():
            known = rights.get(permission)
            if known is None or SCOPES.index(scope) > SCOPES.index(known):
                rights[permission] = scope
    return rights


def covers(rights, others):
    """Whether everything that the other rights allow is allowed by these."""
    return all(
        permission in rights and SCOPES.index(rights[permission]) >= SCOPES.index(scope)
        for permission, scope in others.items()
    )


def normalised_email(address):
    """Return an e-mail address in the one form that is stored and compared: lower case, IDNA domain.

    :raises Invalid: `email_invalid`, for what is not an address (RFC 5321, without quoted local parts).
    """
    try:
        found = email_validator.validate_email(
            address.strip(),
            check_deliverability=False,
            globally_deliverable=False,
            allow_smtputf8=False,
            strict=True,
        )
    except email_validator.EmailNotValidError as error:
        detail = "This is not an e-mail address."
        raise Invalid("email_invalid", detail, {"fields": {"email": [detail]}}) from error
    return found.ascii_email.lower()


def check_time_zone(name):
    """Refuse a time zone that the IANA database does not know, and none at all.

    :raises Invalid: `time_zone_unknown`.
    """
    if name not in time_zones():
        detail = "Name a time zone such as Europe/Paris."
        raise Invalid("time_zone_unknown", detail, {"fields": {"time_zone": [detail]}})


def check_place(kind, parent_kind):
    """Refuse a site of a kind that cannot stand under such a parent (`None`: at the root).

    :raises Invalid: `parent_kind_wrong`.
    """
    if parent_kind not in PARENT_KINDS[kind]:
        allowed = sorted(each or "none" for each in PARENT_KINDS[kind])
        detail = f"The parent of a {kind} must be: {' or '.join(allowed)}."
        raise Invalid("parent_kind_wrong", detail, {"fields": {"parent_id": [detail]}})


def check_custom_fields(custom_fields):
    """Refuse custom fields whose value does not fit their kind, and labels that come twice.

    :param custom_fields: `[{"label", "kind", "value", "choices"}]`; an empty value fits every kind.
    :raises Invalid: `field_value_invalid`.
    """
    labels = [field["label"].casefold() for field in custom_fields]
    problems = {}
    for place, field in enumerate(custom_fields):
        if labels.count(labels[place]) > 1:
            problems[str(place)] = ["This label stands twice."]
        elif field["value"] and not _fits(field):
            problems[str(place)] = [f"This is not a {field['kind']}."]
    if problems:
        detail = "Check the custom fields."
        raise Invalid("field_value_invalid", detail, {"fields": {"custom_fields": problems}})


def _fits(field):
    kind, value = field["kind"], field["value"]
    if kind == "choice":
        return value in field["choices"]
    check = {"url": _is_url, "number": _is_number, "date": _is_date, "phone": _is_phone}.get(kind)
    return check is None or check(value)


def _is_url(value):
    # Only web addresses: a stored javascript: link would run in the browser of the agent who clicks it.
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def _is_number(value):
    digits = value.removeprefix("-").replace(".", "", 1)
    return digits.isascii() and digits.isdigit()


def _is_date(value):
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _is_phone(value):
    return set(value) <= set("+0123456789 ()/.-") and any(character.isdigit() for character in value)
