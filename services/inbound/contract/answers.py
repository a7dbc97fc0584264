"""What the methods of inbound give."""

from chassis.contract import Answer, fields, instant, one_of
from chassis.languages import LANGUAGES
from services.inbound.contract.arguments import FormField
from services.inbound.contract.words import STATES


class Mailbox(Answer):
    """An address at which reports arrive, and what a report gets that arrives there."""

    id = fields.UUID()
    address = fields.String()
    name = fields.String()
    usergroup_id = fields.UUID(allow_none=True)
    category_id = fields.UUID(allow_none=True)
    language = one_of(*LANGUAGES)
    active = fields.Boolean()
    version = fields.Integer()


class Mailboxes(Answer):
    """All mailboxes, by address; there are few, so there is never a next page."""

    items = fields.List(fields.Nested(Mailbox))
    next_cursor = fields.String(allow_none=True)


class Webform(Answer):
    """A public form, and what a report gets that is sent with it."""

    id = fields.UUID()
    slug = fields.String()
    name = fields.String()
    language = one_of(*LANGUAGES)
    usergroup_id = fields.UUID(allow_none=True)
    category_id = fields.UUID(allow_none=True)
    fields_ = fields.List(fields.Nested(FormField), data_key="fields", attribute="fields")
    active = fields.Boolean()
    version = fields.Integer()


class Webforms(Answer):
    """All webforms, by slug; there are few, so there is never a next page."""

    items = fields.List(fields.Nested(Webform))
    next_cursor = fields.String(allow_none=True)


class PublicField(Answer):
    """One field as the public sees it; `longest` in characters."""

    name = fields.String()
    required = fields.Boolean()
    longest = fields.Integer()


class PublicForm(Answer):
    """What anybody may know of a webform."""

    slug = fields.String()
    name = fields.String()
    language = one_of(*LANGUAGES)
    fields_ = fields.List(fields.Nested(PublicField), data_key="fields", attribute="fields")


class Submission(Answer):
    """What whoever sent a form gets at once; the ticket's number appears at `follow_url` when it is open."""

    reference = fields.UUID()
    token = fields.String()
    follow_url = fields.String()


class KeptSubmission(Answer):
    """What is stored of `Submission`: the link shows a conversation, and is made again of these.

    :cvar named: whether an address was named, which makes it the link that shows no conversation.
    """

    reference = fields.UUID()
    participant_id = fields.UUID()
    named = fields.Boolean()


class InboundMessage(Answer):
    """One mail as it was received; its text is in the ticket, its bytes in the store.

    `problem` is the one reason for which it was not read, as `timeout`; whether it could be shown does not change it.
    Of a mail that was told it is why it opens no ticket: `calendar_reply`, the answer to an invitation.
    """

    id = fields.UUID()
    state = one_of(*STATES)
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
