"""What identity publishes: the methods it answers and the facts it tells."""

from marshmallow import ValidationError, fields, validate, validates_schema

from chassis.contract import Answer, Arguments, Contract, Event, command, instant, line, one_of, query, text

LANGUAGES = ("fr", "en", "es", "de")
SITE_KINDS = ("property", "building", "unit")
#: Kinds of custom fields on usergroups.
FIELD_KINDS = ("text", "phone", "address", "url", "number", "date", "choice")
#: What `retell` takes; the facts that each tells again.
RETOLD_KINDS = ("people", "usergroups", "organisations", "sites")
#: Entries of a page at the most.
LONGEST_PAGE = 100
#: People in one list of a usergroup at the most.
LARGEST_LIST = 10_000

#: Every refusal of identity's own making, by code.
ERROR_CODES = {
    "credentials_wrong": "The e-mail address or the password is not right.",
    "current_password_wrong": "The present password is missing or not right.",
    "cursor_invalid": "The cursor is not one that a list has answered.",
    "email_invalid": "This is not an e-mail address.",
    "email_taken": "A person with this e-mail address exists.",
    "field_value_invalid": "The value of a custom field does not fit its kind.",
    "last_admin": "Somebody must remain who can administer the desk.",
    "link_not_found": "The link was used, is too old, or is not one of ours.",
    "not_allowed": "The caller's roles do not allow this.",
    "organisation_name_taken": "An organisation of this name exists.",
    "organisation_not_found": "No such organisation, or not the caller's to see.",
    "parent_kind_wrong": "A site of this kind cannot stand there in the tree.",
    "person_not_found": "No such person, or not the caller's to see.",
    "rights_exceeded": "Nobody gives rights, or changes those who have them, beyond their own.",
    "role_unknown": "There is no such role.",
    "session_ended": "The session was ended or is too old.",
    "site_not_found": "No such site, or not the caller's to see.",
    "time_zone_unknown": "The time zone is not in the IANA database, or missing.",
    "too_many_attempts": "Too many wrong passwords; wait a quarter of an hour.",
    "usergroup_name_taken": "A usergroup of this name exists.",
    "usergroup_not_found": "No such usergroup, or not the caller's to see.",
    "version_stale": "The thing was changed since the caller read it.",
}


def _email(**options):
    return line(longest=254, shortest=1, **options)


def _name(**options):
    return line(longest=200, shortest=1, **options)


def _language(**options):
    return one_of(*LANGUAGES, **options)


def _new_password(**options):
    return text(longest=200, shortest=8, **options)


def _role():
    return line(longest=40, shortest=1)


def _ids(**options):
    return fields.List(fields.UUID(), validate=validate.Length(max=LARGEST_LIST), **options)


# What methods take ------------------------------------------------------------------------------------


class LogIn(Arguments):
    """Credentials; `origin` is the caller's network address where the gateway knows it."""

    email = _email(required=True)
    password = text(longest=200, shortest=1, required=True)
    origin = line(longest=64, load_default="")


class SessionSecret(Arguments):
    """The opaque secret that `log_in` answered."""

    session = line(longest=100, shortest=1, required=True)


class Registration(Arguments):
    """Somebody who wants an account of their own."""

    email = _email(required=True)
    password = _new_password(required=True)
    name = _name(required=True)
    language = _language(load_default="en")


class LinkToken(Arguments):
    """The token of a mailed link."""

    token = line(longest=1000, shortest=1, required=True)


class Page(Arguments):
    """A page of a list: entries after the cursor whose name (or address) holds `q`."""

    q = line(longest=200, load_default="")
    cursor = line(longest=2000, load_default=None, allow_none=True)
    limit = fields.Integer(strict=True, load_default=50, validate=validate.Range(1, LONGEST_PAGE))


class PeoplePage(Page):
    """A page of people, by role where one is named."""

    role = line(longest=40, load_default=None, allow_none=True)
    active = fields.Boolean(load_default=None, allow_none=True)


class SitesPage(Page):
    """A page of sites, those directly under a parent or of one kind where they are named."""

    parent_id = fields.UUID(load_default=None, allow_none=True)
    kind = one_of(*SITE_KINDS, load_default=None, allow_none=True)


class NewPerson(Arguments):
    """A person as an administrator invites them, with at least one role.

    `confirmed` says that the address is known to be theirs. Without a password they claim the account
    by registering with this address.
    """

    email = _email(required=True)
    name = _name(required=True)
    role = line(longest=40, shortest=1)
    roles = fields.List(_role(), validate=validate.Length(max=20))
    language = _language(load_default="en")
    password = _new_password(load_default=None, allow_none=True)
    organisation_id = fields.UUID(load_default=None, allow_none=True)
    confirmed = fields.Boolean(load_default=True)

    @validates_schema
    def has_a_role(self, loaded, **_options):
        """Refuse a person without any role."""
        if not loaded.get("role") and not loaded.get("roles"):
            raise ValidationError("Name at least one role.", "role")


