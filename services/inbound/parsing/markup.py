"""What a page of HTML says, in time that grows with its length whatever it is made of.

Mails are hostile: libraries for this lay tables out, compare attributes with one another and walk through whatever
is open, each of which a megabyte turns into minutes. Here marks are read from left to right, once.
"""

import re
from html import unescape

#: Marks that are read of one page; people write a few thousand.
MOST_MARKS = 50_000
#: Bytes of a page in which it may say its charset (HTML standard, 13.2.3.2).
CHARSET_BYTES = 1_024
#: Lists within lists that are shown further and further to the right, and quotations within quotations.
DEEPEST_LIST = 5

# Possessive, so that what does not end is not tried again in shorter pieces.
_MARK = re.compile(r"<!--|<(/?)([a-z][a-z0-9]*+)([^<>]*+)>|<[!?/][^<>]*+>", re.IGNORECASE)
_HREF = re.compile(r"(?<![\w-])href\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"']++))", re.IGNORECASE)
_ALT = re.compile(r"(?<![\w-])alt\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"']++))", re.IGNORECASE)
#: Links that lead a reader somewhere.
_LEADS = re.compile(r"(?:https?|mailto|tel|sms):/{0,2}(\S{1,2000})", re.IGNORECASE)
_HIDES = re.compile(r"\bdisplay\s*+:\s*+none\b", re.IGNORECASE)
_META = re.compile(rb"<!--.*?(?:-->|\Z)|<meta[\s/]([^<>]*+)>", re.IGNORECASE | re.DOTALL)
_ATTRIBUTE = re.compile(r"(?<![^\s/\"'])([^\s=/\"'>]++)\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'>]++))")
_CHARSET = re.compile(r"charset\s*+=\s*+[\"']?\s*+([^\s\"';]++)", re.IGNORECASE)
#: A quotation of a mail program's; without it people indent their own words.
_CITES = re.compile(r"(?<![\w-])(?:type\s*+=\s*+[\"']?cite|class\s*+=\s*+[\"']?gmail_quote)\b", re.IGNORECASE)
_SAYS_NOTHING = frozenset(["head", "script", "style", "template", "title"])

# Signs that no text has: a line or a paragraph ends, a cell ends, an item begins, and its text; a blank that stays;
# a quotation begins and ends.
_LINE, _PARAGRAPH, _CELL, _ITEM, _ITEM_TEXT, _BLANK, _QUOTE, _UNQUOTE = "\x01\x02\x03\x04\x05\x06\x07\x08"
_SIGNS = re.compile(r"[\x00-\x08]")
_GAP = re.compile(f"{_ITEM_TEXT}?[ {_LINE}{_PARAGRAPH}{_CELL}]++|{_ITEM_TEXT}")
_EMPTY_ENDS = re.compile(f"({_QUOTE})[ \n]++|(?<![ \n])[ \n]++({_UNQUOTE})")
_SPACES = re.compile(r"[ \t\r\n\f]+")

_LINES = ["address", "article", "aside", "center", "dd", "div", "dt", "fieldset", "footer", "form", "header", "hr"]
_LINES += ["main", "nav", "ol", "section", "tr", "ul"]
_PARAGRAPHS = ["blockquote", "dl", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "p", "pre", "table"]
_AROUND = dict.fromkeys(_LINES, _LINE) | dict.fromkeys(_PARAGRAPHS, _PARAGRAPH) | {"td": _CELL, "th": _CELL}


def words_of(html):
    """Return `(text, whether that is all)`; of a page with too many marks the beginning is read."""
    page = _Page(_SIGNS.sub("", html))
    is_whole = page.read()
    text = _GAP.sub(_gap, "".join(page.said)).replace("\n ", "\n").lstrip("\n")
    text = _quoted(text) if _QUOTE in text else text
    return _unescaped(text).replace(_ITEM, "  ").replace(_BLANK, " "), is_whole


def charset_of_page(content):
    """Return the charset that a page says it is in, none where its first bytes do not.

    :param content: its bytes.
    """
    for mark in _META.finditer(content[:CHARSET_BYTES]):
        found = _ATTRIBUTE.findall((mark[1] or b"").decode("latin-1"))
        attributes = {name.lower(): "".join(value) for name, *value in found}
        is_type = attributes.get("http-equiv", "").lower() == "content-type"
        in_type = _CHARSET.search(attributes.get("content", "")) if is_type else None
        if attributes.get("charset") or in_type:
            return attributes.get("charset") or in_type[1]
    return None


class _Page:
    """A page that is being read: `said` are pieces of its text, and signs."""

    def __init__(self, html):
        self._html = html
        self._position = 0
        self._without_end = set()
        self._preformatted = 0
        self._lists = []
        self._quotes = []
        self._link = None
        self.said = [_LINE]

    def read(self):
        """Read from mark to mark; return whether the end was reached."""
        for _ in range(MOST_MARKS):
            mark = _MARK.search(self._html, self._position)
            self._say(self._html[self._position : mark.start() if mark else None])
            if mark is None:
                self._end_link()
                return True
            self._position = mark.end()
            if mark[2]:
                self._heed(mark[2].lower(), bool(mark[1]), mark[3])
            elif mark[0] == "<!--":
                self._skip("-->")
        return False

    def _say(self, text):
        if self._preformatted > 0:
            self.said.append(text.replace(" ", _BLANK))
        elif text:
            self.said.append(_SPACES.sub(" ", text))

    def _heed(self, name, is_end, attributes):
        if not is_end and (name in _SAYS_NOTHING or _HIDES.search(attributes)):
            self._skip(f"</{name}")
        elif name == "br":
            self.said.append("\n")
        elif name == "a":
            self._end_link()
            self._link = None if is_end else (_value(_HREF, attributes), len(self.said))
        elif name == "img":
            alternative = _SPACES.sub(" ", _value(_ALT, attributes))
            self.said.append(f"[{alternative}]" if alternative else "")
        elif name == "li" and not is_end:
            self.said.append(self._item())
        else:
            self._enter_or_leave(name, is_end, attributes)
            self.said.append(_AROUND.get(name, ""))

    def _end_link(self):
        """Say where an open link leads, unless its text does."""
        address, start = self._link or ("", 0)
        self._link = None
        leads = _LEADS.fullmatch(address)
        if leads and leads[1].rstrip("/") not in "".join(self.said[start:]):
            self.said.append(f" <{address}>")

    def _enter_or_leave(self, name, is_end, attributes):
        if name == "pre":
            self._preformatted += -1 if is_end else 1
        elif name in ("ol", "ul"):
            if not is_end:
                self._lists.append(0 if name == "ol" else None)
            elif self._lists:
                self._lists.pop()
        elif name == "blockquote":
            if not is_end:
                self._quotes.append(bool(_CITES.search(attributes)))
                self.said.append(_PARAGRAPH + _QUOTE if self._quotes[-1] else "")
            elif self._quotes:
                self.said.append(_UNQUOTE if self._quotes.pop() else "")

    def _item(self):
        sign = "*"
        if self._lists and self._lists[-1] is not None:
            self._lists[-1] += 1
            sign = f"{self._lists[-1]}."
        depth = min(max(len(self._lists), 1), DEEPEST_LIST)
        return f"{_LINE}{_ITEM * depth}{sign}{_ITEM_TEXT}"

    def _skip(self, end):
        """Go to the next mark that begins so; where there is none, nobody looks for it again."""
        if end in self._without_end:
            return
        found = re.compile(re.escape(end), re.IGNORECASE).search(self._html, self._position)
        if found is None:
            self._without_end.add(end)
        else:
            self._position = found.start() if end.startswith("</") else found.end()


def _quoted(text):
    """Return a text whose quoted lines are marked as mail programs do."""
    lines, depth = [], 0
    for line in _EMPTY_ENDS.sub(r"\1\2", text).split("\n"):
        depth += line.count(_QUOTE)
        said = line.replace(_QUOTE, "").replace(_UNQUOTE, "")
        lines.append(f"{'>' * min(depth, DEEPEST_LIST)} {said.lstrip()}" if depth else said)
        depth -= line.count(_UNQUOTE)
    return "\n".join(lines)


def _value(pattern, attributes):
    found = pattern.search(attributes)
    return (found[1] or found[2] or found[3] or "").strip() if found else ""


def _gap(signs):
    if signs[0].startswith(_ITEM_TEXT):
        return " "
    if _PARAGRAPH in signs[0]:
        return "\n\n"
    if _LINE in signs[0]:
        return "\n"
    return "  " if _CELL in signs[0] else " "


def _unescaped(text):
    try:
        return unescape(text)
    except ValueError:
        # A number of more digits than Python reads (sys.set_int_max_str_digits).
        return text
