"""Whole mails: what is read of them, what is flagged, what is refused."""

import re
import resource
import time
from contextlib import nullcontext
from email.message import EmailMessage

import pytest

from services.inbound.contract.words import FLAGS, LONGEST_BODY
from services.inbound.parsing.mail import read_header
from services.inbound.parsing.structure import DEEPEST, HEADER_BYTES, MOST_PARTS, Unreadable
from tests.actions.inbound.given import ADDRESS
from tests.unit.inbound.mails import RECEIVED, Store, a_mail, read


def nested(depth):
    """Return a mail with parts within parts."""
    lines = ["From: rosa@homes.example", "Subject: nested", "Message-ID: <1@homes.example>"]
    for level in range(depth):
        lines += [f'Content-Type: multipart/mixed; boundary="b{level}"', "", f"--b{level}"]
    lines += ["Content-Type: text/plain", "", "deep"]
    lines += [f"--b{level}--" for level in reversed(range(depth))]
    return "\r\n".join(lines).encode()


def flat(parts):
    """Return a mail with many small parts."""
    head = b"From: rosa@homes.example\r\nSubject: many\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    return head + b"--b\r\n\r\nx\r\n" * parts + b"--b--\r\n"


def test_a_plain_mail():
    """Everything that its fact needs."""
    assert read(a_mail()) == {
        "from": {"email": "rosa@homes.example", "name": "Rosa Resident"},
        "writer": {"email": "rosa@homes.example", "name": "Rosa Resident"},
        "subject": "Panne de chauffage",
        "body": "Il fait froid dans l'appartement depuis hier soir.",
        "new_text": "Il fait froid dans l'appartement depuis hier soir.",
        "language": "fr",
        "message_id": "<1@homes.example>",
        "in_reply_to": [],
        "references": [],
        "own_ids": [],
        "automatic": False,
        "sent_at": "2026-11-16T08:55:00+00:00",
        "attachments": [],
        "flags": [],
    }


def test_a_signature_below_the_quotation_is_cut_with_it():
    """Thunderbird puts it there unless told otherwise."""
    body = "Oui, demain.\n\nLe 16/11/26 à 10:00, Desk a écrit :\n> Quand ?\n\n-- \nRosa\n"
    assert read(a_mail(body=body, In_Reply_To="<2@homes.example>"))["new_text"] == "Oui, demain."


def test_answers_within_what_a_page_quotes_are_kept():
    """Where the mail has no other text."""
    mail = EmailMessage()
    mail["From"], mail["In-Reply-To"] = "rosa@homes.example", "<2@homes.example>"
    mail.set_content(
        "Bonjour,<blockquote type=cite>Le 16 nov. 2026 à 10:00, Desk &lt;d@x.example&gt; a écrit :<br></blockquote>"
        "<blockquote type=cite>Quand ?</blockquote>Mardi.<blockquote type=cite>Où ?</blockquote>Ici.",
        subtype="html",
    )
    assert read(mail)["new_text"] == (
        "Bonjour,\n\n> Le 16 nov. 2026 à 10:00, Desk <d@x.example> a écrit :\n\n> Quand ?\n\nMardi.\n\n> Où ?\n\nIci."
    )


def test_what_is_passed_on_is_new():
    """The subject says so."""
    body = "Siehe hier.\n\nVon: Paul <paul@pipes.example>\nGesendet: Montag\nAn: Rosa\nBetreff: Leck\n\nIch komme."
    assert read(a_mail(body=body, Subject="WG: Leck", In_Reply_To="<2@homes.example>"))["new_text"] == body


def test_a_photo_is_stored_and_named():
    """The bytes go to the store, the fact carries their name there."""
    store, mail = Store(), a_mail()
    mail.add_attachment(b"pixels", maintype="image", subtype="jpeg", filename="lift.jpg")
    assert read(mail, store=store)["attachments"] == [
        {"sha256": "sha-0", "filename": "lift.jpg", "content_type": "image/jpeg", "size": 6}
    ]
    assert store.contents == {"sha-0": b"pixels"}


def test_the_language_of_an_answer_is_that_of_its_new_text():
    """Its subject and its quotation are in the language of whoever began."""
    mail = a_mail(
        Subject="Re: [#26-000001] We have received your request",
        body="Die Heizung geht immer noch nicht.\n\nOn Mon, 16 Nov 2026 at 10:00, Desk <d@x.example> wrote:\n"
        "> We have received your request and will answer as soon as we can.\n",
        In_Reply_To="<2@desk.example>",
    )
    said = read(mail)
    assert (said["language"], said["new_text"]) == ("de", "Die Heizung geht immer noch nicht.")


