"""What the methods of inbound take and give."""

from marshmallow import fields, validate

from chassis.contract import AfterThing, Answer, Arguments, instant, line, one_of, text

LANGUAGES = ("fr", "en", "es", "de")
#: What `retell` takes; the facts that each tells again.
RETOLD_KINDS = ("mailboxes",)
#: received: kept, not read yet; told: a fact went out; unreadable: told with the raw mail as its attachment;
#: duplicate: the same reply by a second address of ours; own: a mail of our own that came back.
STATES = ("received", "told", "unreadable", "duplicate", "own")
#: Fields of a webform beside subject and description, which every form has.
OPTIONAL_FIELDS = ("name", "email", "site")

LONGEST_SUBJECT = 300
LONGEST_DESCRIPTION = 20_000
LONGEST_ADDRESS = 254
LONGEST_NAME = 120


def _language(**options):
    return one_of(*LANGUAGES, **options)


def _optional_id(**options):
    return fields.UUID(allow_none=True, **options)


class Mailbox(Answer):
    """An address at which reports arrive, and what a report gets that arrives there."""

    id = fields.UUID()
    address = fields.String()
    name = fields.String()
    usergroup_id = fields.UUID(allow_none=True)
    category_id = fields.UUID(allow_none=True)
    language = fields.String()
    active = fields.Boolean()
    version = fields.Integer()


class Mailboxes(Answer):
    """All mailboxes, by address; there are few, so there is never a next page."""

    items = fields.List(fields.Nested(Mailbox))
    next_cursor = fields.String(allow_none=True)


class CreateMailbox(Arguments):
    """Arguments of `create_mailbox`."""

    address = line(longest=LONGEST_ADDRESS, shortest=3, required=True)
    name = line(longest=LONGEST_NAME, shortest=1, required=True)
    usergroup_id = _optional_id(load_default=None)
    category_id = _optional_id(load_default=None)
    language = _language(required=True)


class ChangeMailbox(Arguments):
    """Arguments of `change_mailbox`: what is absent stays."""

    mailbox_id = fields.UUID(required=True)
    if_version = fields.Integer(strict=True)
    name = line(longest=LONGEST_NAME, shortest=1)
    usergroup_id = _optional_id()
    category_id = _optional_id()
    language = _language()
    active = fields.Boolean()


class FormField(Arguments):
    """One optional field of a webform."""

    name = one_of(*OPTIONAL_FIELDS, required=True)
    required = fields.Boolean(load_default=False)


class Webform(Answer):
    """A public form, and what a report gets that is sent with it."""

    id = fields.UUID()
    slug = fields.String()
    name = fields.String()
    language = fields.String()
    usergroup_id = fields.UUID(allow_none=True)
    category_id = fields.UUID(allow_none=True)
    fields_ = fields.Raw(data_key="fields", attribute="fields")
    active = fields.Boolean()
    version = fields.Integer()


class Webforms(Answer):
    """All webforms, by slug; there are few, so there is never a next page."""

    items = fields.List(fields.Nested(Webform))
    next_cursor = fields.String(allow_none=True)


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
    usergroup_id = _optional_id(load_default=None)
    category_id = _optional_id(load_default=None)


class ChangeWebform(Arguments):
    """Arguments of `change_webform`: what is absent stays."""

    webform_id = fields.UUID(required=True)
    if_version = fields.Integer(strict=True)
    name = line(longest=LONGEST_NAME, shortest=1)
    language = _language()
    usergroup_id = _optional_id()
    category_id = _optional_id()
    active = fields.Boolean()


class Slug(Arguments):
    """Arguments of `public_form`."""

    slug = line(longest=60, shortest=1, required=True)


class PublicField(Answer):
    """One field as the public sees it; `longest` in characters."""

    name = fields.String()
    required = fields.Boolean()
    longest = fields.Integer()


class PublicForm(Answer):
    """What anybody may know of a webform."""

    slug = fields.String()
    name = fields.String()
    language = fields.String()
    fields_ = fields.List(fields.Nested(PublicField), data_key="fields", attribute="fields")


class SubmitWebform(Arguments):
    """Arguments of `submit_webform`."""

    slug = line(longest=60, shortest=1, required=True)
    email = line(longest=LONGEST_ADDRESS, load_default=None, allow_none=True)
    name = line(longest=LONGEST_NAME, load_default="")
    subject = line(longest=LONGEST_SUBJECT, shortest=1, required=True)
    description = text(longest=LONGEST_DESCRIPTION, shortest=1, required=True)
    site = _optional_id(load_default=None)
    language = _language(load_default=None, allow_none=True)


class Submission(Answer):
    """What whoever sent a form gets at once; the ticket's number appears at `follow_url` when it is open."""

    reference = fields.UUID()
    token = fields.String()
    follow_url = fields.String()


class ListInboundMessages(Arguments):
    """Arguments of `list_inbound_messages`."""

    state = one_of(*STATES, load_default=None, allow_none=True)
    cursor = line(longest=80, load_default=None, allow_none=True)
    limit = fields.Integer(load_default=25, validate=validate.Range(min=1, max=100))


class InboundMessage(Answer):
    """One mail as it was received; its text is in the ticket, its bytes in the store."""

    id = fields.UUID()
    state = fields.String()
    envelope_from = fields.String()
    envelope_to = fields.String()
    mailbox_id = fields.UUID(allow_none=True)
    size = fields.Integer()
    sha256 = fields.String()
    received_at = instant()
    told_at = instant(allow_none=True)
    problem = fields.String(allow_none=True)


class InboundMessages(Answer):
    """A page of inbound messages, newest first."""

    items = fields.List(fields.Nested(InboundMessage))
    next_cursor = fields.String(allow_none=True)


class InboundMessageId(Arguments):
    """Arguments of `replay_inbound_message`."""

    inbound_message_id = fields.UUID(required=True)


class Retelling(AfterThing):
    """Which things are told again, and after which one."""

    kind = one_of(*RETOLD_KINDS, required=True)
