"""The doors to the six services: the gateway's routes, and the token with which they are asked directly."""

from functools import cache
from unittest.mock import Mock

from gateway.app import create_app
from services.identity.contract import Identity


def token_of(client, caller):
    """Exchange a session for its token, as the gateway does."""
    return client.of(Identity).token_for(session=caller.token)["token"]


@cache
def rules():
    """Return the routes of the gateway."""
    return list(create_app(Mock(), None).url_map.iter_rules())
