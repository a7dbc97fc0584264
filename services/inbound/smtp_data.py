"""The content of one mail, read from an SMTP client.

Its end is CR LF . CR LF and nothing else: a lone LF or CR is content, so nobody can hide a second mail in a
first one (CVE-2023-51764, CVE-2024-27305). Lines may be of any length, as HTML mails have them.
"""

import asyncio

MEGABYTE = 1024 * 1024
#: Bytes of a mail at the most.
LARGEST_MAIL = 10 * MEGABYTE
#: Bytes after which a client that does not stop is cut off instead of being listened to until the end.
PATIENCE_BYTES = 3 * LARGEST_MAIL
#: Bytes of mails under way in all sessions together.
LARGEST_IN_HAND = 96 * MEGABYTE
#: A client that brings fewer bytes than this in the session's idle time is cut off.
LEAST_PROGRESS = 64 * 1024

TOO_LARGE = "552 5.3.4 Message size exceeds fixed limit"
BUSY = "452 4.3.1 Too much mail at once, try again later"


class CutOff(Exception):
    """The client goes on and on."""


class InHand:
    """Counts the bytes of all mails under way in this process, so that many large ones cannot exhaust it."""

    def __init__(self, most=LARGEST_IN_HAND):
        self._most = most
        self.bytes = 0

    def take(self, number):
        """Count bytes in; return whether there is room for them."""
        self.bytes += number
        return self.bytes <= self._most

    def give_back(self, number):
        """Count bytes out."""
        self.bytes -= number


class DataReader:
    """Reads one mail.

    `content` is what was read, dots unstuffed; `refusal` an SMTP answer where it was not kept.

    :param reader: `asyncio.StreamReader` of the session; its limit bounds what is read at once.
    :param progressed: called whenever enough has come to go on waiting.
    """

    def __init__(self, reader, in_hand, progressed):
        self._reader = reader
        self._in_hand = in_hand
        self._progressed = progressed
        self._size = self._since_progress = 0
        self.content = bytearray()
        self.refusal = None

    async def read(self):
        """Read until the end of the data.

        :raises CutOff: it does not come.
        """
        at_line_start = True
        while True:
            piece, ends_line = await self._piece()
            if at_line_start and piece == b".\r\n":
                return
            self._add(piece[1:] if at_line_start and piece.startswith(b".") else piece)
            at_line_start = ends_line

    def release(self):
        """Count the content out; it is not needed any more."""
        self._in_hand.give_back(len(self.content))
        self.content = bytearray()

    async def _piece(self):
        """Return a line with its end, or a part of a long one, and whether it ends the line."""
        try:
            return await self._reader.readuntil(b"\r\n"), True
        except asyncio.LimitOverrunError as error:
            return await self._reader.read(error.consumed), False

    def _add(self, piece):
        self._size += len(piece)
        self._since_progress += len(piece)
        if self._since_progress >= LEAST_PROGRESS:
            self._since_progress = 0
            self._progressed()
        if self._size > PATIENCE_BYTES:
            raise CutOff
        if self._size > LARGEST_MAIL:
            self._refuse(TOO_LARGE)
        elif not self.refusal:
            self.content += piece
            if not self._in_hand.take(len(piece)):
                self._refuse(BUSY)

    def _refuse(self, answer):
        # The answer has to wait for the end of the data (RFC 5321, 4.2.5); the bytes have not.
        self.refusal = answer
        self.release()
