"""Who may see and do what in inbound: the one door to its objects. Deny by default.

Mailboxes, webforms and received mails belong to the installation, not to groups: whoever has the permission
for all of it sees all of them, whoever has not sees none. The public methods check the form itself.
"""

from chassis.actors import require_all
from chassis.errors import NotFound
from services.inbound.models import InboundMessage, Mailbox, Webform

#: Method -> permission; `public_form` and `submit_webform` are anonymous.
PERMISSIONS = {
    "create_mailbox": "mailboxes.write",
    "list_mailboxes": "mailboxes.write",
    "change_mailbox": "mailboxes.write",
    "create_webform": "webforms.write",
    "list_webforms": "webforms.write",
    "change_webform": "webforms.write",
    "list_inbound_messages": "mailboxes.write",
    "replay_inbound_message": "mailboxes.write",
    "retell": "people.write",
}


def mailbox_for(work, actor, mailbox_id):
    """Return a mailbox that the actor may change, locked.

    :raises Forbidden: `not_allowed`.
    :raises NotFound: `mailbox_not_found`.
    """
    require_all(actor, "mailboxes.write")
    return _locked(work, Mailbox, mailbox_id, "mailbox")


def webform_for(work, actor, webform_id):
    """Return a webform that the actor may change, locked.

    :raises Forbidden: `not_allowed`.
    :raises NotFound: `webform_not_found`.
    """
    require_all(actor, "webforms.write")
    return _locked(work, Webform, webform_id, "webform")


def message_for(work, actor, inbound_message_id):
    """Return a received mail that the actor may have read again, locked.

    :raises Forbidden: `not_allowed`.
    :raises NotFound: `inbound_message_not_found`.
    """
    require_all(actor, "mailboxes.write")
    return _locked(work, InboundMessage, inbound_message_id, "inbound message")


def _locked(work, model, key, thing):
    found = work.session.get(model, key, with_for_update=True)
    if found is None:
        raise NotFound(f"{thing.replace(' ', '_')}_not_found", f"There is no such {thing}.")
    return found
