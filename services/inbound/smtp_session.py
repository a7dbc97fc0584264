"""One SMTP session: aiosmtpd's protocol with the limits of Postfix, and nothing offered that is not needed.

There is no STARTTLS and no AUTH here: a mail server in front ends TLS, and reports are never relayed.
"""

import asyncio
from contextlib import suppress

from aiosmtpd.smtp import SMTP, Envelope

from chassis.networks import caller_at
from services.inbound.smtp_data import LARGEST_MAIL, PATIENCE_BYTES, CutOff, DataReader

#: Refusals after which a session is ended (Postfix: `smtpd_hard_error_limit`).
MOST_ERRORS = 20
IDLE_SECONDS = 300
#: How long and how much of a mail is still taken, and dropped, after its refusal; shorter than `ENDING_SECONDS`.
LINGER_SECONDS = 15
LINGER_BYTES = PATIENCE_BYTES


class Mail(Envelope):
    """An envelope that knows to which mailboxes its recipients belong: `{address: mailbox id or None}`."""

    def __init__(self):
        super().__init__()
        self.recipients = {}


class Session(SMTP):
    """A session of one client.

    :param desk: `SmtpDesk`, which takes what the session brings.
    """

    #: Bytes read at once; lines may be longer.
    line_length_limit = 64 * 1024

    def __init__(self, desk, **options):
        options = {
            "data_size_limit": LARGEST_MAIL,
            "enable_SMTPUTF8": True,
            "timeout": IDLE_SECONDS,
            **options,
        }
        super().__init__(desk, ident="Fielddesk", **options)
        self._desk = desk
        self._errors = 0
        self._takes_mail = False
        #: Of the client, as the limits of one count it; none for the mail server on this host, which has no share.
        self.network = None

    def connection_made(self, transport):
        """Begin with a client."""
        super().connection_made(transport)
        self.network = _counted_network(self.session.peer)

    def connection_lost(self, error):
        """Forget the session."""
        self._desk.forget(self)
        super().connection_lost(error)

    def _create_envelope(self):
        return Mail()

    async def _handle_client(self):
        refusal = self._desk.refusal_of(self.network)
        if refusal:
            await super().push(refusal)
            self.transport.close()
            return
        self._desk.sessions.add(self)
        await super()._handle_client()

    async def push(self, status):
        """Answer the client; after too many refusals say goodbye."""
        await super().push(status)
        self._errors += status[:1] in ("4", "5")
        if self._errors >= MOST_ERRORS:
            await self._close("421 4.7.0 Too many errors")

    async def end(self):
        """Say goodbye, unless a mail is under way: then it is said after it."""
        if not self._takes_mail:
            await self._close("421 4.3.2 The service is ending")

    async def smtp_DATA(self, arg):
        """Take the content of a mail (RFC 5321, 4.1.1.4)."""
        if not self.envelope.recipients:
            await self.push("503 5.5.1 Need RCPT first")
        elif arg:
            await self.push("501 5.5.4 DATA takes no argument")
        else:
            await self._take_mail()

    async def _take_mail(self):
        self._takes_mail = True
        data = DataReader(self._reader, self._desk.in_hand, self.network, self._reset_timeout)
        try:
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            await data.read()
            answer = data.refusal or await self._desk.take(data.content, self.envelope)
        except CutOff as cut:
            data.release()
            await self._cut_off(str(cut))
            return
        finally:
            data.release()
            self._set_post_data_state()
            self._takes_mail = False
        await self.push(answer)
        if self._desk.is_ending:
            await self.end()

    async def _cut_off(self, refusal):
        """Refuse a mail whose end does not come, and see to it that the refusal is read."""
        await super().push(refusal)
        self.transport.write_eof()
        with suppress(TimeoutError):
            # Bytes that nobody reads would reset the connection, which a sender takes for a reason to try again.
            async with asyncio.timeout(LINGER_SECONDS):
                await self._drop_what_comes()
        self.transport.close()
        # What is left is no command.
        await self._writer.wait_closed()

    async def _drop_what_comes(self):
        left = LINGER_BYTES
        while left > 0 and (piece := await self._reader.read(self.line_length_limit)):
            left -= len(piece)

    async def _close(self, farewell):
        if self.transport is None or self.transport.is_closing():
            return
        await super().push(farewell)
        self.transport.close()


def _counted_network(peer):
    host = peer[0] if peer else ""
    caller = caller_at(host)
    if caller is None:
        return host
    return None if caller.is_here else caller.network
