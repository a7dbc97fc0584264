"""CVE-2024-49193 (Zendesk): whoever got hold of another's reply address wrote and read as they.

Mail programs forward a mail of ours as a file and servers return it whole; whoever takes part then gets the file. What
it proves of the one person it was for goes no further, in whatever encoding it came; all else is kept as it is.
"""

import base64
import quopri
from email import message_from_bytes

import pytest

from tests.actions.inbound.given import ADDRESS, OWN_ID
from tests.unit.inbound.mails import Store, read

SHORT_ADDRESS, SHORT_ID = "reply+...@desk.example", f"{OWN_ID.rsplit('.', 2)[0]}....@desk.example>"
WORDS = f"Your request is resolved. Answer to {ADDRESS}, our number {OWN_ID}, until Monday."
SHORT_WORDS = WORDS.replace(ADDRESS, SHORT_ADDRESS).replace(OWN_ID, SHORT_ID)
ENCODED = {"base64": base64.encodebytes, "quoted-printable": quopri.encodestring, "7bit": bytes, "8bit": bytes}


def attaching(content, content_type="message/rfc822", encoding="7bit"):
    """Return a mail with a file, its bytes already encoded."""
    mark = f"--b{len(content)}"
    fields = "From: Rosa <rosa@homes.example>\r\nSubject: Not resolved\r\nMIME-Version: 1.0\r\n"
    fields += f"Content-Type: multipart/mixed; boundary={mark[2:]}\r\n\r\n{mark}\r\n\r\nSee there.\r\n{mark}\r\n"
    fields += f"Content-Type: {content_type}\r\nContent-Disposition: attachment\r\n"
    fields += f"Content-Transfer-Encoding: {encoding}\r\n\r\n"
    return fields.encode() + content + f"\r\n{mark}--\r\n".encode()


def the_file_of(mail):
    """Return what is kept of the only file of a mail; its name and size are those of what is kept."""
    store = Store()
    ((kept,)) = read(mail, store=store)["attachments"]
    content = store.contents[kept["sha256"]]
    assert kept["size"] == len(content)
    return content


def named(filename, raw):
    """Return the bytes of a file in a mail."""
    parts = message_from_bytes(raw).walk()
    (content,) = [part.get_payload(decode=True) for part in parts if part.get_filename() == filename]
    return content


def of_ours(encoding="7bit", content_type="text/plain"):
    """Return a mail that we wrote to somebody, with its text in a transfer encoding."""
    fields = f"Reply-To: <{ADDRESS}>\r\nSubject: Resolved\r\nTo: rosa@homes.example\r\nBcc: press@else.example\r\n"
    fields += f"Message-ID: {OWN_ID}\r\nContent-Type: {content_type}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return fields.encode() + ENCODED[encoding](WORDS.encode())


def assert_proves_nothing(kept):
    """Check that the mail says all that it said, but what is one person's alone."""
    mail = message_from_bytes(kept)
    assert [name for name in mail if not name.startswith("Content-")] == ["Subject", "To", "Message-ID"]
    assert (mail["Subject"], mail["To"], mail["Message-ID"]) == ("Resolved", "rosa@homes.example", SHORT_ID)
    assert mail.get_payload(decode=True).decode().strip() == SHORT_WORDS


@pytest.mark.parametrize("content_type", ["text/plain", "text/html", "text/plain; name=mail.txt"])
@pytest.mark.parametrize("encoding", ENCODED)
def test_a_mail_of_ours_that_is_attached_proves_nothing(encoding, content_type):
    """Forwarded as a file, or returned by a server."""
    assert_proves_nothing(the_file_of(attaching(of_ours(encoding, content_type))))


@pytest.mark.parametrize("content_type", ["message/rfc822", "message/global", "application/octet-stream; name=a.eml"])
@pytest.mark.parametrize("encoding", ["7bit", "base64"])
def test_a_mail_of_ours_proves_nothing_whatever_it_is_declared_as(encoding, content_type):
    """Also where it is encoded as a whole, which no mail may be."""
    mail = attaching(ENCODED[encoding](of_ours("quoted-printable")), content_type, encoding)
    assert_proves_nothing(the_file_of(mail))
    within = message_from_bytes(the_file_of(attaching(mail))).get_payload()[1]
    if encoding == "base64":
        assert_proves_nothing(base64.b64decode(within.as_bytes().partition(b"\n\n")[2]))


