"""What inbound answers and tells: mailboxes, webforms, and every report that comes in by mail or form."""

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
    InboundMessageFilter,
    InboundMessageId,
    MailboxChange,
    NewMailbox,
    NewSubmission,
    NewWebform,
    Retelling,
    Slug,
    WebformChange,
)
from services.inbound.contract.errors import ERRORS
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
    errors = ERRORS

    @command(
        takes=NewMailbox,
        gives=Mailbox,
        refuses=("not_allowed", "category_not_found", "usergroup_not_found", "mailbox_address_taken"),
    )
    def create_mailbox(self, **fields):
        """Open an address for reports; mail to it is accepted within a second."""

    @query(gives=Mailboxes, refuses=("not_allowed",))
    def list_mailboxes(self):
        """Return all mailboxes."""

    @command(
        takes=MailboxChange,
        gives=Mailbox,
        refuses=("not_allowed", "mailbox_not_found", "category_not_found", "usergroup_not_found", "version_stale"),
    )
    def change_mailbox(self, **fields):
        """Change what a mailbox gives to its reports, or close it (`active` false)."""

    @command(
        takes=NewWebform,
        gives=Webform,
        refuses=("not_allowed", "category_not_found", "usergroup_not_found", "webform_slug_taken"),
    )
    def create_webform(self, **fields):
        """Open a public form."""

    @query(gives=Webforms, refuses=("not_allowed",))
    def list_webforms(self):
        """Return all webforms."""

    @command(
        takes=WebformChange,
        gives=Webform,
        refuses=("not_allowed", "webform_not_found", "category_not_found", "usergroup_not_found", "version_stale"),
    )
    def change_webform(self, **fields):
        """Change a webform, or close it (`active` false)."""

    @query(takes=Slug, gives=PublicForm, anonymous=True, refuses=("webform_not_found",))
    def public_form(self, **fields):
        """Return what is needed to show an active form."""

    @command(
        takes=NewSubmission,
        gives=Submission,
        anonymous=True,
        keeps=KeptSubmission,
        refuses=("webform_not_found", "site_not_found", "too_many_requests"),
    )
    def submit_webform(self, **fields):
        """Report by a form; the answer holds the link under which the request is followed."""

    @query(takes=InboundMessageFilter, gives=InboundMessages, refuses=("not_allowed", "cursor_invalid"))
    def list_inbound_messages(self, **fields):
        """Return a page of received mails."""

    @command(
        takes=InboundMessageId,
        gives=InboundMessage,
        refuses=("not_allowed", "inbound_message_not_found", "inbound_message_not_replayable"),
    )
    def replay_inbound_message(self, **fields):
        """Have an unreadable mail read again, after the parser has been mended."""

    @command(takes=Retelling, gives=Retold, refuses=("not_allowed",))
    def retell(self, **fields):
        """Tell mailboxes again, for a service that has lost its copies."""
