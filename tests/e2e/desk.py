"""A desk that runs, and the three ways in: HTTP, SMTP in, SMTP out."""

import json
import os
import smtplib
import socket
import subprocess
import sys
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path

import requests
from aiosmtpd.controller import Controller

from tests.waiting import eventually

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("identity", "tickets", "dispatch", "fieldwork", "notifications", "inbound")
PASSWORD = "correct horse battery"


def free_port():
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Sink:
    """A mail server that takes every mail and keeps it: what leaves the desk."""

    def __init__(self):
        self.mails = []
        self.envelopes = []
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port())

    async def handle_DATA(self, _server, _session, envelope):
        """Keep one mail."""
        mail = message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append(mail)
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
        return [mail for mail in list(self.mails) if mail["To"].addresses[0].addr_spec == address]

    def next_mail_to(self, address, *, count, within=30):
        """Wait until an address has got so many mails; return the last."""
        eventually(lambda: len(self.mails_to(address)) >= count, within=within, what=f"mail {count} to {address}")
        return self.mails_to(address)[count - 1]


class RunningDesk:
    """`./desk up` in a folder of its own.

    :param folder: `VAR_DIR`.
    :param bus: `local` or `amqp` (a private RabbitMQ, two processes of each service).
    :param settings: further environment variables.
    """

    def __init__(self, folder, bus, settings):
        self.folder = folder
        self.bus = bus
        self.http_port, self.smtp_port = free_port(), free_port()
        self.base = f"http://127.0.0.1:{self.http_port}"
        clean = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "AMQP_URI")}
        self.environment = {
            **clean,
            "VAR_DIR": str(folder),
            "HTTP_PORT": str(self.http_port),
            "SMTP_PORT": str(self.smtp_port),
            "PYTHONPATH": str(ROOT),
            **settings,
        }
        self._process = None

    def command(self, *arguments, **options):
        """Run a `./desk` command; return the finished process."""
        return subprocess.run(
            [sys.executable, "-m", "infra.cli", *arguments],
            env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=120, **options,
        )  # fmt: skip

    def start(self):
        """Start it and wait until it says that it is ready."""
        mode = []
        if self.bus == "amqp":
            mode = ["--broker"]
            for service in SERVICES:
                mode += ["--scale", f"{service}=2"]
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / "up.log", "w") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "infra.cli", "up", "--no-demo", *mode],
                env=self.environment, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
        eventually(self._is_ready, within=90, what=f"readiness (see {self.folder / 'up.log'})")

    def _is_ready(self):
        if self._process.poll() is not None:
            raise RuntimeError((self.folder / "up.log").read_text()[-3000:])
        return "ready in" in (self.folder / "up.log").read_text()

    def broker_uri(self):
        """Return the URI of its private broker."""
        return json.loads((self.folder / "run" / "state.json").read_text())["amqp_uri"]

    def stop(self):
        """End it as Ctrl-C does; return its exit code."""
        self._process.terminate()
        return self._process.wait(timeout=60)

    def create_admin(self, email):
        """Make an administrator by the command; return a signed-in `Caller`."""
        done = self.command("create-admin", email, "--name", "Ada Admin", "--password-stdin", input=PASSWORD)
        assert done.returncode == 0, done.stderr
        return self.sign_in(email)

    def sign_in(self, email, password=PASSWORD):
        """Sign somebody in; return a `Caller`."""
        answer = requests.post(
            f"{self.base}/api/v1/session", json={"email": email, "password": password}, timeout=15
        )
        assert answer.status_code == 201, answer.text
        return Caller(self.base, answer.json()["access_token"], answer.json()["person"])

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
