"""CVE-2023-27043 (CPython): `parseaddr` takes the wrong address out of a malformed From.

Whoever sends such a mail wants to be taken for somebody else. The address is what stands in the brackets; and
wherever two readings are possible, the mail is flagged, so that nobody is taken at his word.
"""

import pytest

from tests.unit.inbound.mails import a_mail, read

CONFUSING = [
    ("alice@corp.example]<bob@evil.example>", "bob@evil.example"),
    ("alice@corp.example)<bob@evil.example>", "bob@evil.example"),
    ("alice@corp.example[<bob@evil.example>", "bob@evil.example"),
    ("alice@corp.example;<bob@evil.example>", "alice@corp.example"),
    ("alice@corp.example,<bob@evil.example>", "alice@corp.example"),
    ("alice@corp.example <bob@evil.example>", "bob@evil.example"),
    ('"alice@corp.example" <bob@evil.example>', "bob@evil.example"),
    ("=?utf-8?q?alice=40corp.example?= <bob@evil.example>", "bob@evil.example"),
    ("=?utf-8?q?alice=40corp.example=3E?= <bob@evil.example>", "bob@evil.example"),
    ("<alice@corp.example><bob@evil.example>", "alice@corp.example"),
    ("alice@corp.example(<bob@evil.example>", "alice@corp.example"),
    ("bob@evil.example\x00@corp.example", None),
]


def raw_mail(*from_lines):
    """Return a mail with From lines as they stand."""
    plain = a_mail(From=None).as_bytes()
    return b"".join(b"From: " + line.encode() + b"\n" for line in from_lines) + plain


@pytest.mark.parametrize(("value", "email"), CONFUSING)
def test_a_confusing_sender_is_flagged(value, email):
    """Without a return path to fall back on, and never silently."""
    said = read(raw_mail(value), envelope_from="")
    assert said["from"]["email"] == email
    assert "from_ambiguous" in said["flags"]


@pytest.mark.parametrize(
    "values",
    [
        ("alice@corp.example", "bob@evil.example"),
        ("alice@corp.example",) * 2,
        ("alice@corp.example, bob@evil.example",),
    ],
)
def test_more_than_one_sender_is_flagged(values):
    """RFC 5322 allows one From; the first counts."""
    said = read(raw_mail(*values))
    assert said["from"]["email"] == "alice@corp.example"
    assert "from_ambiguous" in said["flags"]
