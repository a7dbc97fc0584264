"""Mails that are attached whole, as whoever reads the ticket may see them."""

from time import process_time

import pytest

from services.inbound.parsing.attached import shown_whole
from services.inbound.parsing.shown import shown_mail, without_proofs
from services.inbound.parsing.structure import message_of
from tests.actions.inbound.given import ADDRESS, DELIVERY, DOMAIN, LINKS, OWN_ID, PARTICIPANT, TICKET

BODY = b"Il fait froid.\r\n\r\n--\r\nBcc is no field here.\r\nSubject: nor is this\r\n"
SECRET = b"the-journalist@press.example"
#: Fields that nobody else is shown, as they come.
HIDDEN = [
    b"Bcc: %s",
    b"bcc : %s",
    b"Resent-Bcc: %s",
    b"Resent-From: %s",
    b"X-Sender: %s",
    b"X-Bcc: %s",
    b"To: %s",
    b"Cc: %s",
    b"Delivered-To: %s",
    b"X-Original-To: %s",
    b"Envelope-To: %s",
    b"Received: from a by b for <%s>; Mon, 16 Nov 2026 09:55:00 +0100",
    b"In-Reply-To: <%s>",
    b"References: <1@homes.example>\r\n\t<%s>",
    b"X-Forwarded-For: %s",
    b"Bcc: a@homes.example,\r\n %s",
    b"Bcc:\r\n \r\n %s",
    b"no field at all %s",
    b"\x00Bcc: %s",
    b"Subject-Bcc: %s",
    b"Subject\r\n : %s",
]
SHOWN = b"From: Rosa <rosa@homes.example>\r\nSUBJECT : Lift\r\n still\r\nContent-Type: text/plain;\r\n\tcharset=x\r\n"


@pytest.mark.parametrize("field", HIDDEN)
@pytest.mark.parametrize("place", ["first", "between", "last"])
def test_what_is_not_for_others_is_cut_out(field, place):
    """And all else stays as it is, byte for byte."""
    hidden = field % SECRET + b"\r\n"
    first, rest = SHOWN.split(b"\r\n", 1)
    header = {"first": hidden + SHOWN, "between": first + b"\r\n" + hidden + rest, "last": SHOWN + hidden}[place]
    assert shown_mail(header + b"\r\n" + BODY) == SHOWN + b"\r\n" + BODY


@pytest.mark.parametrize(
    "raw",
    [
        b"Subject: Lift\nBcc: %s\n\ntext",
        b"Subject: Lift\rBcc: %s\r\n\r\ntext",
        b"Subject: Lift\r\r\nBcc: %s\r\n\r\ntext",
        b"\r\nSubject: Lift\r\nBcc: %s\r\n\r\ntext",
        b"\n\n\rBcc: %s\nSubject: Lift\n\ntext",
        b"From rosa Mon Nov 16\r\nSubject: Lift\r\nBcc: %s\r\n\r\ntext",
    ],
)
def test_wherever_a_line_or_the_header_ends(raw):
    """For whichever reader."""
    assert shown_mail(raw % SECRET) == b"Subject: Lift\r\n\r\ntext"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [(b"", b"\r\n"), (b"\r\n\r\n", b"\r\n"), (b"Bcc: a@b", b"\r\n"), (b"Subject: x", b"Subject: x\r\n\r\n")],
)
def test_without_a_body(raw, shown):
    """What is a header only, or nothing."""
    assert shown_mail(raw) == shown


@pytest.mark.parametrize(
    "raw",
    [
        b"\r\n" * 5_000_000,
        b"Subject: " + b"\r\n " * 3_000_000,
        b"Subject:" * 1_200_000,
        b"reply+" * 1_600_000,
        b"reply+" + b"a" * 10_000_000 + b"!",
        b"\r" * 10_000_000,
        b"t." + b"0" * 10_000_000,
        b"Content-" + b"a" * 10_000_000,
        b"public/requests/" + b"a=\r\n" * 2_000_000,
        b"reply+" + b"a" * 25 + b"=" * 10_000_000,
        b"public%2frequests%2f" * 500_000,
        b"public/" * 1_500_000,
    ],
    ids=range(12),
)
def test_ten_megabytes_of_anything_take_a_moment(raw):
    """They are what parsers were stopped by."""
    began = process_time()
    shown_mail(raw)
    assert process_time() - began < 3


