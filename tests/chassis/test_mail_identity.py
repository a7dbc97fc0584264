"""Message-IDs and reply addresses of our own: what was signed is found again, anything else is not ours."""

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.links import Links
from chassis.mail_identity import (
    MailIdentity,
    message_id,
    read_message_id,
    read_reply_address,
    reply_address,
)

LINKS, OTHER = Links(b"k" * 32), Links(b"o" * 32)
TICKET, PARTICIPANT, DELIVERY = (UUID(int=0xABCDEF0 + number) for number in (1, 2, 3))
DOMAIN = "desk.example"
OWN_ID = message_id(LINKS, TICKET, PARTICIPANT, DELIVERY, DOMAIN)
ADDRESS = reply_address(LINKS, PARTICIPANT, DOMAIN)


def test_a_message_id_names_its_conversation():
    """The same delivery always has the same, as a header holds it."""
    assert message_id(LINKS, TICKET, PARTICIPANT, DELIVERY, DOMAIN) == OWN_ID
    assert OWN_ID.startswith(f"<t.{TICKET.hex}.{PARTICIPANT.hex}.{DELIVERY.hex}.")
    assert OWN_ID.endswith(f"@{DOMAIN}>")
    assert read_message_id(LINKS, OWN_ID, DOMAIN) == MailIdentity(TICKET, PARTICIPANT, DELIVERY)
    assert read_message_id(LINKS, f" {OWN_ID.upper()} ", DOMAIN) == MailIdentity(TICKET, PARTICIPANT, DELIVERY)


@pytest.mark.parametrize(
    "foreign",
    [
        "",
        "<a@b.example>",
        OWN_ID[1:],
        OWN_ID.replace(DOMAIN, "evil.example"),
        OWN_ID.replace(TICKET.hex, UUID(int=9).hex),
        OWN_ID.replace(PARTICIPANT.hex, UUID(int=9).hex),
        OWN_ID.replace(DELIVERY.hex, UUID(int=9).hex),
        message_id(OTHER, TICKET, PARTICIPANT, DELIVERY, DOMAIN),
        OWN_ID + OWN_ID,
        OWN_ID.replace("@", "\n@"),
    ],
)
def test_what_is_not_ours(foreign):
    """Another domain, another key, another id of the three."""
    assert read_message_id(LINKS, foreign, DOMAIN) is None


def test_a_reply_address_names_its_participant():
    """In any case of letters, and within the 64 octets of RFC 5321."""
    assert read_reply_address(LINKS, ADDRESS, DOMAIN) == PARTICIPANT
    assert read_reply_address(LINKS, ADDRESS.upper(), DOMAIN) == PARTICIPANT
    assert len(ADDRESS.split("@")[0]) <= 64


@pytest.mark.parametrize(
    "foreign",
    [
        "",
        "reply+@desk.example",
        f"desk@{DOMAIN}",
        ADDRESS.replace(DOMAIN, "evil.example"),
        ADDRESS.replace("reply+", ""),
        reply_address(OTHER, PARTICIPANT, DOMAIN),
        f"reply+{LINKS.sign('follow', PARTICIPANT.bytes)}@{DOMAIN}",
        f"reply+{LINKS.sign('reply', str(PARTICIPANT))}@{DOMAIN}",
        f"reply+ß@{DOMAIN}",
    ],
)
def test_addresses_that_are_not_ours(foreign):
    """Another domain, key, purpose or shape."""
    assert read_reply_address(LINKS, foreign, DOMAIN) is None


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(ADDRESS) - 1), st.characters(codec="utf-8"))
def test_any_change_of_a_token_makes_it_foreign(place, character):
    """CVE-2026-47123: one character, wherever it stands."""
    changed = ADDRESS[:place] + character + ADDRESS[place + 1 :]
    expected = PARTICIPANT if changed.lower() == ADDRESS else None
    assert read_reply_address(LINKS, changed, DOMAIN) == expected


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(OWN_ID) - 1), st.characters(codec="utf-8", exclude_categories=["Zs", "Cc"]))
def test_any_change_of_a_message_id_makes_it_foreign(place, character):
    """The same for what a mail answers."""
    changed = OWN_ID[:place] + character + OWN_ID[place + 1 :]
    same = changed.lower() == OWN_ID
    assert (read_message_id(LINKS, changed, DOMAIN) is not None) == same
