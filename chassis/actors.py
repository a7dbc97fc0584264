"""Who asks: the signed token that travels with every call, and the actor read from it.

Tokens are JWS in compact form (RFC 7515) signed with Ed25519 (RFC 8037) by identity alone; every service
verifies them itself. A verified token is remembered until it expires.
"""

import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from uuid import UUID

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from chassis.errors import Forbidden, Unauthenticated

#: How long a token is good, in seconds.
TOKEN_SECONDS = 300
#: Verified tokens remembered per process, about 2 kB each.
REMEMBERED = 5_000

SCOPES = ("own", "assigned", "group", "organisation", "all")

#: In a permission table: whoever is signed in may call; the object decides the rest.
ANYONE = "anyone"


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever asks for something: a person in a session, nobody, or a service itself.

    :param rights: `{permission: scope}`, scope one of `SCOPES`.
    :param members: usergroups in which they may open tickets.
    :param supervises: usergroups whose members' tickets they manage.
    :param serves: usergroups that they serve as an agent.
    """

    person_id: UUID | None = None
    session_id: UUID | None = None
    name: str = ""
    email: str = ""
    language: str = "en"
    roles: tuple = ()
    rights: dict = field(default_factory=dict)
    members: frozenset = frozenset()
    supervises: frozenset = frozenset()
    serves: frozenset = frozenset()
    organisation_id: UUID | None = None
    epoch: int = 0
    service: str | None = None

    def scope(self, permission):
        """Return how far the permission reaches for this actor, or `None`."""
        return "all" if self.service else self.rights.get(permission)

    def may(self, permission):
        """Whether the actor has the permission in any scope."""
        return self.scope(permission) is not None

    def as_fact(self):
        """Return who this is as facts carry it, or `None` where no person acts."""
        if self.person_id is None:
            return None
        return {"person_id": str(self.person_id), "name": self.name}


ANONYMOUS = Actor()


def is_let_in(actor, permission):
    """Whether a permission table lets an actor call a method.

    :param permission: what it names: `ANYONE`, a permission, or several of which one is enough; `None` lets nobody in.
    """
    if isinstance(permission, tuple):
        return any(actor.may(one) for one in permission)
    return permission == ANYONE or (permission is not None and actor.may(permission))


def require(allowed, detail="Your role does not allow this."):
    """Refuse what is not allowed.

    :raises Forbidden: `not_allowed`.
    """
    if not allowed:
        raise Forbidden("not_allowed", detail)


def require_here(allowed):
    """Refuse what is not allowed with a thing that the actor sees.

    :raises Forbidden: `not_allowed`.
    """
    require(allowed, "Your role does not allow this here.")


def require_all(actor, permission):
    """Refuse whoever does not have a permission for everything: what settings bind is the whole desk.

    :raises Forbidden: `not_allowed`.
    """
    require(actor.scope(permission) == "all")


def system_actor(service):
    """Return the actor under which a service does what facts and timers make it do."""
    return Actor(name=service, service=service)


def sign_token(private_key, claims, now):
    """Return a signed token.

    :param private_key: raw Ed25519 private key, 32 bytes.
    :param claims: what `read_claims` takes, JSON-ready.
    :param now: seconds since the epoch; the token is good for `TOKEN_SECONDS` from then.
    """
    payload = {**claims, "iat": int(now), "exp": int(now) + TOKEN_SECONDS}
    return jws.serialize_compact({"alg": "Ed25519"}, json.dumps(payload), private_key, algorithms=["Ed25519"])


def private_key(raw, public_raw):
    """Return the signing key made of the raw 32-byte halves."""
    key = {"kty": "OKP", "crv": "Ed25519", "d": _base64(raw), "x": _base64(public_raw)}
    return OKPKey.import_key(key)


class TokenVerifier:
    """Verifies tokens with identity's public key and remembers the good ones.

    :param public_raw: raw Ed25519 public key, 32 bytes.
    """

    def __init__(self, public_raw):
        self._key = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": _base64(public_raw)})
        self._remembered = {}

    def actor_of(self, token, now):
        """Return the actor that a token names.

        :param now: seconds since the epoch.
        :raises Unauthenticated: `token_invalid` or `token_expired`.
        """
        known = self._remembered.get(token)
        if known is None:
            known = self._verified(token)
            if len(self._remembered) >= REMEMBERED:
                self._remembered.clear()
            self._remembered[token] = known
        expires, actor = known
        if now >= expires:
            self._remembered.pop(token, None)
            raise Unauthenticated("token_expired", "Sign in again.")
        return actor

    def _verified(self, token):
        try:
            signed = jws.deserialize_compact(token, self._key, algorithms=["Ed25519"])
            claims = json.loads(signed.payload)
            return claims["exp"], read_claims(claims)
        except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise Unauthenticated("token_invalid", "Sign in again.") from error


def claims_of(actor):
    """Return the JSON-ready claims that `read_claims` turns back into the same actor."""
    return {
        "sub": str(actor.person_id),
        "sid": str(actor.session_id),
        "name": actor.name,
        "email": actor.email,
        "lang": actor.language,
        "roles": list(actor.roles),
        "rights": actor.rights,
        "members": sorted(map(str, actor.members)),
        "supervises": sorted(map(str, actor.supervises)),
        "serves": sorted(map(str, actor.serves)),
        "org": str(actor.organisation_id) if actor.organisation_id else None,
        "epoch": actor.epoch,
    }


def read_claims(claims):
    """Return the `Actor` that verified claims describe.

    :raises KeyError, ValueError: the claims are not of our making.
    """
    return Actor(
        person_id=UUID(claims["sub"]),
        session_id=UUID(claims["sid"]),
        name=claims["name"],
        email=claims["email"],
        language=claims["lang"],
        roles=tuple(claims["roles"]),
        rights=dict(claims["rights"]),
        members=frozenset(map(UUID, claims["members"])),
        supervises=frozenset(map(UUID, claims["supervises"])),
        serves=frozenset(map(UUID, claims["serves"])),
        organisation_id=UUID(claims["org"]) if claims["org"] else None,
        epoch=int(claims["epoch"]),
    )


def _base64(raw):
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
