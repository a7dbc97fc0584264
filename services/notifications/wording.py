"""The wording of mails and of the in-app list, in four languages.

Each kind has one file, `templates/<kind>.toml`, in which its four texts stand together; `frame.toml` holds
what stands around every mail. A text is written once, as plain text: the HTML part is made of the same text
rendered a second time with escaping on, so whatever a user wrote arrives there as text.
"""

import re
import tomllib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time, get_timezone_name
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from services.notifications.domain import REPLY_MARKER, clean_line, clean_text

FOLDER = Path(__file__).parent / "templates"
_OPTIONS = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
# Plain text needs no escaping; what becomes HTML has an environment of its own.
_TEXT = Environment(autoescape=False, **_OPTIONS)
_HTML = Environment(autoescape=True, **_OPTIONS)
_PAGE = _HTML.from_string((FOLDER / "page.html").read_text(encoding="utf-8"))

#: Values that are addresses of ours and become links in HTML; everything else is text.
LINKS = ("follow_link", "satisfaction_link", "confirm_link", "desk_link")
#: Values that may have several lines.
TEXTS = ("body", "details")
#: Hint of mails to those who are sent, who need not take part in the ticket.
TO_DESK = "desk_hint"
#: Whose way of writing dates a language has, where that is not plain: a desk in Europe has no `November 17, 9:00 AM`.
LOCALES = {"en": "en_GB"}


@dataclass(frozen=True, slots=True)
class Letter:
    """A worded mail: its subject line and the same content as text and as HTML."""

    subject: str
    text: str
    html: str


def title_of(kind, language, values):
    """Return the line that the in-app list shows."""
    return clean_line(_rendered(_TEXT, kind, language, "title", _clean(values)), 1_000)


def letter_of(kind, language, values, *, hint):
    """Return a mail's subject, text and HTML.

    :param kind: one of the contract's `MAIL_KINDS`.
    :param values: what the wording of that kind names; text of users goes in as it is. `number` is none for
        a mail that is not about a ticket; `attachments` is a list of file names, `left_out` of names with links.
    :param hint: part of `frame.toml` that says what becomes of an answer, under the line at which it is cut; `None`
        for a mail whose answer finds no ticket.
    """
    values = _clean(values)
    subject = _subject(kind, language, values)
    text = _text(kind, language, values, hint)
    return Letter(subject, text, _html(kind, language, values, hint, subject))


def intervention_in_words(inputs, language):
    """Return what the wording names of the intervention that inputs describe, as far as they do.

    `window`, `intervention` (window, place and work in one line), `details` (the same, each on its line) and, of one
    that was moved, `old_window`.
    """
    told_window = _window_in_words(inputs, language) if "starts_at" in inputs else None
    old_window = _window_in_words(inputs["moved_from"], language) if "moved_from" in inputs else None
    known = [part for part in (told_window, inputs.get("place"), inputs.get("work")) if part]
    return {
        "window": told_window,
        "old_window": old_window,
        "intervention": ", ".join(known),
        "details": "\n".join(known),
    }


def _window_in_words(inputs, language):
    starts_at, ends_at = (datetime.fromisoformat(inputs[name]) for name in ("starts_at", "ends_at"))
    return window(starts_at, ends_at, inputs["time_zone"], language)


def window(starts_at, ends_at, time_zone, language):
    """Return when an intervention takes place, in words.

    :param starts_at: aware datetime; so is `ends_at`.
    :param time_zone: IANA name of the site's zone.
    """
    zone, locale = ZoneInfo(time_zone), LOCALES.get(language, language)
    start, end = starts_at.astimezone(zone), ends_at.astimezone(zone)
    zone_name = get_timezone_name(start, width="long", locale=locale)
    first = f"{_day(start, locale)}, {format_time(start, 'short', locale=locale)}"
    last = format_time(end, "short", locale=locale)
    if start.date() != end.date():
        last = f"{_day(end, locale)}, {last}"
    return f"{first} – {last} ({zone_name})"


def _day(moment, locale):
    words = format_date(moment, "full", locale)
    # Babel has no ordinals; French has one, for the first of a month.
    return words.replace(" 1 ", " 1er ", 1) if locale == "fr" else words


@cache
def wording(kind):
    """Return `{language: {part: text}}` of one kind, as its file has it."""
    return tomllib.loads((FOLDER / f"{kind}.toml").read_text(encoding="utf-8"))


def _subject(kind, language, values):
    parts = wording(kind)[language]
    line = _rendered(_TEXT, kind, language, "subject", values) if "subject" in parts else values["subject"]
    return clean_line(f"[#{values['number']}] {line}" if values.get("number") else line)


def _text(kind, language, values, hint):
    blocks = [REPLY_MARKER, f"({_rendered(_TEXT, 'frame', language, hint, values)})"] if hint else []
    body = _rendered(_TEXT, kind, language, "body", values).strip("\n")
    blocks += ["", body] if hint else [body]
    if values.get("attachments"):
        blocks += ["", _rendered(_TEXT, "frame", language, "attachments", {})]
        blocks += [f"- {name}" for name in values["attachments"]]
    if values.get("left_out"):
        blocks += ["", _rendered(_TEXT, "frame", language, "left_out", {})]
        blocks += [f"- {name}\n  {link}" for name, link in values["left_out"]]
    return "\n".join([*blocks, "", "-- ", _footer(language, values, hint), ""])


def _html(kind, language, values, hint, subject):
    marked = {name: _marked(name, value) for name, value in values.items()}
    body = str(_rendered(_HTML, kind, language, "body", marked)).strip("\n")
    return _PAGE.render(
        language=language,
        subject=subject,
        marker=REPLY_MARKER if hint else None,
        hint=hint and _rendered(_TEXT, "frame", language, hint, values),
        paragraphs=[Markup(part.replace("\n", "<br>\n")) for part in re.split(r"\n{2,}", body)],
        attachments_title=_rendered(_TEXT, "frame", language, "attachments", {}),
        attachments=values.get("attachments") or [],
        left_out_title=_rendered(_TEXT, "frame", language, "left_out", {}),
        left_out=values.get("left_out") or [],
        footer=_footer(language, values, hint),
    )


def _footer(language, values, hint):
    part = "footer" if hint not in (None, TO_DESK) else "footer_without_ticket"
    return _rendered(_TEXT, "frame", language, part, values)


def _marked(name, value):
    """Return a value as the HTML has it: an address as a link, a line apart from the direction of what is around it."""
    if not value or not isinstance(value, str) or name in TEXTS:
        return value
    return Markup('<a href="{0}">{0}</a>' if name in LINKS else "<bdi>{0}</bdi>").format(value)


def _rendered(environment, kind, language, part, values):
    return _compiled(environment, kind, language, part).render(values)


@cache
def _compiled(environment, kind, language, part):
    return environment.from_string(wording(kind)[language][part])


def _clean(values):
    cleaned = {}
    for name, value in values.items():
        if name == "attachments":
            cleaned[name] = [clean_line(filename) for filename in value]
        elif name == "left_out":
            cleaned[name] = [(clean_line(filename), link) for filename, link in value]
        elif isinstance(value, str) and name not in LINKS:
            cleaned[name] = clean_text(value) if name in TEXTS else clean_line(value, 300)
        else:
            cleaned[name] = value
    return cleaned
