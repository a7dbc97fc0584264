"""CVE-2023-36632 (CPython): comments in an address recurse until the parser dies; parts within parts do too.

CVE-2014-9472, CVE-2021-36093, CVE-2026-48187 are of this kind: one mail stops the reading of all others. How
the service goes on after such a mail is tested with its real child in `tests/inbound_smtp/test_reading.py`.
"""

import pytest

from services.inbound.parsing.mail import read_header
from services.inbound.parsing.structure import Unreadable
from tests.unit.inbound.mails import RECEIVED, read


def nested(kind, depth):
    """Return a mail whose parts of a kind lie within one another."""
    if kind == "message":
        return b"Content-Type: message/rfc822\r\n\r\n" * depth + b"text"
    lines = []
    for level in range(depth):
        lines += [f"Content-Type: multipart/{kind}; boundary=b{level}", "", f"--b{level}"]
    return "\r\n".join([*lines, "", "deep"]).encode()


@pytest.mark.parametrize(
    "field",
    [
        "From",
        "Sender",
        "To",
        "Cc",
        "Subject",
        "Message-ID",
        "References",
        "Date",
        "Content-Type",
        "Content-Disposition",
        "Auto-Submitted",
        "List-Id",
    ],
)
@pytest.mark.parametrize("bomb", ["(" * 20_000, "(((" + ")" * 20_000, '"' * 20_001, "<" * 20_000, "a;" * 10_000])
def test_no_header_recurses(field, bomb):
    """Each field, each mark that opens something; the body is read as ever."""
    raw = f"{field}: {bomb}\r\nX-Other: x\r\n\r\nThe lift stands still.".encode()
    try:
        assert "lift" in read(raw)["body"] or field.startswith("Content-")
    except Unreadable:
        assert field.startswith("Content-")


@pytest.mark.parametrize("kind", ["mixed", "alternative", "related", "digest", "report", "message"])
@pytest.mark.parametrize("depth", [101, 1_000, 3_000])
def test_parts_within_parts_are_refused(kind, depth):
    """The refusal is a word, the header can still be read."""
    raw = b"Subject: bomb\r\nFrom: rosa@homes.example\r\n" + nested(kind, depth)
    with pytest.raises(Unreadable) as refusal:
        read(raw)
    assert str(refusal.value) == "nested_too_deep"
    assert read_header(raw, envelope_from="", received_at=RECEIVED)["subject"] == "bomb"