class PersonId(Arguments):
    """Which person."""

    person_id = fields.UUID(required=True)


class PersonChange(Arguments):
    """What changes about a person; whatever is not named stays.

    People change their own name, language and password (naming the present one); the rest needs `people.write`.
    """

    person_id = fields.UUID(required=True)
    if_version = fields.Integer(strict=True)
    name = _name()
    language = _language()
    email = _email()
    roles = fields.List(_role(), validate=validate.Length(min=1, max=20))
    active = fields.Boolean()
    confirmed = fields.Boolean()
    organisation_id = fields.UUID(allow_none=True)
    password = _new_password()
    current_password = text(longest=200)


class CustomField(Arguments):
    """One custom field of a usergroup, with its value as text."""

    label = _name(required=True)
    kind = one_of(*FIELD_KINDS, required=True)
    value = text(longest=2000, load_default="")
    choices = fields.List(line(longest=200, shortest=1), validate=validate.Length(max=100), load_default=list)


def _custom_fields(**options):
    return fields.List(fields.Nested(CustomField), validate=validate.Length(max=50), **options)


class NewUsergroup(Arguments):
    """A usergroup with its three lists of people."""

    name = _name(required=True)
    private_allowed = fields.Boolean(load_default=False)
    members = _ids(load_default=list)
    supervisors = _ids(load_default=list)
    agents = _ids(load_default=list)
    default_category_id = fields.UUID(load_default=None, allow_none=True)
    custom_fields = _custom_fields(load_default=list)


class UsergroupId(Arguments):
    """Which usergroup."""

    usergroup_id = fields.UUID(required=True)


class UsergroupChange(Arguments):
    """What changes about a usergroup; a list that is named replaces the present one."""

    usergroup_id = fields.UUID(required=True)
    if_version = fields.Integer(strict=True)
    name = _name()
    private_allowed = fields.Boolean()
    members = _ids()
    supervisors = _ids()
    agents = _ids()
    default_category_id = fields.UUID(allow_none=True)
    custom_fields = _custom_fields()
    active = fields.Boolean()


class NewOrganisation(Arguments):
    """A client firm, an owner or a contractor's firm."""

    name = _name(required=True)


class NewSite(Arguments):
    """A place in the tree property > building > unit.

    Organisation, usergroup and time zone (IANA name) are the parent's where they are not named.
    """

    name = _name(required=True)
    kind = one_of(*SITE_KINDS, required=True)
    parent_id = fields.UUID(load_default=None, allow_none=True)
    organisation_id = fields.UUID(load_default=None, allow_none=True)
    usergroup_id = fields.UUID(load_default=None, allow_none=True)
    address = text(longest=1000, load_default="")
    time_zone = line(longest=64, load_default=None, allow_none=True)


class SiteId(Arguments):
    """Which site."""

    site_id = fields.UUID(required=True)


class Retelling(Arguments):
    """Which things are told again, after which one (the `next_cursor` of the call before)."""

    kind = one_of(*RETOLD_KINDS, required=True)
    after = fields.UUID(load_default=None, allow_none=True)


# What methods give ------------------------------------------------------------------------------------


class Person(Answer):
    """A person as those who may see them do."""

    id = fields.UUID()
    email = fields.String()
    name = fields.String()
    language = fields.String()
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
    rights = fields.Dict(keys=fields.String(), values=fields.String())


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


class People(Answer):
    """A page of people by name."""

    items = fields.List(fields.Nested(Person))
    next_cursor = fields.String(allow_none=True)


class Role(Answer):
    """A role: a name for a set of permissions with their scopes."""

    name = fields.String()
    permissions = fields.Dict(keys=fields.String(), values=fields.String())


class Roles(Answer):
    """All roles by name; they are few, so there is never a second page."""

    items = fields.List(fields.Nested(Role))
    next_cursor = fields.String(allow_none=True)


class ShownField(Answer):
    """One custom field as it is shown."""

    label = fields.String()
    kind = fields.String()
    value = fields.String()
    choices = fields.List(fields.String())


class Usergroup(Answer):
    """A usergroup; its three lists only for those who may see its people."""

    id = fields.UUID()
    name = fields.String()
    private_allowed = fields.Boolean()
    default_category_id = fields.UUID(allow_none=True)
    custom_fields = fields.List(fields.Nested(ShownField))
    members = fields.List(fields.UUID())
    supervisors = fields.List(fields.UUID())
    agents = fields.List(fields.UUID())
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
    kind = fields.String()
    parent_id = fields.UUID(allow_none=True)
    organisation_id = fields.UUID(allow_none=True)
    usergroup_id = fields.UUID(allow_none=True)
    address = fields.String()
    time_zone = fields.String()
    path = fields.List(fields.UUID())
    active = fields.Boolean()
    version = fields.Integer()


