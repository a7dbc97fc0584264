"""CVE-2021-36093 (OTRS), CVE-2024-48938 (Znuny): a regular expression of the mail parser took quadratic time, and one
mail stopped the reading of all others. CVE-2021-21439 (OTRS) and CVE-2021-3649 (Chatwoot) are of this kind.

Every pattern of the parser is found here by looking into its modules, and run as its module uses it on text made of
what patterns look for. Four times the text may cost about four times the processor time; quadratic ones cost sixteen
times. Patterns that are given little have the limit beside them, and take no time for that.
"""

import ast
import inspect
import re
from contextlib import suppress
from importlib import import_module
from pkgutil import iter_modules
from time import process_time

import pytest

from chassis import addresses
from services.inbound import domain, parsing
from services.inbound.contract.words import LONGEST_BODY
from services.inbound.parsing import headers, languages, quotes, text
from services.inbound.parsing.mail import read_header
from services.inbound.parsing.structure import Unreadable
from tests.unit.inbound.mails import RECEIVED, read

LARGEST = 1_000_000
#: Characters that a pattern gets at the most, where that is less.
LIMITS = {
    "quotes._SPANISH": quotes.WINDOW_CHARACTERS,
    "quotes._SEPARATOR": quotes.WINDOW_CHARACTERS,
    "quotes._FIELDS": quotes.WINDOW_CHARACTERS,
    "quotes._LIBRARY": quotes.WINDOW_CHARACTERS,
    "quotes._HINT": quotes.WINDOW_CHARACTERS,
    "quotes._BEGINNING": LONGEST_BODY,
    "quotes._MARKER": LONGEST_BODY,
    "headers._ID": 2 * headers.LONGEST_IDS,
    "headers._BARE_ID": 2 * headers.LONGEST_IDS,
    "headers._OWN_ID": 250,
    "headers._MACHINE_SENDERS": text.LONGEST_HEADER,
    "headers._MACHINE_SUBJECTS": 300,
    "languages._NOT_WORDS": languages.LONGEST,
    "languages._WORD": languages.LONGEST,
    "text._WORD": 2 * headers.LONGEST_IDS,
    "text._BETWEEN_WORDS": 2 * headers.LONGEST_IDS,
    "attachments._TYPE": text.LONGEST_HEADER,
    "addresses._LOCAL": text.LONGEST_HEADER,
}
PIECES = [
    "a", " ", "\n", "\r\n ", "\n\n", "<", "<a", "<a@b>", "a@", "(", '"', "=?", "=?utf-8?q?a", "?= ", "--b", "--b\r\n",
    "content-type: boundary=", "content-type:", " boundary=x", "On ", "On a wrote", "Le a écrit ", "El a\n",
    "From: x\n", "> ", "_", "-", "##-", "##- -", "http://", "a1", ">a\n", "x/", "noreply+", "\x0b", "\t",
    "answer ", "below a ", "<meta a=",
]  # fmt: skip
#: Characters at which a quadratic pattern takes a third of a second, and a linear one nothing worth measuring.
TELLING = 16_000
#: Seconds below which the shorter run says nothing.
NOISE = 0.001
#: Seconds that a pattern may take for the little that it is given, on a busy machine.
ENOUGH = 0.25


def patterns():
    """Yield `(name, pattern, how it is used)` of every compiled pattern in the modules of the parser."""
    names = [f"{parsing.__name__}.{found.name}" for found in iter_modules(parsing.__path__)]
    for module in [addresses, domain, *map(import_module, filter(lambda name: not name.endswith("__main__"), names))]:
        uses = _uses_in(module)
        for name, member in vars(module).items():
            if isinstance(member, re.Pattern):
                yield f"{module.__name__.rsplit('.', 1)[1]}.{name}", member, uses.get(name, {"match"})


def _uses_in(module):
    found = {}
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and hasattr(node.func.value, "id"):
            found.setdefault(node.func.value.id, set()).add(node.func.attr)
    return found


def cost(pattern, use, given):
    """Return the processor time of one use of a pattern, to its end."""
    began = process_time()
    if use == "sub":
        pattern.sub(given[:0], given)
    else:
        result = getattr(pattern, use)(given)
        for _ in result if use == "finditer" else ():
            pass
    return process_time() - began


def grows_too_much(run, length):
    """Whether the whole length costs more than eight times what a quarter of it does.

    :param run: function of a length that returns seconds.
    """
    return all(run(length) > 8 * max(run(length // 4), NOISE) for _ in range(3))


PATTERNS = list(patterns())


def test_the_patterns_are_found():
    """And each limit belongs to one of them."""
    names = [name for name, _, _ in PATTERNS]
    assert len(names) > 25 and len(set(names)) == len(names)
    assert set(LIMITS) <= set(names)


@pytest.mark.parametrize(("name", "pattern", "uses"), PATTERNS, ids=[name for name, _, _ in PATTERNS])
def test_four_times_the_text_is_four_times_the_work(name, pattern, uses):
    """Whatever the text is made of."""
    for piece in PIECES:
        # The end is what nothing expects there: what nearly fits is tried again from every place.
        piece, end = (piece.encode(), b"!") if isinstance(pattern.pattern, bytes) else (piece, "!")

        def run(length, piece=piece, end=end):
            given = piece * (length // len(piece) + 1) + end
            return sum(cost(pattern, use, given) for use in uses)

        if LIMITS.get(name, TELLING) < TELLING:
            assert any(run(LIMITS[name]) < ENOUGH for _ in range(3)), piece
        else:
            assert not grows_too_much(run, TELLING), piece


@pytest.mark.parametrize("place", ["text/plain", "text/html", "one line", "folded"])
def test_a_whole_mail_of_a_megabyte_is_read_in_time(place):
    """Quotations, HTML, headers of one long line or of many; all that patterns look for, one after another."""

    def run(length):
        filler = "".join(piece * (length // len(PIECES) // len(piece)) for piece in PIECES)
        raw = f"From: a@b.example\nContent-Type: {place}\n\n{filler}"
        if "/" not in place:
            filler = re.sub(r"[\r\n]+", "\n " if place == "folded" else " ", filler)
            raw = f"From: {filler}\nSubject: {filler}\nReferences: {filler}\nDate: {filler}\n\nx"
        began = process_time()
        if "/" in place:
            # A part that seems to begin in the filler may have more parameters than are parsed.
            with suppress(Unreadable):
                read(raw.encode())
        else:
            read_header(raw.encode(), envelope_from="", received_at=RECEIVED)
        return process_time() - began

    assert not grows_too_much(run, LARGEST)
