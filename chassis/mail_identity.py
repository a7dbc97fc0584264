"""The identity of our own mail: Message-IDs and reply addresses that prove for whom they were made.

Both name one participant of one ticket, or by their person's id somebody who is sent there, and carry a MAC, so that
an answer finds its conversation by what we signed and never by what its sender claims. notifications makes them,
inbound reads them.
"""

import hmac
import re
from dataclasses import dataclass
from uuid import UUID

from chassis.errors import NotFound

_PURPOSE = "message-id"
_OWN = re.compile(r"<t\.([0-9a-f]{32})\.([0-9a-f]{32})\.([0-9a-f]{32})\.([a-z2-7]{26})@([^<>@\s]+)>")
_REPLY = "reply+"


@dataclass(frozen=True, slots=True)
class MailIdentity:
    """Whom and what a mail of ours was for."""

    ticket_id: UUID
    participant_id: UUID
    delivery_id: UUID


def message_id(links, ticket_id, participant_id, delivery_id, domain):
    """Return the Message-ID of a delivery; the same delivery always has the same.

    :param links: `chassis.links.Links`.
    :returns: `<t.TICKET.PARTICIPANT.DELIVERY.MAC@domain>`, ids in hex, brackets included.
    """
    payload = f"{ticket_id.hex}.{participant_id.hex}.{delivery_id.hex}"
    return f"<t.{payload}.{links.mark(_PURPOSE, payload)}@{domain}>"


def read_message_id(links, text, domain):
    """Return the `MailIdentity` that a Message-ID of ours names, or `None` for any other text.

    :param text: one id with its brackets; some senders change its case.
    """
    match = _OWN.fullmatch(text.strip().lower())
    if match is None or match[5] != domain:
        return None
    ticket, participant, delivery, mac = match.group(1, 2, 3, 4)
    if not hmac.compare_digest(mac, links.mark(_PURPOSE, f"{ticket}.{participant}.{delivery}")):
        return None
    return MailIdentity(UUID(ticket), UUID(participant), UUID(delivery))


def reply_address(links, participant_id, domain):
    """Return the address under which one participant answers: `reply+TOKEN@domain`.

    It names the participant alone: with the ticket's id too the local part would outgrow the 64 octets that
    RFC 5321 (4.5.3.1.1) allows, and strict servers refuse to send to it.
    """
    return f"{_REPLY}{links.sign('reply', participant_id.bytes)}@{domain}"


def no_reply_address(domain):
    """Return the address of what we send from no mailbox; inbound refuses what is written to it, in words."""
    return f"no-reply@{domain}"


def read_reply_address(links, address, domain):
    """Return the participant's id that a reply address of ours names, or `None` for any other address."""
    local, _, host = address.lower().rpartition("@")
    if host != domain or not local.startswith(_REPLY):
        return None
    try:
        raw = links.verify("reply", local.removeprefix(_REPLY))
    except NotFound:
        return None
    return UUID(bytes=raw) if len(raw) == 16 else None
