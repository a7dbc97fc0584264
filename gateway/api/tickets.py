"""Tickets, their conversation, history and categories."""

from gateway.routes import Route, blueprint
from services.tickets.contract import Tickets

tickets = blueprint(
    "tickets",
    "Tickets, their conversation, history and categories.",
    [
        Route("GET", "/categories", Tickets, "list_categories"),
        Route("POST", "/categories", Tickets, "create_category", 201),
        Route("PATCH", "/categories/<uuid:category_id>", Tickets, "change_category", matches=True),
        Route("POST", "/categories/copies", Tickets, "retell", 202),
        Route("GET", "/tickets", Tickets, "list_tickets"),
        Route("POST", "/tickets", Tickets, "open_ticket", 201, located=True),
        Route("GET", "/tickets/<uuid:ticket_id>", Tickets, "ticket_by_id"),
        Route("PATCH", "/tickets/<uuid:ticket_id>", Tickets, "change_ticket", matches=True),
        Route("GET", "/tickets/<uuid:ticket_id>/messages", Tickets, "messages_of_ticket"),
        Route("POST", "/tickets/<uuid:ticket_id>/messages", Tickets, "add_message", 201),
        Route("GET", "/tickets/<uuid:ticket_id>/history", Tickets, "history_of_ticket"),
        Route("POST", "/tickets/<uuid:ticket_id>/participants", Tickets, "add_participant", 201),
        Route(
            "DELETE",
            "/tickets/<uuid:ticket_id>/participants/<uuid:participant_id>",
            Tickets,
            "remove_participant",
            204,
        ),
    ],
)
