"""Mails that hypothesis makes up: read or refused, and what is read can be stored and sent again."""

import json
import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.inbound.contract import MessageReceived
from services.inbound.contract.words import FLAGS
from services.inbound.parsing.mail import read_header
from services.inbound.parsing.structure import Unreadable
from tests.unit.inbound.mails import RECEIVED, read

EXAMPLES = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
LINE_BREAKS = re.compile(r"[\r\n\x00\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")

NAMES = (
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Content-Type",
    "Sender",
    "Content-Transfer-Encoding",
    "Content-Disposition",
    "Auto-Submitted",
    "MIME-Version",
    "X-Odd",
)
ODD = st.sampled_from(
    [
        "=?utf-8?q?=C3?=",
        "=?utf-8?b?????=",
        "=?x?y?z?=",
        "multipart/mixed; boundary=b",
        'multipart/alternative; boundary="b"',
        "text/html; charset=utf-16",
        "text/plain; charset=utf-7",
        "text/plain; charset*=utf-8''%00",
        "message/rfc822",
        "message/delivery-status",
        "base64",
        "quoted-printable",
        "x-uuencode",
        "attachment; filename*0*=utf-8''%E9; filename*1=x",
        "inline; filename=",
        "<a@b>",
        '"\\',
        "(((",
        "Rosa <rosa@homes.example>",
        "a@b, c@d",
        "Mon, 32 Nov 2026 25:61:00 +9999",
        "\x00",
        "\x85",
        "\u2028",
        "--b",
        "text/plain; name*=utf-8''..%2F..%2Fx",
        "image/png; name=a/b",
    ]
)
VALUES = st.lists(
    st.one_of(ODD, st.text(max_size=20), st.binary(max_size=20).map(lambda b: b.decode("latin-1"))),
    max_size=4,
)
HEADERS = st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=8)
BODIES = st.lists(
    st.one_of(
        st.binary(max_size=60),
        st.sampled_from(
            [b"--b", b"--b--", b"", b"Content-Type: text/html", b"<p>x", b"begin 644 x", b"> y", b"##- x -##"]
        ),
    ),
    max_size=12,
)


@st.composite
def mails(draw):
    """Return the bytes of something like a mail."""
    encoding = draw(st.sampled_from(["utf-8", "latin-1", "utf-16"]))
    ends = draw(st.sampled_from([b"\r\n", b"\n", b"\r"]))
    lines = [f"{name}: {' '.join(values)}".encode(encoding, "replace") for name, values in draw(HEADERS)]
    return ends.join([*lines, b"", *draw(BODIES)])


@EXAMPLES
@given(mails(), st.sampled_from(["", "a@b.example"]))
def test_any_bytes_become_a_sound_fact_or_are_refused(raw, envelope_from):
    """Lines hold no line break, nothing holds what PostgreSQL or UTF-8 refuses, files have safe names."""
    try:
        said = read(raw, envelope_from=envelope_from)
    except Unreadable:
        said = read_header(raw, envelope_from=envelope_from, received_at=RECEIVED)
        said |= {"body": "", "new_text": "", "language": None, "attachments": []}
    text = json.dumps(said, ensure_ascii=False)
    text.encode()
    assert "\\u0000" not in text
    lines = [said["subject"], said["from"]["name"], said["from"]["email"] or "", said["message_id"]]
    lines += said["in_reply_to"] + said["references"] + [file["filename"] for file in said["attachments"]]
    assert not any(LINE_BREAKS.search(line) for line in lines)
    assert all(identifier.isascii() for identifier in [said["message_id"], *said["in_reply_to"], *said["references"]])
    assert not any(set(file["filename"]) & set('/\\<>"') for file in said["attachments"])
    assert set(said["flags"]) <= set(FLAGS)
    assert (
        MessageReceived(only=("from", "subject", "body", "flags", "attachments")).validate(
            {name: said[name] for name in ("from", "subject", "body", "flags", "attachments")}
        )
        == {}
    )


@EXAMPLES
@given(st.binary(max_size=2_000))
def test_any_bytes_at_all(raw):
    """Without any shape."""
    said = read(raw)
    json.dumps(said, ensure_ascii=False).encode()
    assert said == read(raw)
