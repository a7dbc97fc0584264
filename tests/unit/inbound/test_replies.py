"""Answers as mail programs send them: what somebody wrote stays, what their program added goes."""

import pytest

from services.inbound.parsing.quotes import new_text
from services.inbound.parsing.text import clean_text

ANSWER = "Oui, mardi à 9 h me convient.\nLa clé est chez la voisine."
MARKER = ["##- reply above this line -##", "(To answer, write above this line.)", ""]
OURS = ["Hello Rosa,", "", "We come on Tuesday at 9. Does that suit you?", "", "https://desk.example/follow"]

#: What each program writes above what it quotes, and before each line of it.
PROGRAMS = {
    "gmail-fr": ("Le lun. 16 nov. 2026 à 10:00, Desk <\nreply+abc@desk.example> a écrit :\n", "> "),
    "gmail-en": ("On Mon, 16 Nov 2026 at 10:00, Desk <reply+abc@desk.example>\nwrote:\n", "> "),
    "gmail-es": ("El lun, 16 nov 2026 a las 10:00, Desk (<reply+abc@desk.example>)\nescribió:\n", "> "),
    "gmail-de": ("Am Mo., 16. Nov. 2026 um 10:00 Uhr schrieb Desk <\nreply+abc@desk.example>:\n", "> "),
    "gmail-us-en": ("On Mon, Nov 16, 2026 at 10:00 AM Desk <reply+abc@desk.example> wrote:\n", "> "),
    "outlook-fr": (
        "De : Desk <desk@desk.example>\n"
        "Envoyé : lundi 16 novembre 2026 10:00\n"
        "À : Rosa <rosa@homes.example>\n"
        "Objet : Re: Panne de chauffage\n",
        "",
    ),
    "outlook-en": (
        "From: Desk <desk@desk.example>\n"
        "Sent: Monday, November 16, 2026 10:00 AM\n"
        "To: Rosa <rosa@homes.example>\n"
        "Subject: Re: Heating\n",
        "",
    ),
    "outlook-es": (
        "De: Desk <desk@desk.example>\n"
        "Enviado el: lunes, 16 de noviembre de 2026 10:00\n"
        "Para: Rosa <rosa@homes.example>\n"
        "Asunto: Re: Calefacción\n",
        "",
    ),
    "outlook-de": (
        "Von: Desk <desk@desk.example>\n"
        "Gesendet: Montag, 16. November 2026 10:00\n"
        "An: Rosa <rosa@homes.example>\n"
        "Betreff: Re: Heizung\n",
        "",
    ),
    "outlook-com-fr": (
        "________________________________\n"
        "De : Desk <desk@desk.example>\n"
        "Envoyé : lundi 16 novembre 2026 10:00\n"
        "À : Rosa <rosa@homes.example>\n"
        "Objet : Re: Panne de chauffage\n",
        "",
    ),
    "outlook-mac-fr": (
        "De : Desk <desk@desk.example>\n"
        "Date : lundi, 16 novembre 2026 à 10:00\n"
        "À : Rosa <rosa@homes.example>\n"
        "Objet : Re: Panne de chauffage\n",
        "",
    ),
    "outlook-mac-en": (
        "From: Desk <desk@desk.example>\n"
        "Date: Monday, 16 November 2026 at 10:00\n"
        "To: Rosa <rosa@homes.example>\n"
        "Subject: Re: Heating\n",
        "",
    ),
    "apple-fr": ("> Le 16 nov. 2026 à 10:00, Desk <desk@desk.example> a écrit :\n> ", "> "),
    "apple-en": ("> On 16 Nov 2026, at 10:00, Desk <desk@desk.example> wrote:\n> ", "> "),
    "apple-es": ("> El 16 nov 2026, a las 10:00, Desk <desk@desk.example> escribió:\n> ", "> "),
    "apple-de": ("> Am 16.11.2026 um 10:00 schrieb Desk <desk@desk.example>:\n> ", "> "),
    "thunderbird-fr": ("Le 16/11/2026 à 10:00, Desk a écrit :", "> "),
    "thunderbird-en": ("On 16/11/2026 10:00, Desk wrote:", "> "),
    "thunderbird-es": ("El 16/11/26 a las 10:00, Desk escribió:", "> "),
    "thunderbird-de": ("Am 16.11.26 um 10:00 schrieb Desk:", "> "),
    "gmx-web-de": (
        "Gesendet: Montag, 16. November 2026 um 10:00 Uhr\n"
        'Von: "Desk" <desk@desk.example>\n'
        "An: rosa@homes.example\n"
        "Betreff: Re: Heizung\n",
        "",
    ),
    "gmx-web-new-de": ("Am 16.11.26 um 10:00 schrieb Desk <desk@desk.example>:\n", "> "),
    "orange-old-fr": (
        "> Message du 16/11/26 10:00\n"
        '> De : "Desk" <desk@desk.example>\n'
        "> A : rosa@homes.example\n"
        "> Copie à : \n"
        "> Objet : Re: Panne de chauffage\n"
        "> ",
        "> ",
    ),
    "orange-new-fr": (
        "envoyé : 16 novembre 2026 à 10:00\n"
        "de : Desk <desk@desk.example>\n"
        "à : rosa@homes.example\n"
        "objet : Re: Panne de chauffage\n",
        "",
    ),
    "free-zimbra-fr": (
        "----- Mail original -----\n"
        'De: "Desk" <desk@desk.example>\n'
        "À: rosa@homes.example\n"
        "Envoyé: Lundi 16 Novembre 2026 10:00:00\n"
        "Objet: Re: Panne de chauffage\n",
        "",
    ),
    "free-zimbra-html-fr": (
        'De: "Desk" <desk@desk.example>\n'
        "À: rosa@homes.example\n"
        "Envoyé: Lundi 16 Novembre 2026 10:00:00\n"
        "Objet: Re: Panne de chauffage\n",
        "",
    ),
    "roundcube-fr": ("Le 16.11.2026 10:00, Desk a écrit :\n", "> "),
    "roundcube-en": ("On 2026-11-16 10:00, Desk wrote:\n", "> "),
    "roundcube-de": ("Am 2026-11-16 10:00, schrieb Desk:\n", "> "),
    "roundcube-es": ("El 2026-11-16 10:00, Desk escribió:\n", "> "),
    "yahoo-fr": ("    Le lundi 16 novembre 2026 à 10:00:00 UTC+1, Desk <desk@desk.example> a écrit :  \n ", "  "),
    "yahoo-en": ("    On Monday, November 16, 2026 at 10:00:00 AM GMT+1, Desk <desk@desk.example> wrote:  \n ", "  "),
    "yahoo-es": ("    El lunes, 16 de noviembre de 2026, 10:00:00 CET, Desk <desk@desk.example> escribió:  \n ", "  "),
    "spark-en": ("On 16 Nov 2026 at 10:00 +0100, Desk <desk@desk.example>, wrote:", "> "),
    "laposte-fr": (
        "-------- Message original --------\n"
        "Objet : Re: Panne\n"
        "Date : 16/11/2026 10:00\n"
        "De : Desk <desk@desk.example>\n"
        "À : rosa@homes.example\n",
        "",
    ),
    "ionos-ox-de": ("> Desk <desk@desk.example> hat am 16.11.2026 10:00 CET geschrieben:\n> \n>  ", "> "),
    "ox-sfr-fr": ("> Le 16/11/2026 10:00 CET, Desk <desk@desk.example> a écrit:\n> \n>  ", "> "),
    "t-online-de": (
        "-----Original-Nachricht-----\n"
        "Betreff: Re: Heizung\n"
        "Datum: 2026-11-16T10:00:00+0100\n"
        'Von: "Desk" <desk@desk.example>\n'
        'An: "rosa@homes.example" <rosa@homes.example>\n',
        "",
    ),
    "outlook-phone-es": (
        "________________________________\n"
        "De: Desk <desk@desk.example>\n"
        "Enviado: lunes, 16 de noviembre de 2026 10:00:00\n"
        "Para: Rosa <rosa@homes.example>\n"
        "Asunto: Re: Calefacción\n",
        "",
    ),
    "windows-fr": (
        "De : Desk\nEnvoyé le :lundi 16 novembre 2026 10:00\nÀ :Rosa\nObjet :Re: Panne de chauffage\n",
        "",
    ),
    "iphone-fr": ("> Le 16 nov. 2026 à 10:00, Desk <desk@desk.example> a écrit :\n> \n> \ufeff", "> "),
    "iphone-with-photo-fr": ("Le 16 nov. 2026 à 10:00, Desk <desk@desk.example> a écrit :\n", ""),
    "proton-en": ("On Monday, November 16th, 2026 at 10:00 AM, Desk <desk@desk.example> wrote:\n", "> "),
    "proton-phone-en": (
        "-------- Original Message --------\nOn Monday, 11/16/26 at 10:00 Desk <desk@desk.example> wrote:\n",
        "> ",
    ),
    "gmx-phone-de": ('Am 16.11.26, 10:00 schrieb "Desk" <desk@desk.example>:\n', "> "),
    "orange-phone-fr": ("Le 16/11/2026 10:00, Desk <desk@desk.example> a écrit :\n", "> "),
    "yahoo-phone-fr": ("Le lundi, novembre 16, 2026, 10:00, Desk <desk@desk.example> a écrit :\n", ""),
    "samsung-fr": (
        "-------- Message d'origine --------\n"
        "De : Desk <desk@desk.example>\n"
        "Date : 16/11/2026 10:00 (GMT+01:00)\n"
        "À : rosa@homes.example\n"
        "Objet : Re: Panne de chauffage\n",
        "",
    ),
    "k9-de": ('Am 16. November 2026 10:00:00 MEZ schrieb "Desk" <desk@desk.example>:', ">"),
    "k9-fr": ('Le 16 novembre 2026 10:00:00 GMT+01:00, "Desk" <desk@desk.example> a écrit :', ">"),
}
#: Those that mark each line of it.
MARKING = {name: written for name, written in PROGRAMS.items() if ">" in written[1]}


