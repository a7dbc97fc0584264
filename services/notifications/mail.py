"""Builds the mail of a delivery: headers made by the desk alone, and one wording as text and as HTML.

RFC 5322 (format), RFC 2047 (names and subjects), RFC 3834 (automatic mail), RFC 2046 (parts).
"""

from dataclasses import dataclass, field
from datetime import datetime
from email.header import Header
from email.headerregistry import HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from services.notifications.domain import clean_line

#: Characters of a header line before it is folded (RFC 5322, 2.1.1).
LINE = 76


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who a mail is from and to, and what it answers; all but `to_name` is of our own making.

    :param sender: of the SMTP envelope; empty for mail that must not be answered by a bounce.
    :param reply_to: none where an answer has no conversation to go to.
    :param thread: Message-IDs for References, oldest first.
    :param auto_submitted: `auto-replied` or `auto-generated` (RFC 3834, 5).
    """

    message_id: str
    sender: str
    recipient: str
    from_name: str
    from_address: str
    to_name: str
    reply_to: str | None
    thread: tuple
    auto_submitted: str
    language: str
    date: datetime


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail ready to be sent: the envelope's two addresses, the Message-ID and the bytes."""

    message_id: str
    sender: str
    recipient: str
    content: bytes


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file that goes along; its name and type are claims of whoever uploaded it."""

    filename: str
    content_type: str
    content: bytes = field(repr=False)


class _Ours:
    """A header that is ASCII already and only folded at its spaces.

    The library would parse and encode it anew, which turns long Message-IDs into encoded words and lets
    commas out of names (CVE-2025-1795).
    """

    max_count = 1

    @staticmethod
    def parse(value, found):
        """Take the value as it is."""
        found["parse_tree"] = UnstructuredHeader.value_parser("")
        found["decoded"] = value

    def fold(self, *, policy):
        """Return the header with line breaks."""
        lines = [f"{self.name}:"]
        for word in self.split(" "):
            if len(lines[-1]) + 1 + len(word) > LINE and lines[-1] != f"{self.name}:":
                lines.append("")
            lines[-1] += f" {word}"
        return policy.linesep.join(lines) + policy.linesep


class _Registry(HeaderRegistry):
    """Makes the class of a header once; the library makes one for each header of each mail."""

    def __init__(self):
        super().__init__()
        self._made = {}

    def __getitem__(self, name):
        """Return the class of the header with a name."""
        if name not in self._made:
            self._made[name] = super().__getitem__(name)
        return self._made[name]


def _policy():
    registry = _Registry()
    for name in (
        "from",
        "to",
        "reply-to",
        "message-id",
        "in-reply-to",
        "references",
        "subject",
        "date",
        "content-language",
        "auto-submitted",
        "x-auto-response-suppress",
    ):
        registry.map_to_type(name, _Ours)
    return SMTP.clone(header_factory=registry, cte_type="7bit")


_POLICY = _policy()


def mail_of(envelope, letter, files):
    """Return the `Mail` of a delivery.

    :param letter: `wording.Letter`.
    :param files: `AttachedFile`s.
    """
    message = EmailMessage(policy=_POLICY)
    for name, value in _headers(envelope, letter.subject):
        message[name] = value
    message.set_content(letter.text, charset="utf-8", cte="quoted-printable")
    message.add_alternative(letter.html, subtype="html", charset="utf-8", cte="quoted-printable")
    for file in files:
        maintype, subtype = _type_of(file.content_type)
        message.add_attachment(file.content, maintype, subtype, filename=clean_line(file.filename) or "file")
    # Only now: while the parts are put together all Content- headers move down into the first of them.
    message["Content-Language"] = envelope.language
    return Mail(envelope.message_id, envelope.sender, envelope.recipient, message.as_bytes())


def _headers(envelope, subject):
    yield "Date", format_datetime(envelope.date)
    yield "From", _mailbox(envelope.from_name, envelope.from_address)
    yield "To", _mailbox(envelope.to_name, envelope.recipient)
    if envelope.reply_to:
        yield "Reply-To", f"<{envelope.reply_to}>"
    yield "Subject", _encoded(subject)
    yield "Message-ID", envelope.message_id
    if envelope.thread:
        yield "In-Reply-To", envelope.thread[-1]
        yield "References", " ".join(envelope.thread)
    yield "Auto-Submitted", envelope.auto_submitted
    yield "X-Auto-Response-Suppress", "All"


def _mailbox(name, address):
    """Return `name <address>` (RFC 5322, 3.4)."""
    name = clean_line(name, 120)
    if not name:
        return f"<{address}>"
    if name.isascii() and "=?" not in name:
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}" <{address}>'
    return f"{_encoded(name)} <{address}>"


def _encoded(line):
    """Return a line of text as header text, in encoded words (RFC 2047) where it has to be."""
    line = clean_line(line)
    if line.isascii() and "=?" not in line:
        return line
    return Header(line, "utf-8", maxlinelen=LINE - 1).encode(linesep="")


def _type_of(content_type):
    maintype, _, subtype = content_type.partition("/")
    known = (
        maintype in ("image", "audio", "video", "text", "application")
        and subtype.replace("-", "").replace(".", "").replace("+", "").isalnum()
        and subtype.isascii()
    )
    # Text would be sent as it is declared, HTML would be shown: a reader opens a file, never a page of ours.
    return (maintype, subtype) if known and maintype != "text" else ("application", "octet-stream")
