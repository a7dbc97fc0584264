"""What inbound answers and tells: mailboxes, webforms, and every report that comes in by mail or form.

Error codes beside the generic ones: `mailbox_not_found`, `webform_not_found`, `inbound_message_not_found`,
`usergroup_not_found`, `category_not_found`, `site_not_found` (404); `mailbox_address_taken`,
`webform_slug_taken`, `inbound_message_not_replayable` (409); `version_stale` (412); `cursor_invalid`,
`input_invalid` with `context["fields"]` (422); `too_many_requests` (429).
"""

from chassis.contract import Contract, Retold, command, query
from services.inbound.contract.answers import (
    InboundMessage,
    InboundMessages,
    KeptSubmission,
    Mailbox,
    Mailboxes,
    PublicForm,
    Submission,
    Webform,
    Webforms,
)
from services.inbound.contract.arguments import (
    ChangeMailbox,
    ChangeWebform,
    CreateMailbox,
    CreateWebform,
    InboundMessageId,
    ListInboundMessages,
    Retelling,
    Slug,
    SubmitWebform,
)
from services.inbound.contract.facts import (
    Attachment,
    MailboxChanged,
    MessageReceived,
    ReceivingMailbox,
    Sender,
    VerifiedReply,
    WebformChanged,
    WebformSubmitted,
)

__all__ = [
    "Attachment",
    "Inbound",
    "MailboxChanged",
    "MessageReceived",
    "ReceivingMailbox",
    "Sender",
    "VerifiedReply",
    "WebformChanged",
    "WebformSubmitted",
]


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

    @command(takes=SubmitWebform, gives=Submission, anonymous=True, keeps=KeptSubmission)
    def submit_webform(self, **fields):
        """Report by a form; the answer holds the link under which the request is followed."""

    @query(takes=ListInboundMessages, gives=InboundMessages)
    def list_inbound_messages(self, **fields):
        """Return a page of received mails."""

    @command(takes=InboundMessageId, gives=InboundMessage)
    def replay_inbound_message(self, **fields):
        """Have an unreadable mail read again, after the parser has been mended."""

    @command(takes=Retelling, gives=Retold)
    def retell(self, **fields):
        """Tell mailboxes again, for a service that has lost its copies."""
