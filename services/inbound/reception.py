"""What SMTP accepts: for whom, and when a mail may be called kept.

A mail is kept when its bytes are synced in the store and its rows are committed; only then does its sender
get a 250. The broker has no part in it.
"""

import asyncio
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from uuid import UUID

from chassis.clock import utcnow
from chassis.ids import new_id
from chassis.mail_identity import no_reply_address, read_reply_address
from services.inbound import queries
from services.inbound.domain import delivery_key, retry_horizon

#: Seconds for which the table of mailboxes is remembered.
FRESH_SECONDS = 0.5
#: Whom every domain that takes mail must know, by name alone, too (RFC 5321, 4.5.1).
POSTMASTER = "postmaster"
#: Mails whose rows go into one commit.
MOST_TOGETHER = 64

#: A key whose mail is older than senders retry is free again: equal bytes are then a new mail.
_RELEASE = (
    "UPDATE inbound_messages SET delivery_key = NULL WHERE delivery_key = %(delivery_key)s AND received_at < %(since)s"
)
_KEEP = (
    "INSERT INTO inbound_messages (id, delivery_key, sha256, size, envelope_from, envelope_to, mailbox_id, "
    "state, due_at, received_at) VALUES (%(id)s, %(delivery_key)s, %(sha256)s, %(size)s, %(envelope_from)s, "
    "%(envelope_to)s, %(mailbox_id)s, 'received', %(received_at)s, %(received_at)s) "
    "ON CONFLICT (delivery_key) DO NOTHING"
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A mail as SMTP took it.

    :param recipients: `{address: id of its mailbox, none for a reply address}`.
    """

    raw: bytes
    envelope_from: str
    recipients: dict[str, UUID | None]


class Recipients:
    """Knows who gets mail here: open mailboxes, and reply addresses that we signed.

    :param threads: executor in which the database is read.
    """

    def __init__(self, database, links, domain, threads):
        self._database = database
        self._links = links
        self._domain = domain
        self._threads = threads
        self._addresses, self._read_at, self._reading = {}, -FRESH_SECONDS, None

    async def find(self, address):
        """Return `(whether mail to the address is taken, id of its mailbox or None)`.

        :param address: as of `address_of`, or `POSTMASTER` alone.
        :raises Unavailable: the database is away.
        """
        if read_reply_address(self._links, address, self._domain):
            return True, None
        if monotonic() - self._read_at >= FRESH_SECONDS:
            # One reading for all who ask meanwhile: where the database is silent, none waits for the others, too.
            self._reading = self._reading or asyncio.create_task(self._read_anew())
            await asyncio.shield(self._reading)
        known = self._mailbox_for(address)
        return known is not None, self._addresses.get(known)

    def _mailbox_for(self, address):
        """Return the address of the mailbox that gets mail to an address; for a postmaster without one, the oldest."""
        local, _, domain = address.partition("@")
        if address in self._addresses or local != POSTMASTER:
            return address if address in self._addresses else None
        domain = domain or self._domain
        same = (known for known in self._addresses if known.endswith(f"@{domain}"))
        return next(same, None) or (next(iter(self._addresses), None) if domain == self._domain else None)

    def is_no_reply(self, address):
        """Whether an address is the one that we send from where no mailbox fits."""
        return address == no_reply_address(self._domain)

    async def _read_anew(self):
        asked_at = monotonic()
        try:
            self._addresses = await asyncio.get_running_loop().run_in_executor(self._threads, self._read)
            self._read_at = asked_at
        finally:
            self._reading = None

    def _read(self):
        return {row.address: row.id for row in self._database.read(queries.OPEN_ADDRESSES)}


class Reception:
    """Keeps mails: files side by side, rows of mails that come at the same time in one commit.

    :param files: `FileStore`.
    :param threads: executor for what blocks.
    """

    def __init__(self, database, files, threads):
        self._database = database
        self._files = files
        self._threads = threads
        self._waiting = deque()
        self._committing = None

    async def keep(self, delivery):
        """Keep a mail for each of its recipients; return when it cannot be lost any more.

        :raises OSError: the store cannot take it.
        :raises Unavailable: the database is away.
        """
        loop = asyncio.get_running_loop()
        received_at = utcnow()
        sha256 = await loop.run_in_executor(self._threads, self._files.keep, "inbound", delivery.raw)
        kept = loop.create_future()
        self._waiting.append((rows_of(delivery, sha256, received_at), kept))
        if self._committing is None:
            self._committing = loop.create_task(self._commit_waiting())
        await kept
        return sha256

    async def _commit_waiting(self):
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                together = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_TOGETHER))]
                rows = [row for mail_rows, _ in together for row in mail_rows]
                error = None
                try:
                    await loop.run_in_executor(self._threads, self._commit, rows)
                except Exception as raised:
                    error = raised
                for _, kept in together:
                    _settle(kept, error)
        finally:
            self._committing = None

    def _commit(self, rows):
        with self._database.work() as work:
            for row in rows:
                work.change(_RELEASE, delivery_key=row["delivery_key"], since=row.pop("since"))
                work.change(_KEEP, **row)
            work.commit()


def rows_of(delivery, sha256, received_at: datetime):
    """Return the rows of a mail, one for each recipient of ours."""
    since = received_at - retry_horizon(delivery.raw)
    return [
        {
            "id": new_id(),
            "delivery_key": delivery_key(sha256, recipient),
            "sha256": sha256,
            "size": len(delivery.raw),
            "envelope_from": delivery.envelope_from,
            "envelope_to": recipient,
            "mailbox_id": mailbox_id,
            "received_at": received_at,
            "since": since,
        }
        for recipient, mailbox_id in delivery.recipients.items()
    ]


def _settle(kept, error):
    if kept.done():
        # The sender has gone; it will offer the mail again, and find it kept.
        return
    if error is None:
        kept.set_result(None)
    else:
        kept.set_exception(error)
