"""What travels: JSON requests, replies and errors in nameko's own envelopes, the same on both buses.

Pure: bytes in, bytes out. JSON only (RFC 8259): pickle and its like are never decoded, `NaN` is refused.
"""

import json
from dataclasses import dataclass, field

from chassis.errors import ERRORS, DomainError, Invalid

#: Largest RPC request, in bytes; files go through the store and never over the bus.
LARGEST_REQUEST = 1_000_000
#: Largest fact, in bytes.
LARGEST_FACT = 4_000_000

#: Characters of a correlation id at the most, as its columns hold.
LONGEST_SHORT_TEXT = 80

JSON = "application/json"
TOKEN = "nameko.auth_token"
REQUEST_KEY = "nameko.request_id"
CORRELATION = "nameko.correlation_id"

_RAW_OPENING = b'{"result": '
_RAW_CLOSING = b', "error": null}'


class Refused(Exception):
    """A message that is not what the wire allows; its text is the reason with which it is kept.

    :param reason: a constant, fit to be counted by.
    :param detail: what exactly was wrong this time.
    """

    def __init__(self, reason, detail=""):
        self.reason = reason
        super().__init__(f"{reason}: {detail}"[:2000] if detail else reason)


class Malformed(Refused):
    """Not a request in nameko's envelope."""


class UnknownMethod(Refused):
    """The service answers no such method."""


class InternalError(Exception):
    """The service failed; what happened stands in its log only."""

    def __init__(self):
        super().__init__("internal_error")


class MissingFromContract(Exception):
    """The service does not know the method: gateway and service are of different versions."""


@dataclass(slots=True)
class Reply:
    """An answer as it travels.

    :param body: the JSON envelope.
    :param headers: `raw` where the result's bytes go untouched to HTTP, `version` for an ETag.
    """

    body: bytes
    headers: dict = field(default_factory=dict)


def _refuse_constant(name):
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str)


def encode(value):
    """Return a value as JSON bytes; UUIDs and instants become text."""
    return _ENCODER.encode(value).encode()


def decode(body):
    """Return what a JSON document says.

    :raises Refused: it is not JSON, nests too deep, or holds text that is not Unicode.
    """
    try:
        document = body.decode()
        value = _DECODER.decode(document)
        if "\\ud" in document or "\\uD" in document:
            encode(value)
    except (ValueError, RecursionError) as error:
        raise Refused("broken JSON", str(error)[:200]) from None
    return value


def short_text(value):
    """Return a header's value if it is text fit for logs and columns, else nothing."""
    return value if isinstance(value, str) and len(value) <= LONGEST_SHORT_TEXT and value.isprintable() else ""


def encode_request(arguments):
    """Return the body of a call with keyword arguments.

    :raises Invalid: it is larger than any service takes, or holds text that is not Unicode.
    """
    try:
        body = encode({"args": [], "kwargs": arguments})
    except UnicodeEncodeError as error:
        raise Invalid("request_malformed", "The text is not valid Unicode.") from error
    if len(body) > LARGEST_REQUEST:
        raise Invalid("request_too_large", "The request is too large.")
    return body


def decode_request(body, content_type=JSON):
    """Return the keyword arguments of a call.

    :raises Malformed: too large, another content type, broken JSON, or not nameko's envelope.
    """
    if len(body) > LARGEST_REQUEST:
        raise Malformed("too large", f"{len(body)} bytes")
    if content_type != JSON:
        raise Malformed("not JSON", f"content type {content_type!r}")
    try:
        request = decode(body)
    except Refused as error:
        raise Malformed(error.reason, str(error)) from None
    if not isinstance(request, dict) or not isinstance(request.get("kwargs"), dict):
        raise Malformed("no kwargs")
    if request.get("args"):
        raise Malformed("arguments are given by name")
    return request["kwargs"]


def result_reply(result):
    """Return the reply that carries a JSON-ready result."""
    return Reply(encode({"result": result, "error": None}))


def raw_reply(raw):
    """Return the reply that carries a `RawJSON` with its bytes untouched."""
    headers = {"raw": True} if raw.version is None else {"raw": True, "version": raw.version}
    return Reply(_RAW_OPENING + raw.body + _RAW_CLOSING, headers)


def raw_body(reply):
    """Return the untouched bytes of a reply made by `raw_reply`."""
    return reply.body[len(_RAW_OPENING) : -len(_RAW_CLOSING)]


def error_reply(error):
    """Return the reply that carries a refusal in nameko's form; what is unregistered says nothing."""
    if isinstance(error, DomainError):
        # What is a kind of `Unavailable` inside the service is simply that outside.
        names = [kind.__name__ for kind in type(error).__mro__ if kind.__name__ in ERRORS]
        described = _described("chassis.errors", (*names, "DomainError")[0], error.code, *error.args)
    elif isinstance(error, UnknownMethod):
        described = _described("nameko.exceptions", "MethodNotFound", str(error), str(error))
    elif isinstance(error, Malformed):
        described = _described("nameko.exceptions", "MalformedRequest", str(error), str(error))
    else:
        described = _described("chassis.bus.wire", "InternalError", "internal_error")
    return Reply(encode({"result": None, "error": described}))


def _described(module, kind, text, *arguments):
    # py-amqp decodes what is no Unicode too, and a refusal may name it: a method's name, a content type.
    text, *arguments = (_encodable(each) if isinstance(each, str) else each for each in (text, *arguments))
    return {"exc_type": kind, "exc_path": f"{module}.{kind}", "exc_args": arguments, "value": text}


def _encodable(text):
    return text.encode(errors="backslashreplace").decode()


def error_of(described):
    """Return the exception that an error envelope describes.

    :param described: `{"exc_type", "exc_path", "exc_args", "value"}`.
    """
    path = described.get("exc_path", "")
    if path == "nameko.exceptions.MethodNotFound":
        return MissingFromContract(described.get("value"))
    if path == "nameko.exceptions.MalformedRequest":
        return Invalid("request_malformed", str(described.get("value")))
    known = ERRORS.get(described.get("exc_type")) if path.startswith("chassis.errors.") else None
    return known(*described.get("exc_args", ())) if known else InternalError()
