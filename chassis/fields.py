"""marshmallow's fields as contracts use them: a value of JSON is what is declared, or it is refused.

marshmallow's own take `"yes"` for true, 5.9 for 5, `"1"` for 1 and five ways to write a UUID. What a query string says
is text, whatever it means; the gateway alone makes it numbers and booleans (`gateway/parsing.py`).
"""

import re
from uuid import UUID as UUIDValue

from marshmallow import ValidationError, fields
from marshmallow.fields import AwareDateTime, DateTime, Email, List, Nested, Raw, String

__all__ = [
    "UUID", "AwareDateTime", "Boolean", "DateTime", "Dict", "Email", "Float", "Integer", "List", "Nested", "Raw",
    "String",
]  # fmt: skip

#: How a UUID is written (RFC 9562, section 4), in a path as in a body.
WRITTEN_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
#: How an instant is written (RFC 3339, and what ISO 8601 leaves out); Python takes any character between day and hour.
WRITTEN_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d(?::?\d\d)?)?", re.IGNORECASE | re.ASCII
)


class Boolean(fields.Boolean):
    """Takes true and false; no words and no numbers for them."""

    def _deserialize(self, value, attr, data, **kwargs):
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Integer(fields.Integer):
    """Takes whole numbers; no text and no fractions, 5.0 among them."""

    def __init__(self, **options):
        super().__init__(strict=True, **options)


class Dict(fields.Dict):
    """Says what is wrong in a mapping by its names, as everywhere; marshmallow's puts `key` or `value` between."""

    def _deserialize(self, value, attr, data, **kwargs):
        try:
            return super()._deserialize(value, attr, data, **kwargs)
        except ValidationError as error:
            if not isinstance(error.messages, dict):
                raise
            wrong = {name: said.get("key") or said["value"] for name, said in error.messages.items()}
            raise ValidationError(wrong) from error


class Float(fields.Float):
    """Takes numbers; no text."""

    def _validated(self, value):
        if not isinstance(value, (int, float)):
            raise self.make_error("invalid", input=value)
        return super()._validated(value)


class UUID(fields.UUID):
    """Takes a UUID as it is written everywhere: in five groups, without braces or `urn:uuid:`."""

    def _validated(self, value):
        if not isinstance(value, UUIDValue) and not (isinstance(value, str) and WRITTEN_UUID.fullmatch(value)):
            raise self.make_error("invalid_uuid")
        return super()._validated(value)
