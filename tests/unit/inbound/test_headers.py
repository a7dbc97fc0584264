"""Ids, dates and signs of automatic mail."""

from datetime import UTC, datetime

import pytest

from services.inbound.parsing.headers import is_automatic, message_id_of, sent_at_of, thread_of
from tests.unit.inbound.mails import RECEIVED, header_only


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("In-Reply-To: <a@b.example>", ["<a@b.example>"]),
        (
            "In-Reply-To: Your message of Monday <a@b.example> and <c@d.example>",
            ["<a@b.example>", "<c@d.example>"],
        ),
        ("In-Reply-To: a@b.example, c@d.example", ["<a@b.example>", "<c@d.example>"]),
        ("In-Reply-To: <a@b.example><a@b.example>", ["<a@b.example>"]),
        ("In-Reply-To: <a\x00b@c.example>", []),
        ("In-Reply-To: <é@c.example>", []),
        ("In-Reply-To: nonsense", []),
        ("In-Reply-To: =?utf-8?q?=3Ca=40b=2E?=\r\n =?utf-8?q?example=3E?=", ["<a@b.example>"]),
        ("In-Reply-To: <" + "x" * 300 + "@c.example>", []),
        ("In-Reply-To:", []),
    ],
)
def test_what_a_mail_answers(line, found):
    """Ids are found however they are written; what could not stand in a header again is none."""
    assert thread_of(header_only(line))[0] == found


def test_long_references_keep_root_and_newest():
    """Five travel on, whatever their number."""
    line = "References: " + " ".join(f"<{number}@b.example>" for number in range(90))
    assert thread_of(header_only(line))[1] == [f"<{number}@b.example>" for number in (0, 86, 87, 88, 89)]


def test_ids_that_look_like_ours_are_set_apart_newest_first():
    """Wherever they stand; whether they are ours the key decides."""
    ours = [f"<t.{number:032x}.{'0' * 32}.{'0' * 32}.{'a' * 26}@desk.example>" for number in range(3)]
    message = header_only(
        f"References: {ours[0]} <x@y.example> {ours[1].upper()}", f"In-Reply-To: {ours[2]}", "Subject: x"
    )
    assert thread_of(message)[2] == [ours[2], ours[1].upper(), ours[0]]


def test_a_missing_message_id_is_made_of_the_bytes():
    """So the same mail always has the same."""
    made = {message_id_of(header_only("Subject: x"), raw) for raw in (b"one", b"one", b"two")}
    assert len(made) == 2
    assert all(identifier.endswith("@missing-id.invalid>") for identifier in made)
    assert message_id_of(header_only("Message-Id: <a@b.example> junk"), b"one") == "<a@b.example>"


@pytest.mark.parametrize(
    ("line", "sent_at", "flags"),
    [
        ("Date: Mon, 16 Nov 2026 09:55:00 +0100", datetime(2026, 11, 16, 8, 55, tzinfo=UTC), set()),
        ("Date: Mon, 16 Nov 2026 08:55:00", datetime(2026, 11, 16, 8, 55, tzinfo=UTC), set()),
        ("Date: Mon, 16 Nov 2026 09:05:00 +0000", RECEIVED, set()),
        ("Date: Mon, 16 Nov 2026 09:11:00 +0000", RECEIVED, {"date_in_future"}),
        ("Date: Fri, 31 Dec 9999 23:59:59 -1200", RECEIVED, {"date_missing"}),
        ("Date: yesterday", RECEIVED, {"date_missing"}),
        ("Date: 99 Foo 2026", RECEIVED, {"date_missing"}),
        ("Date: " + "1" * 5000, RECEIVED, {"date_missing"}),
        ("X-Date: Mon, 16 Nov 2026 09:55:00 +0100", RECEIVED, {"date_missing"}),
    ],
)
def test_when_a_mail_was_sent(line, sent_at, flags):
    """Never after it was received; a clock a little ahead is no doubt."""
    assert sent_at_of(header_only(line), RECEIVED) == (sent_at, flags)


