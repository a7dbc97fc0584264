"""The wording: every kind in four languages, exactly as it is sent."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from jinja2 import Environment, meta

from chassis.languages import LANGUAGES
from services.notifications.contract import MAIL_KINDS, NOTIFICATION_KINDS
from services.notifications.domain import REPLY_MARKER
from services.notifications.wording import FOLDER, letter_of, title_of, window, wording

EXPECTED = Path(__file__).parent / "expected"
WITHOUT_TICKET = ("registration", "already_registered", "invitation")
KINDS = sorted({*MAIL_KINDS, *NOTIFICATION_KINDS})
VALUES = {
    "number": "26-000042",
    "subject": "Heating <cold> & damp",
    "author": "Ada Agent",
    "sender": "Ada Agent",
    "is_automatic": False,
    "is_unverified": False,
    "body": "First line\nsecond line\n\nSecond paragraph",
    "unable": "Wim <Worker>",
    "sent": "",
    "work_order": "W26-000007",
    "work": "Replace <the> valve",
    "window": "Tuesday, 9 to 11",
    "place": "Lindenhof › Flat <12>",
    "visit_number": "26-000041",
    "is_about_incident": False,
    "old_window": "Monday, 9 to 11",
    "intervention": "Tuesday, 9 to 11, Lindenhof › Flat 12, Repair the heating",
    "details": "Tuesday, 9 to 11\nLindenhof › Flat 12\nRepair the heating",
    "attachments": [],
    "no_reply": False,
    "is_incident": False,
    "follow_link": "https://desk.example/follow?a=1&b=2",
    "satisfaction_link": "https://desk.example/rate",
    "confirm_link": "https://desk.example/confirm",
    "desk_link": "https://desk.example",
}
#: What a ticket is called that is no incident.
REQUEST = {"fr": "demande", "en": "request", "es": "solicitud", "de": "anfrage"}
GREETING = re.compile(r"\n?(?:Bonjour,|Hello,|Buenos días:|Guten Tag,)\n\n(\{\{|\w+)")
#: What begins with a capital in the middle of a German sentence, too.
ALWAYS_CAPITAL = {"Ihr"}
#: In French: a semicolon, exclamation or question mark without its narrow no-break space, a colon or quotation mark
#: without its no-break space.
LOOSE_IN_FRENCH = re.compile("(?<!\u202f)[;!?]|(?<!\u00a0)[:»]|«(?!\u00a0)")
NOVEMBER = datetime(2026, 11, 17, 8, 0, tzinfo=UTC)


def is_to_worker(kind):
    """Whether those are told who are sent, or were, or plan who is, and need not take part in the ticket."""
    return kind.startswith("your_visit_") or kind in ("work_order_cancelled", "visit_needs_worker")


def parts_of(kind):
    """Return the parts that a kind needs: a body for mails, a title for the list, or a subject of its own."""
    parts = set()
    if kind in MAIL_KINDS:
        parts.add("body")
    if kind in NOTIFICATION_KINDS:
        parts.add("title")
    if kind in ("receipt", *WITHOUT_TICKET) or is_to_worker(kind):
        parts.add("subject")
    return parts


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_worded_in_all_four_languages(kind):
    """With the same parts, none of them empty."""
    texts = wording(kind)
    assert sorted(texts) == sorted(LANGUAGES)
    for language in LANGUAGES:
        assert set(texts[language]) == parts_of(kind), language
        assert all(text.strip() for text in texts[language].values())


def test_the_frame_is_worded_in_all_four_languages():
    """What stands around every mail."""
    assert {frozenset(texts) for texts in wording("frame").values()} == {
        frozenset(
            {"reply_hint", "note_hint", "desk_hint", "attachments", "left_out", "footer", "footer_without_ticket"}
        )
    }
    assert sorted(wording("frame")) == sorted(LANGUAGES)


def test_there_is_no_wording_that_is_never_used():
    """A file per kind, the frame, and nothing else."""
    assert sorted(path.stem for path in FOLDER.glob("*.toml")) == sorted([*KINDS, "frame"])


@pytest.mark.parametrize("kind", [*KINDS, "frame"])
def test_the_four_texts_name_the_same_values(kind):
    """A translation that forgets the number, or the link, is a mistake."""
    environment = Environment()
    named = [
        {part: meta.find_undeclared_variables(environment.parse(text)) for part, text in texts.items()}
        for texts in wording(kind).values()
    ]
    assert named == [named[0]] * 4


@pytest.mark.parametrize("kind", [*KINDS, "frame"])
def test_no_text_of_ours_has_markup(kind):
    """It becomes HTML as it is; only what users wrote is escaped."""
    for texts in wording(kind).values():
        for text in texts.values():
            assert not set(re.sub("{%.*?%}", "", text)) & set("<>&")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [*KINDS, "frame"])
def test_texts_are_set_as_their_language_sets_them(kind, language):
    """What follows the greeting is small in German alone, apostrophes are typographic, French signs never break off."""
    for text in wording(kind)[language].values():
        for first in GREETING.findall(re.sub("{%.*?%}", "", text)):
            is_small = language == "de" and first not in ALWAYS_CAPITAL
            assert first == "{{" or first[0].islower() == is_small, first
        own = re.sub("{%.*?%}|{{.*?}}", "", text)
        assert "'" not in own
        assert language != "fr" or LOOSE_IN_FRENCH.findall(own) == []


@pytest.mark.parametrize("kind", ["receipt", "registration", "already_registered"])
def test_what_anybody_may_cause_holds_no_text_of_users(kind):
    """Only numbers and links of ours (a mail bomb with the attacker's subject, October 2025)."""
    environment = Environment()
    for texts in wording(kind).values():
        named = meta.find_undeclared_variables(environment.parse("\n".join(texts.values())))
        assert named <= {"number", "follow_link", "confirm_link", "desk_link"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_mails_read_exactly_so(language):
    """Subject and text of every kind, one after the other, as in the file."""
    letters = []
    for kind in MAIL_KINDS:
        about_a_ticket = kind not in WITHOUT_TICKET
        values = {**VALUES, "is_incident": kind == "incident", **({} if about_a_ticket else {"number": None})}
        for_participants = "reply_hint" if about_a_ticket else None
        hint = "desk_hint" if is_to_worker(kind) else for_participants
        letter = letter_of(kind, language, values, hint=hint)
        letters.append(f"===== {kind}\nSubject: {letter.subject}\n\n{letter.text}")
    for kind in NOTIFICATION_KINDS:
        letters.append(f"===== {kind} in the list\n{title_of(kind, language, VALUES)}\n")
    assert "\n".join(letters) == (EXPECTED / f"{language}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_incident_is_called_so_in_whatever_is_told_of_it(language):
    """A mail about its intervention said `request` in the text, and `incident` below."""
    values = {**VALUES, "is_incident": True, "is_about_incident": True}
    kinds = set(KINDS) - {*WITHOUT_TICKET, "receipt"}
    for kind in kinds & set(MAIL_KINDS):
        letter = letter_of(kind, language, values, hint="desk_hint" if is_to_worker(kind) else "reply_hint")
        assert REQUEST[language] not in (letter.text + letter.html).lower(), kind
    for kind in kinds & set(NOTIFICATION_KINDS):
        assert REQUEST[language] not in title_of(kind, language, values).lower(), kind


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", "Bonjour,\n\nUn ordre de travail vous est confié pour l’incident 26-000042 «\u00a0Cold\u00a0».\n\n"
               "W26-000007\u00a0: Valve\n\nRépondez à ce message pour écrire à toutes les personnes concernées.\n\n"
               "Suivre l’incident\u00a0:\n"),
        ("en", "Hello,\n\nA work order for incident 26-000042 “Cold” has been assigned to you.\n\n"
               "W26-000007: Valve\n\nReply to this message to write to everybody concerned.\n\nFollow the incident:\n"),
        ("es", "Buenos días:\n\nSe le ha asignado una orden de trabajo de la incidencia 26-000042 «Cold».\n\n"
               "W26-000007: Valve\n\nResponda a este mensaje para escribir a todas las personas implicadas.\n\n"
               "Seguir la incidencia:\n"),
        ("de", "Guten Tag,\n\nzum Vorfall 26-000042 „Cold“ wurde Ihnen ein Arbeitsauftrag erteilt.\n\n"
               "W26-000007: Valve\n\nAntworten Sie auf diese Nachricht, um allen Beteiligten zu schreiben.\n\n"
               "Vorfall verfolgen:\n"),
    ],
)  # fmt: skip
def test_work_on_an_incident_reads_so(language, words):
    """The whole text above the link."""
    values = {**VALUES, "is_incident": True, "subject": "Cold", "work": "Valve"}
    text = letter_of("work_order", language, values, hint="reply_hint").text
    assert text.split("\n\n", 1)[1].startswith(words)


