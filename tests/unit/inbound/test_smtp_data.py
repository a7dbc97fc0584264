"""The content of a mail, read piece by piece."""

import asyncio

import pytest

from services.inbound.smtp_data import (
    BUSY,
    LARGEST_MAIL,
    LEAST_PROGRESS,
    PATIENCE_BYTES,
    TOO_LARGE,
    CutOff,
    DataReader,
    InHand,
)

LINE = b"x" * 998 + b"\r\n"


def reading(content, *, in_hand=None, pieces=1, limit=64 * 1024):
    """Read what comes in pieces; return `(DataReader, what follows it, how often it progressed)`."""
    progressed = []

    async def read():
        stream = asyncio.StreamReader(limit=limit)
        size = max(1, -(-len(content) // pieces))
        for start in range(0, len(content), size):
            stream.feed_data(content[start : start + size])
        stream.feed_eof()
        data = DataReader(stream, in_hand or InHand(), lambda: progressed.append(1))
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
    with pytest.raises(CutOff):
        reading(LINE * (PATIENCE_BYTES // 1000 + 1000) + b".\r\n")


def test_too_much_mail_at_once_is_put_off():
    """The memory of all sessions together is bounded; what is put off is counted out."""
    in_hand = InHand(most=5_000)
    first, _, _ = reading(LINE * 3 + b".\r\n", in_hand=in_hand)
    second, _, _ = reading(LINE * 3 + b".\r\n", in_hand=in_hand)
    assert (first.refusal, second.refusal, in_hand.bytes) == (None, BUSY, 3_000)
    first.release()
    second.release()
    assert in_hand.bytes == 0


def test_progress_is_told_by_volume():
    """A byte now and then is none."""
    assert reading(b"x\r\n" * 100 + b".\r\n", pieces=300)[2] == 0
    assert reading(LINE * (3 * LEAST_PROGRESS // 1000 + 3) + b".\r\n")[2] == 3
