"""What anybody may ask without signing in: webforms and the links that mails carry."""

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
