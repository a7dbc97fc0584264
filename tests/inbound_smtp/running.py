"""A real SMTP process on a private port, with a database and a file store of its own."""

import base64
import os
import select
import smtplib
import socket
import subprocess
import sys
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from chassis.actors import system_actor
from chassis.database import Database
from chassis.files import FileStore
from chassis.links import Links
from infra.local.ports import free_port
from services.inbound import actions
from services.inbound.actions import OwnMail
from tests.waiting import eventually

ROOT = Path(__file__).resolve().parents[2]
MODULE = "services.inbound.smtp"
LINK_KEY = b"k" * 32
DOMAIN = "desk.example"
#: The open mailbox of the shared process.
DESK = f"desk@{DOMAIN}"
OWN_MAIL = OwnMail(Links(LINK_KEY), DOMAIN)


class SmtpProcess:
    """`python -m services.inbound.smtp`.

    :param url: of inbound's database.
    :param folder: `VAR_DIR`.
    :param forking: what it is forked from; none starts it as a command.
    :param module: what is run in place of the command.
    :param wrapper: words before the command, such as `strace -f ...`.
    """

    def __init__(self, url, folder, forking=None, *, module=MODULE, wrapper=()):
        self.folder = Path(folder)
        self.port, self.health_port = free_port(), free_port()
        self.database = Database(url, pool_size=2)
        self.files = FileStore(self.folder / "files")
        self._forking = forking
        self._module = module
        self._command = [*wrapper, sys.executable, "-m", module]
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "INBOUND_DATABASE_URL": url,
            "LINK_KEY": base64.urlsafe_b64encode(LINK_KEY).decode(),
            "MAIL_DOMAIN": DOMAIN,
            "VAR_DIR": str(folder),
            "SMTP_PORT": str(self.port),
            "HEALTH_PORT": str(self.health_port),
        }
        self.process = None

    def start(self):
        """Start it and wait until it takes mail."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.process = self._fork() if self._forking else self._run()
        eventually(self._answers, what="an SMTP process that is ready")
        return self

    def _fork(self):
        return self._forking.start(self._module, environment=self.environment, log=self.folder / "smtp.log")

    def _run(self):
        with open(self.folder / "smtp.log", "a") as output:
            return subprocess.Popen(self._command, env=self.environment, cwd=ROOT, stdout=output, stderr=output)

    def stop(self):
        """End it as a supervisor does; return its exit code."""
        self.process.terminate()
        return self.process.wait(timeout=30)

    def kill(self):
        """End it as a power cut does."""
        self.process.kill()
        self.process.wait(timeout=10)

    def close(self):
        """End what is left."""
        if self.process and self.process.poll() is None:
            self.kill()
        self.database.close()

    def page(self, path):
        """Return `(status, body)` of a page of the health server."""
        try:
            with urlopen(f"http://127.0.0.1:{self.health_port}{path}", timeout=5) as response:
                return response.status, response.read().decode()
        except URLError as error:
            if not hasattr(error, "code"):
                raise
            return error.code, error.read().decode()

    def _answers(self):
        assert self.process.poll() is None, (self.folder / "smtp.log").read_text()
        try:
            return self.page("/readyz")[0] == 200
        except OSError:
            return False

    def connect(self, **options):
        """Return an `smtplib` client."""
        return smtplib.SMTP("127.0.0.1", self.port, timeout=15, local_hostname="client.example", **options)

    def raw_client(self):
        """Return a client for what no mail program sends."""
        return RawClient(self.port)

    def deliver(self, raw, *recipients, sender="resident@homes.example"):
        """Send a mail; return the refusals by recipient (empty: all were accepted)."""
        with self.connect() as client:
            return client.sendmail(sender, recipients, raw)

    def rows(self, address=None):
        """Return what was kept, oldest first."""
        rows = self.database.read("SELECT * FROM inbound_messages ORDER BY received_at, id")
        return [row for row in rows if address in (None, row.envelope_to)]

    def open_mailbox(self, address, *, now, **particulars):
        """Open a mailbox and wait until the process knows it."""
        given = {"name": "Desk", "usergroup_id": None, "category_id": None, "language": "fr", **particulars}
        with self.database.work(now=now) as work:
            mailbox = actions.create_mailbox(work, system_actor("inbound"), address=address, **given)
            work.commit()
        eventually(lambda: self.knows(address), within=3, what=f"mail to {address} taken")
        return mailbox

    def knows(self, address):
        """Whether mail to an address is taken."""
        return self.code_for(address) == 250

    def code_for(self, address):
        """Return the SMTP code with which a recipient is answered."""
        with self.connect() as client:
            client.ehlo_or_helo_if_needed()
            client.command_encoding = "utf-8"
            client.mail("probe@client.example")
            return client.rcpt(address)[0]


class RawClient:
    """Speaks bytes."""

    def __init__(self, port):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=15)
        self._lines = self._socket.makefile("rb")
        self.answer()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._lines.close()
        self._socket.close()

    def send(self, content):
        """Send bytes and wait for nothing."""
        self._socket.sendall(content)

    @property
    def is_answered(self):
        """Whether there is an answer to read, or the server has hung up."""
        return bool(select.select([self._socket], [], [], 0)[0])

    def answer(self):
        """Return the next answer as text, its last line; empty where the server has hung up."""
        line = self._lines.readline()
        while line[3:4] == b"-":
            line = self._lines.readline()
        return line.decode().strip()

    def ask(self, command):
        """Send a command line; return the answer."""
        self.send(command.encode() + b"\r\n")
        return self.answer()

    def begin_data(self, recipient, sender="resident@homes.example"):
        """Go to where the content begins."""
        self.ask("EHLO client.example")
        self.ask(f"MAIL FROM:<{sender}>")
        assert self.ask(f"RCPT TO:<{recipient}>").startswith("250")
        assert self.ask("DATA").startswith("354")


def a_mail(to=DESK, subject="Panne de chauffage", body="Il fait froid.", **headers):
    """Return the bytes of a plain mail from a resident, with a Message-ID and a Date."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Rosa Resident <rosa@homes.example>", to, subject
    mail["Message-ID"], mail["Date"] = make_msgid(domain="homes.example"), formatdate()
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(body)
    return mail.as_bytes().replace(b"\n", b"\r\n")