class Sites(Answer):
    """A page of sites by name."""

    items = fields.List(fields.Nested(Site))
    next_cursor = fields.String(allow_none=True)


class Retold(Answer):
    """How many were told again; where to go on, or none at the end."""

    told = fields.Integer()
    next_cursor = fields.UUID(allow_none=True)


# Facts ------------------------------------------------------------------------------------------------


class PersonChanged(Event, source="identity"):
    """A person is new or was changed; an address counts as theirs only where `confirmed`."""

    person_id = fields.UUID(required=True)
    email = fields.String(required=True)
    name = fields.String(required=True)
    language = fields.String(required=True)
    roles = fields.List(fields.String(), required=True)
    organisation_id = fields.UUID(allow_none=True, load_default=None)
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
    default_category_id = fields.UUID(allow_none=True, load_default=None)
    active = fields.Boolean(required=True)


class OrganisationChanged(Event, source="identity"):
    """An organisation is new or was changed."""

    organisation_id = fields.UUID(required=True)
    name = fields.String(required=True)
    active = fields.Boolean(required=True)


class SiteChanged(Event, source="identity"):
    """A site is new or was changed; `path` holds its ancestors from the root down, and itself."""

    site_id = fields.UUID(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True)
    parent_id = fields.UUID(allow_none=True, load_default=None)
    organisation_id = fields.UUID(allow_none=True, load_default=None)
    usergroup_id = fields.UUID(allow_none=True, load_default=None)
    time_zone = fields.String(required=True)
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


EVENTS = (
    PersonChanged,
    GrantsChanged,
    UsergroupChanged,
    OrganisationChanged,
    SiteChanged,
    RegistrationRequested,
)


class Identity(Contract):
    """The methods that identity answers."""

    service = "identity"

    @command(takes=LogIn, gives=SignedIn, anonymous=True, secret=True)
    def log_in(self, **fields):
        """Begin a session; every wrong pair of address and password is refused alike."""

    @command()
    def log_out(self):
        """End the caller's session."""

    @query(takes=SessionSecret, gives=Token, anonymous=True)
    def token_for(self, **fields):
        """Give the signed token that a session's calls travel with."""

    @command(takes=Registration, gives=Registered, anonymous=True, secret=True)
    def register(self, **fields):
        """Ask for an account; the answer is the same for an address that has one."""

    @command(takes=LinkToken, gives=Registered, anonymous=True)
    def confirm_registration(self, **fields):
        """Open the account that a confirm link was mailed for; a link works once, for three days."""

    @query(gives=Myself)
    def me(self):
        """Show the caller their own person, usergroups and rights."""

    @query(takes=PeoplePage, gives=People)
    def list_people(self, **fields):
        """List people by name."""

    @command(takes=NewPerson, gives=Person)
    def create_person(self, **fields):
        """Invite a person."""

    @query(takes=PersonId, gives=Person)
    def person_by_id(self, **fields):
        """Show one person."""

    @command(takes=PersonChange, gives=Person)
    def change_person(self, **fields):
        """Change a person; a change of rights, password or activity reaches every service at once."""

    @query(gives=Roles)
    def list_roles(self):
        """List the roles with their permissions."""

    @command(takes=NewUsergroup, gives=Usergroup)
    def create_usergroup(self, **fields):
        """Make a usergroup."""

    @query(takes=UsergroupId, gives=Usergroup)
    def usergroup_by_id(self, **fields):
        """Show one usergroup."""

    @query(takes=Page, gives=Usergroups)
    def list_usergroups(self, **fields):
        """List usergroups by name: all to those who may see people, else the caller's own."""

    @command(takes=UsergroupChange, gives=Usergroup)
    def change_usergroup(self, **fields):
        """Change a usergroup; supervisors change members and agents of their own."""

    @command(takes=NewOrganisation, gives=Organisation)
    def create_organisation(self, **fields):
        """Make an organisation."""

    @query(takes=Page, gives=Organisations)
    def list_organisations(self, **fields):
        """List organisations by name."""

    @command(takes=NewSite, gives=Site)
    def create_site(self, **fields):
        """Make a site."""

    @query(takes=SitesPage, gives=Sites)
    def list_sites(self, **fields):
        """List sites by name."""

    @query(takes=SiteId, gives=Site)
    def site_by_id(self, **fields):
        """Show one site."""

    @command(takes=Retelling, gives=Retold)
    def retell(self, **fields):
        """Tell people, usergroups, organisations or sites again, for a service that has lost its copies."""
