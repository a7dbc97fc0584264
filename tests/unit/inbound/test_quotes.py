"""What is new in an answer."""

import time

import pytest

from services.inbound.contract.words import LONGEST_BODY
from services.inbound.parsing.quotes import new_text

#: What each mail program writes below the answer.
QUOTED = {
    "gmail-en": ("On Mon, 16 Nov 2026 at 10:00, Desk <desk@x.example> wrote:\n\n> Hello\n> World\n"),
    "gmail-en-wrapped": ("On Mon, 16 Nov 2026 at 10:00, Desk of a long name <\ndesk@x.example> wrote:\n> Hi\n"),
    "gmail-fr": ("Le lun. 16 nov. 2026 à 10:00, Desk <desk@x.example> a écrit :\n\n> Bonjour\n"),
    "gmail-fr-wrapped": ("Le lun. 16 nov. 2026 à 10:00, Desk <desk@x.example> a\nécrit :\n\n> Bonjour\n"),
    "gmail-fr-nbsp": ("Le lun. 16 nov. 2026 à 10:00, Desk <desk@x.example> a écrit\xa0:\n\n> Bonjour\n"),
    "gmail-de": ("Am Mo., 16. Nov. 2026 um 10:00 Uhr schrieb Desk <desk@x.example>:\n\n> Hallo\n"),
    "gmail-es": ("El lun, 16 nov 2026 a las 10:00, Desk (<desk@x.example>) escribió:\n\n> Hola\n"),
    "gmail-es-wrapped": ("El lun, 16 nov 2026 a las 10:00, Desk (<desk@x.example>)\nescribió:\n\n> Hola\n"),
    "thunderbird-de": ("Am 16.11.26 um 10:00 schrieb Desk:\n> Hallo\n"),
    "thunderbird-es": ("El 16/11/26 a las 10:00, Desk escribió:\n> Hola\n"),
    "outlook-en": ("From: Desk <desk@x.example>\nSent: Monday\nTo: Rosa\nSubject: x\n\nHello\n"),
    "outlook-fr": ("De : Desk <desk@x.example>\nEnvoyé : lundi\nÀ : Rosa\nObjet : x\n\nBonjour\n"),
    "outlook-fr-nbsp": ("De\xa0: Desk\nEnvoyé\xa0: lundi\nÀ\xa0: Rosa\nObjet\xa0: x\n\nBonjour\n"),
    "outlook-de": ("Von: Desk <desk@x.example>\nGesendet: Montag\nAn: Rosa\nBetreff: x\n\nHallo\n"),
    "outlook-es": ("De: Desk <desk@x.example>\nEnviado: lunes\nPara: Rosa\nAsunto: x\n\nHola\n"),
    "names-en": ("From: Desk\nSent: Monday\nTo: Rosa\nSubject: x\n\nHello\n"),
    "names-en-copied": ("From: Desk\nCc: Rosa\nSent: Monday\nSubject: x\n\nHello\n"),
    "names-en-dated": ("From: Desk\nTo: Rosa\nDate: Monday\nSubject: x\n\nHello\n"),
    "names-de": ("Von: Desk\nDatum: 16.11.26\nAn: Rosa\nBetreff: x\n\nHallo\n"),
    "names-de-sent": ("Gesendet: Montag\nVon: Desk\nAn: Rosa\nBetreff: x\n\nHallo\n"),
    "names-es": ("De: Desk\nFecha: lunes\nPara: Rosa\nAsunto: x\n\nHola\n"),
    "names-es-sent": ("Enviado el: lunes\nDe: Desk\nPara: Rosa\nAsunto: x\n\nHola\n"),
    "outlook-line": ("________________________________\nVon: Desk <desk@x.example>\nGesendet: Montag\n\nHallo"),
    "original-de": ("-----Ursprüngliche Nachricht-----\nVon: Desk\n\nHallo\n"),
    "original-fr": ("-----Message d'origine-----\nDe : Desk\n\nBonjour\n"),
    "original-es": ("-----Mensaje original-----\nDe: Desk\n\nHola\n"),
    "original-t-online": (
        "-----Original-Nachricht-----\nBetreff: x\nDatum: 2026-11-16\nVon: Desk\nAn: Rosa\n\nHallo\n"
    ),
    "original-la-poste": ("-------- Message original --------\nObjet : x\nDate : 16/11\nDe : Desk\n\nBonjour\n"),
    "original-free": ("----- Mail original -----\nDe: Desk\nÀ: Rosa\nEnvoyé: Lundi\n\nBonjour\n"),
    "original-fr-typographic": ("-------- Message d’origine --------\nDe : Desk\nDate : 16/11\n\nBonjour\n"),
    "apple-fr": ("> Le 16 nov. 2026 à 10:00, Desk <desk@x.example> a écrit :\n> \n> Bonjour\n"),
    "our-marker": ("> ##- reply above this line -##\n> Bonjour\n"),
    "our-marker-announced": ("On Mon, 16 Nov 2026, Desk wrote:\n> ##- reply above this line -##\n>\n> Hello\n"),
    "our-marker-quoted-otherwise": ("| ##- reply above this line -##\n| Hello\nand what follows it\n"),
    "our-marker-and-signature": ("> ##- reply above this line -##\n> Hello\n-- \nRosa\n"),
    "our-marker-translated": ("##- répondez au-dessus de cette ligne -##\nBonjour\n"),
    "yahoo-de": (
        "Am Montag, 16. November 2026 um 10:00:00 MEZ hat Desk <d@x.example> Folgendes geschrieben:\n\n ##- Ihre -##"
    ),
    "proton-de": (
        "Am Montag, 16. November 2026 um 10:00, Desk <d@x.example> schrieb:\n\n> ##- antworten -##\n> Hallo\n"
    ),
    "gmail-de-phone": ("Desk <d@x.example> schrieb am Mo. 16. Nov. 2026 um\n10:00:\n\n> ##- antworten -##\n> Hallo\n"),
    "gmail-old": ("2026-11-16 10:00 GMT+01:00 Desk <d@x.example>:\n\n> ##- antworten -##\n> Hallo\n"),
    "quoted-only": ("> Hello\n>\n> World\n"),
}