def quoted(announcement, prefix, lines):
    """Return a mail of ours as a program quotes it."""
    return "\n".join([announcement, *(prefix + line for line in lines)])


@pytest.mark.parametrize("lines", [OURS, MARKER + OURS], ids=["without our marker", "with our marker"])
@pytest.mark.parametrize(("announcement", "prefix"), PROGRAMS.values(), ids=PROGRAMS)
def test_what_a_program_quotes_is_cut(announcement, prefix, lines):
    """All of it and nothing else, whether our marker is still there or was removed."""
    assert new_text(clean_text(f"{ANSWER}\n\n{quoted(announcement, prefix, lines)}")) == ANSWER


@pytest.mark.parametrize("lines", [OURS, MARKER + OURS], ids=["without our marker", "with our marker"])
@pytest.mark.parametrize(("announcement", "prefix"), PROGRAMS.values(), ids=PROGRAMS)
def test_what_stands_below_a_quotation_is_kept(announcement, prefix, lines):
    """With the quotation, because nobody can say where it ends."""
    text = clean_text(f"{quoted(announcement, prefix, lines)}\n\n{ANSWER}")
    assert new_text(text) == text


@pytest.mark.parametrize("lines", [OURS, MARKER + OURS], ids=["without our marker", "with our marker"])
@pytest.mark.parametrize(("announcement", "prefix"), MARKING.values(), ids=MARKING)
def test_what_stands_between_quoted_lines_is_kept(announcement, prefix, lines):
    """With a greeting above, a signature below, and the rest of the quotation."""
    above, below = quoted(announcement, prefix, lines[:-2]), quoted("", prefix, lines[-2:])
    text = clean_text(f"Bonjour,\n\n{above}\n\n{ANSWER}\n{below}\n\n-- \nRosa")
    assert new_text(text) == text


