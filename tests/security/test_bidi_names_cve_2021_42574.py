"""CVE-2021-42574: marks of direction have text read otherwise than it is, names of people, too.

A sender who calls herself `Ada <RLO>tnegA` is shown as `Ada Agent`, or hides in a name what tells her from another.
Names of files are in `test_bidi_file_names_cve_2021_42574.py`.
"""

from email.header import Header

import pytest

from tests.security.bidi_marks import MARKS
from tests.unit.inbound.mails import a_mail, read

HIDING = "\u200b\u2060\ufeff\u00ad"
WAYS = {
    "encoded": lambda name: f"{Header(name, 'utf-8').encode()} <rosa@homes.example>",
    "as it stands": lambda name: f"{name} <rosa@homes.example>",
    "quoted": lambda name: f'"{name}" <rosa@homes.example>',
    "comment": lambda name: f"rosa@homes.example ({name})",
}


def sender(value):
    """Return whom a mail is from, and what is doubted."""
    raw = b"From: " + value.encode() + b"\r\n" + a_mail(From=None).as_bytes()
    said = read(raw)
    return said["from"], said["flags"]


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("mark", MARKS + HIDING, ids=ascii)
def test_a_sender_is_called_as_it_reads(mark, way):
    """In whichever way the header writes the mark."""
    called = {"email": "rosa@homes.example", "name": "Ada tnegA"}
    assert sender(way(f"Ada {mark}tnegA")) == (called, [])
    assert sender(way(f"{mark}Ada {mark} tnegA{mark}")) == (called, [])


def test_a_name_does_not_hide_that_it_claims_an_address():
    """Another one than the mail is from."""
    for mark in MARKS + HIDING:
        called = {"email": "rosa@homes.example", "name": "ada@desk.example"}
        assert sender(f'"ada@{mark}desk.example" <rosa@homes.example>') == (called, ["from_ambiguous"])


def test_letters_that_are_joined_stay_so():
    """As Persian writes them."""
    name = "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627"
    assert sender(f"{name} <rosa@homes.example>")[0]["name"] == name
