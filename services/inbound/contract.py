"""What inbound answers and tells: mailboxes, webforms, and every report that comes in by mail or form.

Error codes: `mailbox_not_found`, `mailbox_address_taken`, `mailbox_address_reserved`, `webform_not_found`,
`webform_slug_taken`, `inbound_message_not_found`, `inbound_message_not_replayable`, `too_many_requests`,
`invalid_arguments` (with `context["fields"]`).
"""

from marshmallow import Schema, fields, validate

from chassis.contract import Answer, Arguments, Contract, Event, command, instant, line, one_of, query, text

LANGUAGES = ("fr", "en", "es", "de")
#: received: kept, not parsed yet; told: a fact went out; unreadable: told with the raw mail as its attachment;
#: duplicate: the same reply by a second address of ours; own: a mail of our own that came back.
STATES = ("received", "told", "unreadable", "duplicate", "own")
#: Fields of a webform beside subject and description, which every form has.
OPTIONAL_FIELDS = ("name", "email", "site")

LONGEST_SUBJECT = 300
LONGEST_BODY = 100_000
LONGEST_DESCRIPTION = 20_000
LONGEST_ADDRESS = 254


def _language(**options):
    return one_of(*LANGUAGES, **options)


def _optional_id(**options):
    return fields.UUID(allow_none=True, **options)


# --- mailboxes ---------------------------------------------------------------------------------------------


class Mailbox(Answer):
    """An address at which reports arrive, and what a report gets that arrives there."""

    id = fields.UUID()
    address = fields.String()
    name = fields.String()
    usergroup_id = fields.UUID()
    category_id = fields.UUID()
    language = fields.String()
    active = fields.Boolean()
    version = fields.Integer()


class Mailboxes(Answer):
    """All mailboxes, by address; there are few, so there is never a next page."""

    items = fields.List(fields.Nested(Mailbox))
    next_cursor = fields.String()


class CreateMailbox(Arguments):
    """Arguments of `create_mailbox`."""

    address = line(longest=LONGEST_ADDRESS, shortest=3, required=True)
    name = line(longest=120, shortest=1, required=True)
    usergroup_id = _optional_id(load_default=None)
    category_id = _optional_id(load_default=None)
    language = _language(required=True)


class ChangeMailbox(Arguments):
    """Arguments of `change_mailbox`: what is absent stays."""

    mailbox_id = fields.UUID(required=True)
    name = line(longest=120, shortest=1)
    usergroup_id = _optional_id()
    category_id = _optional_id()
    language = _language()
    active = fields.Boolean()


# --- webforms ----------------------------------------------------------------------------------------------


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
    usergroup_id = fields.UUID()
    category_id = fields.UUID()
    fields_ = fields.Raw(data_key="fields", attribute="fields")
    active = fields.Boolean()
    version = fields.Integer()


class Webforms(Answer):
    """All webforms, by slug; there are few, so there is never a next page."""

    items = fields.List(fields.Nested(Webform))
    next_cursor = fields.String()


class CreateWebform(Arguments):
    """Arguments of `create_webform`; without `fields` the form asks for name and e-mail address, both optional."""

    class Meta(Arguments.Meta):
        """`fields` is the module's name here, so the field is declared by name."""

        include = {
            "fields": fields.List(
                fields.Nested(FormField), load_default=None, allow_none=True, validate=validate.Length(max=3)
            )
        }

    slug = fields.String(required=True, validate=validate.Regexp(r"\A[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?\Z"))
    name = line(longest=120, shortest=1, required=True)
    language = _language(required=True)
    usergroup_id = _optional_id(load_default=None)
    category_id = _optional_id(load_default=None)


class ChangeWebform(Arguments):
    """Arguments of `change_webform`: what is absent stays."""

    webform_id = fields.UUID(required=True)
    name = line(longest=120, shortest=1)
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
    email = fields.Email(load_default=None, allow_none=True, validate=validate.Length(max=LONGEST_ADDRESS))
    name = line(longest=120, load_default="")
    subject = line(longest=LONGEST_SUBJECT, shortest=1, required=True)
    description = text(longest=LONGEST_DESCRIPTION, shortest=1, required=True)
    site = _optional_id(load_default=None)
    language = _language(load_default=None, allow_none=True)


class Submission(Answer):
    """What whoever sent a form gets at once; the ticket's number appears at `follow_url` when it is open."""

    reference = fields.UUID()
    token = fields.String()
    follow_url = fields.String()


# --- inbound messages --------------------------------------------------------------------------------------


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
    mailbox_id = fields.UUID()
    size = fields.Integer()
    sha256 = fields.String()
    received_at = instant()
    told_at = instant()
    problem = fields.String()


class InboundMessages(Answer):
    """A page of inbound messages, newest first."""

    items = fields.List(fields.Nested(InboundMessage))
    next_cursor = fields.String()


class InboundMessageId(Arguments):
    """Arguments of `replay_inbound_message`."""

    inbound_message_id = fields.UUID(required=True)


