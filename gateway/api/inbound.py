"""Mailboxes, webforms and what came in by them."""

from gateway.routes import Route, blueprint
from services.inbound.contract import Inbound

inbound = blueprint(
    "inbound",
    "Mailboxes, webforms and what came in by them.",
    [
        Route("GET", "/mailboxes", Inbound, "list_mailboxes"),
        Route("POST", "/mailboxes", Inbound, "create_mailbox", 201),
        Route("PATCH", "/mailboxes/<uuid:mailbox_id>", Inbound, "change_mailbox", matches=True),
        Route("POST", "/mailboxes/copies", Inbound, "retell", 202),
        Route("GET", "/webforms", Inbound, "list_webforms"),
        Route("POST", "/webforms", Inbound, "create_webform", 201),
        Route("PATCH", "/webforms/<uuid:webform_id>", Inbound, "change_webform", matches=True),
        Route("GET", "/inbound-messages", Inbound, "list_inbound_messages"),
        Route("POST", "/inbound-messages/<uuid:inbound_message_id>/replay", Inbound, "replay_inbound_message"),
    ],
)
