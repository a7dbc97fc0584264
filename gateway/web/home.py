"""The one plain page at `/`: it says what runs here."""

from flask import Blueprint, Response

home = Blueprint("home", __name__)

PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Fielddesk</title><link rel="stylesheet" href="/home.css"></head>
<body><main>
<h1>Fielddesk</h1>
<p>This is a service desk for people who look after buildings. Report a problem by e-mail or by a form;
it becomes a ticket, is routed, planned, worked on site, and you are told at each step.</p>
<ul>
<li><a href="/api/v1/openapi.json">The API, described (OpenAPI 3.1)</a></li>
<li><a href="/readyz">Is it ready?</a></li>
</ul>
</main></body></html>
"""

STYLE = """body{font:1rem/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff;margin:0}
main{max-width:40rem;margin:10vh auto;padding:0 1rem}a{color:#0b57d0}"""


@home.get("/")
def page():
    """Show the page."""
    return Response(PAGE, mimetype="text/html")


@home.get("/home.css")
def style():
    """Give its style; inline style is refused by our own policy."""
    return Response(STYLE, mimetype="text/css")