@pytest.mark.parametrize("text", QUOTED.values(), ids=QUOTED.keys())
def test_the_quotation_is_cut(text):
    """Each mail program's own way of announcing it."""
    assert new_text(f"Thanks, it works.\n\n{text}") == "Thanks, it works."


WHOLE = {
    "nothing quoted": ("On Monday I wrote:\nthat it is cold.\nFrom here on nothing works."),
    "sentences": ("De plus, il fait froid.\nLe chauffage est en panne.\nOn attend.\n--\nRosa"),
    "answers between the lines": (
        "See below.\n\nOn Mon, 16 Nov 2026 at 10:00, Desk <d@x.example> wrote:\n> When?\nTomorrow.\n> Where?\nHere."
    ),
    "answer below": ("On Mon, 16 Nov 2026 at 10:00, Desk <desk@x.example> wrote:\n> When?\n\nTomorrow."),
    "answer below our marker": (
        "Guten Tag,\n\nAm 16.11.26 um 10:00 schrieb Desk:\n> ##- reply above this line -##\n> When?\n\nMorgen um 9 Uhr."
    ),
    "answers between the lines below our marker": (
        "> ##- Bitte oberhalb dieser Zeile antworten -##\n> Wann?\nMorgen.\n> Wo?\nHier.\n"
    ),
    "our marker quoted twice": ("See below.\n>> ##- reply above this line -##\n>> When?\n> Tomorrow?\nYes."),
    "nothing but what is announced": "Desk schrieb am 16. Nov. 2026, 10:00:\n> ##- antworten -##\n> Hallo",
    "forwarded only": ("-----Original Message-----\nFrom: Plumber\n\nThe pump is broken."),
    "empty": "",
}


