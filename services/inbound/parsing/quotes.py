"""What is new in an answer: the quoted conversation below it is cut, and kept where in doubt.

First our own marker line, then what mail programs write above a quotation (mail-parser-reply knows them in
English, French and German; Spanish and the separators of Outlook are ours).
"""

import re

from mailparser_reply.parser import EmailMessage

from services.inbound.parsing.footers import without_footer

#: Lines looked at, and the places among them that are examined more closely: the library's patterns take quadratic
#: time, so they are given few and small pieces of text.
MOST_LINES, MOST_PLACES = 1_000, 10
WINDOW_LINES, WINDOW_CHARACTERS = 5, 400
#: Lines over which mail programs wrap what they write above a quotation.
WRAPPED_LINES = 3
#: Fields copied above a quotation at least, where no address stands in one; people write such lines of their own, too
#: ("From: Monday", "To: Thursday", "Date: May").
FEWEST_FIELDS = 4

_MARKER = re.compile(r"##-.{0,120}-##")
_BEGINNING = re.compile(
    r"[*> ]*(?:(?:On|Le|Am|El|From|Sent|Von|Gesendet|De|Envoyé|Enviado)\b|-{3,}|_{20,})", re.IGNORECASE
)
_HINT = re.compile(r"wrote|schrieb|écrit|escribió|(?i:From|Von|De|Sent) ?:|Message|Nachricht|Mensaje|Mail original")
#: Right above our marker whatever says when somebody wrote announces it, in the order of words of any program.
_SAYS_WHEN = re.compile(r"[^\n]*\d[:.h]\d\d(?!\d)[^\n]*:")
_SAYS_WHO = re.compile(r"wrote|schrieb|écrit|escribió|@")
_SPANISH = re.compile(r"[> ]*El\s[^\n]{5,200}(?:\n[^\n]{0,200}){0,2}?escribió\s*:\s*$", re.MULTILINE)
_SEPARATOR = re.compile(
    r"[> ]*(?:-{3,} ?(?:Original Message|Message d.origine|(?:Message|Mail|Mensaje) original"
    r"|Ursprüngliche Nachricht|Original-Nachricht) ?-{3,}"
    r"|_{30,}\n+[* ]*(?:From|Von|De) ?:)",
    re.IGNORECASE,
)
_WHO_OR_WHEN = r"From|Von|De|Sent|Gesendet|Envoyé(?: le)?|Enviado(?: el)?"
_FIELDS = re.compile(
    rf"[*> ]*(?:{_WHO_OR_WHEN}) ?:[^\n]*\n+[*> ]*(?:{_WHO_OR_WHEN}|To|An|À|Para|Date|Datum|Fecha|Cc) ?:",
    re.IGNORECASE,
)
_FIELD = re.compile(
    rf"^[*> ]*(?:{_WHO_OR_WHEN}|To|An|À|Para|Date|Datum|Fecha|Cc|Subject|Betreff|Objet|Asunto)[* ]*:",
    re.IGNORECASE | re.MULTILINE,
)
#: What programs write above a mail that somebody passes on; Apple quotes it, too.
_PASSED_ON = re.compile(
    r"(?:> ?)?(?:-{3,} ?(?:Forwarded message|Message transféré|Weitergeleitete Nachricht|Mensaje reenviado) ?-{3,}"
    r"|(?:Begin forwarded message|Début du message (?:transféré|réexpédié)|Inicio del mensaje reenviado"
    r"|Anfang der weitergeleiteten (?:Nachricht|E-Mail))[ \xa0]?:)",
    re.IGNORECASE,
)
#: Before the subject of such a mail; Outlook writes nothing else.
_PASSES_ON = re.compile(r"(?:fwd?|tr|wg|rv) ?:", re.IGNORECASE)
#: Who says that they have answered further down has done so between lines that Outlook does not mark, or within one.
_ANSWERS = (
    r"\b(?:ge|be)?(?:answer|repl|respon|respuest|répon|comment|remark|remarqu|précis|antwort|anmerk|komment|coment)\w*+"
)
_FURTHER_DOWN = (
    r"\b(?:below|in-?line|ci[- ]dessous|ci[- ]après|plus bas|dans le texte|unten|im Text|(?:más )?abajo|a continuación"
    r"|(?:in|en) (?:red|blue|green|bold|rouge|bleu|vert|gras|rot|blau|grün|fett|rojo|azul|verde|negrita))\b"
)
_WORDS_BETWEEN = r"[^\w.!?]++(?:\w++[^\w.!?]++){0,4}?"
_POINTS_BELOW = re.compile(
    rf"{_ANSWERS}{_WORDS_BETWEEN}{_FURTHER_DOWN}|{_FURTHER_DOWN}{_WORDS_BETWEEN}{_ANSWERS}"
    rf"|\b(?:see|voir|cf|siehe|vea|véase|ver)\W++(?:below|ci[- ]dessous|plus bas|unten|(?:más )?abajo)\b",
    re.IGNORECASE,
)
_LIBRARY = EmailMessage("", languages=["en", "fr", "de"]).HEADER_REGEX
_PATTERNS = (_SPANISH, _SEPARATOR, _FIELDS, _LIBRARY)


