"""A desk that runs, and the three ways in: HTTP, SMTP in, SMTP out."""

import html
import re
import smtplib
from collections import defaultdict
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import make_msgid

import requests
from aiosmtpd.controller import Controller

from infra.local.ports import free_port
from infra.processes import SERVICES
from infra.trial import TrialDesk
from tests.waiting import eventually

PASSWORD = "correct horse battery"


def said_in(mail):
    """Return all that a mail says, decoded: headers, and each text without line breaks; HTML also as it is shown."""
    texts = [f"{name}: {value}" for name, value in mail.items()]
    for part in mail.walk():
        if part.get_content_maintype() == "text":
            content = html.unescape(part.get_content())
            texts += [content, re.sub(r"<[^>]*>", "", content)]
    return "\n".join(" ".join(text.split()) for text in texts)


class Sink:
    """A mail server that takes every mail and keeps it: what leaves the desk."""

    def __init__(self):
        self.mails = []
        self.envelopes = []
        self._by_address = defaultdict(list)
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port())

    async def handle_DATA(self, _server, _session, envelope):
        """Keep one mail."""
        mail = message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append(mail)
        # Noted once, because reading a header takes time and every look for a mail asks.
        self._by_address[mail["To"].addresses[0].addr_spec].append(mail)
        self.envelopes.append((envelope.mail_from, tuple(envelope.rcpt_tos)))
        return "250 OK"

    @property
    def url(self):
        """Return the `SMTP_URL` of this server."""
        return f"smtp://127.0.0.1:{self._controller.port}"

    def start(self):
        """Listen."""
        self._controller.start()

    def stop(self):
        """Stop listening."""
        self._controller.stop()

    def mails_to(self, address):
        """Return the mails to an address, in the order in which they came."""
        return list(self._by_address[address])

    def next_mail_to(self, address, *, count, within=30):
        """Wait until an address has got so many mails; return the last."""
        eventually(lambda: len(self.mails_to(address)) >= count, within=within, what=f"mail {count} to {address}")
        return self.mails_to(address)[count - 1]


class RunningDesk(TrialDesk):
    """A trial desk, and what people do with it.

    :param bus: `local` or `amqp` (a private RabbitMQ, two processes of each service).
    """

    def __init__(self, folder, bus, settings):
        scaled = [flag for service in SERVICES for flag in ("--scale", f"{service}=2")]
        super().__init__(folder, ["--broker", *scaled] if bus == "amqp" else [], settings)
        self.bus = bus

    def broker_uri(self):
        """Return the URI of its private broker."""
        return self.record()["amqp_uri"]

    def create_admin(self, email):
        """Make an administrator by the command; return a signed-in `Caller`."""
        done = self.command("create-admin", email, "--name", "Ada Admin", "--password-stdin", input=PASSWORD)
        assert done.returncode == 0, done.stderr
        return self.sign_in(email)

    def sign_in(self, email, password=PASSWORD):
        """Sign somebody in; return a `Caller`."""
        answer = self.anybody().post("/session", {"email": email, "password": password})
        return Caller(self.base, answer["access_token"], answer["person"])

    def anybody(self):
        """Return a `Caller` who is not signed in."""
        return Caller(self.base, None, None)

    def send_mail(self, sender, recipient, subject, body, **headers):
        """Send a mail to the desk as a resident's mail program does; return it as sent."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = sender, recipient, subject
        mail["Message-ID"] = make_msgid(domain="resident.example")
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(body)
        with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=15) as server:
            server.send_message(mail)
        return mail


class Caller:
    """Somebody who speaks HTTP with the desk.

    :param base: address of the gateway.
    :param token: Bearer token, none for nobody.
    :param person: as signing in described them.
    """

    def __init__(self, base, token, person):
        self.base, self.token, self.person = base, token, person
        self._http = requests.Session()
        self._http.trust_env = False  # It would look for a proxy anew with each request, through all settings.
        if token:
            self._http.headers["Authorization"] = f"Bearer {token}"

    def ask(self, verb, path, body=None, *, headers=None, **query):
        """Send a request; return the response."""
        return self._http.request(
            verb, f"{self.base}/api/v1{path}", json=body, params=query, headers=headers, timeout=30
        )

    def get(self, path, **query):
        """Read something that must be there."""
        response = self.ask("GET", path, **query)
        assert response.status_code == 200, (path, response.status_code, response.text)
        return response.json()

    def post(self, path, body=None, status=201, **options):
        """Send something that must be accepted."""
        response = self.ask("POST", path, body, **options)
        assert response.status_code == status, (path, response.status_code, response.text)
        return response.json() if response.content else None

    def patch(self, path, body, **options):
        """Change something that must be accepted."""
        response = self.ask("PATCH", path, body, **options)
        assert response.status_code == 200, (path, response.status_code, response.text)
        return response.json()
