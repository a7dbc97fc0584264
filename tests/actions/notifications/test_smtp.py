"""The SMTP sender against a real server on loopback."""

import asyncio
import socket
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import aiosmtpd.smtp
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from chassis.mail_relay import MailRelay
from chassis.settings import Settings, SettingsError
from infra.local.ports import free_port
from services.notifications.mail import Mail
from services.notifications.senders import smtp
from services.notifications.senders.choice import sender_of
from services.notifications.senders.outcomes import PutOff, Refused, RelayAway
from services.notifications.senders.smtp import SMTPSender
from tests.certificates import certificates

#: Instead of an answer: the connection is closed.
HANG_UP = "hang up"
MAIL = Mail("<t.1@desk.example>", "", "rosa@homes.example", b"Subject: Hello\r\n\r\n.dot\r\nText\r\n")


class Server:
    """A mail server that answers as it is told.

    :param answers: `{"MAIL" | "RCPT" | "DATA": answer}`.

    `last_words` is its answer to the next MAIL of a connection that is there; then it ends that.
    """

    def __init__(self, answers=None, **options):
        self.answers = answers or {}
        self.taken = []
        self.connections = self.farewells = 0
        self.looks_at_it_for = 0
        self.last_words = None
        self.controller = Controller(self, hostname="127.0.0.1", port=free_port(), **options)

    async def handle_EHLO(self, _server, session, _envelope, hostname, responses):
        """Count connections."""
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server, _session, envelope, address, _options):
        """Take the sender."""
        envelope.mail_from = address
        if self.last_words:
            farewell, self.last_words = self.last_words, None
            return self._answer(server, farewell, ends=True)
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        """Take the recipient."""
        envelope.rcpt_tos.append(address)
        return self.answers.get("RCPT", "250 OK")

    async def handle_DATA(self, server, session, envelope):
        """Take the mail."""
        await asyncio.sleep(self.looks_at_it_for)
        answer = self.answers.get("DATA", "250 OK")
        if answer.startswith("250"):
            self.taken.append((session.host_name, envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return self._answer(server, answer, ends=answer == HANG_UP)

    async def handle_QUIT(self, _server, _session, _envelope):
        """Count those who take leave."""
        self.farewells += 1
        return "221 Bye"

    @staticmethod
    def _answer(server, answer, ends):
        if ends and answer != HANG_UP:
            server.transport.write(f"{answer}\r\n".encode())
        if ends:
            server.transport.close()
        return answer

    def __enter__(self):
        self.controller.start()
        return self

    def __exit__(self, *_exception):
        self.controller.stop()

    @property
    def url(self):
        """Return its `SMTP_URL`."""
        return f"smtp://127.0.0.1:{self.controller.port}"


class TLSServer(Server):
    """The same with encryption: from the first byte (`implicit`), or by STARTTLS and not without it."""

    def __init__(self, context, implicit):
        options = {"ssl_context": context} if implicit else {"tls_context": context, "require_starttls": True}
        super().__init__(**options)


def test_mails_go_over_one_connection():
    """With the null sender, our own name and the bytes as they are."""
    with Server() as server:
        sender = sender_of(Settings({"SMTP_URL": server.url, "MAIL_DOMAIN": "desk.example"}))
        sender.send(MAIL)
        sender.send(MAIL)
        for _ in range(2):
            sender.close()
        assert server.taken == [("desk.example", "<>", ["rosa@homes.example"], MAIL.content)] * 2
        assert (server.connections, server.farewells) == (1, 1)


@pytest.mark.parametrize(
    ("answers", "outcome", "words"),
    [
        ({"RCPT": "550 5.1.1 no such user"}, Refused, "550 5.1.1 no such user"),
        ({"DATA": "554 5.7.1 spam"}, Refused, "554 5.7.1 spam"),
        ({"MAIL": "553 5.1.8 sender unknown"}, Refused, "553 5.1.8 sender unknown"),
        ({"RCPT": "450 4.2.0 greylisted"}, PutOff, "450 4.2.0 greylisted"),
        ({"DATA": "452 4.3.1 disk full"}, PutOff, "452 4.3.1 disk full"),
        ({"MAIL": "421 4.3.2 shutting down"}, PutOff, "421 4.3.2 shutting down"),
    ],
)
def test_what_the_relay_answers_decides(answers, outcome, words):
    """5yz is for good, 4yz for now; afterwards the sender goes on with the next mail."""
    with Server(answers) as server:
        sender = SMTPSender(MailRelay.from_url(server.url), "desk.example")
        with pytest.raises(outcome) as refusal:
            sender.send(MAIL)
        assert str(refusal.value) == words
        assert server.taken == []
        server.answers.clear()
        sender.send(MAIL)
        sender.close()
        assert len(server.taken) == 1


@pytest.mark.parametrize("code", [530, 534, 535, 538])
def test_a_relay_that_wants_a_login_refuses_no_mail(code):
    """It speaks of us, not of the mail; whoever is let in again comes anew."""
    with Server({"MAIL": f"{code} 5.7.0 authentication required"}) as server:
        sender = SMTPSender(MailRelay.from_url(server.url), "desk.example")
        with pytest.raises(RelayAway) as refusal:
            sender.send(MAIL)
        server.answers.clear()
        sender.send(MAIL)
        sender.close()
        assert (server.connections, len(server.taken)) == (2, 1)
    assert str(refusal.value) == f"127.0.0.1:{server.controller.port}: answered {code} 5.7.0 authentication required"


@pytest.mark.parametrize("piece", [b"x", b"220-x\r\n"], ids=["a line", "lines"])
def test_a_relay_whose_answer_does_not_come_to_its_end_is_away(monkeypatch, piece):
    """Though it goes on saying something: the mails behind this one would wait for ever."""
    monkeypatch.setattr(smtp, "TIMEOUT_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor() as relays:
        host, port = listening.getsockname()

        def trickle():
            connection, _ = listening.accept()
            with connection, suppress(OSError):
                for _ in range(40):
                    connection.sendall(piece)
                    threading.Event().wait(0.05)

        trickling = relays.submit(trickle)
        with pytest.raises(RelayAway) as refusal:
            SMTPSender(MailRelay.from_url(f"smtp://{host}:{port}"), "desk.example").send(MAIL)
        trickling.result(15)
    assert str(refusal.value) == f"{host}:{port}: Connection unexpectedly closed: the answer takes too long"


def test_a_relay_that_refuses_to_talk_is_away_in_its_words():
    """They tell the operator what to do; the number alone does not."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        host, port = listening.getsockname()

        def greet():
            connection, _ = listening.accept()
            with connection:
                connection.sendall(b"554 5.7.1 Your network is listed, see https://lists.example\r\n")

        with ThreadPoolExecutor() as beside:
            beside.submit(greet)
            with pytest.raises(RelayAway) as refusal:
                SMTPSender(MailRelay.from_url(f"smtp://{host}:{port}"), "desk.example").send(MAIL)
    assert str(refusal.value) == f"{host}:{port}: answered 554 5.7.1 Your network is listed, see https://lists.example"


def test_a_relay_that_is_not_there():
    """Nobody listens."""
    with pytest.raises(RelayAway):
        SMTPSender(MailRelay.from_url(f"smtp://127.0.0.1:{free_port()}"), "desk.example").send(MAIL)


def test_a_relay_may_look_at_a_mail_for_longer_than_it_takes_for_other_answers(monkeypatch):
    """Whoever leaves before the last answer has sent the mail, and sends it again (RFC 5321, 4.5.3.2.6)."""
    monkeypatch.setattr(smtp, "TIMEOUT_SECONDS", 0.5)
    with Server() as server:
        # What a scanner takes.
        server.looks_at_it_for = 1.0
        sender = SMTPSender(MailRelay.from_url(server.url), "desk.example")
        sender.send(MAIL)
        server.looks_at_it_for = 0
        sender.send(MAIL)
        assert sender._connection.sock.gettimeout() == 0.5
        server.answers["DATA"] = "554 5.7.1 spam"
        with pytest.raises(Refused):
            sender.send(MAIL)
        assert sender._connection.sock.gettimeout() == 0.5
        sender.close()
        assert (len(server.taken), server.connections) == (2, 1)


def test_only_what_comes_after_the_text_is_waited_for_longer(monkeypatch):
    """354 is an answer like the others."""
    monkeypatch.setattr(smtp, "TIMEOUT_SECONDS", 0.5)
    with Server() as server, pytest.raises(PutOff) as refusal:
        server.controller.factory = lambda: NeverGoesOn(server, hostname="127.0.0.1")
        SMTPSender(MailRelay.from_url(server.url), "desk.example").send(MAIL)
    assert str(refusal.value) == "the connection broke: SMTPServerDisconnected"


class NeverGoesOn(aiosmtpd.smtp.SMTP):
    """Is silent to DATA."""

    async def smtp_DATA(self, _arg):
        """Take the command, and answer nothing."""


@pytest.mark.parametrize("answers", [{"DATA": HANG_UP}, {"RCPT": "421 4.3.2 shutting down"}], ids=str)
def test_a_connection_that_breaks_on_the_way_is_made_anew(answers):
    """Whether the mail was taken is unknown, so it is sent again under its Message-ID."""
    with Server() as server:
        sender = SMTPSender(MailRelay.from_url(server.url), "desk.example")
        sender.send(MAIL)
        server.answers.update(answers)
        with pytest.raises(PutOff):
            sender.send(MAIL)
        server.answers.clear()
        sender.send(MAIL)
        sender.close()
        assert (len(server.taken), server.connections) == (2, 2)


@pytest.mark.parametrize("farewell", ["421 4.3.2 so many and no more", HANG_UP])
def test_a_relay_that_takes_so_many_mails_over_a_connection_puts_none_off(farewell):
    """It ends the connection at the next one, which has been in nobody's hand yet."""
    with Server() as server:
        sender = SMTPSender(MailRelay.from_url(server.url), "desk.example")
        sender.send(MAIL)
        server.last_words = farewell
        sender.send(MAIL)
        sender.close()
        assert (len(server.taken), server.connections) == (2, 2)


def test_a_relay_that_has_left_is_dialled_once():
    """On a new connection its 421 puts the mail off."""
    with Server() as server:
        sender = SMTPSender(MailRelay.from_url(server.url), "desk.example")
        sender.send(MAIL)
        server.answers["MAIL"] = "421 4.3.2 shutting down"
        with pytest.raises(PutOff) as refusal:
            sender.send(MAIL)
        assert str(refusal.value) == "421 4.3.2 shutting down"
        assert (len(server.taken), server.connections) == (1, 2)


def test_a_relay_that_has_left_and_is_gone():
    """Its mail has been tried by nobody."""
    with Server() as server:
        sender = SMTPSender(MailRelay.from_url(server.url), "desk.example")
        sender.send(MAIL)
    with pytest.raises(RelayAway):
        sender.send(MAIL)
    assert len(server.taken) == 1


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_it_signs_in_with_the_password_of_the_url():
    """Percent-encoded, as URLs have it."""
    seen = []

    def authenticate(_server, _session, _envelope, _mechanism, login):
        seen.append((login.login, login.password))
        return AuthResult(success=login.password == b"p@ss", handled=False)

    with Server(authenticator=authenticate, auth_required=True, auth_require_tls=False) as server:
        port = server.controller.port
        good = SMTPSender(MailRelay.from_url(f"smtp://desk:p%40ss@127.0.0.1:{port}"), "desk.example")
        good.send(MAIL)
        good.close()
        with pytest.raises(RelayAway):
            SMTPSender(MailRelay.from_url(f"smtp://desk:wrong@127.0.0.1:{port}"), "desk.example").send(MAIL)
        assert (len(server.taken), seen[0]) == (1, (b"desk", b"p@ss"))


@pytest.mark.parametrize("scheme", ["smtps", "starttls"])
def test_certificates_are_verified(tmp_path, scheme):
    """A relay that cannot prove its name gets nothing; one that can gets the mail, encrypted."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority, identity = certificates(tmp_path, "localhost")
    context.load_cert_chain(identity)
    with TLSServer(context, implicit=scheme == "smtps") as server:
        port = server.controller.port
        url = f"smtps://localhost:{port}" if scheme == "smtps" else f"smtp://localhost:{port}?starttls"
        with pytest.raises(RelayAway):
            SMTPSender(MailRelay.from_url(url), "desk.example").send(MAIL)
        assert server.taken == []
        trust = ssl.create_default_context(cafile=authority)
        sender = SMTPSender(MailRelay.from_url(url), "desk.example", trust)
        sender.send(MAIL)
        sender.close()
        assert len(server.taken) == 1
        with pytest.raises(RelayAway):
            SMTPSender(MailRelay.from_url(url.replace("localhost", "127.0.0.1")), "desk.example", trust).send(MAIL)


def test_a_relay_without_the_encryption_asked_for_gets_nothing():
    """STARTTLS that is stripped on the way must not be noticed too late."""
    with Server() as server:
        with pytest.raises(RelayAway):
            SMTPSender(MailRelay.from_url(f"{server.url}?starttls"), "desk.example").send(MAIL)
        assert server.taken == []


@pytest.mark.parametrize(
    ("url", "relay"),
    [
        ("smtp://relay.example", ("relay.example", 25, "none", "", "")),
        ("smtp://relay.example:587?starttls", ("relay.example", 587, "starttls", "", "")),
        ("smtps://desk:p%40ss@relay.example", ("relay.example", 465, "tls", "desk", "p@ss")),
        ("smtp://desk:x@localhost:2525", ("localhost", 2525, "none", "desk", "x")),
    ],
)
def test_urls(url, relay):
    """Host, port, encryption, user, password."""
    found = MailRelay.from_url(url)
    assert (found.host, found.port, found.encryption, found.user, found.password) == relay
    assert "p@ss" not in repr(found)


@pytest.mark.parametrize(
    "url",
    [
        "relay.example:25",
        "http://relay.example",
        "smtp://",
        "smtp://relay.example:port",
        "smtp://relay.example?tls",
        "smtp://desk:secret@relay.example",
        "smtp://relay.example:99999",
        "smtp://[::1",
        "smtp+tls://relay.example",
        "smtp://relay.example?STARTTLS",
    ],
)
def test_urls_that_are_none(url):
    """Refused at the start, named with the setting, without the password."""
    with pytest.raises(SettingsError, match="SMTP_URL is wrong") as refusal:
        Settings({"SMTP_URL": url})
    assert "secret" not in str(refusal.value)
