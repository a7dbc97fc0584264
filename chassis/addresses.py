"""E-mail addresses in the one form in which the desk compares them. Pure.

Lower case, the domain in IDNA 2008 (RFC 5891, by UTS 46).
"""

import re
import unicodedata

import idna

#: Characters of an address (RFC 5321, 4.5.3.1.3, without the brackets of a path).
LONGEST_ADDRESS = 254

_LOCAL = re.compile(r"[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]+")


def address_of(text):
    """Return an address in the one form in which addresses are compared.

    :param text: bare address, as typed or as an SMTP client gave it.
    :raises ValueError: it is none.
    """
    local, at, domain = text.strip().rpartition("@")
    if not at or not _LOCAL.fullmatch(local) or len(local) > 200:
        raise ValueError("This is not an e-mail address.")
    try:
        domain = idna.encode(domain, uts46=True).decode()
    except (idna.IDNAError, UnicodeError) as error:
        raise ValueError("The domain of this address is not valid.") from error
    local = unicodedata.normalize("NFC", local).lower()
    # What cannot be stored or sent again as text (a lone surrogate of undecodable bytes) is no address.
    local.encode()
    # The dot of the root is typed now and then, and no server takes it in an address (RFC 5321, 4.1.2).
    address = f"{local}@{domain.lower().removesuffix('.')}"
    if len(address) > LONGEST_ADDRESS:
        # What was short as it was typed: a domain grows when it is written in ASCII.
        raise ValueError("This e-mail address is too long.")
    return address


def is_reserved(address):
    """Whether an address can be nobody's, in any domain: answers to tickets come to it, or nobody reads it."""
    return address.startswith(("reply+", "no-reply@"))
