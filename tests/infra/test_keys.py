"""Secrets are made once, fit together, and are read by their owner only."""

import stat
from base64 import urlsafe_b64decode

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from infra.keys import keys_in, password_name
from infra.processes import SERVICES


def raw(text):
    """The bytes of a key."""
    return urlsafe_b64decode(text)


def test_keys_are_made_once_and_closed_to_others(tmp_path):
    path = tmp_path / "secrets.env"
    made = keys_in(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert keys_in(path) == made
    assert set(made) == {
        "LINK_KEY", "TOKEN_PRIVATE_KEY", "TOKEN_PUBLIC_KEY", *(password_name(service) for service in SERVICES)
    }  # fmt: skip
    assert len(raw(made["LINK_KEY"])) == 32
    assert len(set(made.values())) == len(made)


def test_public_key_belongs_to_the_private_one(tmp_path):
    made = keys_in(tmp_path / "secrets.env")
    private = Ed25519PrivateKey.from_private_bytes(raw(made["TOKEN_PRIVATE_KEY"]))
    assert private.public_key().public_bytes_raw() == raw(made["TOKEN_PUBLIC_KEY"])


def test_what_is_missing_is_added_and_the_rest_kept(tmp_path):
    path = tmp_path / "secrets.env"
    made = keys_in(path)
    lines = [line for line in path.read_text().splitlines() if not line.startswith(("LINK_KEY", "TOKEN_PUBLIC_KEY"))]
    path.write_text("\n".join(lines) + "\n")
    again = keys_in(path)
    changed = {name for name in made if made[name] != again[name]}
    assert changed == {"LINK_KEY", "TOKEN_PRIVATE_KEY", "TOKEN_PUBLIC_KEY"}
