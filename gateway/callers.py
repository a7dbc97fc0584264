"""Who asks: from the Bearer session to the signed token that the services verify, and the asking itself."""

import re
import time
from datetime import datetime

from flask import current_app, g, request

from chassis import logs
from chassis.errors import Invalid, Unauthenticated, Unavailable
from services.identity.contract import Identity

log = logs.get(__name__)

#: Seconds after which a host's clock may have been set right.
CLOCKS_SECONDS = 60
#: Sessions whose token is remembered per process.
REMEMBERED = 5_000
#: A token that ends sooner than this, in seconds, is renewed before use.
RENEW_BEFORE = 30
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
#: How some proxies write an address: `ip:port` and `[v6]:port`.
_WITH_PORT = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::[0-9]+)?|([0-9.]+):[0-9]+")


class Tokens:
    """Tokens of the sessions seen lately; identity is asked again when one ends or is stale."""

    def __init__(self):
        self._remembered = {}

    def of(self, session, *, renew=False):
        """Return the token of a session.

        :raises Unauthenticated: the session has ended or never was.
        """
        known = None if renew else self._remembered.get(session)
        if known and known[1] > time.time() + RENEW_BEFORE:
            return known[0]
        self._remembered.pop(session, None)
        answer = asked(Identity).token_for(session=session)
        if len(self._remembered) >= REMEMBERED:
            self._remembered.clear()
        expires = datetime.fromisoformat(answer["expires_at"]).timestamp()
        self._remembered[session] = (answer["token"], expires)
        return answer["token"]

    def forget(self, session):
        """Forget the token of a session that has ended."""
        self._remembered.pop(session, None)


def session_of_request():
    """Return the opaque session that the request bears, or `None`.

    :raises Unauthenticated: the header is there and is not a Bearer token (RFC 6750).
    """
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, session = header.partition(" ")
    if scheme.lower() != "bearer" or not session.strip() or len(session) > 200:
        raise Unauthenticated("session_invalid", "Send `Authorization: Bearer <access_token>`.")
    return session.strip()


def for_signed_in(view):
    """Mark a view that answers nobody who bears no session; return it."""
    view.is_for_signed_in = True
    return view


def refuse_strangers():
    """Refuse a request for a marked view, before anything else of it is looked at.

    :raises Unauthenticated: it bears no session.
    """
    view = current_app.view_functions.get(request.endpoint)
    # What a route can do (RFC 9110, 9.3.7) anybody may ask.
    if getattr(view, "is_for_signed_in", False) and request.method != "OPTIONS":
        required_session()


def required_session():
    """Return the opaque session that the request bears.

    :raises Unauthenticated: there is none, or it is not a Bearer token.
    """
    session = session_of_request()
    if session is None:
        raise Unauthenticated("not_signed_in", "Sign in first.")
    return session


def person_session():
    """Return the session that the request bears, once identity has confirmed it.

    For work that the gateway does before it asks a service, such as receiving a file: strangers cannot cause any.

    :raises Unauthenticated: there is none, it has ended or never was.
    """
    session = required_session()
    current_app.extensions["fielddesk"].tokens.of(session)
    return session


def request_key():
    """Return the key under which a command is carried out once.

    :raises Invalid: `idempotency_key_invalid`.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return g.request_id
    if not _KEY.fullmatch(key):
        raise Invalid("idempotency_key_invalid", "Use 1 to 255 visible ASCII characters.")
    return key


def origin_of_request():
    """Return the network address that the request comes from, empty where the server knows none.

    Behind `TRUSTED_PROXIES` it is what the outermost of them has written into `X-Forwarded-For`; whatever stands
    before that came with the request. Not Werkzeug's `ProxyFix`: it honours quotes, and one quote sent along hides
    what the proxies append.
    """
    address, trusted = request.remote_addr or "", current_app.extensions["fielddesk"].trusted_proxies
    passed_on = request.headers.get("X-Forwarded-For", "").split(",")
    if 0 < trusted <= len(passed_on):
        address = _without_port(passed_on[-trusted].strip()) or address
    return address


def _without_port(address):
    found = _WITH_PORT.fullmatch(address)
    return found[1] or found[2] if found else address


def asked(contract, token=None):
    """Return a contract's methods as this request asks them.

    :param token: signed token; none asks as nobody.
    """
    client = current_app.extensions["fielddesk"].client
    return client.of(contract, token=token, request_id=request_key(), correlation_id=g.request_id)


def ask(contract, method, arguments):
    """Call one method of one service as whoever bears the request; return its answer.

    A token that went stale (a right was taken away or given) is renewed once.

    :param contract: `Contract` class.
    :param method: `Method` of it.
    :param arguments: what it takes.
    :raises Unavailable: `clocks_apart`.
    """
    session = session_of_request() if method.anonymous else required_session()
    if session is None:
        return getattr(asked(contract), method.name)(**arguments)
    tokens = current_app.extensions["fielddesk"].tokens
    try:
        return getattr(asked(contract, tokens.of(session)), method.name)(**arguments)
    except Unauthenticated as error:
        if error.code not in ("stale", "token_expired"):
            raise
    return _ask_with_new_token(contract, method, arguments, tokens.of(session, renew=True))


def _ask_with_new_token(contract, method, arguments, token):
    try:
        return getattr(asked(contract, token), method.name)(**arguments)
    except Unauthenticated as error:
        if error.code != "token_expired":
            raise
        # Signed a moment ago, it would be too old as often as anybody signs in again.
        log.error("the clocks of identity and another service are minutes apart", service=contract.service)
        detail = "The clocks of the desk's hosts are apart. Tell whoever runs it."
        raise Unavailable("clocks_apart", detail, {"retry_after": CLOCKS_SECONDS}) from error