def test_the_html_says_the_same_and_escapes_what_users_wrote():
    """Paragraphs, line breaks, links of ours; nothing of a user's is markup."""
    values = {**VALUES, "body": "<b>bold</b>\nhttps://evil.example\n\n\n& more", "attachments": ["<i>.pdf"]}
    values |= {"left_out": [("<u>.zip", "https://desk.example/file?a=1&b=2")]}
    letter = letter_of("message", "en", values, hint="reply_hint")
    assert letter.html == (EXPECTED / "message.html").read_text(encoding="utf-8")


def test_the_html_has_no_line_of_a_users_turn_ours_round():
    """A text from right to left is set so; a name in our sentence changes nothing around it."""
    values = {**VALUES, "author": "نادية", "body": "السلام عليكم،"}
    html = letter_of("message", "fr", values, hint="reply_hint").html
    assert '<p dir="auto"><bdi>نادية</bdi> a écrit dans la demande <bdi>26-000042</bdi>\u00a0:</p>' in html
    assert '<p dir="auto">السلام عليكم،</p>' in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_line_at_which_inbound_cuts_is_the_same_in_every_language(language):
    """And the first one; what cannot be answered has none."""
    answerable = letter_of("message", language, VALUES, hint="reply_hint")
    assert answerable.text.splitlines()[0] == REPLY_MARKER == "##- reply above this line -##"
    assert REPLY_MARKER in answerable.html
    unanswerable = letter_of("registration", language, {**VALUES, "number": None}, hint=None)
    assert "##-" not in unanswerable.text + unanswerable.html


