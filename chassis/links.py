"""Links and addresses that carry their own proof: HMAC-SHA256 (RFC 2104) cut to 128 bits.

One `LINK_KEY`, one derived key per purpose, so that a follow link never works as a rating link. Tokens are
base32 in lower case: they survive mail addresses, which lose their case on the way.
"""

import hashlib
import hmac
from base64 import b32decode, b32encode

from chassis.errors import NotFound

MAC_BYTES = 16


class Links:
    """Signs and verifies payloads.

    :param key: the installation's `LINK_KEY`, at least 32 bytes.
    """

    def __init__(self, key):
        self._key = key

    def sign(self, purpose, payload):
        """Return a token for the payload (text or bytes), good for this purpose only."""
        raw = payload.encode() if isinstance(payload, str) else payload
        return _spelled(self._mac(purpose, raw) + raw)

    def verify(self, purpose, token):
        """Return the payload of a token as bytes.

        :raises NotFound: `link_not_found`, for whatever is not a token of ours for this purpose.
        """
        try:
            signed = b32decode(token.upper() + "=" * (-len(token) % 8))
        except ValueError:
            signed = b""
        # The last character has spare bits: only the one spelling that was signed is good.
        if _spelled(signed) != token.lower():
            signed = b""
        mac, raw = signed[:MAC_BYTES], signed[MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(purpose, raw)):
            raise NotFound("link_not_found", "This link is not valid. Check that it was copied whole.")
        return raw

    def mark(self, purpose, payload):
        """Return the bare MAC of a payload in base32, for identifiers that show their payload themselves."""
        return _spelled(self._mac(purpose, payload.encode()))

    def _mac(self, purpose, raw):
        derived = hmac.digest(self._key, b"fielddesk:" + purpose.encode(), hashlib.sha256)
        return hmac.digest(derived, raw, hashlib.sha256)[:MAC_BYTES]


def _spelled(raw):
    return b32encode(raw).decode().rstrip("=").lower()
