"""Who a mail says it is from. Read in one pass without recursion; doubt is told, never guessed away.

Python's `parseaddr` takes `alice@corp.example]<bob@evil.example>` for Alice (CVE-2023-27043) and recurses
into comments (CVE-2023-36632); here comments are skipped by counting, and brackets hold the address.
"""

import re
import unicodedata

from chassis.addresses import address_of
from services.inbound.parsing.text import LONGEST_HEADER, clean_line, header_text, unfolded

LONGEST_NAME = 120
#: Join letters of Persian and Indian names, and turn or hide nothing.
_JOINERS = "\u200c\u200d"
#: A name in an encoded word, in which some programs leave commas as they are (RFC 2047, 5, forbids it), and no address.
_NAME = re.compile(r"=\?(?<!\S=\?)[\w-]{1,60}\?q\?[^?\s@<>()\"\\]{1,2000}\?=(?=[\s<]|$)", re.IGNORECASE)
#: An address whose quotes say nothing (RFC 5322, 3.2.4): all that stands in them may stand without.
_QUOTED = re.compile(r"\"([a-z0-9!#$%&'*+/=?^_`{|}~.-]+)\"(@[^\s\"'@<>()\[\],;:\\]+)", re.IGNORECASE | re.ASCII)


def sender_of(from_values, fallbacks):
    """Return `(email or None, name, flags)` of the sender.

    :param from_values: raw values of all From headers; the first one counts.
    :param fallbacks: raw values to take where From has no good address, best first.
    """
    flags = set()
    value = from_values[0] if from_values else ""
    if len(value) > LONGEST_HEADER:
        flags.add("header_cut")
    mailboxes = [mailbox_of(part) for part in split_list(_NAME.sub(_without_commas, unfolded(value))) if part.strip()]
    if len(from_values) != 1 or len(mailboxes) != 1 or any(doubtful for _, _, doubtful in mailboxes):
        flags.add("from_ambiguous" if from_values else "from_missing")
    email, name, _ = mailboxes[0] if mailboxes else (None, "", True)
    others = (mailbox_of(unfolded(other))[0] for other in fallbacks)
    return email or next(filter(None, others), None), name, flags


def answered_at(values):
    """Return `(email or None, name)` of Reply-To: whom answers reach, where it is one address without doubt.

    :param values: raw values of all Reply-To headers.
    """
    email, name, flags = sender_of(values, [])
    return (None, "") if flags else (email, name)


def mailbox_of(text):
    """Return `(email or None, name, whether there is doubt)` of one entry of an address list."""
    text = _unquoted(text)
    places, brackets = {"bare": [], "quoted": [], "comment": []}, []
    for character, place in _walk(text):
        if place == "angle":
            brackets[-1].append(character)
        elif place in places:
            places[place].append(character)
        elif character == "<":
            brackets.append([])
    bare, quoted, comment = ("".join(characters).strip() for characters in places.values())
    email = _address("".join(brackets[0]) if brackets else bare)
    shown = bare if brackets else ""
    name = _name(quoted or shown or comment)
    claims_other = "@" in name and _address(name) != email or "@" in shown and bool(quoted)
    doubtful = email is None or len(brackets) > 1 or claims_other or any(mark in shown for mark in "[]>")
    return email, name, doubtful


def split_list(text):
    """Return the entries of an address list: split at commas outside quotes, comments and brackets."""
    entries = [[]]
    for character, place in _walk(text):
        if place == "bare" and character in ",;":
            entries.append([])
        else:
            entries[-1].append(character)
    return ["".join(entry) for entry in entries]


def _walk(text):
    """Yield each character with its place: bare, quoted, comment, angle, or mark for what delimits them."""
    place, depth, escaped = "bare", 0, False
    for character in text:
        if escaped:
            escaped = False
            yield character, place
        elif character == "\\" and place in ("quoted", "comment"):
            escaped = True
            yield character, "mark"
        else:
            after, deeper = _turn(place, depth, character)
            yield character, place if (after, deeper) == (place, depth) else "mark"
            place, depth = after, deeper


def _turn(place, depth, character):
    if place == "bare":
        opened = {'"': "quoted", "(": "comment", "<": "angle"}.get(character, "bare")
        return opened, int(opened == "comment")
    if place == "comment":
        depth += {"(": 1, ")": -1}.get(character, 0)
        return ("comment", depth) if depth else ("bare", 0)
    return ("bare", 0) if (place, character) in (("quoted", '"'), ("angle", ">")) else (place, depth)


def _name(text):
    """Return a name as it reads: without marks of direction and characters of no width."""
    name = header_text(text, LONGEST_HEADER)
    kept = (character for character in name if unicodedata.category(character) != "Cf" or character in _JOINERS)
    return clean_line("".join(kept), LONGEST_NAME).strip("'")


def _address(text):
    try:
        return address_of(_unquoted(text.strip()).strip("'"))
    except ValueError:
        return None


def _unquoted(text):
    found = _QUOTED.fullmatch(text.strip()) if '"@' in text else None
    return found[1] + found[2] if found else text


def _without_commas(name):
    return name[0].replace(",", "=2C").replace(";", "=3B")
