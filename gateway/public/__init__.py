"""What anybody may ask without signing in: webforms and the links that mails carry."""

from gateway.routes import Route, blueprint
from services.inbound.contract import Inbound
from services.tickets.contract import Tickets

public = blueprint(
    "public",
    [
        Route("GET", "/forms/<slug>", Inbound, "public_form"),
        Route("POST", "/forms/<slug>", Inbound, "submit_webform", 201),
        Route("GET", "/requests/<token>", Tickets, "follow_request"),
        Route("GET", "/satisfaction/<token>", Tickets, "satisfaction_request"),
        Route("POST", "/satisfaction/<token>", Tickets, "give_satisfaction", 201),
    ],
    prefix="/api/v1/public",
)

PUBLIC = (public,)
