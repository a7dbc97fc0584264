"""What the SMTP sessions of a process share: who gets mail here, how much, and what the client is told."""

import asyncio
import logging
import re
from time import perf_counter

import psycopg2
from sqlalchemy.exc import SQLAlchemyError

from chassis import logs, metrics
from chassis.addresses import address_of
from chassis.errors import DomainError
from chassis.files import DISK_FULL
from services.inbound.domain import HEADER_BYTES
from services.inbound.parsing.text import clean_line
from services.inbound.reception import POSTMASTER, Delivery
from services.inbound.smtp_data import InHand

log = logs.get(__name__)
logger = logging.getLogger(__name__)

MOST_RECIPIENTS = 1_000
#: Received headers after which a mail is in a loop (Postfix: `hopcount_limit`).
MOST_HOPS = 50
MOST_SESSIONS = 1_000
#: Sessions of one network elsewhere (Postfix: `smtpd_client_connection_count_limit`).
MOST_SESSIONS_EACH = 50
LONGEST_SENDER = 320
#: Seconds for mails under way when the process ends; supervisors kill after 30.
ENDING_SECONDS = 20

_HOP = re.compile(rb"^received[ \t]*:", re.IGNORECASE | re.MULTILINE)
_UNKNOWN = "550 5.1.1 There is no such mailbox here"
_NO_REPLY = "550 5.2.1 Nobody reads this address; the mail that came from it says how to answer"
_LATER = "451 4.3.0 Cannot take mail at the moment, try again later"


class SmtpDesk:
    """What all sessions share: who gets mail here, and where it is kept.

    :param recipients: `Recipients`.
    :param reception: `Reception`.
    :param most_sessions: at once.
    """

    def __init__(self, recipients, reception, most_sessions=MOST_SESSIONS):
        self.most_sessions = most_sessions
        self._recipients = recipients
        self._reception = reception
        self.sessions = set()
        self.in_hand = InHand()
        self.is_ending = False
        self._quiet = asyncio.Event()

    def forget(self, session):
        """Count a session out that has ended."""
        self.sessions.discard(session)
        if not self.sessions:
            self._quiet.set()

    def refusal_of(self, network):
        """Return why a new client cannot be heard, as an SMTP answer, or `None`.

        :param network: of the client, `None` for one on this host.
        """
        if self.is_ending:
            return "421 4.3.2 The service is ending"
        same = sum(session.network == network for session in self.sessions)
        if len(self.sessions) >= self.most_sessions or (same >= MOST_SESSIONS_EACH and network is not None):
            return "421 4.7.0 Too many connections"
        return None

    async def handle_MAIL(self, _server, _session, envelope, address, options):
        """Take the return path; it is a claim and decides nothing."""
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        """Take a recipient that is an open mailbox, a reply address signed by us, or the postmaster."""
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        try:
            address = POSTMASTER if address.lower() == POSTMASTER else address_of(address)
            is_known, mailbox_id = await self._recipients.find(address)
        except ValueError:
            return "553 5.1.3 This is not a valid address"
        except (DomainError, SQLAlchemyError, psycopg2.Error):
            return self._put_off("The recipients cannot be looked up.")
        if not is_known:
            metrics.MAILS_RECEIVED.labels("unknown_recipient").inc()
            return _NO_REPLY if self._recipients.is_no_reply(address) else _UNKNOWN
        envelope.recipients[address] = mailbox_id
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def take(self, content, envelope):
        """Keep a mail; return the answer to its sender."""
        began = perf_counter()
        if len(_HOP.findall(content, 0, _header_end(content))) > MOST_HOPS:
            metrics.MAILS_RECEIVED.labels("loop").inc()
            return "554 5.4.6 Too many hops"
        sender = "" if envelope.mail_from == "<>" else clean_line(envelope.mail_from, LONGEST_SENDER)
        try:
            sha256 = await self._reception.keep(Delivery(content, sender, envelope.recipients))
        except OSError as error:
            if error.errno in DISK_FULL:
                self._put_off("The disk is full.")
                return "452 4.3.1 Insufficient system storage, try again later"
            return self._put_off("The store does not take files.")
        except (DomainError, SQLAlchemyError, psycopg2.Error):
            return self._put_off("The rows of a mail cannot be committed.")
        metrics.MAILS_RECEIVED.labels("accepted").inc()
        duration = round((perf_counter() - began) * 1000, 1)
        number = len(envelope.recipients)
        log.info("mail", sha256=sha256, size=len(content), recipients=number, duration_ms=duration)
        return f"250 2.0.0 OK {sha256[:16]}"

    async def handle_exception(self, _error):
        """Answer for a fault of ours; the client keeps the mail."""
        return self._put_off("An SMTP command failed.")

    async def end(self, seconds=ENDING_SECONDS):
        """Say goodbye to every session; wait for mails under way."""
        self.is_ending = True
        self._quiet.clear()
        try:
            await asyncio.wait_for(self._all_ended(), seconds)
        except TimeoutError:
            number = len(self.sessions)
            logger.warning("%s sessions did not end in time; their clients keep their mails.", number)

    async def _all_ended(self):
        await asyncio.gather(*(session.end() for session in self.sessions), return_exceptions=True)
        if self.sessions:
            await self._quiet.wait()

    @staticmethod
    def _put_off(reason):
        logger.warning(reason, exc_info=True)
        metrics.MAILS_RECEIVED.labels("put_off").inc()
        return _LATER


def _header_end(content):
    end = content.find(b"\r\n\r\n", 0, HEADER_BYTES)
    return end if end >= 0 else HEADER_BYTES
