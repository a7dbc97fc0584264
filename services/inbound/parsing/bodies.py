"""The text of a mail: its plain text where that says as much as its HTML, else what the HTML says."""

import re
from copy import copy

from services.inbound.parsing.flowed import breaks_words, is_flowed, rejoined
from services.inbound.parsing.markup import charset_of_page, words_of
from services.inbound.parsing.structure import header_values
from services.inbound.parsing.text import clean_text, decoded

#: Characters of HTML that are read of one mail; what is longer is a bomb or a report that nobody reads in a ticket.
LONGEST_HTML = 1_000_000
#: A plain text of fewer letters may be a stub, such as "Your mail program cannot show HTML", beside HTML that says all.
LONGEST_STUB = 1_000
#: It is taken for one where the HTML says more than this many times as much: signatures often stand in that alone.
MUCH_MORE = 2

_TEXTS = ("text/plain", "text/html")
#: With the blanks, quotes and comments around it that some write.
_ENCODING = re.compile(r"[\s\"']*([\w-]+)")
_NOT_LETTERS = re.compile(r"\[cid:[^\]\s]{1,200}\]|\b[a-z]{2,9}:/?/?[\w.+-]++[@/]\S*+|[\W_]++", re.IGNORECASE)


def body_of(message):
    """Return `(text, flags)`.

    Of alternatives the plainest is taken that says something, and not much less than another; texts that follow one
    another are joined. Where none says anything the texts that are files, too, and shown within the mail, do.
    """
    texts = _Texts()
    read = [texts.of(part) for part in _body_parts(message, texts, is_text)]
    if not any(text.strip() for text, _ in read):
        read += [texts.of(part) for part in _body_parts(message, texts, _is_shown_file)]
    said = [text for text, _ in read if text.strip()]
    return "\n\n".join(said), set() if all(is_whole for _, is_whole in read) else {"body_cut"}


class _Texts:
    """The texts of one mail's parts, each read once; of HTML no more than `LONGEST_HTML` together."""

    def __init__(self):
        self._room = LONGEST_HTML
        self._read = {}
        self._letters = {}

    def of(self, part):
        """Return `(clean text, whether that is all)` of a part."""
        if id(part) not in self._read:
            self._read[id(part)] = self._text_of(part)
        return self._read[id(part)]

    def letters_in(self, parts):
        """Return how many letters parts say, links and names of pictures apart."""
        for part in parts:
            # Alternatives may stand a hundred deep in one another: each text is gone through once.
            if id(part) not in self._letters:
                self._letters[id(part)] = len(_NOT_LETTERS.sub("", self.of(part)[0]))
        return sum(self._letters[id(part)] for part in parts)

    def _text_of(self, part):
        content = content_of(part)
        charset = part.get_content_charset()
        text = decoded(content, charset, charset_of_page(content) if _is_html(part) and not charset else None)
        if not _is_html(part):
            text = rejoined(text, within_words=breaks_words(part)) if is_flowed(part) else text
            return clean_text(text), True
        words, all_read = words_of(text[: self._room])
        is_whole = all_read and len(text) <= self._room
        self._room = max(self._room - len(text), 0)
        return clean_text(words), is_whole


def content_of(part):
    """Return the bytes of a leaf, its transfer encoding undone as far as it can be."""
    encoding = encoding_of(part)
    if part.get("content-transfer-encoding", "") != encoding:
        # The library knows the word alone; the part itself stays as it came.
        part = copy(part)
        del part["Content-Transfer-Encoding"]
        part["Content-Transfer-Encoding"] = encoding
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def encoding_of(part):
    """Return the name of the transfer encoding that a part declares, in lower case; empty without one."""
    found = _ENCODING.match("".join(header_values(part, "content-transfer-encoding")[:1]))
    return found[1].lower() if found else ""


def is_text(part):
    """Whether a leaf is the mail's own text, or another form of it, and no file."""
    if part.is_multipart():
        return False
    disposition = _disposition_of(part)
    is_file = disposition.startswith("attachment") or "filename" in disposition
    # Parts that were announced without a boundary are one text.
    return not is_file and (part.get_content_type() in _TEXTS or part.get_content_maintype() == "multipart")


def _is_shown_file(part):
    """Whether a leaf is a text shown within the mail although it is a file, as gateways send what was texted."""
    return part.get_content_type() in _TEXTS and _disposition_of(part).startswith("inline")


def _disposition_of(part):
    return str(part.get("content-disposition", "")).lower().lstrip()


def _is_html(part):
    return part.get_content_subtype() == "html"


def _body_parts(part, texts, is_said):
    if not part.is_multipart():
        return [part] if is_said(part) else []
    if part.get_content_maintype() != "multipart":
        return []
    branches = [leaves for child in part.get_payload() if (leaves := _body_parts(child, texts, is_said))]
    if part.get_content_subtype() == "alternative":
        return _plainest(branches, texts)
    return [leaf for leaves in branches for leaf in leaves]


def _plainest(branches, texts):
    def rank(branch):
        blank = not any(content_of(leaf).strip() for leaf in branch)
        return blank, any(map(_is_html, branch))

    plainest = min(branches, key=rank, default=[])
    richer = [branch for branch in branches if any(map(_is_html, branch))]
    if any(map(_is_html, plainest)) or not richer:
        return plainest
    letters = texts.letters_in(plainest)
    if letters < LONGEST_STUB and texts.letters_in(richer[0]) > MUCH_MORE * letters:
        return richer[0]
    return plainest
