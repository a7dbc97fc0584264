"""The facts that inbound tells."""

from marshmallow import Schema

from chassis.contract import NULLABLE, Event, fields, instant, one_of
from services.inbound.contract.words import FLAGS


class MailboxChanged(Event, source="inbound"):
    """A mailbox was opened, changed or closed."""

    mailbox_id = fields.UUID(required=True)
    address = fields.String(required=True)
    name = fields.String(required=True)
    usergroup_id = fields.UUID(**NULLABLE)
    category_id = fields.UUID(**NULLABLE)
    language = fields.String(required=True)
    active = fields.Boolean(required=True)


class WebformChanged(Event, source="inbound"):
    """A webform was opened, changed or closed."""

    webform_id = fields.UUID(required=True)
    slug = fields.String(required=True)
    name = fields.String(required=True)
    usergroup_id = fields.UUID(**NULLABLE)
    category_id = fields.UUID(**NULLABLE)
    language = fields.String(required=True)
    active = fields.Boolean(required=True)


class Sender(Schema):
    """Who the mail says it is from: a claim, never a proof. `email` is none where no address can be read."""

    email = fields.String(**NULLABLE)
    name = fields.String(required=True)


class Attachment(Schema):
    """A file of the mail, in inbound's folder of the store; `filename` is text for people, never a path."""

    sha256 = fields.String(required=True)
    filename = fields.String(required=True)
    content_type = fields.String(required=True)
    size = fields.Integer(required=True)


class VerifiedReply(Schema):
    """The conversation that a verified token of ours names: for this one participant it was made.

    `ticket_id` is none where the token was that of a reply address, which names the participant alone. Whoever is sent
    to an intervention and takes no part is named by their person's id.
    """

    ticket_id = fields.UUID(**NULLABLE)
    participant_id = fields.UUID(required=True)


class ReceivingMailbox(Schema):
    """The mailbox as it was when the mail was read."""

    address = fields.String(required=True)
    usergroup_id = fields.UUID(**NULLABLE)
    category_id = fields.UUID(**NULLABLE)
    language = fields.String(required=True)


class MessageReceived(Event, source="inbound"):
    """A mail was received, parsed and classified; whether it is a new ticket or a message, tickets decides.

    `inbound_message_id` is one for each mail and recipient and stays when it is told again. `from` is a claim; of a
    mail from an address that nobody reads it is whom Reply-To names, but of a verified reply whom From names and nobody
    else. `body` is text, cut to what is new where the mail is a verified reply. `language` is none where the text is
    too short to tell, or in none of the desk's. `message_id` is made of the raw bytes where the mail has none.
    `readable` is false for a mail that could not be parsed: what may be shown of the raw mail is then its attachment;
    if that could not be cut out either there is none, and `flags` have `body_cut`. They are those of `FLAGS`. Such a
    mail alone may be read again: it is then told with a higher version.
    """

    class Meta(Event.Meta):
        """`from` is a word of Python's, so the field is declared by name."""

        include = {"from": fields.Nested(Sender, required=True)}

    inbound_message_id = fields.UUID(required=True)
    mailbox_id = fields.UUID(**NULLABLE)
    mailbox = fields.Nested(ReceivingMailbox, **NULLABLE)
    envelope_from = fields.String(required=True)
    envelope_to = fields.String(required=True)
    subject = fields.String(required=True)
    body = fields.String(required=True)
    language = fields.String(**NULLABLE)
    message_id = fields.String(required=True)
    in_reply_to = fields.List(fields.String(), required=True)
    references = fields.List(fields.String(), required=True)
    reply = fields.Nested(VerifiedReply, **NULLABLE)
    automatic = fields.Boolean(required=True)
    sent_at = instant(required=True)
    received_at = instant(required=True)
    attachments = fields.List(fields.Nested(Attachment), required=True)
    readable = fields.Boolean(required=True)
    flags = fields.List(one_of(*FLAGS), required=True)


class WebformSubmitted(Event, source="inbound"):
    """A form was sent. `submission_id` is the id of the ticket to open, `participant_id` its requester's.

    `email` is a claim. Routing: `usergroup_id` and `category_id` are the form's, not a person's choice.
    """

    submission_id = fields.UUID(required=True)
    webform_id = fields.UUID(required=True)
    participant_id = fields.UUID(required=True)
    email = fields.String(**NULLABLE)
    name = fields.String(required=True)
    language = fields.String(required=True)
    subject = fields.String(required=True)
    description = fields.String(required=True)
    site_id = fields.UUID(**NULLABLE)
    usergroup_id = fields.UUID(**NULLABLE)
    category_id = fields.UUID(**NULLABLE)
    submitted_at = instant(required=True)