VISITOR = "Vera Visitor <vera@homes.example>"


@pytest.mark.parametrize(
    ("headers", "email", "name"),
    [
        ({"Reply_To": VISITOR}, "vera@homes.example", "Vera Visitor"),
        ({"Reply_To": "vera@homes.example"}, "vera@homes.example", "Form"),
        ({"Reply_To": f"{VISITOR}, b@homes.example"}, "noreply@forms.example", "Form"),
        ({"Reply_To": '"a@homes.example" <b@homes.example>'}, "noreply@forms.example", "Form"),
        ({"Reply_To": "no-reply@homes.example"}, "noreply@forms.example", "Form"),
        ({"Reply_To": ADDRESS}, "noreply@forms.example", "Form"),
        ({"Reply_To": "Vera"}, "noreply@forms.example", "Form"),
        ({}, "noreply@forms.example", "Form"),
        ({"Reply_To": VISITOR, "From": "Rosa <rosa@homes.example>"}, "rosa@homes.example", "Rosa"),
    ],
)
def test_whom_a_machine_writes_for_is_answered(headers, email, name):
    """A contact form names its visitor in Reply-To; of a person only From counts."""
    said = read(a_mail(**{"From": "Form <noreply@forms.example>", **headers}))
    assert said["from"] == {"email": email, "name": name}
    assert said["automatic"] == ("From" not in headers)


def test_a_text_too_long_to_travel_is_attached():
    """Nothing is lost by the cut."""
    store = Store()
    said = read(a_mail(body="word " * 30_000), store=store)
    assert len(said["body"]) == LONGEST_BODY
    assert said["flags"] == ["body_cut"]
    assert said["attachments"] == [
        {"sha256": "sha-0", "filename": "message.txt", "content_type": "text/plain", "size": 149_999}
    ]
    assert store.contents["sha-0"] == b"word " * 29_999 + b"word"


def test_a_header_of_sixty_kilobytes_is_read():
    """One long field, or many."""
    for extra in (
        b"X-Long: " + b"x" * 60_000 + b"\r\n",
        b"X-Many: x\r\n" * 6_000,
        b"To: <a@b.example>,\r\n" * 3_000,
    ):
        said = read(extra + a_mail().as_bytes())
        assert (said["subject"], said["flags"]) == ("Panne de chauffage", [])


def test_a_header_beyond_the_limit_is_cut():
    """What stands within it counts, the body is still found."""
    raw = a_mail().as_bytes().replace(b"\n\n", b"\nX-Long: " + b"x" * HEADER_BYTES + b"\nSubject: late\n\n", 1)
    said = read(raw)
    assert said["flags"] == ["header_cut"]
    assert said["subject"] == "Panne de chauffage"
    assert said["body"].startswith("Il fait froid")


def test_a_header_beyond_the_limit_may_be_all_there_is():
    """Nothing follows it."""
    said = read(b"From: rosa@homes.example\r\nSubject: Lift\r\n" + b"X-Long: x\r\n" * HEADER_BYTES)
    assert (said["subject"], said["body"], "header_cut" in said["flags"]) == ("Lift", "", True)


def test_parts_within_parts():
    """A hundred levels are read, a thousand are not tried."""
    assert read(nested(DEEPEST))["body"] == "deep"
    for depth in (DEEPEST + 1, 1_000, 5_000):
        with pytest.raises(Unreadable) as refusal:
            read(nested(depth))
        assert str(refusal.value) == "nested_too_deep"


def test_parts_within_parts_that_are_not_seen_before_the_mail_is_parsed():
    """A boundary may be written in other ways (RFC 2231)."""
    for depth, is_read in ((DEEPEST, True), (DEEPEST + 1, False), (1_000, False)):
        raw = re.sub(rb'boundary="(\w+)"', rb"boundary*=us-ascii''\1", nested(depth))
        with nullcontext() if is_read else pytest.raises(Unreadable, match="^nested_too_deep$"):
            assert read(raw)["body"] == "deep"


def test_many_parts_side_by_side():
    """They are not within one another, though the line before each looks like the last one of the part around them."""
    one = b"--b--\r\nContent-Type: multipart/mixed; boundary=c%d\r\n\r\n--c%d\r\n\r\nx\r\n"
    parts = b"".join(one % (number, number) for number in range(DEEPEST + 1))
    raw = flat(0).replace(b"=b", b"=b--").replace(b"--b--", parts + b"--b----")
    assert read(raw)["body"].count("x") == DEEPEST + 1


