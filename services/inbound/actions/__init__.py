"""What inbound does: mailboxes, webforms, received mails, copies of what others own."""

from services.inbound.actions.copies import keep_category, keep_site, keep_usergroup
from services.inbound.actions.mailboxes import change_mailbox, create_mailbox, list_mailboxes
from services.inbound.actions.messages import (
    OwnMail,
    conclude_messages,
    list_inbound_messages,
    replay_inbound_message,
)
from services.inbound.actions.retelling import retell
from services.inbound.actions.submissions import followed, forget_submissions, public_form, submit_webform
from services.inbound.actions.webforms import change_webform, create_webform, list_webforms

__all__ = [
    "OwnMail",
    "change_mailbox",
    "change_webform",
    "conclude_messages",
    "create_mailbox",
    "create_webform",
    "followed",
    "forget_submissions",
    "keep_category",
    "keep_site",
    "keep_usergroup",
    "list_inbound_messages",
    "list_mailboxes",
    "list_webforms",
    "public_form",
    "replay_inbound_message",
    "retell",
    "submit_webform",
]
