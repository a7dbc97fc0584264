"""What SMTP accepts and what it keeps: 250 means that the mail is there, once."""

import smtplib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from chassis.clock import utcnow
from chassis.ids import new_id
from chassis.mail_identity import reply_address
from tests.inbound_smtp.running import DESK, DOMAIN, OWN_MAIL, a_mail
from tests.waiting import eventually


def stored(smtp, row):
    """Return the bytes that a row names."""
    return smtp.files.read("inbound", row.sha256)


def refused(smtp, recipient, raw=None):
    """Return `(code, text)` with which a recipient is refused."""
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
        smtp.deliver(raw or a_mail(), recipient)
    ((code, text),) = refusal.value.recipients.values()
    return code, text.decode()


def test_a_mail_is_kept_as_it_came(smtp):
    """The row names the very bytes sent, lines that begin with a dot included."""
    raw = a_mail(body=".leading dot\n..two\n.\nend")
    assert smtp.deliver(raw, DESK) == {}
    (row,) = smtp.rows()
    assert stored(smtp, row) == raw
    assert (row.envelope_from, row.envelope_to, row.state, row.size) == (
        "resident@homes.example", DESK, "received", len(raw),
    )  # fmt: skip
    assert smtp.database.read("SELECT id FROM outbox") == []


def test_an_unknown_recipient_is_refused(smtp):
    """550, and nothing is kept."""
    assert refused(smtp, f"nobody@{DOMAIN}") == (550, "5.1.1 There is no such mailbox here")
    assert smtp.rows() == []


def test_the_postmaster_is_known(another):
    """By name alone, too (RFC 5321, 4.5.1): the domain's oldest mailbox gets it, unless there is one of that name."""
    smtp = another()
    names = ("Postmaster", "Postmaster@desk.example", "postmaster@homes.example", "postmaster@else.example")
    assert [refused(smtp, name)[0] for name in names] == [550] * 4
    homes = smtp.open_mailbox("homes@homes.example", now=utcnow())
    desk = smtp.open_mailbox(DESK, now=utcnow())
    smtp.open_mailbox(f"another@{DOMAIN}", now=utcnow())
    for name in names[:3]:
        smtp.deliver(a_mail(body=name), name)
    assert refused(smtp, names[3])[0] == 550
    assert [(row.envelope_to, row.mailbox_id) for row in smtp.rows()] == [
        ("postmaster", desk.id), (f"postmaster@{DOMAIN}", desk.id), ("postmaster@homes.example", homes.id),
    ]  # fmt: skip
    own = smtp.open_mailbox(names[3], now=utcnow())
    smtp.open_mailbox("older@else.example", now=utcnow() - timedelta(days=1))
    smtp.deliver(a_mail(body="own"), names[3])
    assert smtp.rows()[-1].mailbox_id == own.id


def test_what_is_no_address_is_refused(smtp):
    """A recipient whose bytes are no text is none of ours."""
    with smtp.raw_client() as client:
        client.ask("EHLO client.example")
        client.ask("MAIL FROM:<a@homes.example>")
        client.send(b"RCPT TO:<desk\xff@" + DOMAIN.encode() + b">\r\n")
        assert client.answer() == "553 5.1.3 This is not a valid address"


def test_an_answer_to_the_address_that_nobody_reads_is_refused_in_words(smtp):
    """Its sender learns what to do; nothing is kept."""
    for address in (f"no-reply@{DOMAIN}", f"No-Reply@{DOMAIN.upper()}"):
        assert refused(smtp, address) == (
            550,
            "5.2.1 Nobody reads this address; the mail that came from it says how to answer",
        )
    assert smtp.rows() == []


def test_a_closed_mailbox_is_refused(smtp):
    """Opening and closing are seen at once."""
    address = f"closing@{DOMAIN}"
    mailbox = smtp.open_mailbox(address, now=utcnow())
    with smtp.database.work() as work:
        work.change("UPDATE mailboxes SET active = false WHERE id = %(id)s", id=mailbox.id)
        work.commit()
    eventually(lambda: not smtp.knows(address), within=2, what="refusal of a closed mailbox")
    assert refused(smtp, address)[0] == 550


def test_a_reply_address_is_known_by_its_signature(smtp):
    """It belongs to no mailbox."""
    address = reply_address(OWN_MAIL.links, new_id(), DOMAIN)
    smtp.deliver(a_mail(to=address), address.upper())
    (row,) = smtp.rows()
    assert (row.envelope_to, row.mailbox_id) == (address, None)


