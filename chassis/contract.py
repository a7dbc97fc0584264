"""What a service publishes: the methods it answers and the facts it tells.

Pure on purpose (marshmallow and the standard library): contracts are the only modules of a service
that others import.
"""

from dataclasses import dataclass
from datetime import UTC
from typing import ClassVar

from marshmallow import RAISE, Schema, ValidationError, validate

from chassis import fields

#: Longest text accepted in any field unless the field says otherwise, in characters.
LONGEST_TEXT = 100_000
#: Items of a page at the most.
LARGEST_PAGE = 100
#: Options of a field that may be left out, and is null then.
OPTIONAL = {"load_default": None, "allow_none": True}
#: Options of a field that must be there, and may be null.
NULLABLE = {"required": True, "allow_none": True}
#: Metadata of a line that is an e-mail address, for the API's document; the service that it is for looks closer.
EMAIL = {"format": "email"}

#: Line breaks as Unicode and Python know them, in a class of a pattern of JSON Schema.
_BREAKS = r"\n\r\u000b\u000c\u001c-\u001e\u0085\u2028\u2029"


def _without(characters, shortest, metadata=None, **options):
    """Return the options of a string field with a pattern, for the API's document, that says what the field refuses.

    :param characters: that are refused, as they stand in a class of a pattern.
    :param shortest: blanks alone are refused where it is above 0.
    """
    any_of_them = f"[^{characters}]*"
    pattern = f"{any_of_them}[^{characters}\\s]{any_of_them}" if shortest else any_of_them
    return {**options, "metadata": {**(metadata or {}), "json_schema": {"pattern": f"^{pattern}$"}}}


def text(*, longest=LONGEST_TEXT, shortest=0, **options):
    """Return a string field that refuses NUL (PostgreSQL cannot store it) and what is too long.

    :param longest: characters at the most.
    :param shortest: characters at the least; blank counts as nothing where it is above 0.
    """

    def check(value):
        if "\x00" in value:
            raise ValidationError("NUL characters are not accepted.")
        if shortest and not value.strip():
            raise ValidationError("May not be blank.")

    options = _without(r"\u0000", shortest, **options)
    return fields.String(validate=[validate.Length(min=shortest, max=longest), check], **options)


def line(*, longest=300, shortest=0, **options):
    """Return a one-line string field: no line break, so it can stand in a header or a subject."""

    def check(value):
        if "\x00" in value:
            raise ValidationError("NUL characters are not accepted.")
        if any(character in value for character in "\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"):
            raise ValidationError("Line breaks are not accepted here.")
        if shortest and not value.strip():
            raise ValidationError("May not be blank.")

    options = _without(rf"\u0000{_BREAKS}", shortest, **options)
    return fields.String(validate=[validate.Length(min=shortest, max=longest), check], **options)


class Instant(fields.AwareDateTime):
    """Loads what is aware in UTC: PostgreSQL takes not every offset that ISO 8601 can write."""

    def _deserialize(self, value, attr, data, **kwargs):
        if isinstance(value, str):
            if not fields.WRITTEN_INSTANT.fullmatch(value):
                raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)
            # Python knows no `z`.
            value = value.upper()
        loaded = super()._deserialize(value, attr, data, **kwargs)
        try:
            return loaded.astimezone(UTC)
        except OverflowError as error:
            # Before the first year or after the last one of the calendar.
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE) from error


def instant(**options):
    """Return a field for an instant: ISO 8601 with an offset, kept aware in UTC."""
    return Instant(format="iso", **options)


def one_of(*choices, **options):
    """Return a string field that takes one of the given words."""
    return fields.String(validate=validate.OneOf(choices), **options)


def page_size(default):
    """Return a field for the number of items of a page.

    :param default: where none is asked for.
    """
    return fields.Integer(load_default=default, validate=validate.Range(1, LARGEST_PAGE))


def page_cursor():
    """Return a field for where a page goes on: the `next_cursor` of the page before, none for the first page."""
    return line(longest=2_000, shortest=1, **OPTIONAL)


def origin():
    """Return a field for the network address that a request comes from, empty where unknown.

    It is a circumstance: a request that is repeated from elsewhere is the same request.
    """
    return line(longest=64, load_default="", metadata={"circumstance": True})


def having(*names, without=()):
    """Return the JSON Schema of objects that say something in each of some fields, and nothing in others."""
    something, nothing = {"not": {"type": "null"}}, {"type": "null"}
    return {"required": [*names], "properties": dict.fromkeys(names, something) | dict.fromkeys(without, nothing)}


def none_of(*schemas):
    """Return the JSON Schema of what none of some schemas describes."""
    return {"not": {"anyOf": [*schemas]}}


