"""The files of a mail."""

from email.message import EmailMessage

import pytest

from services.inbound.parsing.attachments import attachments_of, filename_of
from services.inbound.parsing.structure import message_of
from tests.unit.inbound.mails import a_mail


def files(mail):
    """Return the files of a mail."""
    return list(attachments_of(message_of(mail if isinstance(mail, bytes) else mail.as_bytes())))


def test_everything_but_the_text_is_a_file():
    """Named or not, inline or not; the other form of the text is none."""
    mail = a_mail()
    mail.add_alternative("<p>rich</p>", subtype="html")
    mail.get_payload()[1].add_related(b"pixels", maintype="image", subtype="png", cid="<logo>")
    mail.add_attachment(b"photo", maintype="image", subtype="jpeg", filename="été.jpg")
    mail.add_attachment("words", filename="plan.txt")
    assert files(mail) == [
        ("attachment-3.png", "image/png", b"pixels"),
        ("été.jpg", "image/jpeg", b"photo"),
        ("plan.txt", "text/plain", b"words\n"),
    ]


def test_an_attached_mail_is_a_file():
    """Its own files stay inside it."""
    inner = a_mail(Subject="inner")
    inner.add_attachment(b"x", maintype="image", subtype="png", filename="x.png")
    mail = a_mail()
    mail.add_attachment(inner)
    ((name, content_type, content),) = files(mail)
    assert (name, content_type) == ("attachment-2.eml", "message/rfc822")
    assert b"Subject: inner" in content
    assert b"x.png" in content


def test_a_file_that_is_called_a_mail_and_cannot_be_written_out_does_not_stop_the_mail():
    """It is shown as it came but for what stands in the clear."""
    inner = b"Subject: x\r\nContent-Type: multipart/mixed; boundary=i\r\n\r\n" + "é\r\n".encode() * 3
    mail = a_mail(body="see file")
    mail.add_attachment(inner, maintype="application", subtype="octet-stream", filename="x.eml")
    assert files(mail) == [("x.eml", "application/octet-stream", inner)]


def test_an_empty_file_with_a_name_is_kept():
    """It was sent; an empty part without a name was not."""
    mail = a_mail()
    mail.add_attachment(b"", maintype="application", subtype="pdf", filename="empty.pdf")
    mail.add_attachment(b"", maintype="application", subtype="pdf")
    assert files(mail) == [("empty.pdf", "application/pdf", b"")]


@pytest.mark.parametrize(
    ("declared", "name"),
    [
        ("photo.jpg", "photo.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\rosa\\plan.pdf", "plan.pdf"),
        ("/", "attachment-7.pdf"),
        ("..", "attachment-7.pdf"),
        ("", "attachment-7.pdf"),
        ("a\r\nContent-Type: text/html", "html"),
        ("a\x00b.pdf", "ab.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\u200b.pdf", "a.pdf"),
        ('a"b<c>.pdf', "a b c .pdf"),
        ("=?utf-8?q?=C3=A9t=C3=A9.pdf?=", "été.pdf"),
        (".htaccess", "htaccess"),
        ("x" * 300 + ".pdf", "x" * 146 + ".pdf"),
        ("x" * 300, "x" * 150),
        ("e\u0301.pdf", "é.pdf"),
    ],
)
def test_names_are_text(declared, name):
    """No path, no line break, no character that hides or turns others."""
    assert filename_of(declared, "application/pdf", 7) == name


@pytest.mark.parametrize(
    ("line", "content_type"),
    [
        (b"image/png", "image/png"),
        (b"IMAGE/PNG; name=x", "image/png"),
        (b"text/html\r\n bad", "application/octet-stream"),
        (b"image/<script>", "application/octet-stream"),
        (b"image", "text/plain"),
        (b"image/" + b"x" * 500, "application/octet-stream"),
    ],
)
def test_types_are_well_formed_or_unknown(line, content_type):
    """What would break out of a header is no type."""
    raw = b"Content-Type: " + line + b"\r\nContent-Disposition: attachment; filename=x\r\n\r\nabc"
    assert [kind for _, kind, _ in files(raw)] == [content_type]


@pytest.mark.parametrize("charset", ["utf-8", "cp1252"])
@pytest.mark.parametrize(
    "line", ["attachment; filename", "attachment;\r\n filename", "inline\r\nContent-Type: x/y; name"]
)
def test_a_name_in_bytes_that_are_no_ascii(line, charset):
    """As browsers and old mail programs write it."""
    head = f'MIME-Version: 1.0\r\nContent-Disposition: {line}="Möbel für 5.pdf"\r\n\r\n'
    assert [name for name, _, _ in files(head.encode(charset) + b"abc")] == ["Möbel für 5.pdf"]


@pytest.mark.parametrize("end", [b"\x0b", b"\x0c", b"\x1c", b"\x1d", b"\x1e"])
def test_a_header_of_an_attached_mail_with_what_is_no_end_of_a_line(end):
    """Pasted out of a presentation; the library took it for one, and the whole mail was unreadable."""
    attached = b"Subject: Lift" + end + b"Tuesday: it stands\r\n still\r\n\r\nSince noon."
    head = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
    ((_, _, content),) = files(head + attached + b"\r\n--b--\r\n")
    assert content == attached


def test_broken_names_are_survived():
    """RFC 2231 with a charset that does not exist, pieces missing, numbers that are none."""
    for value in (
        b"filename*=nonsense''%C3%A9",
        b"filename*0*=x; filename*9*=y",
        b"filename*x*=1",
        b'filename="',
    ):
        raw = b"Content-Type: image/png\r\nContent-Disposition: attachment; " + value + b"\r\n\r\nabc"
        ((name, _, content),) = files(raw)
        assert name
        assert content == b"abc"


def test_a_file_of_a_plain_mail():
    """A scanner sends the document as the mail itself."""
    mail = EmailMessage()
    mail.set_content(b"%PDF-", maintype="application", subtype="pdf", filename="scan.pdf")
    assert files(mail) == [("scan.pdf", "application/pdf", b"%PDF-")]
