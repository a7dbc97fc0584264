"""The rules of outgoing mail."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain import (
    assignment_is_mailed,
    clean_line,
    clean_text,
    counted_as,
    is_own,
    language_of,
    receipt_is_due,
    retry_after,
    thread_of,
    usable_address,
    usable_message_id,
)

LINE_ENDS = "\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"


@pytest.mark.parametrize(
    ("by", "roles", "is_mailed"),
    [
        ("person", ["agent"], True),
        ("person", ["external_agent"], True),
        ("routing", ["agent"], False),
        ("routing", ["manager", "external_agent"], False),
        ("routing", ["external_agent"], True),
        ("routing", ["client"], True),
        ("routing", ["night_watch"], False),
    ],
)
def test_an_assignment_is_mailed(by, roles, is_mailed):
    """To whom a person chose, and to those who are not of the desk; copies of roles are the desk's."""
    assert assignment_is_mailed(by, roles) is is_mailed


@pytest.mark.parametrize(
    ("channel", "automatic", "is_for_another", "due"),
    [
        ("mail", False, False, True),
        ("webform", False, False, True),
        ("mail", True, False, False),
        ("webform", True, False, False),
        ("api", False, False, False),
        ("api", False, True, True),
        ("api", True, True, False),
        ("incident", False, True, False),
    ],
)
def test_receipts(channel, automatic, is_for_another, due):
    """For what a person sent from outside, or opened for somebody else."""
    assert receipt_is_due(channel, automatic, is_for_another=is_for_another) is due


def test_retries_double_up_to_an_hour_and_end():
    """Seven waits, then it has failed."""
    minutes = [retry_after(tries) / timedelta(minutes=1) for tries in range(1, 8)]
    assert minutes == [1, 2, 4, 8, 16, 32, 60]
    assert retry_after(8) is None


@pytest.mark.parametrize(
    ("wishes", "language"),
    [
        (["de", "fr"], "de"),
        ([None, "fr"], "fr"),
        (["", "fr-CH"], "fr"),
        (["es_MX"], "es"),
        (["DE-at"], "de"),
        (["pt", "it", "de"], "de"),
        (["pt"], "en"),
        ([], "en"),
    ],
)
def test_the_first_language_that_we_have(wishes, language):
    """Person before mail before mailbox, else English."""
    assert language_of(*wishes) == language


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("Rosa@Homes.Example", "rosa@homes.example"),
        ("rosa+1@homes.example", "rosa@homes.example"),
        ("rosa+a+b@homes.example", "rosa@homes.example"),
        ("+x@homes.example", "+x@homes.example"),
    ],
)
def test_spellings_of_one_address_share_its_budget(address, counted):
    """A victim's mailbox takes them all."""
    assert counted_as(address) == counted


@given(st.text())
def test_a_clean_line_is_one_line_without_controls(text):
    """Whatever comes in."""
    line = clean_line(text)
    assert line.splitlines() in ([], [line])
    assert not any(ord(sign) < 32 or 0x7F <= ord(sign) < 0xA0 for sign in line)
    assert len(line) <= 200
    assert clean_line(line) == line


def test_a_clean_line_keeps_words_apart():
    """A line break becomes a space; controls and marks of direction go."""
    assert clean_line("Heat\r\nBcc: x\x00\x07 \u202eexe.fdp") == "Heat Bcc: x exe.fdp"
    assert clean_line("é" * 200) == "é" * 200
    assert clean_line("é" * 201) == "é" * 199 + "…"
    assert clean_line("é" * 198 + " é é") == "é" * 198 + "…"


def test_a_clean_line_keeps_spaces_that_do_not_break():
    """As French sets them; at its ends there are none."""
    assert clean_line("\u00a0 Où\t \u2003est-il\u202f? «\u00a0là\u00a0» \u202f") == "Où est-il\u202f? «\u00a0là\u00a0»"


def test_a_clean_text_has_plain_line_ends():
    """And nothing else that does not print."""
    assert clean_text("a\r\nb\rc\u2028d\x00\x1b[31me\tf\n\n") == "a\nb\nc\nd[31me\tf"


@pytest.mark.parametrize("end", LINE_ENDS)
def test_every_kind_of_line_end_is_one(end):
    """Python and mail programs disagree about them; in a line there is none."""
    assert clean_line(f"a{end}b") == "a b"
    assert clean_text(f"a{end}b") == "a\nb"


LONGEST = f"<{'a' * 248}>"


@pytest.mark.parametrize("good", ["<a@b>", "<CAF+x=_1.2@mail.example.com>", " <a@b> ", "<no-at-sign>", LONGEST])
def test_message_ids_of_others(good):
    """Taken as they are, brackets included."""
    assert usable_message_id(good) == good.strip()


@pytest.mark.parametrize(
    "bad",
    [None, "", "a@b", "<a b@c>", "<a@b><c@d>", "<a@b>\r\nX: y", "<>", "<é@b>", "<a\x00@b>", f"<a{LONGEST[1:]}"],
)
def test_what_is_no_message_id(bad):
    """Left out."""
    assert usable_message_id(bad) is None


def test_references_are_the_first_and_the_last_five():
    """In order, each once."""
    assert thread_of([]) == []
    assert thread_of(["a", "b", "a"]) == ["a", "b"]
    assert thread_of(list("abcdef")) == list("abcdef")
    assert thread_of(list("abcdefgh")) == list("adefgh")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("rosa@homes.example", "rosa@homes.example"),
        (" rosa.o'neil+x@HOMES.example ", "rosa.o'neil+x@homes.example"),
        ("rosa@bücher.example", "rosa@xn--bcher-kva.example"),
        ("9!#$%&'*+/=?^_`{|}~.-@h.example", "9!#$%&'*+/=?^_`{|}~.-@h.example"),
        (f"{'a' * 64}@7", f"{'a' * 64}@7"),
        (f"rosa@{'a.' * 123}example", f"rosa@{'a.' * 123}example"),
    ],
)
def test_addresses(text, address):
    """As SMTP takes them."""
    assert usable_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "rosa",
        "@homes.example",
        "rosa@",
        "ro sa@homes.example",
        "rosa@homes..example",
        "rosa@-homes.example",
        "a@b@homes.example",
        "rosé@homes.example",
        '"ro sa"@homes.example',
        "rosa@homes.example>\r\nRCPT TO:<x@y",
        "rosa\r\n@homes.example",
        f"{'a' * 65}@homes.example",
        f"rosa@{'a' * 64}.example",
        f"rosa@{'a.' * 130}example",
    ],
)
def test_what_is_no_address(text):
    """Nothing of it reaches the SMTP dialogue."""
    assert usable_address(text) is None


@pytest.mark.parametrize(
    ("address", "own"),
    [
        ("no-reply@desk.example", True),
        ("No-Reply@DESK.example", True),
        ("desk@desk.example", True),
        ("reply+abc@desk.example", True),
        ("rosa@desk.example", False),
        ("reply+abc@homes.example", False),
        ("desk@homes.example", False),
    ],
)
def test_our_own_addresses(address, own):
    """Mail to them would come back."""
    assert is_own(address, "desk.example") is own
