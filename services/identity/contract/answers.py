"""What the methods of identity give; nothing else ever leaves it."""

from chassis.actors import SCOPES
from chassis.contract import Answer, fields, instant, one_of
from chassis.languages import LANGUAGES
from services.identity.contract.arguments import SitePosition
from services.identity.contract.words import FIELD_KINDS, SITE_KINDS

#: Of a field that only some readers are shown.
NOT_EVERY_READERS = {"may_lack": True}


class Person(Answer):
    """A person as those who may see them do."""

    id = fields.UUID()
    email = fields.String()
    name = fields.String()
    language = one_of(*LANGUAGES)
    roles = fields.List(fields.String())
    organisation_id = fields.UUID(allow_none=True)
    active = fields.Boolean()
    confirmed = fields.Boolean()
    version = fields.Integer()


class OwnUsergroup(Answer):
    """A usergroup as one of its people sees their own place in it."""

    id = fields.UUID()
    name = fields.String()
    member = fields.Boolean()
    supervisor = fields.Boolean()
    agent = fields.Boolean()


class Myself(Person):
    """The signed-in person, with their usergroups and rights (`{permission: scope}`)."""

    usergroups = fields.List(fields.Nested(OwnUsergroup))
    rights = fields.Dict(keys=fields.String(), values=one_of(*SCOPES))


class SignedIn(Answer):
    """A new session: the opaque secret, told this once, and whose it is."""

    session = fields.String()
    person = fields.Nested(Myself)


class Token(Answer):
    """A signed token for one session, good until `expires_at`."""

    token = fields.String()
    expires_at = instant()


class Registered(Answer):
    """The id that the person will have once the address is confirmed; the same shape for a known address."""

    person_id = fields.UUID()


class AskedAccount(Answer):
    """Whose account a confirm link opens, as whoever asked for it said."""

    email = fields.String()
    name = fields.String()


class People(Answer):
    """A page of people by name."""

    items = fields.List(fields.Nested(Person))
    next_cursor = fields.String(allow_none=True)


class Role(Answer):
    """A role: a name for a set of permissions with their scopes."""

    name = fields.String()
    permissions = fields.Dict(keys=fields.String(), values=one_of(*SCOPES))


class Roles(Answer):
    """All roles by name; they are few, so there is never a second page."""

    items = fields.List(fields.Nested(Role))
    next_cursor = fields.String(allow_none=True)


class ShownField(Answer):
    """One custom field as it is shown."""

    label = fields.String()
    kind = one_of(*FIELD_KINDS)
    value = fields.String()
    choices = fields.List(fields.String())


class Usergroup(Answer):
    """A usergroup; its three lists and custom fields only for those who may see its people."""

    id = fields.UUID()
    name = fields.String()
    private_allowed = fields.Boolean()
    default_category_id = fields.UUID(allow_none=True)
    custom_fields = fields.List(fields.Nested(ShownField), metadata=NOT_EVERY_READERS)
    members = fields.List(fields.UUID(), metadata=NOT_EVERY_READERS)
    supervisors = fields.List(fields.UUID(), metadata=NOT_EVERY_READERS)
    agents = fields.List(fields.UUID(), metadata=NOT_EVERY_READERS)
    active = fields.Boolean()
    version = fields.Integer()


class Usergroups(Answer):
    """A page of usergroups by name."""

    items = fields.List(fields.Nested(Usergroup))
    next_cursor = fields.String(allow_none=True)


class Organisation(Answer):
    """An organisation."""

    id = fields.UUID()
    name = fields.String()
    active = fields.Boolean()
    version = fields.Integer()


class Organisations(Answer):
    """A page of organisations by name."""

    items = fields.List(fields.Nested(Organisation))
    next_cursor = fields.String(allow_none=True)


class Site(Answer):
    """A site; `path` leads from the root of its tree to itself."""

    id = fields.UUID()
    name = fields.String()
    kind = one_of(*SITE_KINDS)
    parent_id = fields.UUID(allow_none=True)
    organisation_id = fields.UUID(allow_none=True)
    usergroup_id = fields.UUID(allow_none=True)
    address = fields.String()
    time_zone = fields.String()
    position = fields.Nested(SitePosition, allow_none=True)
    path = fields.List(fields.UUID())
    active = fields.Boolean()
    version = fields.Integer()


class Sites(Answer):
    """A page of sites by name."""

    items = fields.List(fields.Nested(Site))
    next_cursor = fields.String(allow_none=True)
