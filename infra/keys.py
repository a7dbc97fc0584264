"""The secrets of one installation: made once, kept in a file that only its owner reads."""

import os
import secrets
from base64 import urlsafe_b64encode
from pathlib import Path

from infra.processes import SERVICES

HEADER = "# The secrets of this installation: whoever has them can sign links and rights.\n"


def password_name(service: str) -> str:
    """The name under which a service's database password is kept."""
    return f"{service.upper()}_DATABASE_PASSWORD"


#: The two halves of the key pair, and every secret of an installation.
PAIR = {"TOKEN_PRIVATE_KEY", "TOKEN_PUBLIC_KEY"}
NAMES = {"LINK_KEY", *PAIR, *(password_name(service) for service in SERVICES)}


def keys_in(path: Path) -> dict[str, str]:
    """The secrets kept in a file; what is missing is made and added, what is there is never changed.

    path: of the file, `NAME=value` lines, mode 0600.
    """
    kept = _read(path)
    if kept.keys() >= NAMES:
        return kept
    # The two halves of a key pair belong together: half a pair is made anew as a whole.
    if not kept.keys() >= PAIR:
        kept = {name: value for name, value in kept.items() if name not in PAIR}
    kept = {**kept, **{name: value for name, value in made_keys().items() if name not in kept}}
    _write(path, kept)
    return kept


def made_keys() -> dict[str, str]:
    """A new set of every secret of an installation."""
    passwords = {password_name(service): secrets.token_urlsafe(24) for service in SERVICES}
    private, public = _key_pair()
    return {
        "LINK_KEY": _text(secrets.token_bytes(32)),
        "TOKEN_PRIVATE_KEY": private,
        "TOKEN_PUBLIC_KEY": public,
        **passwords,
    }


def _key_pair() -> tuple[str, str]:
    """An Ed25519 key pair (RFC 8032), private and public, as the raw 32 bytes in base64."""
    # Imported here: it takes a while, and is needed once in an installation's life.
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.generate()
    return _text(private.private_bytes_raw()), _text(private.public_key().public_bytes_raw())


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode()


def _read(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text().splitlines()
    except FileNotFoundError:
        return {}
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def _write(path: Path, kept: dict[str, str]) -> None:
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    with open(os.open(unfinished, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w") as file:
        file.write(HEADER + "".join(f"{name}={value}\n" for name, value in kept.items()))
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