@pytest.mark.parametrize("place", [0, 5, 30, 51])
def test_a_changed_reply_address_is_unknown(smtp, place):
    """One character makes it somebody else's."""
    token = reply_address(OWN_MAIL.links, new_id(), DOMAIN).removeprefix("reply+").split("@")[0]
    changed = token[:place] + ("b" if token[place] == "a" else "a") + token[place + 1 :]
    assert refused(smtp, f"reply+{changed}@{DOMAIN}")[0] == 550
    assert refused(smtp, f"reply+{token[:-1]}@{DOMAIN}")[0] == 550
    assert smtp.rows() == []


def test_one_row_for_each_recipient_and_one_file(smtp):
    """A mail to two mailboxes is two reports."""
    smtp.open_mailbox(f"second@{DOMAIN}", now=utcnow())
    smtp.deliver(a_mail(), DESK, f"second@{DOMAIN}", f"SECOND@{DOMAIN}")
    rows = smtp.rows()
    assert sorted(row.envelope_to for row in rows) == [DESK, f"second@{DOMAIN}"]
    assert len({row.sha256 for row in rows}) == 1


def test_the_same_mail_again_is_the_same_row(smtp):
    """A sender who did not see our 250 repeats; to another mailbox it is another report."""
    smtp.open_mailbox(f"third@{DOMAIN}", now=utcnow())
    raw = a_mail()
    assert [smtp.deliver(raw, DESK) for _ in range(3)] == [{}, {}, {}]
    smtp.deliver(raw, f"third@{DOMAIN}")
    assert [row.envelope_to for row in smtp.rows()] == [DESK, f"third@{DOMAIN}"]


@pytest.mark.parametrize(
    ("raw", "age", "rows"),
    [
        (a_mail(), timedelta(days=5), 1),
        (a_mail(), timedelta(days=7), 2),
        (b"Subject: Lift alarm\r\n\r\nLift 3 stands still.\r\n", timedelta(minutes=50), 1),
        (b"Subject: Lift alarm\r\n\r\nLift 3 stands still.\r\n", timedelta(minutes=70), 2),
    ],
    ids=["retried", "beyond-retries", "alarm-retried", "alarm-again"],
)
def test_how_long_equal_bytes_are_the_same_mail(smtp, raw, age, rows):
    """Days where Message-ID and Date make a mail unique, an hour where an alarm repeats its words."""
    smtp.deliver(raw, DESK)
    with smtp.database.work() as work:
        work.change("UPDATE inbound_messages SET received_at = received_at - %(age)s", age=age)
        work.commit()
    smtp.deliver(raw, DESK)
    assert len(smtp.rows()) == rows


def test_recipients_are_compared_without_case_and_in_idna(smtp):
    """A mailbox opened as `Räume@Bücher.example` gets what is sent to either form of its domain."""
    mailbox = smtp.open_mailbox("Räume@Bücher.example", now=utcnow())
    assert mailbox.address == "räume@xn--bcher-kva.example"
    with smtp.raw_client() as client:
        client.ask("EHLO client.example")
        client.ask("MAIL FROM:<a@homes.example> SMTPUTF8")
        assert client.ask("RCPT TO:<RÄUME@BÜCHER.example>").startswith("250")
        client.ask("DATA")
        client.send(a_mail() + b"\r\n.\r\n")
        assert client.answer().startswith("250")
    assert [row.mailbox_id for row in smtp.rows()] == [mailbox.id]


def test_bounces_have_no_sender(smtp):
    """The empty return path is taken and kept empty."""
    smtp.deliver(a_mail(), DESK, sender="")
    assert [row.envelope_from for row in smtp.rows()] == [""]


def test_mails_at_the_same_time_are_all_kept(smtp):
    """16 clients: each 250 has its row and its file."""
    mails = [a_mail(subject=f"Report {number}") for number in range(160)]
    with ThreadPoolExecutor(16) as clients:
        assert list(clients.map(lambda raw: smtp.deliver(raw, DESK), mails)) == [{}] * 160
    rows = smtp.rows()
    assert sorted(stored(smtp, row) for row in rows) == sorted(mails)


def test_lines_of_any_length(smtp):
    """HTML mails come on one line."""
    raw = a_mail() + b"x" * 200_000 + b"\r\n." + b"y" * 70_000 + b"\r\nend\r\n"
    with smtp.raw_client() as client:
        client.begin_data(DESK)
        client.send(raw.replace(b"\r\n.", b"\r\n..") + b".\r\n")
        assert client.answer().startswith("250")
    (row,) = smtp.rows()
    assert stored(smtp, row) == raw