def test_the_link_does_not_stand_in_a_users_signature():
    """What is below `-- ` (RFC 3676, 4.3) many programs grey out, and leave out of an answer; that line is ours."""
    text = letter_of("message", "en", {**VALUES, "body": "-- \nCome at 9.\n-- \nBob"}, hint="reply_hint").text
    assert "\n\n--\nCome at 9.\n--\nBob\n\nFollow the request:\n" in text
    assert [line for line in text.splitlines() if line == "-- "] == ["-- "]


def test_a_mail_about_a_ticket_can_be_resolved_without_a_rating():
    """Only the requester is asked."""
    letter = letter_of("resolved", "en", {**VALUES, "satisfaction_link": None}, hint="reply_hint")
    assert "Was it done well" not in letter.text + letter.html
    assert "reply to this message.\n\nFollow the request:\n" in letter.text


def test_a_missing_value_is_a_mistake_and_no_gap():
    """Nobody gets a mail that says `None`."""
    with pytest.raises(Exception, match="'author' is undefined"):
        letter_of("message", "en", {name: VALUES[name] for name in ("number", "subject", "body")}, hint="reply_hint")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", "mardi 17 novembre 2026, 09:00 – 10:30 (heure normale d’Europe centrale)"),
        ("en", "Tuesday, 17 November 2026, 09:00 – 10:30 (Central European Standard Time)"),
        ("es", "martes, 17 de noviembre de 2026, 9:00 – 10:30 (hora estándar de Europa central)"),
        ("de", "Dienstag, 17. November 2026, 09:00 – 10:30 (Mitteleuropäische Normalzeit)"),
    ],
)
def test_windows(language, words):
    """In the reader's language and the zone of the site."""
    assert window(NOVEMBER, NOVEMBER.replace(hour=9, minute=30), "Europe/Paris", language) == words


def test_the_first_of_a_month_is_an_ordinal_in_french_alone():
    """At either end of an intervention; other days and hours are numbers."""
    start = datetime(2026, 11, 30, 22, 30, tzinfo=UTC)
    end = start.replace(hour=23, minute=0)
    words = {language: window(start, end, "Europe/Paris", language) for language in LANGUAGES}
    assert words["fr"].startswith("lundi 30 novembre 2026, 23:30 – mardi 1er décembre 2026, 00:00 (")
    assert words["en"].startswith("Monday, 30 November 2026, 23:30 – Tuesday, 1 December 2026, 00:00 (")
    assert words["es"].startswith("lunes, 30 de noviembre de 2026, 23:30 – martes, 1 de diciembre de 2026, 0:00 (")
    assert words["de"].startswith("Montag, 30. November 2026, 23:30 – Dienstag, 1. Dezember 2026, 00:00 (")
    eleventh = datetime(2026, 12, 11, 0, 30, tzinfo=UTC)
    assert window(eleventh, eleventh.replace(hour=1), "Europe/Paris", "fr").startswith(
        "vendredi 11 décembre 2026, 01:30"
    )


def test_a_window_in_summer_says_so():
    """The zone's name is that of the day, not of today."""
    july = datetime(2026, 7, 14, 8, 0, tzinfo=UTC)
    assert window(july, july.replace(hour=9), "Europe/Berlin", "de") == (
        "Dienstag, 14. Juli 2026, 10:00 – 11:00 (Mitteleuropäische Sommerzeit)"
    )
