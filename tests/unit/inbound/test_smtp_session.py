"""A session from its client's network on: whose share its mails count for."""

import asyncio

import pytest

from services.inbound import smtp_data
from services.inbound.smtp_data import BUSY, LARGEST_IN_HAND, LARGEST_IN_HAND_EACH, LARGEST_MAIL, InHand
from services.inbound.smtp_desk import MOST_SESSIONS_EACH, SmtpDesk
from services.inbound.smtp_session import Session

SMALL, LARGE = 2_000, 1_000_000
#: Bytes that come at once.
LINE = 50_000


class Taking(SmtpDesk):
    """A desk that takes every mail for every address and keeps none."""

    def __init__(self):
        super().__init__(self, None)

    async def find(self, _address):
        """Know every address."""
        return True, None

    async def take(self, content, _envelope):
        """Say how much has come."""
        return f"250 {len(content)}"


class Client(asyncio.Transport):
    """What a session takes for the connection of a client at an address."""

    def __init__(self, desk, address):
        super().__init__({"peername": (address, 25_000)})
        self.answers = []
        self.session = Session(desk, hostname="desk.example", loop=asyncio.get_running_loop())
        self.session.connection_made(self)

    def write(self, data):
        """Keep an answer."""
        self.answers.append(data.decode().strip())

    def is_closing(self):
        """Say that it goes on."""
        return False

    def close(self):
        """Have the session hear of the end."""
        self.session.connection_lost(None)

    def write_eof(self):
        """Hang up, as whoever has read a refusal does."""
        self.session.eof_received()

    def pause_reading(self):
        """Send all the same."""

    def resume_reading(self):
        """Send all the same."""

    async def ask(self, *sent):
        """Send pieces; return the last answer once there is one more, and it is the session's turn no longer."""
        number = len(self.answers)
        for piece in sent:
            self.session.data_received(piece)
            await asyncio.sleep(0)
        while len(self.answers) == number:
            await asyncio.sleep(0)
        return self.answers[-1]

    async def hold(self, size):
        """Send so much of a mail and not its end; return how much is in hand then."""
        for command in (b"EHLO c.example", b"MAIL FROM:<a@homes.example>", b"RCPT TO:<b@desk.example>", b"DATA"):
            answer = await self.ask(command + b"\r\n")
        assert answer.startswith("354")
        for start in range(0, size, LINE):
            self.session.data_received(b"x" * (min(LINE, size - start) - 2) + b"\r\n")
            await asyncio.sleep(0)

    async def send(self, size):
        """Send a whole mail; return the answer."""
        await self.hold(size)
        return await self.ask(b".\r\n")


def run(scene):
    """Play a scene with a new desk."""
    asyncio.run(scene(Taking()))


