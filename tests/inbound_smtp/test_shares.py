"""Who finds room for a large mail while others hold all of it: several networks, over real connections."""

import asyncio

from services.inbound import smtp_session
from services.inbound.smtp_data import BUSY, LARGEST_IN_HAND, SMALL_MAIL
from services.inbound.smtp_desk import SmtpDesk
from services.inbound.smtp_session import Session

#: Bytes of the mails of one network that come and do not end: all that its share has room for.
SIZES = (10_000_000, 10_000_000, 5_000_000)
#: Piece of a mail.
LINE = b"x" * 49_998 + b"\r\n"
HOSTILE, NEWCOMER = [f"127.0.0.{number}" for number in range(2, 6)], "127.0.0.6"
#: Seconds after which the test has failed.
AT_MOST = 30


class Keeping:
    """Recipients and reception: any address is a mailbox, and the size of each mail is kept."""

    def __init__(self):
        self.kept = []

    async def find(self, _address):
        """Return that it is known."""
        return True, None

    async def keep(self, delivery):
        """Keep how large a mail is."""
        self.kept.append(len(delivery.raw))
        return "0" * 64


async def begun(port, address):
    """Return reader and writer of a client at an address whose mail begins."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))
    await reader.readline()
    for command in (b"HELO c.example", b"MAIL FROM:<a@homes.example>", b"RCPT TO:<desk@desk.example>", b"DATA"):
        writer.write(command + b"\r\n")
        assert (await reader.readline())[:1] in b"23"
    return reader, writer


async def holding(desk, port, address, size):
    """Return a client that has sent so much of a mail, and not its end."""
    before, client = desk.in_hand.bytes, await begun(port, address)
    client[1].write(LINE * (size // len(LINE)))
    while desk.in_hand.bytes < before + size - SMALL_MAIL:
        await asyncio.sleep(0)
    return client


async def ended(client):
    """End the mail of a client; return the answer."""
    reader, writer = client
    writer.write(b".\r\n")
    answer = (await reader.readline()).decode().strip()
    writer.close()
    return answer


def test_four_networks_whose_mails_never_end_put_off_nobody_elses(monkeypatch):
    """They hold all the room there is; as much of it as somebody else needs is taken from one of them."""
    monkeypatch.setattr(smtp_session, "_counted_network", lambda peer: peer[0])

    async def scene():
        keeping, loop = Keeping(), asyncio.get_running_loop()
        desk = SmtpDesk(keeping, keeping)
        server = await loop.create_server(lambda: Session(desk, hostname="desk.example", loop=loop), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        silent = [await holding(desk, port, address, size) for address in HOSTILE for size in SIZES]
        assert LARGEST_IN_HAND - 2_500_000 < desk.in_hand.bytes <= LARGEST_IN_HAND
        newcomer = await begun(port, NEWCOMER)
        newcomer[1].write(LINE * 200)
        assert await ended(newcomer) == f"250 2.0.0 OK {'0' * 16}"
        assert keeping.kept == [10_000_000]
        assert sorted([await ended(client) for client in silent]) == [f"250 2.0.0 OK {'0' * 16}"] * 11 + [BUSY]
        assert (sorted(keeping.kept[1:]), desk.in_hand.bytes) == (sorted(SIZES * 4)[:-1], 0)
        server.close()

    asyncio.run(asyncio.wait_for(scene(), AT_MOST))
