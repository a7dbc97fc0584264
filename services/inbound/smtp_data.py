"""The content of one mail, read from an SMTP client.

Its end is CR LF . CR LF and nothing else: a lone LF or CR is content, so nobody can hide a second mail in a
first one (CVE-2023-51764, CVE-2024-27305). Lines may be of any length, as HTML mails have them.
"""

import asyncio
from collections import Counter

MEGABYTE = 1024 * 1024
#: Bytes of a mail at the most.
LARGEST_MAIL = 10 * MEGABYTE
#: Bytes after which a client that does not stop is cut off instead of being listened to until the end.
PATIENCE_BYTES = 3 * LARGEST_MAIL
#: Bytes of a mail that there is always room for, as there are only so many sessions: what most people write.
SMALL_MAIL = 64 * 1024
#: Bytes beyond those of mails under way in all sessions together.
LARGEST_IN_HAND = 96 * MEGABYTE
#: Bytes among them of the mails of one network: two of the largest, and room for others beside.
LARGEST_IN_HAND_EACH = 24 * MEGABYTE
#: A client that brings fewer bytes than this in the session's idle time is cut off.
LEAST_PROGRESS = 64 * 1024
#: Seconds for the whole of a mail, and more the more of it has come.
PATIENCE_SECONDS = 120
#: Bytes a second that a mail must bring beyond the patience for it (gateway: `hasty_socket`).
SLOWEST_RATE = 16_000

TOO_LARGE = "552 5.3.4 Message size exceeds fixed limit"
TOO_SLOW = "421 4.4.2 The mail takes too long, try again later"
BUSY = "452 4.3.1 Too much mail at once, try again later"


class CutOff(Exception):
    """The client goes on and on; the message is what it is told."""


class InHand:
    """Counts the bytes of mails under way in this process, so that many large ones cannot exhaust it.

    :param most: bytes of all.
    :param most_each: bytes of one network.
    """

    def __init__(self, most=LARGEST_IN_HAND, most_each=LARGEST_IN_HAND_EACH):
        self._most = most
        self._most_each = most_each
        self._of_network = Counter()
        self.bytes = 0

    def take(self, number, network):
        """Count bytes in; return whether there is room for them.

        :param network: whose share they count for, `None` for nobody's.
        """
        self.bytes += number
        self._of_network[network] += number
        return self.bytes <= self._most and (network is None or self._of_network[network] <= self._most_each)

    def give_back(self, number, network):
        """Count bytes out."""
        self.bytes -= number
        self._of_network[network] -= number
        if not self._of_network[network]:
            del self._of_network[network]


class DataReader:
    """Reads one mail.

    `content` is what was read, dots unstuffed; `refusal` an SMTP answer where it was not kept.

    :param reader: `asyncio.StreamReader` of the session; its limit bounds what is read at once.
    :param network: of the client, `None` for one that has no share.
    :param progressed: called whenever enough has come to go on waiting.
    """

    def __init__(self, reader, in_hand, network, progressed):
        self._reader = reader
        self._in_hand = in_hand
        self._network = network
        self._progressed = progressed
        self._size = self._counted = self._since_progress = 0
        self._deadline = None
        self.content = bytearray()
        self.refusal = None

    async def read(self):
        """Read until the end of the data.

        :raises CutOff: it does not come, or not in time.
        """
        try:
            async with asyncio.timeout(PATIENCE_SECONDS) as self._deadline:
                await self._read()
        except TimeoutError:
            raise CutOff(TOO_SLOW) from None

    async def _read(self):
        at_line_start = True
        while True:
            piece, ends_line = await self._piece()
            if at_line_start and piece == b".\r\n":
                return
            self._add(piece[1:] if at_line_start and piece.startswith(b".") else piece)
            at_line_start = ends_line

    def release(self):
        """Count the content out; it is not needed any more."""
        self._in_hand.give_back(self._counted, self._network)
        self._counted, self.content = 0, bytearray()

    async def _piece(self):
        """Return a line with its end, or a part of a long one, and whether it ends the line."""
        try:
            return await self._reader.readuntil(b"\r\n"), True
        except asyncio.LimitOverrunError as error:
            return await self._reader.read(error.consumed), False

    def _add(self, piece):
        self._size += len(piece)
        self._note_progress(len(piece))
        if self._size > PATIENCE_BYTES:
            raise CutOff(TOO_LARGE)
        if self._size > LARGEST_MAIL:
            self._refuse(TOO_LARGE)
        elif not self.refusal:
            self._keep(piece)

    def _note_progress(self, number):
        self._since_progress += number
        if self._since_progress >= LEAST_PROGRESS:
            self._deadline.reschedule(self._deadline.when() + self._since_progress / SLOWEST_RATE)
            self._since_progress = 0
            self._progressed()

    def _keep(self, piece):
        self.content += piece
        beyond = max(0, len(self.content) - SMALL_MAIL) - self._counted
        self._counted += beyond
        if beyond and not self._in_hand.take(beyond, self._network):
            self._refuse(BUSY)

    def _refuse(self, answer):
        # The answer has to wait for the end of the data (RFC 5321, 4.2.5); the bytes have not.
        self.refusal = answer
        self.release()