AUTOMATIC = [
    "Auto-Submitted: auto-generated",
    "Auto-Submitted: auto-replied; owner-email=x@y.example",
    "Precedence: bulk",
    "Precedence: LIST",
    "Precedence: auto_reply",
    "X-Precedence: junk",
    "X-Auto-Response-Suppress: All",
    "X-Auto-Response-Suppress: DR, OOF, AutoReply",
    "List-Id: <news.homes.example>",
    "List-Unsubscribe: <mailto:x@y.example>",
    "X-Autoreply: yes",
    "X-Autorespond: yes",
    "X-Mail-Autoreply: yes",
    "X-Failed-Recipients: x@y.example",
    "X-Loop: x",
    "Content-Type: multipart/report; report-type=delivery-status; boundary=x",
]
PERSONAL = [
    "Auto-Submitted: no",
    "Auto-Submitted: No ; x=y",
    "Precedence: normal",
    "X-Auto-Response-Suppress: DR, RN, NRN",
    "X-Mailer: Autoreply 3000",
]


@pytest.mark.parametrize(("line", "automatic"), [(x, True) for x in AUTOMATIC] + [(x, False) for x in PERSONAL])
def test_headers_that_only_machines_write(line, automatic):
    """RFC 3834 and what programs made up beside it."""
    assert is_automatic(header_only(line), "rosa@homes.example", "rosa@homes.example", "Heating") is automatic


@pytest.mark.parametrize(
    ("envelope_from", "sender", "automatic"),
    [
        ("", "rosa@homes.example", True),
        ("rosa@homes.example", "mailer-daemon@homes.example", True),
        ("mailer-daemon@homes.example", "rosa@homes.example", True),
        ("rosa@homes.example", "no-reply@homes.example", True),
        ("rosa@homes.example", "noreply+news@homes.example", True),
        ("rosa@homes.example", "postmaster@homes.example", True),
        ("rosa@homes.example", "noreen@homes.example", False),
        ("rosa@homes.example", None, False),
    ],
)
def test_senders_that_nobody_reads(envelope_from, sender, automatic):
    """A bounce has no return path; a no-reply address has nobody behind it."""
    assert is_automatic(header_only("Subject: x"), envelope_from, sender, "Heating") is automatic


@pytest.mark.parametrize(
    ("subject", "automatic"),
    [
        ("Out of office: Re: Heating", True),
        ("Out of the Office", True),
        ("Automatic reply: Heating", True),
        ("AutoReply: Heating", True),
        ("Automatische Antwort: Heizung", True),
        ("Abwesenheitsnotiz: Heizung", True),
        ("Réponse automatique : Chauffage", True),
        ("Absence du bureau", True),
        ("Respuesta automática: Calefacción", True),
        ("Fuera de la oficina", True),
        ("Out of Office AutoReply: Heating", True),
        ("Out of office - Re: Heating", True),
        ("Automatic reply", True),
        ("Undelivered Mail Returned to Sender", True),
        ("Mail delivery failed: returning message to sender", True),
        ("Delivery Status Notification (Failure)", True),
        ("Undeliverable: Heating", True),
        ("Unzustellbar: Heizung", True),
        ("Non remis : Chauffage", True),
        ("Report Domain: homes.example Submitter: Yahoo Report-ID: <1795000000.1>", True),
        ("[Preview] Report Domain: homes.example Submitter: protection.outlook.com Report-ID: 1", True),
        ("Report domain: is it the lift or the door?", False),
        ("Automatic door does not close", False),
        ("Non remis en marche depuis lundi", False),
        ("Abwesenheit am Montag, Schlüssel beim Nachbarn", False),
        ("The door is out of order", False),
        ("Out of office hours the heating is off", False),
        ("Fuera de la oficina hay una fuga", False),
        ("Automatic response time of the door is too long", False),
        ("Absence du bureau de la concierge depuis lundi", False),
        ("Respuesta automática del portero no funciona", False),
    ],
)
def test_subjects_of_machines(subject, automatic):
    """In four languages; words of residents are not mistaken for them."""
    sender = "rosa@homes.example"
    assert is_automatic(header_only("Subject: x"), sender, sender, subject) is automatic
