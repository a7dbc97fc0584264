"""Passwords: Argon2id (RFC 9106), hashed and compared where a caller says, off the event loop."""

import secrets

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

#: OWASP Password Storage Cheat Sheet, second of the equal choices; about 25 ms.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1, hash_len=32, salt_len=16, type=Type.ID)
#: What is compared where there is no password, so that an unknown address takes as long as a known one.
_NOBODYS = _HASHER.hash(secrets.token_urlsafe())


class Passwords:
    """Hashes and compares passwords.

    :param run: calls a function with arguments and returns what it returns; a service passes a thread pool's,
        because Argon2 is C code that would stop every other greenlet.
    """

    def __init__(self, run=lambda function, *arguments: function(*arguments)):
        self._run = run

    def hash(self, password):
        """Return the encoded hash (parameters and salt included) of a password."""
        return self._run(_HASHER.hash, password)

    def match(self, password_hash, password):
        """Whether a password fits a hash; without a hash the same work is done for nothing."""
        return self._run(_matches, password_hash, password)


def _matches(password_hash, password):
    try:
        _HASHER.verify(_NOBODYS if password_hash is None else password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None