#: What each program writes above a mail that is passed on.
PASSED_ON = {
    "gmail-en": "---------- Forwarded message ---------\nFrom: Paul <p@x.example>\nDate: Mon, 16 Nov 2026\n",
    "gmail-fr": "---------- Forwarded message ---------\nDe : Paul <p@x.example>\nDate: lun. 16 nov. 2026\n",
    "apple-fr": "> Début du message transféré :\n> \n> De: Paul <p@x.example>\n> Objet: Rép : fuite\n> ",
    "apple-en": "Begin forwarded message:\n\nFrom: Paul <p@x.example>\nSubject: Re: leak\n",
    "apple-de": "> Anfang der weitergeleiteten Nachricht:\n> \n> Von: Paul <p@x.example>\n> Betreff: Aw: Leck\n> ",
    "apple-es": "Inicio del mensaje reenviado:\n\nDe: Paul <p@x.example>\nAsunto: Re: fuga\n",
    "thunderbird-fr": "-------- Message transféré --------\nSujet : \tRe: fuite\nDe : \tPaul <p@x.example>\n",
    "thunderbird-de": "-------- Weitergeleitete Nachricht --------\nBetreff: \tLeck\nVon: \tPaul <p@x.example>\nAn:\n",
    "thunderbird-es": "-------- Mensaje reenviado --------\nAsunto: \tfuga\nDe: \tPaul <p@x.example>\nPara: \tRosa\n",
}


@pytest.mark.parametrize("announcement", PASSED_ON.values(), ids=PASSED_ON)
def test_a_mail_that_is_passed_on_is_kept(announcement):
    """What the plumber writes is what somebody wants to say; what we wrote below it is not."""
    prefix = "> " if announcement.startswith(">") else ""
    said = clean_text(f"{ANSWER}\n\n{quoted(announcement, prefix, ['I come on Tuesday.'])}")
    assert new_text(said) == said
    assert new_text(f"{said}\n\n{MARKER[0]}\n{OURS[0]}") == said


