"""Telling everything of a kind again, for a service that has lost its copies or is new."""

from chassis.retelling import retelling_of
from services.inbound.actions.mailboxes import mailboxes_after, tell_mailbox

retell = retelling_of({"mailboxes": (mailboxes_after, tell_mailbox)})
