"""The facts that identity tells."""

from chassis.contract import OPTIONAL, Event, fields, instant


class PersonChanged(Event, source="identity"):
    """A person is new or was changed; an address counts as theirs only where `confirmed`."""

    person_id = fields.UUID(required=True)
    email = fields.String(required=True)
    name = fields.String(required=True)
    language = fields.String(required=True)
    roles = fields.List(fields.String(), required=True)
    organisation_id = fields.UUID(**OPTIONAL)
    active = fields.Boolean(required=True)
    confirmed = fields.Boolean(required=True)


class GrantsChanged(Event, source="identity"):
    """A person's rights, memberships or sessions changed: tokens of an earlier epoch are stale."""

    person_id = fields.UUID(required=True)
    epoch = fields.Integer(required=True)


class UsergroupChanged(Event, source="identity"):
    """A usergroup is new or was changed."""

    usergroup_id = fields.UUID(required=True)
    name = fields.String(required=True)
    private_allowed = fields.Boolean(required=True)
    members = fields.List(fields.UUID(), required=True)
    supervisors = fields.List(fields.UUID(), required=True)
    agents = fields.List(fields.UUID(), required=True)
    default_category_id = fields.UUID(**OPTIONAL)
    active = fields.Boolean(required=True)


class OrganisationChanged(Event, source="identity"):
    """An organisation is new or was changed."""

    organisation_id = fields.UUID(required=True)
    name = fields.String(required=True)
    active = fields.Boolean(required=True)


class ToldPosition(Event):
    """A point on the earth in degrees (WGS 84)."""

    latitude = fields.Float(required=True)
    longitude = fields.Float(required=True)


class SiteChanged(Event, source="identity"):
    """A site is new or was changed; `path` holds its ancestors from the root down, and itself."""

    site_id = fields.UUID(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True)
    parent_id = fields.UUID(**OPTIONAL)
    organisation_id = fields.UUID(**OPTIONAL)
    usergroup_id = fields.UUID(**OPTIONAL)
    address = fields.String(load_default="")
    time_zone = fields.String(required=True)
    position = fields.Nested(ToldPosition, **OPTIONAL)
    path = fields.List(fields.UUID(), required=True)
    active = fields.Boolean(required=True)


class RegistrationRequested(Event, source="identity"):
    """Somebody registered this address, which may be a person's already; the mail says which.

    The confirm link's token is `links.sign("confirm-registration", "<person_id>:<email>")`.
    """

    person_id = fields.UUID(required=True)
    email = fields.String(required=True)
    name = fields.String(required=True)
    language = fields.String(required=True)
    already_registered = fields.Boolean(required=True)


class PersonInvited(Event, source="identity"):
    """A person was made without a password, or invited once more; the mail has the link behind which they choose one.

    Its token is `links.sign("confirm-registration", "<person_id>:<email>:<invited_at>")`.
    """

    person_id = fields.UUID(required=True)
    email = fields.String(required=True)
    name = fields.String(required=True)
    language = fields.String(required=True)
    #: The name of who invites.
    invited_by = fields.String(required=True)
    #: Only the link of the latest is good; facts of a version before have none, nor have their links.
    invited_at = instant(**OPTIONAL)
