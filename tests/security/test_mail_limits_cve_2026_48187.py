"""CVE-2026-48187 (OTRS): a mail made the reader allocate without limit. CVE-2014-9472 (RT): decoding one did.

Here parts, levels, headers, entries and texts have a number each, and are counted before the costly reading begins.
Levels and comments are in `test_parser_recursion_cve_2023_36632.py`; the memory and time of the process that reads are
limited by the system, in `tests/inbound_smtp/test_parser.py`.
"""

import pytest

from services.inbound.contract.words import LONGEST_BODY, LONGEST_SUBJECT
from services.inbound.parsing import bodies, structure
from services.inbound.parsing.addresses import LONGEST_NAME
from services.inbound.parsing.headers import MOST_IDS
from services.inbound.parsing.structure import HEADER_BYTES, MOST_PARTS, Unreadable, message_of
from tests.unit.inbound.mails import Store, read

HEAD = b"From: rosa@homes.example\r\nSubject: Lift\r\n"


def many_parts(count):
    """Return a mail of so many parts, the mail itself not counted."""
    return HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n' + b"\r\n--b\r\n\r\nx" * count + b"\r\n--b--\r\n"


@pytest.mark.parametrize("count", [MOST_PARTS + 1, 100_000])
@pytest.mark.parametrize("blanks", [b"", b" \t"])
def test_too_many_parts_are_counted_and_never_parsed(monkeypatch, count, blanks):
    """No object is made of any of them, and nothing is kept."""
    monkeypatch.setattr(structure, "BytesParser", None)
    kept = Store()
    with pytest.raises(Unreadable) as refusal:
        read(many_parts(count).replace(b"--b\r", b"--b" + blanks + b"\r"), store=kept)
    assert str(refusal.value) == "too_many_parts"
    assert kept.contents == {}


def test_as_many_parts_as_are_allowed_are_read():
    """The mail itself is one of them."""
    assert len(message_of(many_parts(MOST_PARTS - 1)).get_payload()) == MOST_PARTS - 1


@pytest.mark.parametrize("line", [b"X-Many: x\r\n", b"Received: from a by b\r\n", b"To: a@b.example\r\n", b" more\r\n"])
def test_a_header_ends_at_its_limit(line):
    """What lies beyond is not parsed; what lies before and the body are, and the mail says that it was cut."""
    raw = HEAD + b"X-First: x\r\n" + line * (500_000 // len(line)) + b"X-Last: x\r\n\r\nThe lift stands still."
    message = message_of(raw)
    assert sum(len(name) + len(value) for name, value in message.raw_items()) <= HEADER_BYTES
    assert message["X-Last"] is None
    said = read(raw)
    assert (said["subject"], said["from"]["email"]) == ("Lift", "rosa@homes.example")
    assert "header_cut" in said["flags"]
    assert "lift" in said["body"]


def test_each_field_of_what_was_read_has_an_end():
    """However much of it there is in a header that is short enough."""
    entries = ", ".join(f"Rosa {number} <rosa-{number}@homes.example>" for number in range(2_000))
    ids = " ".join(f"<{number}@homes.example>" for number in range(2_000))
    name = "Rosa " * 700
    for lines in (f"From: {entries}", f"From: {name} <rosa@homes.example>", f"From: a@b.example\r\nIn-Reply-To: {ids}"):
        said = read(f"{lines}\r\nReferences: {ids[:20_000]}\r\nSubject: {'Lift ' * 900}\r\n\r\nx".encode())
        assert len(said["from"]["name"]) <= LONGEST_NAME
        assert len(said["subject"]) <= LONGEST_SUBJECT
        assert max(len(said["references"]), len(said["in_reply_to"]), len(said["own_ids"])) <= MOST_IDS


def test_no_more_html_is_read_than_a_person_would(monkeypatch):
    """The rest of a bomb is not even looked at; a text that is too long goes on as a file."""
    given = []
    monkeypatch.setattr(bodies, "words_of", lambda html: (given.append(len(html)) or "y" * (LONGEST_BODY + 1), True))
    store = Store()
    raw = HEAD + b"Content-Type: text/html\r\n\r\n" + b"<b>" * 2_000_000
    said = read(raw, store=store)
    assert given == [bodies.LONGEST_HTML]
    assert len(said["body"]) == LONGEST_BODY
    # The mail itself, for not all of it was read, and the text.
    assert [len(content) for content in store.contents.values()] == [len(raw), LONGEST_BODY + 1]
    assert "body_cut" in said["flags"]


def test_no_more_html_is_read_of_all_parts_together(monkeypatch):
    """Many pages are one bomb."""
    given = []
    monkeypatch.setattr(bodies, "words_of", lambda html: (given.append(len(html)) or "page", True))
    page = b"\r\n--b\r\nContent-Type: text/html\r\n\r\n" + b"x" * 600_000
    head = HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n"
    assert "body_cut" in read(head + page * 3 + b"\r\n--b--\r\n")["flags"]
    assert given == [600_000, bodies.LONGEST_HTML - 600_000, 0]
