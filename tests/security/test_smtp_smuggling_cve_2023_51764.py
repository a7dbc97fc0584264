"""CVE-2023-51764 (Postfix), CVE-2024-27305 (aiosmtpd): a second mail hidden behind a false end of the first.

Servers disagreed on what ends a mail. Here only CR LF . CR LF does: after any other sequence the rest,
commands included, is content of the one mail that was sent.
"""

import pytest

from tests.inbound_smtp.running import DOMAIN, a_mail
from tests.waiting import eventually

DESK = f"desk@{DOMAIN}"
FALSE_ENDS = [
    b"\n.\n",
    b"\n.\r\n",
    b"\r\n.\n",
    b"\r.\r",
    b"\r.\r\n",
    b"\r\n.\r",
    b"\n.\r",
    b"\r.\n",
    b"\r\n\x00.\r\n",
    b"\r\n.\x00\r\n",
    b"\r\n..\r\n",
    b"\r\n. \r\n",
]
SMUGGLED = (
    b"MAIL FROM:<admin@desk.example>\r\nRCPT TO:<" + DESK.encode() + b">\r\nDATA\r\n"
    b"From: admin@desk.example\r\nSubject: smuggled\r\n\r\nForged."
)


@pytest.mark.parametrize("end", FALSE_ENDS, ids=[repr(end) for end in FALSE_ENDS])
def test_nothing_but_the_true_end_ends_a_mail(smtp, end):
    """One mail comes of it, with the commands as its text."""
    before = a_mail(subject="carrier").removesuffix(b"\r\n")
    with smtp.raw_client() as client:
        client.begin_data(DESK)
        client.send(before + end + SMUGGLED + b"\r\n.\r\n")
        assert client.answer().startswith("250")
        assert client.ask("NOOP").startswith("250")
    (row,) = smtp.rows()
    kept = smtp.files.read("inbound", row.sha256)
    # Only the transparency of RFC 5321 is undone: of two dots that begin a line one is content.
    assert kept == before + end.replace(b"\r\n.", b"\r\n") + SMUGGLED + b"\r\n"
    assert kept.startswith(b"From: Rosa Resident")


def test_a_false_end_leaves_the_session_in_the_mail(smtp):
    """The server waits for the rest and answers nothing; when the client goes, there was no mail."""
    with smtp.raw_client() as client:
        client.begin_data(DESK)
        client.send(a_mail() + b"x\n.\nQUIT\r\n")
        client.send(b"NOOP\r\n")
    assert smtp.deliver(a_mail(subject="after"), DESK) == {}
    eventually(lambda: len(smtp.rows()) == 1, what="the mail sent afterwards, alone")


def test_commands_sent_ahead_are_answered_in_order(smtp):
    """Pipelining is no smuggling: two whole mails sent at once are two mails."""
    mails = [a_mail(subject="first"), a_mail(subject="second")]
    with smtp.raw_client() as client:
        client.ask("EHLO client.example")
        for raw in mails:
            client.send(b"MAIL FROM:<a@homes.example>\r\nRCPT TO:<" + DESK.encode() + b">\r\nDATA\r\n" + raw + b".\r\n")
        answers = [client.answer()[:3] for _ in range(8)]
    assert answers == ["250", "250", "354", "250"] * 2
    assert sorted(smtp.files.read("inbound", row.sha256) for row in smtp.rows()) == sorted(mails)
