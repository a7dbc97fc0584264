"""What a request key is kept with: enough to know a repeated request, nothing that gives a secret away."""

import hashlib
import json

import pytest

from chassis.actors import ANONYMOUS
from chassis.bus.request_keys import request_key_of
from chassis.contract import Arguments, Contract, command, line, origin, text
from chassis.errors import Invalid
from chassis.testing import an_actor

ADA = an_actor()


class Invitation(Arguments):
    """A name, a firm and a password, and where it comes from."""

    name = line()
    firm = line()
    origin = origin()
    password = text(metadata={"secret": True})


class Door(Contract):
    """Somebody comes in."""

    service = "door"

    @command(takes=Invitation)
    def invite(self, **fields):
        """Let somebody in."""


def key_of(key="k", **arguments):
    """Return the request key of an invitation."""
    return request_key_of(ADA, Door.methods()["invite"], key, arguments)


def test_the_same_request_is_known_and_another_is_not():
    """By its arguments, in whatever order they come."""
    first = key_of(name="Rosa", firm="Homes", password="one")
    assert first == key_of(password="one", firm="Homes", name="Rosa")
    assert (first.actor, first.method, first.key) == (str(ADA.person_id), "invite", "k")
    assert key_of("x" * 255).key == "x" * 255
    assert first.hash != key_of(name="Rose", firm="Homes", password="one").hash


def test_strangers_do_not_share_their_keys():
    """A key like `1` neither blocks whoever else chose it nor tells that somebody did."""

    def keyed(name):
        return request_key_of(ANONYMOUS, Door.methods()["invite"], "1", {"name": name, "password": "one"})

    assert keyed("Rosa") == keyed("Rosa")
    assert keyed("Rosa").actor != keyed("Olga").actor
    assert len(keyed("Rosa").actor) <= 80


def test_a_password_is_not_in_the_hash():
    """A stolen table of requests is no list of fast hashes to guess passwords by."""
    kept = key_of(name="Rosa", password="one").hash
    assert kept == key_of(name="Rosa", password="two").hash
    guess = json.dumps(["invite", {"name": "Rosa"}], sort_keys=True, ensure_ascii=False)
    assert kept == hashlib.sha256(guess.encode()).hexdigest()


def test_a_request_repeated_from_another_network_is_the_same():
    """A phone that leaves the house between two tries is no other person, and wants no other thing."""
    at_home, outside = (
        request_key_of(ANONYMOUS, Door.methods()["invite"], "1", {"name": "Rosa", "origin": origin})
        for origin in ("8.8.8.8", "9.9.9.9")
    )
    assert at_home == outside


@pytest.mark.parametrize(
    ("key", "code"),
    [(None, "request_key_missing"), ("", "request_key_missing"), (7, "request_key_wrong")]
    + [(rubbish, "request_key_wrong") for rubbish in ("x" * 256, "a\nb")],
)
def test_a_key_that_is_none(key, code):
    """A command without a usable key is refused: it may arrive twice."""
    with pytest.raises(Invalid) as refusal:
        key_of(key, name="Rosa")
    assert refusal.value.code == code
