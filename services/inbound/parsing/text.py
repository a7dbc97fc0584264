"""Bytes and broken text into clean text: nothing that a database, a header or a screen would choke on."""

import binascii
import codecs
import re
import unicodedata

#: Characters of one header value that are looked at (a subject of a page is no subject).
LONGEST_HEADER = 4_000
#: Text codecs that turn bytes into something else, or take quadratic time.
_NOT_CHARSETS = {"punycode", "idna", "unicode_escape", "raw_unicode_escape", "undefined", "utf_7"}
#: What mail programs write under the name of another charset, of which it is an extension (WHATWG Encoding, 4.2).
_WRITTEN_AS = {
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "iso2022_jp": "iso2022_jp_ext",
}

#: Before a text, whatever it is declared to be (WHATWG Encoding, 6).
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_FIRST_BYTES = tuple(mark for mark, _ in _MARKS)
_ESCAPES = re.compile(rb"\x1b[$(]")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_LINE_ENDS = re.compile(r"\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_BLANK_RUN = re.compile(r"\n{4,}")
_SPACES = re.compile(r"\s+")
_WORD = re.compile(r"=\?([^?\s*]{1,60})(?:\*[^?\s]{0,20})?\?([bBqQ])\?([^?]{0,2000})\?=")
_BETWEEN_WORDS = re.compile(r"(?<=\?=)\s+(?==\?)")


def decoded(raw, charset=None, guess=None):
    """Return bytes as text; never fails.

    The declared charset comes first, then UTF-8, then the guess. Where none fits, the first of them is taken that fits
    but for a few bytes, else Windows-1252.

    :param guess: charset as the bytes themselves name it, so one in which ASCII is itself.
    """
    if raw.startswith(_FIRST_BYTES):
        mark, name = next(one for one in _MARKS if raw.startswith(one[0]))
        return raw.removeprefix(mark).decode(name, "replace")
    declared = _codec(charset)
    # Who declares Windows-1252 and sends what is UTF-8 has written UTF-8: nobody writes "Ã©".
    names = ["utf-8", declared] if declared == "cp1252" else [declared, "utf-8", _codec_beside_ascii(guess)]
    names = [name for name in names if name]
    if _ESCAPES.search(raw) and any(name.startswith("iso2022") for name in names):
        # All of its bytes are ASCII, so that UTF-8 would fit whatever they say.
        names.remove("utf-8")
    for name in names:
        try:
            return raw.decode(name)
        except (UnicodeError, ValueError):
            continue
    for name in names:
        text = raw.decode(name, "replace")
        unknown = text.count("\ufffd")
        if len(text) - len(text.encode("ascii", "ignore")) > 2 * unknown:
            return text
    return raw.decode("cp1252", "replace")


def _codec(name):
    try:
        found = codecs.lookup(name.strip())
    except (LookupError, ValueError, AttributeError):
        return None
    usable = found._is_text_encoding and found.name.replace("-", "_") not in _NOT_CHARSETS
    return _WRITTEN_AS.get(found.name, found.name) if usable else None


def _codec_beside_ascii(name):
    found = _codec(name) if name else None
    return found if found and "a".encode(found) == b"a" else None


def clean_text(text):
    """Return text of several lines without control characters, lone surrogates and runs of blank lines."""
    text = _CONTROLS.sub("", _LINE_ENDS.sub("\n", text))
    text = "\n".join(line.rstrip() for line in text.split("\n"))
    return _BLANK_RUN.sub("\n\n\n", text).strip("\n").rstrip()


def clean_line(text, longest):
    """Return text as one line of at most `longest` characters: fit to stand in a header."""
    text = unicodedata.normalize("NFC", _CONTROLS.sub("", _LINE_ENDS.sub(" ", text)))
    return _SPACES.sub(" ", text).strip()[:longest].rstrip()


def header_text(value, longest):
    """Return a header's value as one clean line, encoded words (RFC 2047) decoded, broken ones as they stand.

    :param value: as the parser left it: ASCII, other bytes as surrogates.
    :param longest: characters of the answer at the most.
    """
    return clean_line(words_decoded(unfolded(value)), longest)


def unfolded(value, longest=LONGEST_HEADER):
    """Return a header's value on one line, its 8-bit bytes read as text."""
    raw = value[:longest].encode("utf-8", "surrogateescape")
    return _LINE_ENDS.sub(" ", decoded(raw).replace("\n", " "))


def words_decoded(value):
    """Return a value with its encoded words (RFC 2047) decoded; some senders even write ids in them."""
    value = _BETWEEN_WORDS.sub("", value)
    pieces, position, charset, raw = [], 0, None, b""
    for word in _WORD.finditer(value):
        # Bytes of neighbours are joined first: some senders split a character between two words.
        if word.start() > position or word[1].lower() != charset:
            pieces += [decoded(raw, charset), value[position : word.start()]]
            charset, raw = word[1].lower(), b""
        raw += _word_bytes(word)
        position = word.end()
    return "".join([*pieces, decoded(raw, charset), value[position:]])


def _word_bytes(word):
    try:
        if word[2] in "qQ":
            return binascii.a2b_qp(word[3].encode(), header=True)
        return binascii.a2b_base64(word[3].encode() + b"==")
    except binascii.Error:
        return word[0].encode()
