"""The content of a mail, read piece by piece."""

import asyncio

import pytest

from services.inbound.smtp_data import (
    BUSY,
    LARGEST_IN_HAND,
    LARGEST_IN_HAND_EACH,
    LARGEST_MAIL,
    LEAST_PROGRESS,
    PATIENCE_BYTES,
    PATIENCE_SECONDS,
    SLOWEST_RATE,
    SMALL_MAIL,
    TOO_LARGE,
    TOO_SLOW,
    CutOff,
    DataReader,
    InHand,
)

LINE = b"x" * 998 + b"\r\n"
#: A mail that three thousand bytes more than a small one has.
LARGE = LINE * 3 + b"x" * (SMALL_MAIL - 2) + b"\r\n"
HERS, OTHER = "203.0.113.9", "2001:db8:1:100::/56"


def reading(content, *, in_hand=None, network=HERS, pieces=1, limit=64 * 1024):
    """Read what comes in pieces; return `(DataReader, what follows it, how often it progressed)`."""
    progressed = []

    async def read():
        stream = asyncio.StreamReader(limit=limit)
        size = max(1, -(-len(content) // pieces))
        for start in range(0, len(content), size):
            stream.feed_data(content[start : start + size])
        stream.feed_eof()
        data = DataReader(stream, in_hand or InHand(), network, lambda: progressed.append(1))
        await data.read()
        return data, await stream.read()

    data, rest = asyncio.run(read())
    return data, rest, len(progressed)


@pytest.mark.parametrize(
    ("sent", "content"),
    [
        (b".\r\n", b""),
        (b"a\r\n.\r\n", b"a\r\n"),
        (b"..\r\n.\r\n", b".\r\n"),
        (b".a\r\n.\r\n", b"a\r\n"),
        (b"a\r\n..b\r\n...\r\n.\r\n", b"a\r\n.b\r\n..\r\n"),
        (b"a\n.\nb\r\n.\r\n", b"a\n.\nb\r\n"),
        (b"a\r.\rb\r\n.\r\n", b"a\r.\rb\r\n"),
        (b"\r\n\r\n.\r\n", b"\r\n\r\n"),
    ],
)
@pytest.mark.parametrize("pieces", [1, 3, 100])
def test_dots_are_unstuffed_and_one_alone_ends(sent, content, pieces):
    """RFC 5321, 4.5.2; however it comes in pieces, what follows the end stays for the session."""
    data, rest, _ = reading(sent + b"QUIT\r\n", pieces=pieces)
    assert (bytes(data.content), data.refusal, rest) == (content, None, b"QUIT\r\n")


@pytest.mark.parametrize("length", [60, 63, 64, 65, 66, 127, 128, 129, 1000])
def test_lines_longer_than_what_is_read_at_once(length):
    """They are put together; a dot that begins a piece within a line is no dot that begins a line."""
    line = (b"." + b"x" * 15) * (length // 16 + 1)
    sent = b"a" + line[:length] + b"\r\n.\r\n"
    data, rest, _ = reading(sent, limit=64)
    assert (bytes(data.content), rest) == (sent[:-3], b"")


def test_a_mail_too_large_is_refused_at_its_end():
    """And takes no memory until then."""
    in_hand = InHand()
    data, rest, _ = reading(LINE * (LARGEST_MAIL // 1000 + 1000) + b".\r\nQUIT", in_hand=in_hand)
    assert (data.refusal, data.content, rest, in_hand.bytes) == (TOO_LARGE, b"", b"QUIT", 0)


def test_a_client_without_end_is_cut_off():
    """Patience has a measure."""
    with pytest.raises(CutOff, match=TOO_LARGE):
        reading(LINE * (PATIENCE_BYTES // 1000 + 1000) + b".\r\n")


def test_too_much_mail_at_once_is_put_off():
    """The memory of all sessions together is bounded; what is put off is counted out."""
    in_hand = InHand(most=5_000)
    first, _, _ = reading(LARGE + b".\r\n", in_hand=in_hand)
    second, _, _ = reading(LARGE + b".\r\n", in_hand=in_hand, network=OTHER)
    assert (first.refusal, second.refusal, in_hand.bytes) == (None, BUSY, 3_000)
    first.release()
    second.release()
    assert in_hand.bytes == 0


def test_one_network_has_a_share_of_the_room():
    """What it brings beyond is put off, and comes again when something of its own is done; others do not notice."""
    in_hand = InHand(most=9_000, most_each=5_000)
    first, _, _ = reading(LARGE + b".\r\n", in_hand=in_hand)
    assert reading(LARGE + b".\r\n", in_hand=in_hand)[0].refusal == BUSY
    assert reading(LARGE + b".\r\n", in_hand=in_hand, network=OTHER)[0].refusal is None
    first.release()
    assert reading(LARGE + b".\r\n", in_hand=in_hand)[0].refusal is None


def test_the_mail_server_on_this_host_has_no_share():
    """It stands for all who write; the room together counts."""
    in_hand = InHand(most=9_000, most_each=5_000)
    refusals = [reading(LARGE + b".\r\n", in_hand=in_hand, network=None)[0].refusal for _ in range(4)]
    assert refusals == [None, None, None, BUSY]


def test_there_is_always_room_for_a_small_mail():
    """Also of the network that has used its share, and when all of it is used."""
    in_hand = InHand(most=3_000, most_each=3_000)
    assert reading(LARGE + b".\r\n", in_hand=in_hand)[0].refusal is None
    small = b"x" * (SMALL_MAIL - 2) + b"\r\n"
    assert [reading(small + b".\r\n", in_hand=in_hand, network=one)[0].refusal for one in (HERS, OTHER)] == [None] * 2
    assert in_hand.bytes == 3_000


def test_the_largest_mail_fits_into_a_share():
    """And what one network may hold is a part of the room only."""
    assert LARGEST_MAIL <= LARGEST_IN_HAND_EACH <= LARGEST_IN_HAND // 4


class JumpingLoop(asyncio.SelectorEventLoop):
    """Knows the time that it is told."""

    seconds = 0.0

    def time(self):
        """Return seconds since the beginning."""
        return self.seconds


async def cut_off_after(brought, steps):
    """Read from a client that brings so many bytes at once and then a byte a step; return after which it is cut off.

    :param steps: seconds of the client's day, rising.
    """
    loop, stream, in_hand = asyncio.get_running_loop(), asyncio.StreamReader(), InHand()
    data = DataReader(stream, in_hand, HERS, lambda: None)
    task = loop.create_task(data.read())
    stream.feed_data(LINE * (brought // 1000))
    for seconds in steps:
        loop.seconds = seconds
        stream.feed_data(b"x")
        # Whatever is due is done before the loop turns to us again.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        if task.done():
            data.release()
            return seconds, str(task.exception()), in_hand.bytes
    task.cancel()
    return None


@pytest.mark.parametrize("brought", [0, 10 * 66_000])
def test_a_mail_has_so_many_seconds_and_more_the_more_has_come(brought):
    """Whoever brings a byte now and then does not keep what they hold; it is counted out, and they try again."""
    ends = PATIENCE_SECONDS + brought / SLOWEST_RATE
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        assert runner.run(cut_off_after(brought, [1, ends / 2, ends - 1, ends + 1])) == (ends + 1, TOO_SLOW, 0)


def test_progress_is_told_by_volume():
    """A byte now and then is none."""
    assert reading(b"x\r\n" * 100 + b".\r\n", pieces=300)[2] == 0
    assert reading(LINE * (3 * LEAST_PROGRESS // 1000 + 3) + b".\r\n")[2] == 3
