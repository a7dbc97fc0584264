"""What the methods of inbound take."""

from marshmallow import validate

from chassis.contract import AfterThing, Arguments, fields, line, one_of, origin, text
from services.inbound.contract.words import (
    LANGUAGES,
    LONGEST_ADDRESS,
    LONGEST_DESCRIPTION,
    LONGEST_NAME,
    LONGEST_SUBJECT,
    OPTIONAL_FIELDS,
    RETOLD_KINDS,
    STATES,
    optional_id,
)


def _language(**options):
    return one_of(*LANGUAGES, **options)


class CreateMailbox(Arguments):
    """Arguments of `create_mailbox`."""

    address = line(longest=LONGEST_ADDRESS, shortest=3, required=True)
    name = line(longest=LONGEST_NAME, shortest=1, required=True)
    usergroup_id = optional_id(load_default=None)
    category_id = optional_id(load_default=None)
    language = _language(required=True)


class ChangeMailbox(Arguments):
    """Arguments of `change_mailbox`: what is absent stays."""

    mailbox_id = fields.UUID(required=True)
    if_version = fields.Integer()
    name = line(longest=LONGEST_NAME, shortest=1)
    usergroup_id = optional_id()
    category_id = optional_id()
    language = _language()
    active = fields.Boolean()


class FormField(Arguments):
    """One optional field of a webform."""

    name = one_of(*OPTIONAL_FIELDS, required=True)
    required = fields.Boolean(load_default=False)


class CreateWebform(Arguments):
    """Arguments of `create_webform`; without `fields` the form asks for name and e-mail, both optional."""

    class Meta(Arguments.Meta):
        """`fields` is the module's name here, so the field is declared by name."""

        include = {
            "fields": fields.List(
                fields.Nested(FormField), load_default=None, allow_none=True, validate=validate.Length(max=3)
            )
        }

    slug = fields.String(required=True, validate=validate.Regexp(r"\A[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?\Z"))
    name = line(longest=LONGEST_NAME, shortest=1, required=True)
    language = _language(required=True)
    usergroup_id = optional_id(load_default=None)
    category_id = optional_id(load_default=None)


class ChangeWebform(Arguments):
    """Arguments of `change_webform`: what is absent stays."""

    webform_id = fields.UUID(required=True)
    if_version = fields.Integer()
    name = line(longest=LONGEST_NAME, shortest=1)
    language = _language()
    usergroup_id = optional_id()
    category_id = optional_id()
    active = fields.Boolean()


class Slug(Arguments):
    """Arguments of `public_form`."""

    slug = line(longest=60, shortest=1, required=True)


class SubmitWebform(Arguments):
    """Arguments of `submit_webform`; `origin` is the caller's network address where the gateway knows it."""

    slug = line(longest=60, shortest=1, required=True)
    email = line(longest=LONGEST_ADDRESS, load_default=None, allow_none=True)
    name = line(longest=LONGEST_NAME, load_default="")
    subject = line(longest=LONGEST_SUBJECT, shortest=1, required=True)
    description = text(longest=LONGEST_DESCRIPTION, shortest=1, required=True)
    site = optional_id(load_default=None)
    language = _language(load_default=None, allow_none=True)
    origin = origin()


class ListInboundMessages(Arguments):
    """Arguments of `list_inbound_messages`."""

    state = one_of(*STATES, load_default=None, allow_none=True)
    cursor = line(longest=80, load_default=None, allow_none=True)
    limit = fields.Integer(load_default=25, validate=validate.Range(min=1, max=100))


class InboundMessageId(Arguments):
    """Arguments of `replay_inbound_message`."""

    inbound_message_id = fields.UUID(required=True)


class Retelling(AfterThing):
    """Which things are told again, and after which one."""

    kind = one_of(*RETOLD_KINDS, required=True)