class Arguments(Schema):
    """What a method takes; a name that it does not know is refused.

    A class is named for the thing, never for the method: `NewTicket`, `TicketChange`, `TicketId`, `TicketFilter`.

    :cvar example: of the body, without what stands in the path; for the API's document.
    :cvar json_schema: what marshmallow checks and cannot say, such as which fields need each other; below `not`,
        as generators of clients take alternatives beside fields for the whole, and drop the fields.
    """

    example: ClassVar[dict] = {}
    json_schema: ClassVar[dict] = {}

    class Meta:
        """Refuse unknown names."""

        unknown = RAISE


class Answer(Schema):
    """What a method gives; only the declared fields ever leave the service.

    All of them are there but those whose metadata say `may_lack`: what is not every reader's, or not every error's.

    :cvar example: for the API's document.
    """

    example: ClassVar[dict] = {}
    json_schema: ClassVar[dict] = {}


class _Sourced(type(Schema)):
    """Lets a class of facts name its teller as a keyword, which marshmallow's metaclass does not."""

    def __new__(mcs, name, bases, namespace, source=None):
        return super().__new__(mcs, name, bases, namespace)

    def __init__(cls, name, bases, namespace, source=None):
        super().__init__(name, bases, namespace)
        # Only now: a fact may have a field that is called `source`, which marshmallow has taken away by now.
        if source:
            cls.source = source


class Event(Schema, metaclass=_Sourced):
    """A fact that a service tells: `class TicketOpened(Event, source="tickets")`."""

    source: ClassVar[str] = ""

    class Meta:
        """Refuse unknown names: an undeclared field is a bug in the teller."""

        unknown = RAISE


@dataclass(frozen=True, slots=True)
class Method:
    """One method of a contract as the bus and the tests see it.

    :param keeps: what is stored with the request key in place of the answer, if anything.
    :param refuses: codes of the refusals that it may answer beside those that every method may.
    """

    name: str
    takes: type[Schema]
    gives: type[Schema] | None
    is_command: bool
    anonymous: bool
    secret: bool
    keeps: type[Schema] | None
    refuses: tuple[str, ...] = ()


class NoArguments(Arguments):
    """For a method that takes nothing."""


class AfterThing(Arguments):
    """After which thing to go on (the `next_cursor` of the call before); a service adds the `kind`s that it owns."""

    after = fields.UUID(**OPTIONAL)


class Retold(Answer):
    """How many were told again; where to go on, or none at the end."""

    told = fields.Integer()
    next_cursor = fields.UUID(allow_none=True)


def _mark(is_command, takes, gives, refuses, anonymous, secret=False, keeps=None):
    def decorate(function):
        function.method = Method(
            function.__name__, takes or NoArguments, gives, is_command, anonymous, secret, keeps, refuses
        )
        return function

    return decorate


def query(*, takes=None, gives=None, refuses=(), anonymous=False):
    """Mark a method that only reads.

    :param takes: `Arguments` class, none for a method without arguments.
    :param gives: `Answer` class that the answer is dumped with; none for `None`.
    :param refuses: codes of the contract's `errors` that it may answer.
    :param anonymous: callable without a token (one short tested list).
    """
    return _mark(False, takes, gives, refuses, anonymous)


def command(*, takes=None, gives=None, refuses=(), anonymous=False, secret=False, keeps=None):
    """Mark a method that changes something and is carried out once per request key.

    :param secret: the answer holds a secret and is never stored with the key.
    :param keeps: `Answer` class of what is stored with the key where the answer holds a secret that can be made again:
        the handler returns that, and `finish_<method>` of the service makes the answer of it, each time.
    """
    return _mark(True, takes, gives, refuses, anonymous, secret, keeps)


class Contract:
    """The methods of a service: decorated, documented, without a body.

    :cvar errors: `{kind of refusal: {code: what it means}}` of all that the service itself refuses.
    """

    service: ClassVar[str] = ""
    errors: ClassVar[dict] = {}

    @classmethod
    def methods(cls):
        """Return `{name: Method}` of all that the service answers."""
        return {name: member.method for name, member in vars(cls).items() if hasattr(member, "method")}

    @classmethod
    def refusals(cls, method):
        """Return `{code: (kind, what it means)}` of what a method may answer beside what every method may.

        :param method: `Method` of this contract.
        """
        known = {code: (kind, said) for kind, codes in cls.errors.items() for code, said in codes.items()}
        return {code: known[code] for code in method.refuses}

    @classmethod
    def anonymous(cls):
        """Return the names that are answered without a token."""
        return frozenset(name for name, method in cls.methods().items() if method.anonymous)


@dataclass(frozen=True, slots=True)
class RawJSON:
    """An answer that PostgreSQL has built; its bytes go untouched through the bus to HTTP.

    :param body: one JSON document, UTF-8.
    :param version: of the thing shown, for its ETag; none for lists.
    """

    body: bytes
    version: int | None = None
