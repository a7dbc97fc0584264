"""Links carry their own proof, for one purpose."""

import pytest
from hypothesis import given, strategies

from chassis.errors import NotFound
from chassis.links import Links

LINKS = Links(b"k" * 32)


@given(strategies.binary(max_size=64))
def test_a_token_gives_its_payload_back(payload):
    """Also after a mail server has changed its case."""
    token = LINKS.sign("reply", payload)
    assert LINKS.verify("reply", token) == LINKS.verify("reply", token.upper()) == payload
    assert token == token.lower()


@given(strategies.data())
def test_no_changed_token_is_accepted(data):
    """CVE-2026-47123: any other character anywhere is another token."""
    token = LINKS.sign("reply", b"p" * 32)
    place = data.draw(strategies.integers(0, len(token) - 2))
    other = data.draw(strategies.sampled_from([c for c in "abcdefghijklmnopqrstuvwxyz234567" if c != token[place]]))
    with pytest.raises(NotFound):
        LINKS.verify("reply", token[:place] + other + token[place + 1 :])


def test_a_token_is_spelled_in_one_way():
    """Its last character has a bit to spare: the other one that means the same is no token."""
    token = LINKS.sign("reply", b"p" * 32)
    for other in set("abcdefghijklmnopqrstuvwxyz234567") - {token[-1]}:
        with pytest.raises(NotFound):
            LINKS.verify("reply", token[:-1] + other)


@pytest.mark.parametrize("token", ["", "a", "!", "é" * 40, "a" * 26, LINKS.sign("follow", b"x")])
def test_rubbish_and_other_purposes_are_absent(token):
    """A follow link never works as a reply address."""
    with pytest.raises(NotFound):
        LINKS.verify("reply", token)


def test_another_key_is_another_installation():
    """Tokens do not travel."""
    with pytest.raises(NotFound):
        LINKS.verify("reply", Links(b"x" * 32).sign("reply", b"p"))
