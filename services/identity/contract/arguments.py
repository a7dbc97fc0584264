"""What the methods of identity take."""

from marshmallow import ValidationError, validate, validates_schema

from chassis.contract import (
    EMAIL,
    OPTIONAL,
    AfterThing,
    Arguments,
    fields,
    having,
    line,
    one_of,
    origin,
    page_cursor,
    page_size,
    text,
)
from chassis.languages import LANGUAGES
from services.identity.contract.words import FIELD_KINDS, RETOLD_KINDS, SITE_KINDS

#: Marks what is never kept, not even as the hash of a request.
SECRET = {"secret": True}
#: People in one list of a usergroup at the most.
LARGEST_LIST = 10_000


def _email(**options):
    return line(longest=254, shortest=1, metadata=EMAIL, **options)


def _name(**options):
    return line(longest=200, shortest=1, **options)


def _language(**options):
    return one_of(*LANGUAGES, **options)


def _new_password(**options):
    return text(longest=200, shortest=8, metadata=SECRET, **options)


def _role():
    return line(longest=40, shortest=1)


def _ids(**options):
    return fields.List(fields.UUID(), validate=validate.Length(max=LARGEST_LIST), **options)


class Credentials(Arguments):
    """With what somebody logs in."""

    example = {"email": "rosa@homes.example", "password": "a long password"}

    email = _email(required=True)
    password = text(longest=200, shortest=1, required=True, metadata=SECRET)
    origin = origin()


class SessionSecret(Arguments):
    """The opaque secret that `log_in` answered."""

    session = line(longest=200, shortest=1, required=True, metadata=SECRET)


class Registration(Arguments):
    """Somebody who wants an account of their own; the password is chosen behind the link that they are mailed."""

    example = {"email": "rosa@homes.example", "name": "Rosa Alba", "language": "es"}

    email = _email(required=True)
    name = _name(required=True)
    language = _language(load_default="en")
    origin = origin()


class LinkToken(Arguments):
    """The token of a mailed link."""

    token = line(longest=1000, shortest=1, required=True, metadata={"authority": True})


class Confirmation(LinkToken):
    """The token of a mailed link, and the password that its holder chooses."""

    example = {"password": "a long password"}

    password = _new_password(required=True)


class Page(Arguments):
    """A page of a list: entries after the cursor whose name (or address) holds `q`."""

    q = line(longest=200, load_default="")
    cursor = page_cursor()
    limit = page_size(50)


class PersonFilter(Page):
    """A page of people, by role where one is named."""

    role = line(longest=40, **OPTIONAL)
    active = fields.Boolean(**OPTIONAL)


class SiteFilter(Page):
    """A page of sites, those directly under a parent or of one kind where they are named."""

    parent_id = fields.UUID(**OPTIONAL)
    kind = one_of(*SITE_KINDS, **OPTIONAL)


class NewPerson(Arguments):
    """A person as an administrator invites them, with at least one role.

    `confirmed` says that the address is known to be theirs. Without a password they are mailed a link, good for three
    days, behind which they choose one; later they get another when invited once more, or by registering with this
    address.
    """

    example = {"email": "rosa@homes.example", "name": "Rosa Alba", "roles": ["requester"], "language": "es"}
    json_schema = {"not": {"properties": {"role": {"type": "null"}, "roles": {"maxItems": 0}}}}

    email = _email(required=True)
    name = _name(required=True)
    role = line(longest=40, shortest=1)
    roles = fields.List(_role(), validate=validate.Length(max=20))
    language = _language(load_default="en")
    password = _new_password(**OPTIONAL)
    organisation_id = fields.UUID(**OPTIONAL)
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

    People change their own name, language and password (naming the present one); for the rest it takes
    `people.write`. A new address is as `confirmed` as the one before, and whoever has a confirmed address has the
    tickets that were opened by it: say `confirmed: false` with it where nobody has proved that it is theirs.
    """

    example = {"name": "Rosa Blanco", "language": "fr"}

    person_id = fields.UUID(required=True)
    if_version = fields.Integer()
    name = _name()
    language = _language()
    email = _email()
    roles = fields.List(_role(), validate=validate.Length(min=1, max=20))
    active = fields.Boolean()
    confirmed = fields.Boolean()
    organisation_id = fields.UUID(allow_none=True)
    password = _new_password()
    current_password = text(longest=200, metadata=SECRET)


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

    example = {
        "name": "Lifts",
        "private_allowed": True,
        "supervisors": ["0192a000-0000-7000-8000-000000000001"],
        "agents": ["0192a000-0000-7000-8000-000000000002"],
    }

    name = _name(required=True)
    private_allowed = fields.Boolean(load_default=False)
    members = _ids(load_default=list)
    supervisors = _ids(load_default=list)
    agents = _ids(load_default=list)
    default_category_id = fields.UUID(**OPTIONAL)
    custom_fields = _custom_fields(load_default=list)


class UsergroupId(Arguments):
    """Which usergroup."""

    usergroup_id = fields.UUID(required=True)


class UsergroupChange(Arguments):
    """What changes about a usergroup; a list that is named replaces the present one."""

    example = {
        "name": "Lifts and doors",
        "agents": ["0192a000-0000-7000-8000-000000000002", "0192a000-0000-7000-8000-000000000003"],
    }

    usergroup_id = fields.UUID(required=True)
    if_version = fields.Integer()
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

    example = {"name": "Linden Homes"}

    name = _name(required=True)


class OrganisationChange(Arguments):
    """What changes about an organisation."""

    example = {"name": "Linden Homes Ltd"}

    organisation_id = fields.UUID(required=True)
    if_version = fields.Integer()
    name = _name()


class SitePosition(Arguments):
    """A point on the earth in degrees (WGS 84)."""

    latitude = fields.Float(required=True, validate=validate.Range(-90, 90))
    longitude = fields.Float(required=True, validate=validate.Range(-180, 180))


class NewSite(Arguments):
    """A place in the tree property > building > unit.

    Organisation, usergroup, time zone (IANA name) and position are the parent's where they are not named; a site
    without a parent needs its time zone.
    """

    example = {"name": "Linden Street 4", "kind": "property", "address": "4 Linden Street", "time_zone": "Europe/Paris"}
    json_schema = {"not": having(without=("parent_id", "time_zone"))}

    name = _name(required=True)
    kind = one_of(*SITE_KINDS, required=True)
    parent_id = fields.UUID(**OPTIONAL)
    organisation_id = fields.UUID(**OPTIONAL)
    usergroup_id = fields.UUID(**OPTIONAL)
    address = text(longest=1000, load_default="")
    time_zone = line(longest=64, **OPTIONAL)
    position = fields.Nested(SitePosition, **OPTIONAL)


class SiteChange(Arguments):
    """What changes about a site; kind, parent and organisation stay. Closed, it is no new ticket's.

    It is closed once nothing below it is open, and opened once what it is in is.
    """

    example = {"name": "Linden Street 4 to 6", "address": "4-6 Linden Street"}

    site_id = fields.UUID(required=True)
    if_version = fields.Integer()
    name = _name()
    usergroup_id = fields.UUID(allow_none=True)
    address = text(longest=1000)
    time_zone = line(longest=64)
    position = fields.Nested(SitePosition, allow_none=True)
    active = fields.Boolean()


class SiteId(Arguments):
    """Which site."""

    site_id = fields.UUID(required=True)


class Retelling(AfterThing):
    """Which things are told again, and after which one."""

    example = {"kind": "people"}

    kind = one_of(*RETOLD_KINDS, required=True)
