"""After the refusal of a mail that goes on and on: what comes is dropped, so long and so much and no more."""

import asyncio
from contextlib import suppress

import pytest

from services.inbound import smtp_data, smtp_session
from services.inbound.smtp_desk import SmtpDesk
from services.inbound.smtp_session import Session

#: Bytes after which a client is cut off here; what is in the buffers between the two comes on top.
PATIENCE = 100_000
REFUSAL = b"552 5.3.4 Message size exceeds fixed limit\r\n"
#: Seconds after which a test has failed.
AT_MOST = 20


class Everybody:
    """Recipients: any address is a mailbox."""

    async def find(self, _address):
        """Return that it is known."""
        return True, None


@pytest.fixture
def desk(monkeypatch):
    """A desk of this process that keeps nothing."""
    monkeypatch.setattr(smtp_data, "PATIENCE_BYTES", PATIENCE)
    monkeypatch.setattr(smtp_data, "SMALL_MAIL", 500)
    return SmtpDesk(Everybody(), reception=None)


async def cut_off(desk):
    """Return reader and writer of a client that has read why its mail is refused, and the server."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Session(desk, hostname="desk.example", loop=loop), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    await reader.readline()
    for command in (b"HELO c.example", b"MAIL FROM:<a@homes.example>", b"RCPT TO:<desk@desk.example>", b"DATA"):
        writer.write(command + b"\r\n")
        assert (await reader.readline())[:1] in b"23"
    writer.write(b"x" * 998 + b"\r\n" + b"y" * PATIENCE)
    assert (await reader.readline(), await reader.read()) == (REFUSAL, b"")
    assert desk.in_hand.bytes == 0, "others have its room already"
    return writer, server


async def has_ended(desk):
    """Wait until the desk has no session."""
    await desk.end(AT_MOST)
    assert desk.sessions == set()


def run(what):
    """Run a test's coroutine, which must come to its end."""
    asyncio.run(asyncio.wait_for(what, AT_MOST))


def test_a_client_that_hangs_up_is_forgotten_at_once(desk):
    """It has read its refusal."""

    async def client():
        writer, server = await cut_off(desk)
        assert len(desk.sessions) == 1
        writer.close()
        await has_ended(desk)
        server.close()

    run(client())


def test_a_client_that_stays_is_hung_up_on(desk, monkeypatch):
    """It sends nothing more and does not go."""
    monkeypatch.setattr(smtp_session, "LINGER_SECONDS", 0.2)

    async def client():
        writer, server = await cut_off(desk)
        await has_ended(desk)
        writer.close()
        server.close()

    run(client())


def test_a_client_that_goes_on_is_hung_up_on(desk, monkeypatch):
    """Long before its time is over; what it had sent by then is no command."""
    monkeypatch.setattr(smtp_session, "LINGER_SECONDS", 10 * AT_MOST)
    monkeypatch.setattr(smtp_session, "LINGER_BYTES", PATIENCE)

    async def client():
        writer, server = await cut_off(desk)
        with suppress(ConnectionError):
            while desk.sessions:
                writer.write(b"NOOP\r\n" * 10_000)
                await writer.drain()
        await has_ended(desk)
        server.close()

    run(client())
