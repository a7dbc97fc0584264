"""Opening and changing mailboxes."""

from sqlalchemy.exc import IntegrityError

from chassis.actors import require_all
from chassis.addresses import address_of, is_reserved
from chassis.database import constraint_of
from chassis.errors import Conflict, Invalid
from chassis.ids import new_id
from chassis.versions import change_row, require_version
from services.inbound import queries
from services.inbound.access import mailbox_for
from services.inbound.actions.copies import check_known
from services.inbound.contract import MailboxChanged
from services.inbound.models import Mailbox


def create_mailbox(work, actor, *, address, name, usergroup_id, category_id, language):
    """Open a mailbox; return it.

    :raises Forbidden: `not_allowed`.
    :raises NotFound: `usergroup_not_found`, `category_not_found`.
    :raises Invalid: `input_invalid`: the address is none or is kept for replies.
    :raises Conflict: `mailbox_address_taken`.
    """
    require_all(actor, "mailboxes.write")
    address = _usable(address)
    check_known(work, {"usergroup_id": usergroup_id, "category_id": category_id})
    mailbox = Mailbox(
        id=new_id(),
        address=address,
        name=name,
        usergroup_id=usergroup_id,
        category_id=category_id,
        language=language,
        active=True,
        version=1,
        created_at=work.now,
    )
    work.session.add(mailbox)
    try:
        work.session.flush()
    except IntegrityError as error:
        if constraint_of(error) != "uq_mailboxes_address":
            raise
        raise Conflict("mailbox_address_taken", "There is a mailbox with this address.") from error
    tell_mailbox(work, mailbox)
    return mailbox


def change_mailbox(work, actor, *, mailbox_id, if_version=None, **changes):
    """Change a mailbox; return it. The address stays: whoever knows it must reach the same desk.

    :param changes: of `name`, `usergroup_id`, `category_id`, `language`, `active`.
    :param if_version: the version that the caller has read, or `None` for whichever.
    :raises Forbidden: `not_allowed`.
    :raises NotFound: `mailbox_not_found`, `usergroup_not_found`, `category_not_found`.
    :raises Stale: `version_stale`.
    """
    mailbox = mailbox_for(work, actor, mailbox_id)
    check_known(work, changes)
    require_version(mailbox, if_version)
    if change_row(mailbox, changes):
        tell_mailbox(work, mailbox)
    return mailbox


def list_mailboxes(work, actor):
    """Return all mailboxes.

    :raises Forbidden: `not_allowed`.
    """
    require_all(actor, "mailboxes.write")
    return {"items": work.load(queries.MAILBOXES), "next_cursor": None}


def mailboxes_after(work, after_id, limit):
    """Return the mailboxes, closed ones too, that come after an id (`None`: from the first) in the order of ids."""
    return work.load(queries.MAILBOXES_AFTER, after_id=after_id, limit=limit)


def _usable(address):
    try:
        address = address_of(address)
    except ValueError as error:
        raise Invalid("input_invalid", str(error), {"fields": {"address": [str(error)]}}) from None
    if is_reserved(address):
        problem = "Addresses that begin with reply+ or no-reply@ are the desk's own."
        raise Invalid("input_invalid", problem, {"fields": {"address": [problem]}})
    return address


def tell_mailbox(work, mailbox):
    """Tell a mailbox as it is now."""
    work.tell(
        MailboxChanged,
        version=mailbox.version,
        mailbox_id=mailbox.id,
        address=mailbox.address,
        name=mailbox.name,
        usergroup_id=mailbox.usergroup_id,
        category_id=mailbox.category_id,
        language=mailbox.language,
        active=mailbox.active,
    )