@pytest.mark.parametrize("subject", ["TR: fuite", "Tr : fuite", "Fwd: leak", "FW: leak", "WG: Leck", "RV: fuga"])
@pytest.mark.parametrize("name", ["outlook-fr", "outlook-en", "outlook-es", "outlook-de", "apple-fr"])
def test_a_mail_whose_subject_says_that_it_is_passed_on_is_kept(name, subject):
    """Outlook writes above it what it writes above a quotation."""
    said = clean_text(f"{ANSWER}\n\n{quoted(*PROGRAMS[name], ['I come on Tuesday.'])}")
    assert new_text(said, subject) == said
    assert new_text(f"{said}\n\n{MARKER[0]}\n{OURS[0]}", subject) == said
    assert new_text(said, f"Re: {subject}") == ANSWER


@pytest.mark.parametrize("announcement", PASSED_ON.values(), ids=PASSED_ON)
def test_what_was_passed_on_earlier_is_cut_with_the_quotation(announcement):
    """It has been told."""
    lines = [*announcement.split("\n"), "I come on Tuesday."]
    assert new_text(clean_text(f"{ANSWER}\n\n{quoted(*PROGRAMS['gmail-en'], lines)}")) == ANSWER


POINTS_BELOW = [
    "Please see my answers below in red.",
    "I have replied inline.",
    "See below.",
    "Voir mes réponses ci-dessous en bleu.",
    "Je vous réponds dans le texte.",
    "En rouge mes remarques.",
    "Cf. ci-dessous",
    "Meine Antworten in Rot.",
    "Ich habe unten geantwortet.",
    "Siehe unten.",
    "Le respondo más abajo.",
    "Mis comentarios en azul.",
    "Mis respuestas, abajo",
]


@pytest.mark.parametrize("said", POINTS_BELOW)
@pytest.mark.parametrize("name", ["outlook-fr", "outlook-com-fr", "samsung-fr", "iphone-with-photo-fr"])
def test_answers_that_are_said_to_stand_further_down_are_kept(said, name):
    """Between lines that a program does not mark nobody else can tell them."""
    text = f"{said}\n\n{quoted(*PROGRAMS[name], MARKER + OURS)}\nYes, it does.".replace("\n\n\n", "\n\n")
    assert new_text(text) == text


@pytest.mark.parametrize("said", POINTS_BELOW)
@pytest.mark.parametrize("name", MARKING)
def test_answers_that_are_said_to_stand_within_marked_lines_are_kept(said, name):
    """Whoever writes in red into a quoted line has it marked, too."""
    text = clean_text(f"{said}\n\n{quoted(*PROGRAMS[name], [*MARKER, *OURS, 'Yes, it does.'])}")
    assert new_text(text) == text


@pytest.mark.parametrize(
    "said",
    [
        "Thank you for your answer. The leak is in the flat below.",
        "Merci de votre réponse.\nLa tache est en bas, chez le voisin du dessous.",
        "Danke für die Antwort. Es tropft bei den Nachbarn unter uns.",
        "Gracias por la respuesta. El vecino de abajo está fuera.",
    ],
)
def test_who_speaks_of_what_is_below_has_not_answered_there(said):
    """In the house, and not in the mail."""
    assert new_text(f"{said}\n\n{quoted(*PROGRAMS['outlook-fr'], MARKER + OURS)}") == said


