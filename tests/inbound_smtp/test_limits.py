"""Clients that ask too much: they are refused or cut off, and the others do not notice."""

import smtplib
import time

import pytest

from chassis.clock import utcnow
from chassis.ids import new_id
from tests.inbound_smtp.running import DESK, DOMAIN, a_mail
from tests.waiting import eventually

MEGABYTE = 1024 * 1024
#: Bytes that a client has sent and the server has not read yet; on an idle machine some three megabytes.
IN_BUFFERS = 20 * MEGABYTE


def test_a_mail_above_ten_megabytes(smtp):
    """552 at once where the client says the size, after the data where it lies; nothing is kept."""
    raw = a_mail() + b"x" * 998 + b"\r\n"
    huge = raw + (b"x" * 998 + b"\r\n") * (10 * MEGABYTE // 1000)
    with pytest.raises(smtplib.SMTPSenderRefused) as refusal:
        smtp.deliver(huge, DESK)
    assert refusal.value.smtp_code == 552
    with smtp.raw_client() as client:
        client.begin_data(DESK)
        client.send(huge + b".\r\n")
        assert client.answer() == "552 5.3.4 Message size exceeds fixed limit"
        assert client.ask("NOOP").startswith("250")
    assert smtp.rows() == []


def test_a_mail_of_ten_megabytes_is_taken(smtp):
    """The limit is one of 10 MB, not of less."""
    raw = a_mail()
    raw += (b"x" * 998 + b"\r\n") * ((10 * MEGABYTE - len(raw)) // 1000)
    assert smtp.deliver(raw, DESK) == {}
    assert [row.size for row in smtp.rows()] == [len(raw)]


def test_a_mail_of_thirty_six_megabytes_is_refused_for_good(smtp):
    """A photo album in base64, by a program that does not say its size: it reads 552 and does not try again."""
    raw = a_mail() + (b"x" * 998 + b"\r\n") * (36 * MEGABYTE // 1000)
    with smtp.connect() as client:
        client.ehlo()
        del client.esmtp_features["size"]
        with pytest.raises(smtplib.SMTPDataError) as refusal:
            client.sendmail("resident@homes.example", [DESK], raw)
    assert (refusal.value.smtp_code, refusal.value.smtp_error) == (552, b"5.3.4 Message size exceeds fixed limit")
    assert smtp.rows() == []
    assert smtp.deliver(a_mail(), DESK) == {}


def test_a_client_that_never_stops_is_cut_off(smtp):
    """After thirty megabytes it is refused, and after as many again nobody listens any more."""
    lines, sent = (b"x" * 998 + b"\r\n") * 50, 0
    with smtp.raw_client() as client:
        client.begin_data(DESK)
        while not client.is_answered and sent < 30 * MEGABYTE + IN_BUFFERS:
            client.send(lines)
            sent += len(lines)
        assert 30 * MEGABYTE < sent < 30 * MEGABYTE + IN_BUFFERS
        assert client.answer() == "552 5.3.4 Message size exceeds fixed limit"
        with pytest.raises(ConnectionError):
            while sent < 60 * MEGABYTE + IN_BUFFERS:
                client.send(lines)
                sent += len(lines)
    assert smtp.rows() == []


def test_a_thousand_recipients_and_no_more(smtp):
    """452 for the one beyond; the mail goes to the others."""
    addresses = [f"many-{number}@{DOMAIN}" for number in range(1001)]
    with smtp.database.work() as work:
        for address in addresses:
            work.change(
                "INSERT INTO mailboxes (id, address, name, language, created_at) "
                "VALUES (%(id)s, %(address)s, 'Many', 'fr', now())",
                id=new_id(),
                address=address,
            )
        work.commit()
    eventually(lambda: smtp.knows(addresses[-1]), within=3)
    assert smtp.deliver(a_mail(), *addresses) == {addresses[-1]: (452, b"4.5.3 Too many recipients")}
    assert len(smtp.rows()) == 1000


def test_twenty_errors_end_a_session(smtp):
    """As Postfix does."""
    with smtp.raw_client() as client:
        client.ask("EHLO client.example")
        client.ask("MAIL FROM:<a@homes.example>")
        answers = [client.ask(f"RCPT TO:<guess-{number}@{DOMAIN}>") for number in range(20)]
        assert {answer[:3] for answer in answers} == {"550"}
        assert client.answer() == "421 4.7.0 Too many errors"
        assert client.answer() == ""


def test_a_mail_that_goes_in_circles_is_refused(smtp):
    """More than fifty servers have seen it."""
    hops = b"Received: from a by b; Mon, 16 Nov 2026 09:00:00 +0000\r\n"
    assert smtp.deliver(hops * 50 + a_mail(), DESK) == {}
    with pytest.raises(smtplib.SMTPDataError) as refusal:
        smtp.deliver(hops * 51 + a_mail(), DESK)
    assert (refusal.value.smtp_code, len(smtp.rows())) == (554, 1)


def test_slow_clients_do_not_slow_the_others(another):
    """200 clients that have said half a mail: a good one is served at once, on a busy machine too."""
    smtp = another()
    smtp.open_mailbox(DESK, now=utcnow())
    slow = [smtp.raw_client() for _ in range(200)]
    for client in slow:
        client.begin_data(DESK)
        client.send(b"Subject: slow\r\n\r\nx")
    began = time.monotonic()
    assert smtp.deliver(a_mail(), DESK) == {}
    assert time.monotonic() - began < 3
    for client in slow:
        client.__exit__()
    assert len(smtp.rows()) == 1


@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        (["DATA"], "503"),
        (["EHLO c.example", "RCPT TO:<a@b.example>"], "503"),
        (["EHLO c.example", "MAIL FROM:<a@b.example>", "DATA"], "503"),
        (["EHLO c.example", "MAIL FROM:<a@b.example> SIZE=99999999"], "552"),
        (["EHLO c.example", "MAIL FROM:<a@b.example> BODY=BINARYMIME"], "501"),
        (["EHLO c.example", "MAIL FROM:<" + "(" * 450 + ">"], "4|5"),
        (["EHLO c.example", "NOSUCH"], "500"),
        (["EHLO c.example", "NOOP " + "x" * 2000], "500"),
        (["EHLO c.example", "STARTTLS"], "454"),
        (["EHLO c.example", "AUTH PLAIN AGEAYg=="], "5"),
        (["EHLO c.example", "VRFY desk@desk.example"], "252"),
        (["EHLO c.example", "EXPN desk"], "502"),
    ],
)
def test_commands_out_of_order_or_place(smtp, lines, answer):
    """Each has its code, the session goes on, nothing internal is told."""
    with smtp.raw_client() as client:
        for line in lines:
            last = client.ask(line)
        assert last.startswith(tuple(answer.split("|"))), last
        assert "recursion" not in last.lower()
        assert client.ask("NOOP").startswith("250")
    assert smtp.rows() == []