def new_text(text, subject=""):
    """Return what stands above the quoted conversation, or the whole text: where that would be nothing, or where more
    was written between or below quoted lines, or is said to be. A mail that somebody passes on is no quotation.

    :param text: clean text of the mail.
    :param subject: its subject.
    """
    marker = _MARKER.search(text)
    lines = (text[: marker.start()] if marker else text).split("\n")
    if marker:
        before = lines.pop()
        if before.lstrip().startswith(">") and _is_answered_within(text[marker.start() - len(before) :].split("\n")):
            return text
        # Some programs announce the quotation in the line in which it begins.
        lines += [before, ">"] if re.search(r"\w", before) else [">"]
    beginning = _quotation_of(lines)
    if _PASSES_ON.match(subject) or any(map(_PASSED_ON.match, lines[:beginning][:MOST_LINES])):
        return "\n".join(lines[: -1 if marker else None]).strip() or text
    kept = _trimmed(lines if beginning is None else lines[:beginning])
    if marker and beginning is None:
        kept = _without_announcement(kept)
    said = "\n".join(without_footer(kept)).strip()
    # Nearly all mails are told without that search, which takes longest.
    points_below = len(said) < len(text) and _POINTS_BELOW.search(said)
    return text if not said or points_below else said


def _trimmed(lines):
    """Return lines up to the last one that says something and is not quoted."""
    end = len(lines)
    while end and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith(">")):
        end -= 1
    return lines[:end]


def _without_announcement(lines):
    """Return lines without the last one or two, if these stand by themselves and say when somebody wrote something."""
    for number in (1, 2):
        last = " ".join(lines[-number:])[:WINDOW_CHARACTERS]
        is_alone = not "".join(lines[-number - 1 : -number]).strip()
        if is_alone and _SAYS_WHEN.fullmatch(last) and _SAYS_WHO.search(last):
            return _trimmed(lines[:-number])
    return lines


def _quotation_of(lines):
    """Return the line at which the quotation begins; none without one, or with answers within it."""
    places = 0
    for number, line in enumerate(lines[:MOST_LINES]):
        if not _BEGINNING.match(line) or places >= MOST_PLACES:
            continue
        windows = _windows(lines, number)
        if _HINT.search(windows[0]):
            places += 1
            is_like_one = any(pattern.match(window) for window in windows for pattern in _PATTERNS)
            if is_like_one and _announces(lines[number:]):
                return None if _is_answered_within(lines[number:]) else number
    return None


def _announces(lines):
    """Whether lines that are like those above a quotation are: people write "On Monday he wrote:", too."""
    opening = _windows(lines, 0)[0]
    if _SEPARATOR.match(opening):
        return True
    if _FIELD.match(opening):
        fields = [line for line in opening.split("\n") if _FIELD.match(line)]
        return "@" in "".join(fields) or len(fields) >= FEWEST_FIELDS
    ends = (number for number, line in enumerate(lines[:WRAPPED_LINES], start=1) if line.rstrip().endswith(":"))
    end = next(ends, 1)
    following = next(filter(str.strip, lines[end:]), "")
    return following.lstrip().startswith(">") or _says_who_and_when(lines[:end])


def _says_who_and_when(announcement):
    """Whether an address and a number beside it stand in lines: people name an address, and seldom the hour with it.

    Where they do, they end a sentence ("On Monday at 9:30 I wrote to rosa@..."), and no colon further down is its end.
    """
    if any(line.rstrip().endswith((".", "!", "?")) for line in announcement[:-1]):
        return False
    words = " ".join(announcement)[:WINDOW_CHARACTERS].split()
    others = [word for word in words if "@" not in word]
    return len(others) < len(words) and any(map(str.isdigit, "".join(others)))


def _windows(lines, number):
    """Return what stands from a line on: as it is, and with two or three lines joined that were wrapped."""
    joined = (" ".join(lines[number : number + count]) for count in (2, 3))
    windows = ("\n".join(lines[number : number + WINDOW_LINES]), *joined)
    return [window[:WINDOW_CHARACTERS].replace("\xa0", " ").lstrip(" ") for window in windows]


def _is_answered_within(lines):
    """Whether new text follows lines quoted with `>`: answers between the lines must not be lost."""
    quoted = False
    for line in lines:
        # The blank by which it is known (RFC 3676, 4.3) goes when a text is cleaned.
        if line.rstrip() == "--":
            return False
        if line.lstrip().startswith(">"):
            quoted = True
        elif quoted and line.strip():
            return True
    return False