def test_a_mail_of_ours_proves_nothing_whatever_stands_before_its_header():
    """Mailbox files say there who sent it when."""
    raw = b"From rosa Mon Nov 16 10:00:00 2026\r\n" + of_ours("base64")
    assert_proves_nothing(the_file_of(attaching(raw, "application/octet-stream; name=a.eml")))


def test_a_mail_of_ours_within_another_proves_nothing():
    """Three deep, the innermost as a file of unknown kind."""
    file = attaching(base64.encodebytes(of_ours("base64")), "application/octet-stream; name=x.eml", "base64")
    assert_proves_nothing(named("x.eml", the_file_of(attaching(attaching(attaching(file))))))


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "text/html", "text/x-mail", "application/octet-stream; name=q.txt", "text/plain; name=desk.com"],
)
@pytest.mark.parametrize("encoding", ENCODED)
def test_a_text_that_is_attached_proves_nothing(encoding, content_type):
    """The same words, saved as a file."""
    kept = the_file_of(attaching(ENCODED[encoding](WORDS.encode()), content_type, encoding))
    assert kept.decode() == SHORT_WORDS


@pytest.mark.parametrize(("mark", "codec"), [(b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")])
def test_a_text_in_wide_characters_proves_nothing(mark, codec):
    """As Outlook saves a mail as text; what only begins like one stays."""

    def kept(content):
        return the_file_of(attaching(base64.encodebytes(content), "text/plain; name=mail.txt", "base64"))

    assert kept(mark + WORDS.encode(codec)) == mark + SHORT_WORDS.encode(codec)
    odd = mark + WORDS.encode(codec) + b"\0"
    assert kept(odd) == odd


def test_a_page_that_was_cut_proves_nothing():
    """It is attached as the whole mail, in its own encoding."""
    page = f"<p>{WORDS}</p>".encode() + b"<p>a</p>" * 60_000
    raw = b"Subject: Page\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    mail = message_from_bytes(the_file_of(raw + base64.encodebytes(page)))
    assert mail.get_payload(decode=True).decode() == page.decode().replace(WORDS, SHORT_WORDS)


def test_what_a_server_reports_stays():
    """Of a returned mail it names the recipient and why; that is a message, too, and no mail."""
    status = (
        b"Reporting-MTA: dns; mx.homes.example\r\n\r\nFinal-Recipient: rfc822; rosa@homes.example\r\nStatus: 5.1.1\r\n"
    )
    kept = the_file_of(attaching(status, "message/delivery-status"))
    for line in status.split():
        assert line in kept


FILES = {
    "application/pdf; name=plan.pdf": b"%PDF-1.4\n(Answer to " + ADDRESS.encode() + b")\r\n\x80%%EOF",
    "text/plain; name=plan.pdf": b"%PDF-1.4\n(Answer to " + ADDRESS.encode() + b")\r\n%%EOF",
    "application/pdf; name=mail.txt": b"%PDF-1.4\n(Answer to " + ADDRESS.encode() + b")\r\n%%EOF",
    "image/png; name=a.png": b"\x89PNG\r\n\x1a\n" + ADDRESS.encode(),
    "application/octet-stream; name=a": ADDRESS.encode() + b"\0\r\n\n\r",
    "application/octet-stream; name=x.eml": b"\x1f\x8b\x08\0" + ADDRESS.encode() + b"\n\r\n",
    "application/zip; name=a.zip": b"PK\x03\x04" + ADDRESS.encode(),
}


@pytest.mark.parametrize("content_type", FILES)
def test_a_file_that_is_no_text_stays_as_it_is(content_type):
    """Byte for byte, by itself and in a mail that is attached; what a picture says no program answers to."""
    content = FILES[content_type]
    outer = attaching(base64.encodebytes(content), content_type, "base64")
    assert the_file_of(outer) == content
    assert named(content_type.partition("name=")[2], the_file_of(attaching(outer))) == content


SIGNED = (
    b"Content-Type: multipart/signed; boundary=sig; protocol=\"application/pgp-signature\"\r\n\r\n--sig\r\n"
    b"Content-Type: text/plain; charset=utf-8; format=flowed; " + b"x" * 90 + b"=y\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\n%s\r\n--sig\r\n"
    b"Content-Type: application/pgp-signature\r\n\r\n-----BEGIN PGP SIGNATURE-----\r\n--sig--\r\n"
)  # fmt: skip


def test_what_a_signature_covers_stays_as_it_is():
    """Unless a proof stood there."""
    raw = b"From: Rosa <rosa@homes.example>\r\nSubject: Lift\r\n" + SIGNED % b"It is =C3=A9t=\r\n=C3=A9, trailing=20"
    assert the_file_of(attaching(raw)) == raw
