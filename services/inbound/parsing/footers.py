"""What mail programs of phones write below every mail: "Sent from my iPhone".

A whole line of theirs goes; where somebody has put a word to it, it is theirs.
"""

import re

#: Characters of a line; none of theirs is longer.
LONGEST = 400

_DEVICE = (
    r"(?:iPhone|iPad|(?:Samsung )?Galaxy|Samsung|Android|Huawei|Xiaomi|Redmi|Pixel|Fairphone)"
    r"(?: smartphone| phone| device)?"
)
_PROGRAM = (
    r"(?:Outlook|(?:(?:Yahoo|Proton|GMX|WEB\.DE|K-9|AOL|Orange) )?Mail(?: App| Orange)?|Courrier|Correo|BlueMail)"
)
_SYSTEM = r"(?:iOS|Android|iPhone|iPad|Mac|Windows(?: 1[01])?)"
_FOOTER = re.compile(
    rf"Sent from my {_DEVICE}(?: (?:with|using) {_PROGRAM})?|Sent from {_PROGRAM}(?: (?:for|on) {_SYSTEM})?"
    rf"|Get {_PROGRAM} for {_SYSTEM}|Sent with Proton Mail secure email"
    rf"|Envoyé (?:de|depuis) mon (?:appareil |smartphone |mobile |téléphone )?{_DEVICE}(?: avec {_PROGRAM})?"
    rf"|Envoyé (?:à partir de |à partir d'|depuis |avec )(?:l'application )?{_PROGRAM}(?: (?:pour|sur) {_SYSTEM})?"
    rf"|(?:Télécharge[rz]|Obtenir|Obtenez) {_PROGRAM} pour {_SYSTEM}|Envoyé avec la messagerie sécurisée Proton Mail"
    rf"|(?:Diese Nachricht wurde )?von meine[mr](?:/meiner)? {_DEVICE}(?:[ -](?:Mobiltelefon|Gerät|Handy))?"
    rf"(?: mit {_PROGRAM})? gesendet|Gesendet (?:von|mit|aus) (?:der (?!Mail$))?{_PROGRAM}(?: (?:für|auf) {_SYSTEM})?"
    rf"|{_PROGRAM} für {_SYSTEM} (?:herunterladen|beziehen|abrufen)|Gesendet mit Proton Mail sicherer? E-Mail"
    rf"|Enviado desde mi {_DEVICE}(?: con {_PROGRAM})?|Enviado desde {_PROGRAM}(?: (?:para|en) {_SYSTEM})?"
    rf"|Obtener {_PROGRAM} para {_SYSTEM}|Enviado con el correo electrónico seguro de Proton Mail",
    re.IGNORECASE,
)
#: Where such a line leads, and what K-9 adds to its own.
_DECORATION = re.compile(
    r"<https?://[^\s<>]*+>|\]\(https?://[^\s()]*+\)|\[|(?:(?<=K-9 Mail\.)|(?<=K-9 Mail gesendet\.))"
    r" (?:Veuillez excuser ma brièveté|Please excuse my brevity|Bitte entschuldigen? (?:Sie )?die Kürze)\.?$",
    re.IGNORECASE,
)


def without_footer(lines):
    """Return lines without what a program has put below them, unless that is all.

    :param lines: of a mail, of which the last says something.
    """
    last = lines[-1] if lines and len(lines[-1]) <= LONGEST else ""
    last = _DECORATION.sub("", last).replace("’", "'").strip(" .")
    if not _FOOTER.fullmatch(last):
        return lines
    end = len(lines) - 1
    # As the line above a signature, too, which some put there.
    while end and lines[end - 1].strip() in ("", "--"):
        end -= 1
    return lines[:end] or lines
