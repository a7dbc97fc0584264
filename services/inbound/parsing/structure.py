"""The parts of a mail, within limits; beyond them the mail counts as unreadable and is kept whole."""

import re
from email.parser import BytesHeaderParser, BytesParser
from email.policy import compat32

#: Bytes of the header; Postfix cuts there too (`header_size_limit`).
HEADER_BYTES = 102_400
#: Parts within parts (Postfix: `mime_nesting_limit`).
DEEPEST = 100
MOST_PARTS = 1_000

#: Bytes of a field with parameters, continued lines included; Python takes quadratic time for them.
LONGEST_PARAMETERS = 4_000

# Without the CR before it: the byte that is always there is searched thirty times as fast as one that may be.
HEADER_END = re.compile(rb"\n\r?\n")
#: A line that may begin a part; a header line that opens parts, or a mail, within this part.
#: A mail's type stands first: a page may have as many indented lines with links to `/message/1` as it likes.
_OUTLINE = re.compile(
    rb"^--([^\r\n]{1,200})"
    rb"|^(?:content-type:[^\r\n]*?|[ \t][^\r\n]*?)boundary\s*=\s*\"?([^\s\";]{1,200})"
    rb"|^(?:content-type:|[ \t])[ \t]*+message/",
    re.IGNORECASE | re.MULTILINE,
)
_PARAMETERS = re.compile(rb"^content-(?:type|disposition):[^\r\n]*+(?:\r?\n[ \t][^\r\n]*+)*+", re.I | re.M)


class Unreadable(Exception):
    """A mail that cannot be read; the argument is the reason, a word for the log and the list."""


def message_of(raw):
    """Return the mail as a tree of `email.message.Message`.

    :raises Unreadable: `too_many_parts`, `nested_too_deep`, `malformed`.
    """
    raw, _ = cut_header(raw)
    _check_outline(raw)
    try:
        message = BytesParser(policy=compat32).parsebytes(raw)
    except RecursionError:
        raise Unreadable("nested_too_deep") from None
    except (ValueError, LookupError, TypeError, AttributeError, IndexError) as error:
        raise Unreadable("malformed") from error
    _check_parts(message)
    return message


def header_of(raw):
    """Return the header alone, for what can still be said of an unreadable mail."""
    return BytesHeaderParser(policy=compat32).parsebytes(cut_header(raw)[0][: 2 * HEADER_BYTES])


def cut_header(raw):
    """Return the mail with a header of at most `HEADER_BYTES`, and whether it was cut."""
    end = HEADER_END.search(raw)
    if (end.start() if end else len(raw)) <= HEADER_BYTES:
        return raw, False
    kept = raw.rfind(b"\n", 0, HEADER_BYTES) + 1
    return raw[:kept] + raw[end.start() :] if end else raw[:kept], True


def header_values(message, name):
    """Return the raw values of a header, in order, whatever their number."""
    name = name.lower()
    return [value for key, value in message.raw_items() if key.lower() == name]


def _check_outline(raw):
    """Refuse what is too deep or too much before it is parsed, which takes seconds for a bomb."""
    if any(len(field[0]) > LONGEST_PARAMETERS for field in _PARAMETERS.finditer(raw)):
        raise Unreadable("malformed")
    enclosing, parts = [], 0
    for mark in _OUTLINE.finditer(raw):
        if mark[1] is None:
            enclosing.append(mark[2])
        elif (name := mark[1].rstrip()) in enclosing:
            # What ended before it counts until here: no part begins in between.
            del enclosing[enclosing.index(name) + 1 :]
            parts += 1
        if len(enclosing) > DEEPEST:
            raise Unreadable("nested_too_deep")
        if parts > MOST_PARTS:
            raise Unreadable("too_many_parts")


def _check_parts(message):
    seen, waiting = 0, [(message, 0)]
    while waiting:
        part, depth = waiting.pop()
        seen += 1
        if depth > DEEPEST:
            raise Unreadable("nested_too_deep")
        if seen > MOST_PARTS:
            raise Unreadable("too_many_parts")
        # Asked for the payload of a leaf, the library would read it by whatever its charset is said to be.
        if part.is_multipart():
            waiting.extend((child, depth + 1) for child in part.get_payload())
