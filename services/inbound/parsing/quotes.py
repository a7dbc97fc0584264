"""What is new in an answer: the quoted conversation below it is cut, and kept where in doubt.

First our own marker line, then what mail programs write above a quotation (mail-parser-reply knows them in
English, French and German; Spanish and the separators of Outlook are ours).
"""

import re

from mailparser_reply.parser import EmailMessage

#: Lines looked at, and of these the places examined more closely; characters of each window. The patterns of
#: others are quadratic, so they get little to chew.
MOST_LINES, MOST_PLACES = 1_000, 10
WINDOW_LINES, WINDOW_CHARACTERS = 5, 400

_MARKER = re.compile(r"^.{0,40}##-.{0,120}-##.*$", re.MULTILINE)
_BEGINNING = re.compile(
    r"[*> ]*(?:(?:On|Le|Am|El|From|Sent|Von|Gesendet|De|Envoyé|Enviado)\b|-{3,}|_{20,})", re.IGNORECASE
)
_HINT = re.compile(r"wrote|schrieb|écrit|escribió|(?:From|Von|De|Sent) ?:|Message|Nachricht|Mensaje")
_SPANISH = re.compile(r"[> ]*El\s[^\n]{5,200}(?:\n[^\n]{0,200}){0,2}?escribió\s*:\s*$", re.MULTILINE)
_SEPARATOR = re.compile(
    r"[> ]*(?:-{3,} ?(?:Original Message|Message d'origine|Ursprüngliche Nachricht|Mensaje original) ?-{3,}"
    r"|_{30,}\n+[* ]*(?:From|Von|De) ?:)",
    re.IGNORECASE,
)
_FIELDS = re.compile(
    r"[*> ]*(?:From|Von|De|Sent|Gesendet|Envoyé|Enviado) ?:[^\n]*\n+"
    r"[*> ]*(?:From|Von|De|Sent|Gesendet|Envoyé|Enviado|To|An|À|Para|Date|Datum|Fecha|Cc) ?:",
    re.IGNORECASE,
)
_LIBRARY = EmailMessage("", languages=["en", "fr", "de"]).HEADER_REGEX
_PATTERNS = (_SPANISH, _SEPARATOR, _FIELDS, _LIBRARY)


def new_text(text):
    """Return what stands above the quoted conversation, or the whole text: where that would be nothing, or where more
    was written between or below quoted lines.

    :param text: clean text of the mail.
    """
    marker = _MARKER.search(text)
    if marker and marker[0].lstrip().startswith(">") and _is_answered_within(text[marker.start() :].split("\n")):
        return text
    above = text[: marker.start()] if marker else text
    lines = above.split("\n")
    beginning = _quotation_of(lines)
    kept = lines if beginning is None else lines[:beginning]
    while kept and (not kept[-1].strip() or kept[-1].lstrip().startswith(">")):
        kept.pop()
    return "\n".join(kept).strip() or text


def _quotation_of(lines):
    """Return the line at which the quotation begins; none without one, or with answers within it."""
    places = 0
    for number, line in enumerate(lines[:MOST_LINES]):
        if not _BEGINNING.match(line) or places >= MOST_PLACES:
            continue
        windows = _windows(lines, number)
        if _HINT.search(windows[0]):
            places += 1
            if any(pattern.match(window) for window in windows for pattern in _PATTERNS):
                return None if _is_answered_within(lines[number:]) else number
    return None


def _windows(lines, number):
    """Return what stands from a line on: as it is, and with two or three lines joined that were wrapped."""
    joined = (" ".join(lines[number : number + count]) for count in (2, 3))
    windows = ("\n".join(lines[number : number + WINDOW_LINES]), *joined)
    return [window[:WINDOW_CHARACTERS].replace("\xa0", " ") for window in windows]


def _is_answered_within(lines):
    """Whether new text follows lines quoted with `>`: answers between the lines must not be lost."""
    quoted = False
    for line in lines:
        if line == "-- ":
            return False
        if line.lstrip().startswith(">"):
            quoted = True
        elif quoted and line.strip():
            return True
    return False
