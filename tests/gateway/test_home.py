"""The plain page at `/`, as a browser asks for it."""

import re
from html import unescape

import pytest

from chassis.languages import LANGUAGES

ABOUT = {
    "fr": "Fielddesk est un service de gestion des demandes et des interventions dans les bâtiments. Signalez un"
    " problème par e-mail ou par un formulaire\u00a0: votre demande reçoit un numéro, est transmise aux bonnes"
    " personnes, planifiée et traitée sur place, et nous vous informons à chaque étape.",
    "en": "Fielddesk is a service desk for people who look after buildings. Report a problem by e-mail or by a form:"
    " your request gets a number, goes to the right people, is planned and dealt with on site, and we tell you at each"
    " step.",
    "es": "Fielddesk es un servicio de gestión de solicitudes y visitas en edificios. Comunique un problema por correo"
    " o con un formulario: su solicitud recibe un número, llega a las personas adecuadas, se planifica y se atiende"
    " in situ, y le informamos de cada paso.",
    "de": "Fielddesk ist ein Service-Desk für alle, die sich um Gebäude kümmern. Melden Sie ein Problem per E-Mail oder"
    " über ein Formular: Ihre Anfrage erhält eine Nummer, geht an die zuständigen Personen, wird geplant und vor Ort"
    " bearbeitet, und wir informieren Sie bei jedem Schritt.",
}
LINKS = {
    "fr": ["Description de l’API (OpenAPI 3.1)", "Le service est-il prêt\u202f?"],
    "en": ["Description of the API (OpenAPI 3.1)", "Is the service ready?"],
    "es": ["Descripción de la API (OpenAPI 3.1)", "¿Está listo el servicio?"],
    "de": ["Beschreibung der API (OpenAPI 3.1)", "Ist der Dienst bereit?"],
}


def read(http, **headers):
    """Return the language that the page says it is in, its text and what its links are called."""
    answer = http.get("/", headers=headers)
    assert (answer.status_code, answer.content_type) == (200, "text/html; charset=utf-8")
    page = unescape(answer.text)
    links = re.findall(r'<li><a href="(?:/api/v1/openapi.json|/readyz)">(.*)</a></li>', page)
    return re.search(r'<html lang="(.*)">', page)[1], re.search("<p>(.*)</p>", page)[1], links


@pytest.mark.parametrize(
    ("wishes", "language"),
    [
        *((language, language) for language in LANGUAGES),
        ("fr-CH, en;q=0.8, *;q=0.5", "fr"),
        ("pt, es-MX;q=0.5, en;q=0.1", "es"),
        ("ar", "en"),
        ("ar, *;q=0.1", "en"),
        ("*", "en"),
        ("fr;q=0, de;q=0.1", "de"),
        ("\u00e9;q=z", "en"),
    ],
)
def test_the_page_is_in_the_readers_language(http, wishes, language):
    """As far as it is one of ours; mails in four languages lead there."""
    assert read(http, **{"Accept-Language": wishes}) == (language, ABOUT[language], LINKS[language])


def test_the_page_is_in_english_for_whoever_names_no_language(http):
    """As programs do."""
    assert read(http) == ("en", ABOUT["en"], LINKS["en"])