#: What people write that is like the line above a quotation.
ALIKE = {
    "en": "On Monday the plumber wrote:\nI come tomorrow.\nHe did not.",
    "fr": "Le technicien m'a écrit :\nje passe demain.\nIl n'est pas venu.",
    "de": "Am Montag schrieb der Hausmeister:\nIch komme.\nEr kam nicht.",
    "a sentence, and a colon below it": (
        "Hallo,\nam Montag um 10:00 schrieb mir Anna (anna@x.example), dass es tropft.\nIch frage:\nWann kommen Sie?"
    ),
    "es": "El técnico me escribió:\npaso mañana.\nNo vino.",
    "fields en": "I am away.\nFrom: Monday\nTo: Thursday\nThe key is next door.",
    "fields de": "Umzug:\nVon: Gartenweg 3\nAn: Hauptstr. 5\nAb Montag.",
    "fields fr": "De : lundi\nÀ : jeudi\nLa clé est chez la voisine.",
    "fields es": "De: lunes a jueves\nFecha: 3 de mayo\nGracias.",
    "whose address is known en": "On Monday bob@pipes.example wrote:\nI come tomorrow.\nHe did not.",
    "whose address is known fr": "Le plombier (info24@pipes.example) m'a écrit :\nje passe demain.\nIl n'est pas venu.",
    "whose address is known es": "El técnico, bob@pipes.example, me escribió:\npaso mañana.\nNo vino.",
    "fields above an address": "I am away.\nFrom: Monday\nTo: Thursday\nThe key is with bob@pipes.example.",
    "fields of a move": "Umzug:\nVon: Gartenweg 3\nAn: Hauptstr. 5\nDatum: 3. Mai\nBitte den Zähler ablesen.",
    "hours": "Das passt:\nAb 10:00 Uhr, oder:",
    "nothing below": "See the photo.\nOn Monday the plumber wrote:",
}


@pytest.mark.parametrize(
    "below",
    ["", QUOTED["thunderbird-de"], QUOTED["our-marker-announced"]],
    ids=["alone", "above another's quotation", "above our marker"],
)
@pytest.mark.parametrize("said", ALIKE.values(), ids=ALIKE)
def test_what_somebody_else_wrote_is_kept(said, below):
    """A quotation is what somebody's mail program quotes."""
    assert new_text(f"Hello,\n{said}\nRosa\n\n{below}") == f"Hello,\n{said}\nRosa"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("El lun., nov. 16, 2026 a la(s) 10:00 a. m., Desk<d@x.example> escribió:   ##- responda -##", "Sí."),
        (
            "Hasta mañana a las nueve, cuando esté la portera. ##- responda -##",
            "Sí.\n\nHasta mañana a las nueve, cuando esté la portera.",
        ),
    ],
)
def test_our_marker_within_a_line(line, said):
    """What stands before it in its line is an announcement or somebody's words."""
    assert new_text(f"Sí.\n\n{line}\nHola") == said


@pytest.mark.parametrize(
    "said",
    [
        "Danke.\nBis morgen.\nDer Termin mit rosa@homes.example ist um 10:00:",
        "Danke.\n\nrosa@homes.example kommt um 10:00: bitte öffnen.",
        "Danke.\n\nDer Termin bleibt um 10:00:",
        "Danke.\n\nDie Adresse von rosa@homes.example:",
    ],
)
def test_who_names_an_hour_above_our_marker_announces_nothing(said):
    """Unless the line stands by itself, ends so and says who wrote."""
    assert new_text(f"{said}\n##- antworten -##\nHallo") == said


@pytest.mark.parametrize("text", WHOLE.values(), ids=WHOLE.keys())
def test_nothing_new_is_lost(text):
    """In doubt the whole text stays."""
    assert new_text(text) == text


def test_a_signature_below_the_quotation_is_no_answer():
    """What stands under `-- ` does not keep the quotation."""
    text = "Yes.\n\nOn Mon, 16 Nov 2026 at 10:00, Desk <d@x.example> wrote:\n> When?\n-- \nRosa\n"
    assert new_text(text) == "Yes."


@pytest.mark.parametrize(
    "piece",
    [
        "On ",
        "Le a écrit ",
        "Am schrieb ",
        "El a\n",
        "De: x\n",
        "> ",
        "-",
        "_",
        "\n",
        "On " * 130 + "\n",
        "On wrote " * 40 + "\n",
        "##-",
    ],
)
def test_patterns_take_no_time(piece):
    """CVE-2021-36093 and its kind: the longest text, made of what the patterns look for."""
    text = (piece * (LONGEST_BODY // len(piece) + 1))[:LONGEST_BODY]
    began = time.process_time()
    new_text(text)
    assert time.process_time() - began < 0.5