class Inbound(Contract):
    """Everything that inbound answers."""

    service = "inbound"

    @command(takes=CreateMailbox, gives=Mailbox)
    def create_mailbox(self, **fields):
        """Open an address for reports; mail to it is accepted within a second."""

    @query(gives=Mailboxes)
    def list_mailboxes(self):
        """Return all mailboxes."""

    @command(takes=ChangeMailbox, gives=Mailbox)
    def change_mailbox(self, **fields):
        """Change what a mailbox gives to its reports, or close it (`active` false)."""

    @command(takes=CreateWebform, gives=Webform)
    def create_webform(self, **fields):
        """Open a public form."""

    @query(gives=Webforms)
    def list_webforms(self):
        """Return all webforms."""

    @command(takes=ChangeWebform, gives=Webform)
    def change_webform(self, **fields):
        """Change a webform, or close it (`active` false)."""

    @query(takes=Slug, gives=PublicForm, anonymous=True)
    def public_form(self, **fields):
        """Return what is needed to show an active form."""

    @command(takes=SubmitWebform, gives=Submission, anonymous=True)
    def submit_webform(self, **fields):
        """Report by a form; the answer holds the link under which the request is followed."""

    @query(takes=ListInboundMessages, gives=InboundMessages)
    def list_inbound_messages(self, **fields):
        """Return a page of received mails."""

    @command(takes=InboundMessageId, gives=InboundMessage)
    def replay_inbound_message(self, **fields):
        """Have an unreadable mail read again, after the parser has been mended."""


# --- facts -------------------------------------------------------------------------------------------------


class MailboxChanged(Event, source="inbound"):
    """A mailbox was opened, changed or closed."""

    mailbox_id = fields.UUID(required=True)
    address = fields.String(required=True)
    name = fields.String(required=True)
    usergroup_id = _optional_id(required=True)
    category_id = _optional_id(required=True)
    language = fields.String(required=True)
    active = fields.Boolean(required=True)


class WebformChanged(Event, source="inbound"):
    """A webform was opened, changed or closed."""

    webform_id = fields.UUID(required=True)
    slug = fields.String(required=True)
    name = fields.String(required=True)
    usergroup_id = _optional_id(required=True)
    category_id = _optional_id(required=True)
    language = fields.String(required=True)
    active = fields.Boolean(required=True)


class Sender(Schema):
    """Who the mail says it is from: a claim, never a proof. `email` is none where no address can be read."""

    email = fields.String(required=True, allow_none=True)
    name = fields.String(required=True)


class Attachment(Schema):
    """A file of the mail, under inbound's folder in the store; `filename` is text for people, never a path."""

    sha256 = fields.String(required=True)
    filename = fields.String(required=True)
    content_type = fields.String(required=True)
    size = fields.Integer(required=True)


class VerifiedReply(Schema):
    """The conversation that a verified token of ours names: for this one participant it was made.

    `ticket_id` is none where the token was the short one of a reply address, which names the participant alone.
    """

    ticket_id = _optional_id(required=True)
    participant_id = fields.UUID(required=True)


class ReceivingMailbox(Schema):
    """The mailbox as it was when the mail was read."""

    address = fields.String(required=True)
    usergroup_id = _optional_id(required=True)
    category_id = _optional_id(required=True)
    language = fields.String(required=True)


class MessageReceived(Event, source="inbound"):
    """A mail was received, parsed and classified; whether it is a new ticket or a message, tickets decides.

    `inbound_message_id` is one for each mail and recipient and stays when it is told again.
    `body` is text, cut to what is new where the mail is a verified reply. `language` is none where the text is too
    short to tell. `message_id` is made of the raw bytes where the mail has none. `readable` is false for a mail that
    could not be parsed: the raw mail is then its attachment. `flags`: `from_ambiguous` (not exactly one good From),
    `from_missing`, `date_missing`, `date_in_future`, `body_cut`, `unreadable_part`, `header_cut`.
    """

    class Meta(Event.Meta):
        """`from` is a word of Python's, so the field is declared by name."""

        include = {"from": fields.Nested(Sender, required=True)}

    inbound_message_id = fields.UUID(required=True)
    mailbox_id = _optional_id(required=True)
    mailbox = fields.Nested(ReceivingMailbox, required=True, allow_none=True)
    envelope_from = fields.String(required=True)
    envelope_to = fields.String(required=True)
    subject = fields.String(required=True)
    body = fields.String(required=True)
    language = fields.String(required=True, allow_none=True)
    message_id = fields.String(required=True)
    in_reply_to = fields.List(fields.String(), required=True)
    references = fields.List(fields.String(), required=True)
    reply = fields.Nested(VerifiedReply, required=True, allow_none=True)
    automatic = fields.Boolean(required=True)
    sent_at = instant(required=True)
    received_at = instant(required=True)
    attachments = fields.List(fields.Nested(Attachment), required=True)
    readable = fields.Boolean(required=True)
    flags = fields.List(fields.String(), required=True)


class WebformSubmitted(Event, source="inbound"):
    """A form was sent. `submission_id` is the id of the ticket to open, `participant_id` that of its requester.

    `email` is a claim. Routing: `usergroup_id` and `category_id` are the form's, not a person's choice.
    """

    submission_id = fields.UUID(required=True)
    webform_id = fields.UUID(required=True)
    participant_id = fields.UUID(required=True)
    email = fields.String(required=True, allow_none=True)
    name = fields.String(required=True)
    language = fields.String(required=True)
    subject = fields.String(required=True)
    description = fields.String(required=True)
    site_id = _optional_id(required=True)
    usergroup_id = _optional_id(required=True)
    category_id = _optional_id(required=True)
    submitted_at = instant(required=True)
