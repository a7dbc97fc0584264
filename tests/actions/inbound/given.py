"""Mailboxes, webforms, and mails that were kept and read, by intent."""

from types import SimpleNamespace
from uuid import UUID

from chassis.ids import new_id
from chassis.links import Links
from chassis.mail_identity import message_id, reply_address
from chassis.testing import MONDAY, an_actor
from services.identity.domain import ROLES
from services.inbound import actions, queries
from services.inbound.actions import OwnMail
from services.inbound.models import InboundMessage

ADMIN = an_actor(role="admin", rights=ROLES["admin"])
LINKS, DOMAIN = Links(b"k" * 32), "desk.example"
OWN_MAIL = OwnMail(LINKS, DOMAIN)
SHA = "a" * 64
#: What may be shown of a mail, as the parser has kept it.
COPY = {"sha256": "b" * 64, "size": 47}
TICKET, PARTICIPANT, DELIVERY, OTHER = (UUID(int=0xABCDEF0 + number) for number in (1, 2, 3, 4))
OWN_ID = message_id(LINKS, TICKET, PARTICIPANT, DELIVERY, DOMAIN)
ADDRESS = reply_address(LINKS, PARTICIPANT, DOMAIN)


def open_mailbox(work, **particulars):
    """Open a mailbox with usual particulars."""
    given = {"address": "desk@homes.example", "name": "Desk", "usergroup_id": None, "category_id": None,
             "language": "fr", **particulars}  # fmt: skip
    return actions.create_mailbox(work, ADMIN, **given)


def open_form(work, **particulars):
    """Open a webform with usual particulars."""
    given = {"slug": "report", "name": "Report", "language": "fr", "usergroup_id": None, "category_id": None,
             "fields": None, **particulars}  # fmt: skip
    return actions.create_webform(work, ADMIN, **given)


def received(work, *, to="desk@desk.example", mailbox=None, **particulars):
    """Keep a mail as SMTP does; return its row as the sweep loads it."""
    given = {
        "sha256": SHA,
        "size": 100,
        "envelope_from": "rosa@homes.example",
        "tries": 0,
        "state": "received",
        "due_at": MONDAY,
        "received_at": MONDAY,
        **particulars,
    }
    message = InboundMessage(
        id=new_id(), envelope_to=to, mailbox_id=mailbox.id if mailbox else None, version=1, **given
    )
    work.session.add(message)
    work.session.flush()
    statement = queries.SLOW_MESSAGES if message.tries else queries.FRESH_MESSAGES
    rows = work.load(statement, now=MONDAY, limit=50)
    return next(row for row in rows if row.id == message.id)


def read_as(**particulars):
    """Return the parser's answer for a plain mail."""
    said = {
        "from": {"email": "rosa@homes.example", "name": "Rosa"},
        "writer": {"email": "rosa@homes.example", "name": "Rosa"},
        "subject": "Lift",
        "body": "New.\n> old",
        "new_text": "New.",
        "language": "en",
        "message_id": "<1@homes.example>",
        "in_reply_to": [],
        "references": [],
        "own_ids": [],
        "automatic": False,
        "sent_at": "2026-11-16T08:59:00+00:00",
        "attachments": [],
        "flags": [],
        **particulars,
    }
    return {"mail": said}


def unreadable(reason, header=None, copy=COPY):
    """Return the parser's answer for a mail that it cannot read."""
    return {"unreadable": reason, "header": header, "copy": copy}


def conclude(work, *answers):
    """Conclude readings at nine on Monday."""
    actions.conclude_messages(work, list(answers), OWN_MAIL)


def state_of(work, row):
    """Return what became of a mail."""
    work.flush()
    found = work.one("SELECT * FROM inbound_messages WHERE id = %(id)s", id=row.id)
    return SimpleNamespace(**found._asdict())