def test_many_parts():
    """A thousand are read, fifty thousand are refused before they cost anything."""
    assert read(flat(MOST_PARTS - 1))["body"].count("x") == MOST_PARTS - 1
    began = time.process_time()
    for parts in (MOST_PARTS, MOST_PARTS + 2, 50_000):
        with pytest.raises(Unreadable) as refusal:
            read(flat(parts))
        assert str(refusal.value) == "too_many_parts"
    assert time.process_time() - began < 1


def test_of_an_unreadable_mail_the_header_is_told():
    """So that it has a subject and its sender gets a receipt."""
    said = read_header(nested(1_000), envelope_from="rosa@homes.example", received_at=RECEIVED)
    assert (said["from"]["email"], said["subject"], said["message_id"]) == (
        "rosa@homes.example",
        "nested",
        "<1@homes.example>",
    )


HOSTILE = {
    "from of parentheses": b"From: " + b"(" * 20_000 + b"\r\nSubject: x\r\n\r\ntext",
    "ten thousand recipients": b"From: a@b.example\r\nTo: " + b"a@b.example,\r\n " * 10_000 + b"\r\n\r\ntext",
    "no header": b"text",
    "empty": b"",
    "only newlines": b"\r\n" * 1000,
    "nul everywhere": b"From: a\x00@b.example\r\nSubject: a\x00b\r\n\r\nte\x00xt",
    "eight-bit header": "Subject: été\r\nFrom: é <a@b.example>\r\n\r\ntexte".encode("latin-1"),
    "folded to death": b"Subject: " + b"\r\n " * 20_000 + b"x\r\n\r\ntext",
    "encoded words": b"Subject: " + b"=?utf-8?q?=C3?= " * 5_000 + b"\r\n\r\ntext",
    "quoted-printable junk": b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"=" * 50_000,
    "base64 junk": b"Content-Transfer-Encoding: base64\r\n\r\n" + b"=A" * 50_000,
    "uuencode junk": b"Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 x\r\nM" + b"~" * 5_000,
    "charset of a codec": b"Content-Type: text/plain; charset=zlib\r\n\r\ntext",
    "content type of quotes": b'Content-Type: text/plain; a="' + b'\\"' * 20_000 + b"\r\n\r\ntext",
    "content type of semicolons": b"Content-Type: text/plain" + b';a="' * 10_000 + b"\r\n\r\ntext",
    "boundary of nothing": b'Content-Type: multipart/mixed; boundary=""\r\n\r\n--\r\n\r\nx\r\n----\r\n',
    "boundary of a pattern": b"Content-Type: multipart/mixed; boundary=.*(\r\n\r\n--.*(\r\n\r\nx\r\n--.*(--",
    "mail in mail in mail": b"Content-Type: message/rfc822\r\n\r\n" * 90 + b"text",
    "two subjects": b"Subject: a\r\nSubject: b\r\n\r\ntext",
    "a lone surrogate in utf-8": b"Content-Type: text/plain; charset=utf-8\r\n\r\n\xed\xa0\x80 text",
    "ids of megabytes": b"References: " + b"<a@b>" * 15_000 + b"\r\n\r\ntext",
    "date of digits": b"Date: " + b"9" * 50_000 + b"\r\n\r\ntext",
    "mailbox format": b"From rosa Mon Nov 16\r\nSubject: x\r\n\r\ntext",
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_mails_are_read_or_refused_in_no_time(raw):
    """Either clean text with known flags, or `Unreadable`; never another error, never a second."""
    began = time.process_time()
    try:
        said = read(raw)
    except Unreadable:
        said = read_header(raw, envelope_from="a@b.example", received_at=RECEIVED)
    assert time.process_time() - began < 1
    assert set(said["flags"]) <= set(FLAGS)
    text = str(said)
    assert "\\x00" not in text
    text.encode()


def test_ten_megabytes_are_read():
    """A mail of the largest size with a file in it, in bounded memory."""
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "rosa@homes.example", "film"
    mail.set_content("see film")
    mail.add_attachment(b"\x00" * 7_000_000, maintype="video", subtype="mp4", filename="film.mp4")
    raw = mail.as_bytes()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert read(raw)["attachments"][0]["size"] == 7_000_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150 * 1024


@pytest.mark.parametrize("value", ["urgent", "all", "admin"])
def test_headers_that_look_internal_mean_nothing(value):
    """CVE-2023-41259: nobody steers the desk by `X-Fielddesk-*`; the mail reads the same with and without."""
    names = ("Priority", "Usergroup", "Ticket", "Participant", "Automatic", "Reply-To-Ticket", "Assignee")
    steered = a_mail(**{f"X_Fielddesk_{name.replace('-', '_')}": value for name in names})
    assert read(steered) == read(a_mail())
