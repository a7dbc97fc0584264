"""Mails as whoever reads the ticket may see them: without proofs.

A proof is the token in a reply address, a Message-ID or a link of ours. Whoever has it is taken for the participant for
whom it was made, so nobody else may read it.

Of a mail that is attached whole those fields of the header are kept that are named here: no blind recipient, no reply
address and no trace of a server comes along. They are cut out of the bytes as they stand, in linear time, for such
mails are what parsers die of.
"""

import re

from services.inbound.parsing.structure import HEADER_END

#: Fields that say who wrote what when, and those without which the body cannot be read.
_SHOWN = b"from|sender|subject|date|message-id|mime-version|content-[a-z-]{1,40}"
_FIELDS = re.compile(rb"^(?:" + _SHOWN + rb")[ \t]*:[^\n]*+(?:\n[ \t][^\n]*+)*+", re.IGNORECASE | re.MULTILINE)
#: Reply addresses, Message-IDs (`chassis.mail_identity`) and links of ours within other text, the proof apart; mail
#: programs escape them, and scanners of links put them into links of their own.
_SLASH = r"(?:/|%(?:25)?2f)"
_PROVEN = (
    r"(reply(?:\+|%2b|&#43;|&plus;)|\bt(?:\.[0-9a-f]{32}){3}\."
    rf"|public{_SLASH}(?:requests|attachments|satisfaction|registrations){_SLASH})"
)
_PROVEN_TEXT = re.compile(rf"{_PROVEN}[a-z2-7]{{26,}}+", re.IGNORECASE | re.ASCII)
#: Of a mail that could not be read the proof may still be broken at the end of a line, as quoted-printable does.
_PROVEN_BYTES = re.compile(rf"{_PROVEN}(?:[a-z2-7](?:=\r?\n)?){{26,}}+".encode(), re.IGNORECASE)
#: Wherever a proof is there is one of these, and hardly elsewhere; looking for them is ten times as fast.
_PLAIN = ("reply+", "reply%2b", "reply&", "public/", "public%2")
_DOTTED = r"\.[0-9a-f]{32}\."
_DOTTED_TEXT = re.compile(_DOTTED, re.IGNORECASE | re.ASCII)
_DOTTED_BYTES = re.compile(_DOTTED.encode(), re.IGNORECASE)


def shown_mail(raw):
    """Return the bytes of a mail with those fields of its header alone that may be shown, and its whole body.

    Where it is in doubt where the header ends, more counts as header. Addresses, Message-IDs and links of ours lose
    their proof wherever they stand in the clear, in quotes too.
    """
    raw = raw.lstrip(b"\r\n")
    end = HEADER_END.search(raw)
    header, body = (raw[: end.start()], raw[end.end() :]) if end else (raw, b"")
    fields = _FIELDS.findall(header.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
    return without_proofs(b"\r\n".join([*(field.replace(b"\n", b"\r\n") for field in fields), b"", body]))


def without_proofs(content):
    """Return text or bytes in which reply addresses, Message-IDs and links of ours are cut short, and prove nothing."""
    if isinstance(content, str):
        lowered = content.lower()
        is_there = any(sign in lowered for sign in _PLAIN) or _DOTTED_TEXT.search(content)
        return _PROVEN_TEXT.sub(r"\1...", content) if is_there else content
    lowered = content.lower()
    is_there = any(sign.encode() in lowered for sign in _PLAIN) or _DOTTED_BYTES.search(content)
    return _PROVEN_BYTES.sub(rb"\1...", content) if is_there else content
