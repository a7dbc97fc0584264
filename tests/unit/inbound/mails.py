"""Mails for tests, built by intent."""

from datetime import UTC, datetime
from email.message import EmailMessage

from services.inbound.parsing.mail import read_mail
from services.inbound.parsing.structure import message_of

RECEIVED = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)


def a_mail(*, body="Il fait froid dans l'appartement depuis hier soir.", **headers):
    """Return a plain mail as `EmailMessage`; headers by name, `_` for `-`."""
    given = {
        "From": "Rosa Resident <rosa@homes.example>",
        "To": "desk@desk.example",
        "Subject": "Panne de chauffage",
        "Message_ID": "<1@homes.example>",
        "Date": "Mon, 16 Nov 2026 09:55:00 +0100",
        **headers,
    }
    mail = EmailMessage()
    for name, value in given.items():
        if value is not None:
            mail[name.replace("_", "-")] = value
    mail.set_content(body)
    return mail


def header_only(*lines):
    """Return a parsed mail made of header lines as they stand."""
    return message_of("\r\n".join([*lines, "", "text"]).encode("utf-8", "surrogateescape"))


class Store:
    """Keeps in memory what a mail brings."""

    def __init__(self):
        self.contents = {}

    def __call__(self, content):
        name = f"sha-{len(self.contents)}"
        self.contents[name] = bytes(content)
        return name


def read(mail, *, envelope_from="rosa@homes.example", store=None):
    """Return what a mail says.

    :param mail: `EmailMessage` or raw bytes.
    """
    raw = mail if isinstance(mail, bytes) else mail.as_bytes()
    return read_mail(raw, envelope_from=envelope_from, received_at=RECEIVED, keep=store or Store())
