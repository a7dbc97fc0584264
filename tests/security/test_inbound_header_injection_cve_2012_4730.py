"""CVE-2012-4730 (RT) and its kind: a line break in something that is later written into a header.

What inbound tells of a mail is written into answers: subject, names, Message-IDs, file names. None of it may
hold a line break, however it was smuggled in. The same for what a webform takes.
"""

import re

import pytest
from marshmallow import ValidationError

from services.inbound.contract.arguments import NewMailbox, NewSubmission
from tests.unit.inbound.mails import a_mail, read

BREAKS = ["\r\n", "\n", "\r", "\x00", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"]
FORBIDDEN = re.compile("[\r\n\x00\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


def encoded(text):
    """Return text as one word of RFC 2047."""
    return "=?utf-8?q?" + "".join(f"={byte:02X}" for byte in text.encode()) + "?="


@pytest.mark.parametrize("line_break", BREAKS, ids=[repr(one) for one in BREAKS])
def test_encoded_line_breaks_are_no_line_breaks(line_break):
    """In subject, name, file name and ids."""
    evil = f"x{line_break}Bcc: victim@corp.example"
    plain = a_mail(From=None, Subject=None, Message_ID=None, body="text")
    plain.add_attachment(b"x", maintype="image", subtype="png", filename="F")
    raw = plain.as_bytes().replace(b'filename="F"', f'filename="{encoded(evil)}"'.encode())
    word = encoded(evil)
    head = f"From: {word} <rosa@homes.example>\nSubject: {word}\nMessage-ID: <{word}@x>\n"
    said = read(head.encode() + raw)
    lines = [said["subject"], said["from"]["name"], said["message_id"], said["attachments"][0]["filename"]]
    assert [line for line in lines if FORBIDDEN.search(line)] == []
    assert "Bcc" in said["subject"]


@pytest.mark.parametrize("line_break", BREAKS, ids=[repr(one) for one in BREAKS])
@pytest.mark.parametrize("field", ["subject", "name", "email", "slug"])
def test_a_webform_takes_no_line_break(field, line_break):
    """The field is named in the refusal."""
    given = {
        "slug": "report",
        "email": "rosa@homes.example",
        "name": "Rosa",
        "subject": "Lift",
        "description": "x",
    }
    assert NewSubmission().load(given)["subject"] == "Lift"
    for place in (
        f"a{line_break}Bcc: b@c.example",
        f"{given[field]}{line_break}",
        f"{line_break}{given[field]}",
    ):
        with pytest.raises(ValidationError) as refusal:
            NewSubmission().load(given | {field: place})
        assert list(refusal.value.messages) == [field]


@pytest.mark.parametrize("field", ["address", "name"])
def test_a_mailbox_takes_no_line_break(field):
    """Its address and name stand in From."""
    given = {"address": "desk@homes.example", "name": "Desk", "language": "fr"}
    with pytest.raises(ValidationError) as refusal:
        NewMailbox().load(given | {field: f"{given[field]}\nBcc: b@c.example"})
    assert list(refusal.value.messages) == [field]
