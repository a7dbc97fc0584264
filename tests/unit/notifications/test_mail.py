"""The bytes of a mail: headers of our own making, two parts, files."""

from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifications.domain import clean_line
from services.notifications.mail import AttachedFile, Envelope, mail_of
from services.notifications.wording import Letter

MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
LONG_ID = "<t." + "0123456789abcdef" * 6 + ".abcdefghijklmnopqrstuvwxyz@desk.example>"
HEADERS = [
    "Date", "From", "To", "Reply-To", "Subject", "Message-ID", "In-Reply-To", "References", "Auto-Submitted",
    "X-Auto-Response-Suppress", "MIME-Version", "Content-Type", "Content-Language",
]  # fmt: skip


def a_mail(subject="Hello", text="Hello\n", files=(), **particulars):
    """Return the `Mail` and what a mail program reads of it."""
    envelope = {
        "message_id": "<t.1@desk.example>",
        "sender": "reply+abc@desk.example",
        "recipient": "rosa@homes.example",
        "from_name": "Heating desk",
        "from_address": "heating@desk.example",
        "to_name": "Rosa",
        "reply_to": "reply+abc@desk.example",
        "thread": ("<a@homes.example>", "<b@desk.example>"),
        "auto_submitted": "auto-generated",
        "language": "fr",
        "date": MONDAY,
        **particulars,
    }
    mail = mail_of(Envelope(**envelope), Letter(subject, text, f"<p>{text}</p>"), files)
    return mail, message_from_bytes(mail.content, policy=policy.default)


def test_the_whole_mail():
    """Nothing but these headers, and the two parts."""
    mail, read = a_mail("Chauffage", "Ça chauffe.\n")
    assert (mail.message_id, mail.sender, mail.recipient) == (
        "<t.1@desk.example>",
        "reply+abc@desk.example",
        "rosa@homes.example",
    )
    assert sorted(read.keys()) == sorted(HEADERS)
    assert read["Date"].datetime == MONDAY
    assert read["From"] == "Heating desk <heating@desk.example>"
    assert read["To"] == "Rosa <rosa@homes.example>"
    assert read["Reply-To"] == "reply+abc@desk.example"
    assert (read["In-Reply-To"], read["References"]) == (
        "<b@desk.example>",
        "<a@homes.example> <b@desk.example>",
    )
    assert [part.get_content_type() for part in read.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert read.get_body(("plain",)).get_content() == "Ça chauffe.\r\n"
    assert read.get_body(("html",)).get_content() == "<p>Ça chauffe.\r\n</p>\r\n"


def test_every_line_is_short_ascii():
    """RFC 5321, 4.5.3.1.6: a thousand octets at most; and no relay needs 8BITMIME."""
    mail, _ = a_mail("é" * 300, "Ünïcode " * 5_000, thread=(LONG_ID,) * 6, to_name="ß" * 200)
    assert mail.content.isascii()
    assert max(map(len, mail.content.split(b"\r\n"))) < 200
    assert b"\n" not in mail.content.replace(b"\r\n", b"")


def test_a_header_line_is_as_long_as_it_may_be():
    """76 characters, its name among them."""
    subject = f"Heating {'x' * 59}"
    assert f"\r\nSubject: {subject}\r\n".encode() in a_mail(subject)[0].content
    assert b"\r\nSubject: Heating\r\n xxx" in a_mail(f"{subject}x")[0].content


def test_long_message_ids_stay_whole():
    """The library would turn them into encoded words, and no thread would be found."""
    mail, read = a_mail(message_id=LONG_ID, thread=(LONG_ID, LONG_ID.replace("t.", "u.")))
    assert read["Message-ID"] == LONG_ID
    assert read["References"].split() == [LONG_ID, LONG_ID.replace("t.", "u.")]
    assert f"\r\nMessage-ID: {LONG_ID}\r\n".encode() in mail.content
    assert f"\r\nReferences: {LONG_ID}\r\n <u.".encode() in mail.content


@pytest.mark.parametrize(
    "name",
    [
        "Doe, Jane",
        'Jane "JJ" Doe',
        "back\\slash",
        "a@b.example",
        "Jäne, <x@evil.example>",
        "=?utf-8?q?x?=",
        "名前; ñ",
        "",
    ],
)
def test_names_never_become_addresses(name):
    """CVE-2025-1795: a comma of a name that parted it into two recipients."""
    mail, read = a_mail(to_name=name, from_name=name)
    assert (b"To: <rosa@homes.example>" in mail.content) == (name == "")
    for header, address in (("To", "rosa@homes.example"), ("From", "heating@desk.example")):
        (only,) = read[header].addresses
        assert (only.display_name, only.addr_spec) == (name, address)


@settings(deadline=None)
@given(st.text(max_size=300), st.text(max_size=300))
def test_no_text_of_users_makes_a_header(subject, name):
    """Whatever stands in it, there are the same headers and one recipient, and the words arrive."""
    _, read = a_mail(subject, to_name=name)
    assert sorted(read.keys()) == sorted(HEADERS)
    assert [one.addr_spec for one in read["To"].addresses] == ["rosa@homes.example"]
    assert clean_line(read["Subject"]) == clean_line(subject)


def test_files_have_clean_names_and_harmless_types():
    """What a reader opens is a file; nothing is shown as a page."""
    files = [
        AttachedFile("devis\r\nX-Evil: 1.pdf", "application/pdf", b"%PDF"),
        AttachedFile("page.html", "text/html; charset=utf-8", b"<script>"),
        AttachedFile("\x00", "image/\r\npng", b"png"),
        AttachedFile("foto.jpg", "image/jpeg", b"\xff\xd8"),
        AttachedFile("ton.ogg", "audio/ogg", b"Ogg"),
        AttachedFile("film.mp4", "video/mp4", b"mp4"),
        AttachedFile("schrift.woff", "font/woff", b"woff"),
        AttachedFile("é", "application/é", b"e"),
        *(AttachedFile("x", kind, b"x") for kind in ("chemical/x-pdb", "image", "image/", "image/a/b")),
    ]
    _, read = a_mail(files=files)
    assert [(part.get_filename(), part.get_content_type(), part.get_content()) for part in read.iter_attachments()] == [
        ("devis X-Evil: 1.pdf", "application/pdf", b"%PDF"),
        ("page.html", "application/octet-stream", b"<script>"),
        ("file", "application/octet-stream", b"png"),
        ("foto.jpg", "image/jpeg", b"\xff\xd8"),
        ("ton.ogg", "audio/ogg", b"Ogg"),
        ("film.mp4", "video/mp4", b"mp4"),
        ("schrift.woff", "application/octet-stream", b"woff"),
        ("é", "application/octet-stream", b"e"),
        *[("x", "application/octet-stream", b"x")] * 4,
    ]
    assert sorted(read.keys()) == sorted(HEADERS)
