"""Facts on the wire: from the teller's outbox row to the typed `Fact` that a listener gets."""

from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_OID, UUID, uuid5

from marshmallow import EXCLUDE, ValidationError

from chassis import forms
from chassis.bus.wire import JSON, LARGEST_FACT, Refused, decode, encode, short_text

#: The fact that takes rights away; it has a way of its own through relay and broker.
GRANTS = ("identity", "GrantsChanged")


@dataclass(slots=True)
class Letter:
    """A fact as it came over the bus, not yet opened.

    :param headers: `event_id`, `correlation_id`, `version`, `occurred_at` (ISO 8601), `actor` (JSON),
        `content_type`, `transaction` (of the teller's database, and the ticket it was about).
    """

    source: str
    name: str
    body: bytes
    headers: dict

    def is_of_one_transaction_with(self, other):
        """Whether the teller committed both in one transaction, about the same ticket where they name one."""
        transaction = self.headers.get("transaction")
        return transaction is not None and (self.source, transaction) == (
            other.source,
            other.headers.get("transaction"),
        )

    @property
    def event_id(self):
        """Return the fact's id, or one derived from its content where it carries no valid UUID."""
        try:
            return UUID(self.headers.get("event_id"))
        except (TypeError, ValueError, AttributeError):
            digest_of = f"{self.source}.{self.name}.".encode(errors="replace") + self.body
            return uuid5(NAMESPACE_OID, digest_of.decode("latin-1"))


@dataclass(slots=True)
class Fact:
    """What a listener is told.

    :param data: the payload with typed values.
    :param version: of the thing it is about.
    :param actor: `{"person_id", "name"}` of whoever caused it, or `None`.
    """

    source: str
    name: str
    data: dict
    event_id: UUID
    version: int
    actor: dict | None
    occurred_at: datetime
    correlation_id: str


def letter_of(source, row):
    """Return the letter that carries an outbox row."""
    headers = {
        "event_id": str(row.event_id),
        "correlation_id": row.correlation_id,
        "version": row.version,
        "occurred_at": row.occurred_at.isoformat(),
        "content_type": JSON,
        # With the ticket: what counts as one transaction is handled in one, which must not lock many tickets at once.
        "transaction": f"{row.transaction} {_ticket_of(row.payload)}",
    }
    if row.actor:
        headers["actor"] = encode(row.actor).decode()
    return Letter(source, row.name, encode(row.payload), headers)


def _ticket_of(payload):
    return payload.get("ticket_id") if isinstance(payload, dict) else None


def open_letter(letter, event):
    """Return the `Fact` in a letter.

    :param event: `Event` class of the teller's contract; what a newer teller added is left out.
    :raises Refused: with the reason, when it is not what the contract declares.
    """
    payload = opened_payload(letter)
    try:
        data = forms.load(event, payload, unknown=EXCLUDE)
    except ValidationError as error:
        raise Refused("not what the contract declares", error.normalized_messages()) from None
    return Fact(
        letter.source,
        letter.name,
        data,
        letter.event_id,
        _version_of(letter),
        _actor_of(letter),
        _instant_of(letter),
        short_text(letter.headers.get("correlation_id")),
    )


def opened_payload(letter):
    """Return the JSON object in a letter, unchecked otherwise.

    :raises Refused: it is not one.
    """
    if len(letter.body) > LARGEST_FACT:
        raise Refused("too large", f"{len(letter.body)} bytes")
    if letter.headers.get("content_type") != JSON:
        raise Refused("not JSON", f"content type {letter.headers.get('content_type')!r}")
    if str(letter.event_id) != letter.headers.get("event_id"):
        raise Refused("no message_id")
    payload = decode(letter.body)
    if not isinstance(payload, dict):
        raise Refused("not a JSON object")
    return payload


def _version_of(letter):
    version = letter.headers.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or not 0 <= version < 2**63:
        raise Refused("no version", repr(version)[:80])
    return version


def _actor_of(letter):
    text = letter.headers.get("actor")
    if text is None:
        return None
    actor = decode(text.encode(errors="surrogatepass")) if isinstance(text, str) else text
    if not isinstance(actor, dict) or not {"person_id", "name"} <= actor.keys():
        raise Refused("actor is not a person")
    return actor


def _instant_of(letter):
    try:
        instant = datetime.fromisoformat(letter.headers.get("occurred_at"))
    except (TypeError, ValueError):
        raise Refused("no instant") from None
    if instant.tzinfo is None:
        raise Refused("an instant without its zone")
    return instant