@pytest.mark.parametrize(
    ("addresses", "other"),
    [
        (["203.0.113.9"] * 10, "203.0.113.10"),
        ([f"2001:db8:1:1::{number}" for number in range(1, 11)], "2001:db8:1:200::1"),
    ],
)
def test_ten_silent_clients_of_one_network_do_not_stop_the_mail_of_others(addresses, other):
    """They get no further than its share, and put off themselves only; small mails pass even so."""

    async def scene(desk):
        silent = [Client(desk, address) for address in addresses]
        for client in silent:
            await client.hold(LARGEST_IN_HAND // 10 - 2_000)
        assert LARGEST_IN_HAND_EACH - LARGEST_MAIL < desk.in_hand.bytes <= LARGEST_IN_HAND_EACH
        assert await Client(desk, other).send(LARGEST_MAIL - 1_000) == f"250 {LARGEST_MAIL - 1_000}"
        assert await Client(desk, addresses[0]).send(LARGEST_MAIL - 1_000) == BUSY
        assert await Client(desk, addresses[0]).send(SMALL) == f"250 {SMALL}"
        for client in silent:
            client.close()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert desk.in_hand.bytes == 0
        assert await Client(desk, addresses[0]).send(LARGE) == f"250 {LARGE}"

    run(scene)


def test_ten_silent_clients_of_ten_networks_do_not_stop_the_mail_of_others():
    """They hold all the room there is for large mails; one of them gives way, and learns it at its end."""

    async def scene(desk):
        silent = [Client(desk, f"203.0.113.{number}") for number in range(10)]
        for client in silent:
            await client.hold(LARGEST_IN_HAND // 10 + 60_000)
        held = desk.in_hand.bytes
        assert await Client(desk, "198.51.100.1").send(SMALL) == f"250 {SMALL}"
        assert desk.in_hand.bytes == held
        assert await Client(desk, "198.51.100.1").send(LARGE) == f"250 {LARGE}"
        answers = [await client.ask(b".\r\n") for client in silent]
        assert sorted(answers) == [f"250 {LARGEST_IN_HAND // 10 + 60_000}"] * 9 + [BUSY]
        assert desk.in_hand.bytes == 0

    run(scene)


def test_whoever_holds_most_gives_way():
    """Its largest mail, once, to whoever holds less; who would hold most puts off nobody."""

    async def scene(desk):
        desk.in_hand = InHand(most=4 * LARGE)
        greedy = [Client(desk, "203.0.113.9") for _ in range(3)]
        for client, size in zip(greedy, (LARGE, 2 * LARGE, LARGE), strict=True):
            await client.hold(size)
        modest, other = Client(desk, "198.51.100.1"), Client(desk, "198.51.100.2")
        await modest.hold(LARGE)
        await other.hold(LARGE)
        assert await Client(desk, "203.0.113.9").send(LARGE) == BUSY
        answers = [await client.ask(b".\r\n") for client in (*greedy, modest, other)]
        assert answers == [f"250 {LARGE}", BUSY, *[f"250 {LARGE}"] * 3]

    run(scene)


def test_all_give_way_to_the_mail_server_on_this_host_and_it_to_nobody():
    """It stands for all who write."""

    async def scene(desk):
        desk.in_hand = InHand(most=2 * LARGE)
        stranger, relay = Client(desk, "203.0.113.9"), Client(desk, "127.0.0.1")
        await stranger.hold(LARGE)
        await relay.hold(2 * LARGE)
        assert await Client(desk, "203.0.113.10").send(LARGE) == BUSY
        assert [await client.ask(b".\r\n") for client in (stranger, relay)] == [BUSY, f"250 {2 * LARGE}"]

    run(scene)


def test_a_mail_that_has_come_whole_gives_way_to_nobody():
    """It is being kept, and its room is free in a moment."""

    async def scene(desk):
        desk.in_hand = InHand(most=2 * LARGE)
        client, go_on, take = Client(desk, "203.0.113.9"), asyncio.Event(), desk.take

        async def take_slowly(content, envelope):
            await go_on.wait()
            return await take(content, envelope)

        desk.take = take_slowly
        await client.hold(2 * LARGE)
        client.session.data_received(b".\r\n")
        await asyncio.sleep(0)
        assert await Client(desk, "198.51.100.1").send(LARGE) == BUSY
        go_on.set()
        assert await client.ask() == f"250 {2 * LARGE}"

    run(scene)


def test_a_client_that_takes_too_long_is_told_to_try_again(monkeypatch):
    """Its session ends, and nothing of its mail is kept or in hand."""
    monkeypatch.setattr(smtp_data, "PATIENCE_SECONDS", 0)

    async def scene(desk):
        client = Client(desk, "203.0.113.9")
        await client.hold(LARGE)
        while client.session in desk.sessions:
            await asyncio.sleep(0)
        assert client.answers[-2:] == ["354 End data with <CR><LF>.<CR><LF>", smtp_data.TOO_SLOW]
        assert desk.in_hand.bytes == 0

    run(scene)


def test_the_sessions_of_one_network_are_counted_together():
    """Whichever of its addresses they come from."""

    async def scene(desk):
        clients = [Client(desk, f"2001:db8:1:1::{number:x}") for number in range(1, MOST_SESSIONS_EACH + 2)]
        clients.append(Client(desk, "2001:db8:1:200::1"))
        while not all(client.answers for client in clients):
            await asyncio.sleep(0)
        assert [client.answers[0][:3] for client in clients] == ["220"] * MOST_SESSIONS_EACH + ["421", "220"]

    run(scene)
