"""Files of a mail as participants may have them: mails and texts without our proofs (`shown`), all else as it came.

Mail programs forward and return our own mails whole, and these name the address and links that one person was given.
"""

import base64
import binascii
import codecs
import mimetypes
import quopri
import re
from email.message import Message
from email.policy import Compat32

from services.inbound.parsing.bodies import content_of, encoding_of
from services.inbound.parsing.flowed import breaks_words, rejoined
from services.inbound.parsing.shown import shown_mail, without_proofs
from services.inbound.parsing.structure import Unreadable, header_values, message_of
from services.inbound.parsing.text import unfolded

_MAILS = ("message/rfc822", "message/global")
#: Fields that an attached mail keeps: its recipients among them, as its sender showed them, but no blind ones.
_SHOWN = re.compile(r"from|sender|to|cc|subject|date|message-id|mime-version|content-.*", re.IGNORECASE)
#: How a mail begins, by itself or in a mailbox file; a file that is only called a mail stays as it is.
_BEGINNING = re.compile(rb"(?:>?From [^\n]*\n)?[!-9;-~]+[ \t]*:")
#: Files that are no text, whatever they are called: PDF, and what has a NUL in it.
_NOT_TEXT = re.compile(rb"%PDF-|[^\0]*+\0")
#: Texts in which a character is two bytes, as Outlook saves them, begin so.
_WIDE = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_LINE_END = re.compile(r"\r\n|\r|\n")


class _AsSent(Compat32):
    """Writes a mail as it travelled, and breaks no line of its header anew: what a signature covers stays as it is."""

    def fold_binary(self, name, value):
        """Return a field as bytes; the library would see ends of lines in it that are none in mails, and refuse it."""
        return f"{name}: {_LINE_END.sub(self.linesep, value)}{self.linesep}".encode("ascii", "surrogateescape")


_AS_SENT = _AsSent(linesep="\r\n")


def shown_file(content, content_type, filename):
    """Return the bytes of a file without proofs of ours, if it is a mail or a text.

    :param content: its transfer encoding undone.
    :param content_type: as declared; what its name says counts as well.
    """
    kinds = [content_type, mimetypes.guess_type(filename)[0] or ""]
    if any(kind in _MAILS for kind in kinds) and _BEGINNING.match(content.lstrip()):
        return shown_whole(content)
    return _shown_text(content) if any(kind.startswith(("text/", "message/")) for kind in kinds) else content


def shown_whole(raw):
    """Return the bytes of a mail without proofs of ours, whatever the transfer encoding of its texts.

    One that cannot be read loses those that stand in the clear.
    """
    try:
        return _shown(message_of(raw.lstrip()))
    except Unreadable:
        return shown_mail(raw)


def written(mail):
    """Return the bytes of a mail that was parsed.

    :raises Unreadable: `attachment_malformed`.
    """
    try:
        return mail.as_bytes(policy=_AS_SENT)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise Unreadable("attachment_malformed") from error


def content_of_file(part):
    """Return the bytes of a part that is a file, its transfer encoding undone; of an attached mail, as it was parsed.

    :raises Unreadable: `attachment_malformed`.
    """
    if not part.is_multipart():
        return content_of(part)
    content = b"\r\n".join(map(written, part.get_payload()))
    # No mail may be in base64 as a whole (RFC 2046, 5.2.1), and some are.
    return _base64_undone(content) if _is_encoded(part) else content


def name_of(part):
    """Return the name that a part declares, empty without one."""
    named = Message()
    for field in ("Content-Disposition", "Content-Type"):
        # The library gives up bytes that are no ASCII, which browsers and old programs write as they are.
        for value in header_values(part, field)[:1]:
            named[field] = unfolded(value)
    try:
        return named.get_filename() or ""
    except (ValueError, LookupError, TypeError, AttributeError):
        return ""


def _shown(mail):
    waiting = [(mail, True)]
    while waiting:
        part, is_mail = waiting.pop()
        if is_mail:
            _cut_header(part)
        if part.is_multipart() and not _is_encoded(part):
            holds_mails = part.get_content_type() in _MAILS
            waiting.extend((child, holds_mails) for child in part.get_payload())
        else:
            _cut_leaf(part)
        part.preamble, part.epilogue = (without_proofs(text or "") or text for text in (part.preamble, part.epilogue))
    return written(mail)


def _shown_text(content):
    for mark, codec in _WIDE:
        if content.startswith(mark):
            text = content.decode(codec, "surrogatepass") if len(content) % 2 == 0 else ""
            shown = without_proofs(text)
            return content if shown == text else shown.encode(codec, "surrogatepass")
    return content if _NOT_TEXT.match(content) else without_proofs(content)


def _cut_header(mail):
    fields = list(mail.raw_items())
    for name in {name for name, _ in fields}:
        del mail[name]
    for name, value in fields:
        if _SHOWN.fullmatch(name):
            mail.set_raw(name, without_proofs(value))


def _cut_leaf(part):
    content = _with_whole_words(content_of_file(part), part)
    shown = shown_file(content, part.get_content_type(), name_of(part))
    if shown == content:
        return
    encoding = encoding_of(part)
    if encoding == "base64":
        part.set_payload(base64.encodebytes(shown).decode())
    elif encoding == "quoted-printable":
        part.set_payload(quopri.encodestring(shown).decode())
    else:
        del part["Content-Transfer-Encoding"]
        part.set_raw("Content-Transfer-Encoding", "8bit")
        part.set_payload(shown.decode("ascii", "surrogateescape"))


def _with_whole_words(content, part):
    # Whoever opens the mail sees a proof whole that was broken into lines for the way. Latin-1 loses no byte meanwhile.
    return rejoined(content.decode("latin-1"), within_words=True).encode("latin-1") if breaks_words(part) else content


def _base64_undone(content):
    try:
        return binascii.a2b_base64(content)
    except binascii.Error:
        return content


def _is_encoded(part):
    return part.get_content_maintype() == "message" and encoding_of(part) == "base64"
