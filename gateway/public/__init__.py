"""What anybody may ask without signing in: webforms and the links that mails carry."""

from marshmallow import RAISE

from chassis.contract import Arguments
from gateway.callers import ask
from gateway.documented_conventions import SESSION_OR_NONE
from gateway.documented_refusals import OF_FILE, WITH_SESSION, refused_by
from gateway.documents import DOWNLOADED, PARAMETERS
from gateway.downloads import as_download
from gateway.routes import Route, blueprint
from services.identity.contract import Identity
from services.inbound.contract import Inbound
from services.tickets.contract import Tickets

public = blueprint(
    "public",
    "What anybody may ask without signing in: webforms and the links that mails carry.",
    [
        Route("GET", "/forms/<slug>", Inbound, "public_form"),
        Route("POST", "/forms/<slug>", Inbound, "submit_webform", 201),
        Route("GET", "/requests/<token>", Tickets, "follow_request"),
        Route("GET", "/registrations/<token>", Identity, "registration_request"),
        Route("POST", "/registrations/<token>", Identity, "confirm_registration"),
        Route("GET", "/satisfaction/<token>", Tickets, "satisfaction_request"),
        Route("POST", "/satisfaction/<token>", Tickets, "give_satisfaction", 201),
    ],
    prefix="/api/v1/public",
)

PUBLIC = (public,)
_FOLLOWED = Tickets.methods()["followed_attachment"]


@public.route(
    "/attachments/<token>",
    methods=["GET"],
    parameters=[{"in": "path", "name": "token", "description": PARAMETERS["token"]}],
)
@public.arguments(Arguments, location="query", unknown=RAISE)
@public.response(200)
@public.doc(
    operationId="tickets_followed_attachment",
    parameters=["Range"],
    security=SESSION_OR_NONE,
    responses=DOWNLOADED | refused_by(Tickets, _FOLLOWED, WITH_SESSION, OF_FILE),
)
def followed_attachment_get(query, token):
    """Download a file by its link; always as an attachment, never shown inline."""
    return as_download(Tickets, ask(Tickets, _FOLLOWED, {"token": token}))
