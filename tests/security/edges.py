"""Services behind their edges, asked by the client that the gateway has, with no bus between; and their tokens."""

from base64 import urlsafe_b64encode
from time import time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chassis.actors import claims_of, private_key, sign_token
from chassis.bus.calls import Call, Calls
from chassis.bus.client import RpcClient
from chassis.bus.epochs import Epochs
from chassis.settings import Settings
from tests.contracts.house import permissions_of, service_class

PAIR = Ed25519PrivateKey.generate()
PUBLIC = PAIR.public_key().public_bytes_raw()
PUBLIC_URL = "https://desk.example"


def _text(raw):
    return urlsafe_b64encode(raw).decode()


SETTINGS = Settings(
    {
        "LINK_KEY": _text(b"k" * 32),
        "TOKEN_PRIVATE_KEY": _text(PAIR.private_bytes_raw()),
        "TOKEN_PUBLIC_KEY": _text(PUBLIC),
        "MAIL_DOMAIN": "desk.example",
        "PUBLIC_URL": PUBLIC_URL,
    }
)


def token_of(actor, *, pair=PAIR, now=None):
    """Return the token of an actor, signed with a key pair; now, unless it is said otherwise."""
    key = private_key(pair.private_bytes_raw(), pair.public_key().public_bytes_raw())
    return sign_token(key, claims_of(actor), time() if now is None else now)


def edge_of(service, database, epochs=None):
    """Return the edge of a service, as it answers calls on either bus."""
    contract = service_class(service).contract
    return Calls(contract, permissions_of(service), database, SETTINGS.tokens, epochs or Epochs(database))


def client_of(databases, files):
    """Return an `RpcClient` of services by their databases."""
    edges = {}
    for name, database in databases.items():
        instance = service_class(name)()
        instance.settings, instance.database, instance.files = SETTINGS, database, files
        edges[name] = (edge_of(name, database), instance)
    return RpcClient(_Straight(edges))


class _Straight:
    """Hands calls to edges: what `RpcClient` needs of a transport."""

    def __init__(self, edges):
        self._edges = edges

    def call(self, service, method, body, headers, timeout):
        """Make one call."""
        edge, instance = self._edges[service]
        return edge.answer(instance, Call(method, body, headers))

    def is_ready(self):
        """Whether calls arrive."""
        return True

    def close(self):
        """Nothing is held open."""
