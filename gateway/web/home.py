"""The one plain page at `/`: it says what runs here, in the reader's language."""

from flask import Blueprint, Response, request

home = Blueprint("home", __name__)

PAGE = """<!doctype html>
<html lang="{language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Fielddesk</title><link rel="stylesheet" href="/home.css"></head>
<body><main>
<h1>Fielddesk</h1>
<p>{about}</p>
<ul>
<li><a href="/api/v1/openapi.json">{api}</a></li>
<li><a href="/readyz">{ready}</a></li>
</ul>
</main></body></html>
"""
WORDS = {
    "fr": {
        "about": "Fielddesk est un service de gestion des demandes et des interventions dans les bâtiments. Signalez un"
        " problème par e-mail ou par un formulaire\u00a0: votre demande reçoit un numéro, est transmise aux bonnes"
        " personnes, planifiée et traitée sur place, et nous vous informons à chaque étape.",
        "api": "Description de l’API (OpenAPI 3.1)",
        "ready": "Le service est-il prêt\u202f?",
    },
    "en": {
        "about": "Fielddesk is a service desk for people who look after buildings. Report a problem by e-mail or by a"
        " form: your request gets a number, goes to the right people, is planned and dealt with on site, and we tell"
        " you at each step.",
        "api": "Description of the API (OpenAPI 3.1)",
        "ready": "Is the service ready?",
    },
    "es": {
        "about": "Fielddesk es un servicio de gestión de solicitudes y visitas en edificios. Comunique un problema por"
        " correo o con un formulario: su solicitud recibe un número, llega a las personas adecuadas, se planifica y se"
        " atiende in situ, y le informamos de cada paso.",
        "api": "Descripción de la API (OpenAPI 3.1)",
        "ready": "¿Está listo el servicio?",
    },
    "de": {
        "about": "Fielddesk ist ein Service-Desk für alle, die sich um Gebäude kümmern. Melden Sie ein Problem per"
        " E-Mail oder über ein Formular: Ihre Anfrage erhält eine Nummer, geht an die zuständigen Personen, wird"
        " geplant und vor Ort bearbeitet, und wir informieren Sie bei jedem Schritt.",
        "api": "Beschreibung der API (OpenAPI 3.1)",
        "ready": "Ist der Dienst bereit?",
    },
}

STYLE = """body{font:1rem/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff;margin:0}
main{max-width:40rem;margin:10vh auto;padding:0 1rem}a{color:#0b57d0}"""


@home.get("/")
def page():
    """Show the page; in English to whoever reads none of our languages."""
    # Werkzeug's own best match passes over `fr-CH` for whoever reads English, too.
    wishes = (tag.lower().partition("-")[0] for tag, quality in request.accept_languages if quality)
    language = next((wish for wish in wishes if wish in WORDS), "en")
    return Response(PAGE.format(language=language, **WORDS[language]), mimetype="text/html")


@home.get("/home.css")
def style():
    """Give its style; inline style is refused by our own policy."""
    return Response(STYLE, mimetype="text/css")
