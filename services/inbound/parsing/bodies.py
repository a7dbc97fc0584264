"""The text of a mail: plain where there is plain, else what its HTML says."""

import re
from html import unescape

from inscriptis import get_text
from lxml.etree import LxmlError
from lxml.html import html_parser

from services.inbound.parsing.text import clean_text, decoded

#: Characters of HTML that are rendered; what is longer is a bomb or a report that nobody reads in a ticket.
LONGEST_HTML = 1_000_000

_TAG = re.compile(r"<[^<>]*>")
_TEXTS = ("text/plain", "text/html")


def body_of(message):
    """Return `(text, flags)`.

    Of alternatives the plainest that says something is taken; texts that follow one another are joined.
    """
    texts, flags = [], set()
    for part in _body_parts(message):
        text, part_flags = _text_of(part)
        flags |= part_flags
        if text.strip():
            texts.append(text)
    return "\n\n".join(texts), flags


def content_of(part):
    """Return the bytes of a leaf, its transfer encoding undone as far as it can be."""
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def is_text(part):
    """Whether a leaf is the mail's own text, or another form of it, and no file."""
    if part.is_multipart():
        return False
    disposition = str(part.get("content-disposition", "")).lower()
    is_file = disposition.lstrip().startswith("attachment") or "filename" in disposition
    # Parts that were announced without a boundary are one text.
    return not is_file and (part.get_content_type() in _TEXTS or part.get_content_maintype() == "multipart")


def _body_parts(part):
    if not part.is_multipart():
        return [part] if is_text(part) else []
    if part.get_content_maintype() != "multipart":
        return []
    branches = [leaves for child in part.get_payload() if (leaves := _body_parts(child))]
    if part.get_content_subtype() == "alternative":
        return _plainest(branches)
    return [leaf for leaves in branches for leaf in leaves]


def _plainest(branches):
    def rank(branch):
        blank = not any(content_of(leaf).strip() for leaf in branch)
        return blank, any(leaf.get_content_subtype() == "html" for leaf in branch)

    return min(branches, key=rank, default=[])


def _text_of(part):
    text, flags = decoded(content_of(part), part.get_content_charset()), set()
    if part.get_content_subtype() == "html":
        if len(text) > LONGEST_HTML:
            text, flags = text[:LONGEST_HTML], {"body_cut"}
        try:
            text = _rendered(text.replace("\x00", "")) if text.strip() else ""
        except (LxmlError, RecursionError, ValueError, TypeError, AttributeError, KeyError, IndexError):
            text, flags = unescape(_TAG.sub(" ", text)), flags | {"part_unreadable"}
    return clean_text(text), flags


def _rendered(html):
    """Return what HTML says.

    :raises LxmlError: the parser has left a part of it out.
    """
    text = get_text(html)
    # From 256 nested elements on it drops all that follows. Rendering takes as long as nesting is deep, so the limit
    # is not lifted. It is inscriptis' parser, too.
    if html_parser.error_log.filter_from_fatals():
        raise LxmlError("a part of the HTML was left out")
    return text