FOOTERS = [
    "Sent from my iPhone",
    "Sent from my Galaxy",
    "Sent from my Android device with K-9 Mail. Please excuse my brevity.",
    "Get Outlook for iOS<https://aka.ms/o0ukef>",
    "Sent from Outlook for Android<https://aka.ms/AAb9ysg>",
    "Sent from Mail for Windows",
    "Sent from Yahoo Mail for iPhone",
    "Sent from Yahoo Mail on Android",
    "Sent with [Proton Mail](https://proton.me/mail/home) secure email.",
    "Sent from [Proton Mail](https://proton.me/mail/home) for Android.",
    "Envoyé de mon iPhone",
    "Envoyé depuis mon appareil Galaxy",
    "Envoyé depuis mon smartphone Samsung Galaxy.",
    "Envoyé de mon appareil Android avec K-9 Mail. Veuillez excuser ma brièveté.",
    "Envoyé à partir de Outlook pour iOS<https://aka.ms/o0ukef>",
    "Envoyé à partir d’Outlook pour Android<https://aka.ms/AAb9ysg>",
    "Télécharger Outlook pour iOS <https://aka.ms/o0ukef>",
    "Envoyé à partir de Courrier<https://go.microsoft.com/fwlink/?LinkId=550986> pour Windows",
    "Envoyé à partir de Yahoo Mail pour iPhone",
    "Envoyé avec la messagerie sécurisée [Proton Mail.](https://proton.me/mail/home)",
    "Envoyé depuis l'application Mail Orange",
    "Von meinem iPhone gesendet",
    "Von meinem/meiner Galaxy gesendet",
    "Von meinem iPhone mit WEB.DE Mail gesendet",
    "Diese Nachricht wurde von meinem Android Mobiltelefon mit GMX Mail gesendet.",
    "Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.",
    "Gesendet mit der GMX Mail App",
    "Gesendet von Outlook für iOS<https://aka.ms/o0ukef>",
    "Gesendet von Mail für Windows",
    "Outlook für Android<https://aka.ms/AAb9ysg> herunterladen",
    "Enviado desde mi iPhone",
    "Enviado desde mi Galaxy",
    "Enviado desde Outlook para Android<https://aka.ms/AAb9ysg>",
    "Obtener Outlook para iOS<https://aka.ms/o0ukef>",
    "Enviado con el correo electrónico seguro de [Proton Mail](https://proton.me/mail/home).",
    "Sent from my iPad",
    "Sent from my Samsung Galaxy smartphone.",
    "Sent from my Samsung device",
    "Sent from my Huawei phone",
    "Sent from my Fairphone using BlueMail",
    "Sent from AOL Mail on Mac",
    "Sent from Mail for Windows 11",
    "Envoyé depuis Outlook pour Mac",
    "Envoyé avec Outlook sur iPhone",
    "Envoyé à partir d'Orange Mail",
    "Envoyé de mon mobile Xiaomi",
    "Envoyé depuis mon téléphone Pixel",
    "Envoyé de mon Redmi avec Courrier",
    "Envoyé depuis l'application Orange Mail sur iPad",
    "Obtenir Outlook pour Windows 10",
    "Obtenez Outlook pour iOS",
    "Téléchargez BlueMail pour Android",
    "Von meinem Samsung Handy gesendet",
    "Gesendet aus der WEB.DE Mail App",
    "Gesendet von Mail auf Windows",
    "Gesendet mit Proton Mail sichere E-Mail.",
    "Outlook für iOS beziehen",
    "Outlook für Mac abrufen",
    "Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet. Bitte entschuldigen Sie die Kürze.",
    "Enviado desde mi iPhone con Correo",
    "Enviado desde Mail en Windows",
]


@pytest.mark.parametrize("footer", FOOTERS)
def test_what_a_program_writes_below_an_answer_is_cut(footer):
    """With the line above a signature, with a quotation below and without; of nothing else it is all that is left."""
    for below in (footer, f"-- \n{footer}", f"{footer}\n\n{quoted(*PROGRAMS['outlook-com-fr'], MARKER + OURS)}"):
        assert new_text(clean_text(f"{ANSWER}\n\n{below}")) == ANSWER
    announced = "Desk <desk@desk.example> schrieb am Montag, 16. November 2026 um 10:00:\n"
    assert new_text(f"{ANSWER}\n\n{footer}\n\n{quoted(announced, '> ', MARKER + OURS)}") == ANSWER
    assert new_text(f"{footer}\n\n{quoted(*PROGRAMS['gmail-en'], MARKER + OURS)}") == footer


@pytest.mark.parametrize(
    "said",
    [
        "Sent from my iPhone, sorry for the typos.",
        "Sent from my office on Monday",
        "Envoyé de mon iPhone car l'ordinateur est en panne",
        "Envoyé par la poste hier.",
        "Le courrier a été envoyé de mon iPhone",
        "Von meinem Nachbarn gesendet",
        "Gesendet mit der Post",
        "Gesendet mit der Mail.",
        "Enviado desde mi trabajo",
        "Get Outlook for iOS? No, thanks.",
        f"Sent from my iPhone{'.' * 400}",
        "Rosa\n06 12 34 56 78",
    ],
)
def test_what_somebody_writes_last_is_kept(said):
    """Though programs write nearly the same; and a signature is a person's."""
    assert new_text(f"{ANSWER}\n\n{said}\n\n{quoted(*PROGRAMS['gmail-en'], MARKER + OURS)}") == f"{ANSWER}\n\n{said}"


def test_what_a_program_writes_above_further_words_is_kept():
    """Somebody has gone on below it."""
    text = f"{ANSWER}\n\nEnvoyé de mon iPhone\n\nP.S. Merci !"
    assert new_text(text) == text
