"""Where the gateway leads: the contracts, and the routes of its map."""

from services.dispatch.contract import Dispatch
from services.fieldwork.contract import Fieldwork
from services.identity.contract import Identity
from services.inbound.contract import Inbound
from services.notifications.contract import Notifications
from services.tickets.contract import Tickets

CONTRACTS = (Identity, Tickets, Dispatch, Fieldwork, Notifications, Inbound)


def rules_of(app):
    """Return `(verb, rule)` of every route."""
    return sorted((verb, rule.rule) for rule in app.url_map.iter_rules() for verb in rule.methods - {"HEAD", "OPTIONS"})
