"""The use cases of tickets, a module for each matter: load, decide, record, tell."""

from services.tickets.actions.conversation import add_message
from services.tickets.actions.opening import open_ticket

__all__ = ["add_message", "open_ticket"]
