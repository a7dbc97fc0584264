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

    Where all room is used, whoever holds most of it gives way to whoever holds less: else a few networks whose mails
    never end put off everybody's large mails for as long as they like.

    :param most: bytes of all.
    :param most_each: bytes of one network.
    """

    def __init__(self, most=LARGEST_IN_HAND, most_each=LARGEST_IN_HAND_EACH):
        self._most = most
        self._most_each = most_each
        self._of_network = Counter()
        self._mails = set()
        self.bytes = 0

    def take(self, number, mail):
        """Count bytes of a mail in; return whether there is room for them, which others may have to give.

        :param mail: `DataReader`.
        """
        self._mails.add(mail)
        self.bytes += number
        self._of_network[mail.network] += number
        if mail.network is not None and self._of_network[mail.network] > self._most_each:
            return False
        while self.bytes > self._most:
            other = self._giving_way_to(mail.network)
            if other is None:
                return False
            other.put_off()
        return True

    def give_back(self, number, mail):
        """Count a mail out."""
        self._mails.discard(mail)
        self.bytes -= number
        self._of_network[mail.network] -= number
        if not self._of_network[mail.network]:
            del self._of_network[mail.network]

    def _giving_way_to(self, network):
        """Return the largest mail of the network that holds most, `None` where none holds more than this one."""
        own = 0 if network is None else self._of_network[network]
        mails = [mail for mail in self._mails if mail.may_be_put_off and self._of_network[mail.network] > own]
        return max(mails, key=lambda mail: (self._of_network[mail.network], mail.counted), default=None)


class DataReader:
    """Reads one mail.

    `content` is what was read, dots unstuffed; `refusal` an SMTP answer where it was not kept; `counted` how many bytes
    are in hand.

    :param reader: `asyncio.StreamReader` of the session; its limit bounds what is read at once.
    :param network: of the client, `None` for one that has no share.
    :param progressed: called whenever enough has come to go on waiting.
    """

    def __init__(self, reader, in_hand, network, progressed):
        self._reader = reader
        self._in_hand = in_hand
        self._progressed = progressed
        self._size = self._since_progress = 0
        self._deadline = None
        self._is_whole = False
        self.network = network
        self.counted = 0
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
                self._is_whole = True
                return
            self._add(piece[1:] if at_line_start and piece.startswith(b".") else piece)
            at_line_start = ends_line

    @property
    def may_be_put_off(self):
        """Whether it is still being read; and the mail server on this host stands for all who write."""
        return self.network is not None and not self._is_whole

    def put_off(self):
        """Refuse the mail for now; others need its room."""
        self._refuse(BUSY)

    def release(self):
        """Count the content out; it is not needed any more."""
        self._in_hand.give_back(self.counted, self)
        self.counted, self.content = 0, bytearray()

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
        beyond = max(0, len(self.content) - SMALL_MAIL) - self.counted
        self.counted += beyond
        if beyond and not self._in_hand.take(beyond, self):
            self.put_off()

    def _refuse(self, answer):
        # The answer has to wait for the end of the data (RFC 5321, 4.2.5); the bytes have not.
        self.refusal = answer
        self.release()
