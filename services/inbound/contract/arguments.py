"""What the methods of inbound take."""

from marshmallow import validate

from chassis.contract import (
    EMAIL,
    OPTIONAL,
    AfterThing,
    Arguments,
    fields,
    line,
    one_of,
    origin,
    page_cursor,
    page_size,
    text,
)
from chassis.languages import LANGUAGES
from services.inbound.contract.words import (
    LONGEST_ADDRESS,
    LONGEST_DESCRIPTION,
    LONGEST_NAME,
    LONGEST_SUBJECT,
    OPTIONAL_FIELDS,
    RETOLD_KINDS,
    STATES,
)


def _language(**options):
    return one_of(*LANGUAGES, **options)


class NewMailbox(Arguments):
    """A new address for reports, and what a report gets that arrives there."""

    example = {
        "address": "lifts@desk.example",
        "name": "Lifts",
        "usergroup_id": "0192a000-0000-7000-8000-000000000001",
        "language": "fr",
    }

    address = line(longest=LONGEST_ADDRESS, shortest=3, required=True, metadata=EMAIL)
    name = line(longest=LONGEST_NAME, shortest=1, required=True)
    usergroup_id = fields.UUID(**OPTIONAL)
    category_id = fields.UUID(**OPTIONAL)
    language = _language(required=True)


class MailboxChange(Arguments):
    """What to change of a mailbox; what is absent stays."""

    example = {"name": "Lifts and doors", "active": True}

    mailbox_id = fields.UUID(required=True)
    if_version = fields.Integer()
    name = line(longest=LONGEST_NAME, shortest=1)
    usergroup_id = fields.UUID(allow_none=True)
    category_id = fields.UUID(allow_none=True)
    language = _language()
    active = fields.Boolean()


class FormField(Arguments):
    """One optional field of a webform."""

    name = one_of(*OPTIONAL_FIELDS, required=True)
    required = fields.Boolean(load_default=False)


class NewWebform(Arguments):
    """A new public form; without `fields` it asks for name and e-mail, both optional."""

    example = {
        "slug": "lifts",
        "name": "Report a lift",
        "language": "fr",
        "usergroup_id": "0192a000-0000-7000-8000-000000000001",
        "fields": [{"name": "email", "required": True}, {"name": "site", "required": False}],
    }

    class Meta(Arguments.Meta):
        """`fields` is the module's name here, so the field is declared by name."""

        include = {"fields": fields.List(fields.Nested(FormField), validate=validate.Length(max=3), **OPTIONAL)}

    slug = fields.String(required=True, validate=validate.Regexp(r"\A[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?\Z"))
    name = line(longest=LONGEST_NAME, shortest=1, required=True)
    language = _language(required=True)
    usergroup_id = fields.UUID(**OPTIONAL)
    category_id = fields.UUID(**OPTIONAL)


class WebformChange(Arguments):
    """What to change of a webform; what is absent stays."""

    example = {"name": "Report a lift or a door", "active": True}

    webform_id = fields.UUID(required=True)
    if_version = fields.Integer()
    name = line(longest=LONGEST_NAME, shortest=1)
    language = _language()
    usergroup_id = fields.UUID(allow_none=True)
    category_id = fields.UUID(allow_none=True)
    active = fields.Boolean()


class Slug(Arguments):
    """One form by the name in its address."""

    slug = line(longest=60, shortest=1, required=True)


class NewSubmission(Arguments):
    """A report by a form; whether name, e-mail and site are needed is the form's to say."""

    example = {
        "email": "rosa@homes.example",
        "name": "Rosa Alba",
        "subject": "Lift stands still",
        "description": "Since this morning, on floor 2.",
    }

    slug = line(longest=60, shortest=1, required=True)
    email = line(longest=LONGEST_ADDRESS, metadata=EMAIL, **OPTIONAL)
    name = line(longest=LONGEST_NAME, load_default="")
    subject = line(longest=LONGEST_SUBJECT, shortest=1, required=True)
    description = text(longest=LONGEST_DESCRIPTION, shortest=1, required=True)
    site = fields.UUID(**OPTIONAL)
    language = _language(**OPTIONAL)
    origin = origin()


class InboundMessageFilter(Arguments):
    """Which page of received mails."""

    state = one_of(*STATES, **OPTIONAL)
    cursor = page_cursor()
    limit = page_size(25)


class InboundMessageId(Arguments):
    """One received mail."""

    inbound_message_id = fields.UUID(required=True)


class Retelling(AfterThing):
    """Which things are told again, and after which one."""

    example = {"kind": "mailboxes"}

    kind = one_of(*RETOLD_KINDS, required=True)
