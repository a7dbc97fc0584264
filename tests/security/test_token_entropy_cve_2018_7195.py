"""CVE-2018-7195 (osTicket): a password was reset by a number of six digits.

CVE-2026-27637 (FreeScout): a token was md5 of an id, a time and a key, the same for ever. Here what is random has 256
bits, and what is made of ids carries 128 bits that only LINK_KEY gives; each purpose has a key of its own, and the
purposes below are read out of the code.
"""

import ast
import io
from base64 import b32decode
from uuid import UUID

import pytest

from chassis.files import FileStore
from chassis.links import MAC_BYTES, Links
from chassis.mail_identity import message_id, reply_address
from chassis.settings import Settings, SettingsError
from infra.keys import made_keys
from services.identity.actions import sessions
from tests.contracts.house import ROOT

KEYS = (b"k" * 32, b"k" * 31 + b"l")
ID, OTHER = UUID(int=1), UUID(int=2)


def purposes():
    """Return what `Links.sign` and `.mark` are called with in the product, constants resolved."""
    found = set()
    for path in (each for folder in ("chassis", "services", "gateway") for each in (ROOT / folder).rglob("*.py")):
        tree = ast.parse(path.read_text())
        constants = {
            node.targets[0].id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and hasattr(node.targets[0], "id")
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("sign", "mark"):
                purpose = node.args[0]
                found.add(getattr(purpose, "value", None) or constants[purpose.id])
    return found


PURPOSES = sorted(purposes())


def raw_of(token):
    """Return the bytes of a token."""
    return b32decode(token.upper() + "=" * (-len(token) % 8))


def test_every_kind_of_token_is_looked_at():
    """Mails, links to confirm, to follow, to rate and to a file, addresses to answer to."""
    of_mails = {"confirm-registration", "file", "follow", "message-id", "reply", "satisfaction"}
    assert set(PURPOSES) == of_mails | {"reported", "submitted"}
    assert MAC_BYTES * 8 == 128


@pytest.mark.parametrize("purpose", PURPOSES)
def test_ids_alone_make_no_token(purpose):
    """Half of the bits of its proof change with the key, the purpose and the id, as of any two random numbers."""
    token = Links(KEYS[0]).sign(purpose, str(ID))
    others = [Links(KEYS[1]).sign(purpose, str(ID)), Links(KEYS[0]).sign(purpose, str(OTHER))]
    others += [Links(KEYS[0]).sign(other, str(ID)) for other in PURPOSES if other != purpose]
    proof = raw_of(token)[:MAC_BYTES]
    for other in others:
        differing = int.from_bytes(proof) ^ int.from_bytes(raw_of(other)[:MAC_BYTES])
        assert 32 < differing.bit_count() < 96
    assert raw_of(token)[MAC_BYTES:] == str(ID).encode()


def test_the_identity_of_mails_has_the_same_strength():
    """Their ids stand in the clear, their proof is 26 characters of base32: 128 bits."""
    marks = [message_id(Links(key), ID, ID, ID, "desk.example").split(".")[4].split("@")[0] for key in KEYS]
    assert [len(mark) for mark in marks] == [26, 26] and marks[0] != marks[1]
    addresses = [reply_address(Links(key), ID, "desk.example").split("+")[1].split("@")[0] for key in KEYS]
    assert [len(raw_of(address)) for address in addresses] == [MAC_BYTES + 16] * 2 and addresses[0] != addresses[1]


def test_the_key_of_links_has_256_bits(tmp_path):
    """The one that is made has; a shorter one stops the desk at its start."""
    made = {made_keys()["LINK_KEY"] for _ in range(3)}
    assert len(made) == 3
    for key in made:
        Settings({"LINK_KEY": key})
    with pytest.raises(SettingsError, match="LINK_KEY is wrong"):
        Settings({"LINK_KEY": "c2hvcnQgbGluayBrZXk="})


def test_what_is_random_has_256_bits_of_the_systems_randomness(tmp_path, monkeypatch):
    """Sessions and the names of uploads: so much is asked of `secrets`, which asks the kernel, and nothing else."""
    assert sessions.SECRET_BYTES * 8 == 256
    store, asked = FileStore(tmp_path), []
    monkeypatch.setattr("secrets.token_bytes", lambda count=None: asked.append(count) or b"x" * count)
    assert store.receive(io.BytesIO(b"photo")) == "78" * 32
    assert set(asked) == {32}