def test_what_is_cut_short_proves_nothing():
    """In whatever case, wherever it stands; other addresses and ids stay."""
    raw = f"Desk <{ADDRESS}> wrote in {OWN_ID.upper()} to reply+news@homes.example"
    known = f"t.{TICKET.hex}.{PARTICIPANT.hex}.{DELIVERY.hex}.".upper()
    short = f"Desk <reply+...@{DOMAIN}> wrote in <{known}...@{DOMAIN.upper()}> to reply+news@homes.example"
    assert without_proofs(raw) == short
    assert without_proofs(raw.encode()).decode() == short


@pytest.mark.parametrize("case", [str.lower, str.upper])
@pytest.mark.parametrize(
    ("proven", "short"),
    [
        (ADDRESS, f"reply+...@{DOMAIN}"),
        (OWN_ID, f"<t.{TICKET.hex}.{PARTICIPANT.hex}.{DELIVERY.hex}....@{DOMAIN}>"),
    ],
    ids=["address", "id"],
)
def test_one_proof_alone_is_found(proven, short, case):
    """Text without anything of ours is left alone sooner; neither kind is taken for such text."""
    assert without_proofs(case(f"Desk, {proven}")) == case(f"Desk, {short}")
    assert without_proofs(case(f"Desk, {proven}").encode()) == case(f"Desk, {short}").encode()


TOKEN = LINKS.sign("follow", str(PARTICIPANT))
ESCAPED = {
    "link": ("<https://desk.example/api/v1/public/{}/{}>", "<https://desk.example/api/v1/public/{}/...>"),
    "scanned link": (
        "https://s.example/?url=https%3A%2F%2Fdesk.example%2Fpublic%2F{}%2F{}&data=5",
        "https://s.example/?url=https%3A%2F%2Fdesk.example%2Fpublic%2F{}%2F...&data=5",
    ),
    "link within such a link": (
        "?u=a%253A%252F%252Fpublic%252F{}%252F{}%26",
        "?u=a%253A%252F%252Fpublic%252F{}%252F...%26",
    ),
}


@pytest.mark.parametrize("kind", ["requests", "attachments", "satisfaction", "registrations"])
@pytest.mark.parametrize(("text", "short"), ESCAPED.values(), ids=ESCAPED)
def test_links_open_nothing(text, short, kind):
    """As people quote them, and as programs that look links over write them; case does not matter."""
    text, short = text.format(kind, TOKEN), short.format(kind)
    assert without_proofs(text) == short
    assert without_proofs(text.encode()) == short.encode()
    assert without_proofs(text.upper()) == short.upper()


@pytest.mark.parametrize("plus", ["%2B", "%2b", "&#43;", "&plus;"])
def test_addresses_in_links_prove_nothing(plus):
    """HTML writes the sign so."""
    text = f'<a href="mailto:{ADDRESS}">'.replace("+", plus)
    assert without_proofs(text) == f'<a href="mailto:reply{plus}...@{DOMAIN}">'


def test_a_proof_broken_by_quoted_printable_is_found():
    """In a mail that could not be read, so that its encodings are not known."""
    broken = f"public/requests/{TOKEN[:20]}=\r\n{TOKEN[20:60]}=\n{TOKEN[60:]} is the link".encode()
    assert without_proofs(broken) == b"public/requests/... is the link"


@pytest.mark.parametrize("at", [15, 30], ids=["within the proof's beginning", "within its rest"])
def test_a_proof_broken_for_the_way_is_found(at):
    """Apple Mail breaks long words (RFC 3676, DelSp); whoever opens the attached mail sees them whole."""
    head = b"Subject: Lift\r\nContent-Type: text/plain; format=flowed; delsp=yes\r\n"
    broken = f"Answer {ADDRESS[:at]} \r\n{ADDRESS[at:]},  \r\nplease.\r\nRosa\r\n"
    shown = shown_whole(head + b"\r\n" + broken.encode())
    assert message_of(shown).get_payload() == f"Answer reply+...@{DOMAIN}, please.\r\nRosa\r\n"


def test_what_is_broken_for_the_way_stays_so_without_a_proof():
    """A signature may cover it."""
    raw = b"Subject: Lift\r\nContent-Type: text/plain; format=flowed; delsp=yes\r\n\r\nThe lift \r\n stands.\r\n"
    assert shown_whole(raw) == raw


def test_other_links_stay():
    """No shop's, and none of ours that prove nothing."""
    text = f"https://shop.example/public/requests/2026 https://desk.example/api/v1/tickets/{TICKET} /public/{TOKEN}"
    assert without_proofs(text) == text
