"""Loads and dumps by the contracts' marshmallow schemas, straight where a value is plainly what is declared.

marshmallow walks its general machinery for each field each time, which was a fifth of opening a ticket. Here the
fields of a schema are read once into a list of functions; what these do not know, and every value that they doubt,
goes to marshmallow itself, so that it alone decides what is wrong and says so in its words.
"""

from datetime import UTC, datetime
from functools import cache
from uuid import UUID

from marshmallow import EXCLUDE, ValidationError, missing
from marshmallow.utils import get_value

from chassis import fields
from chassis.contract import Instant

#: What `Form.take` raises where values are not plainly right.
DOUBTS = (ValidationError, ValueError, TypeError, AttributeError, OverflowError)
_UNFIT = object()


def load(schema_class, values, unknown=None):
    """Return the typed values of a JSON object.

    :param unknown: marshmallow's `RAISE` or `EXCLUDE`, for names that the schema does not know; else as it says.
    :raises ValidationError: as marshmallow's `load`.
    """
    return _form_of(schema_class).load(values, unknown)


def dump(schema_class, values):
    """Return the JSON-ready values of a mapping or object, as marshmallow's `dump`."""
    return _form_of(schema_class).dump(values)


def names_of(schema_class):
    """Return the names of the fields that a schema declares."""
    return _form_of(schema_class).names


@cache
def _form_of(schema_class):
    # Making a schema costs more than using it.
    return Form(schema_class())


class Form:
    """One schema, read once.

    :param schema: instance, whose fields are bound.
    """

    def __init__(self, schema):
        self._schema = schema
        self.names = schema.fields.keys()
        self._is_plain = not any(schema._hooks.values()) and all(map(_is_plain, schema.fields.values()))
        self._takes = None
        self._gives = None

    def load(self, values, unknown=None):
        """Return typed values; marshmallow's where they are not plainly right.

        :raises ValidationError: as marshmallow's `load`.
        """
        if self._is_plain:
            try:
                return self.take(values, unknown)
            except DOUBTS:
                pass
        return self._schema.load(values, unknown=unknown)

    def dump(self, values):
        """Return JSON-ready values."""
        return self.give(values) if self._is_plain else self._schema.dump(values)

    def take(self, values, unknown=None):
        """Return typed values; raise one of `DOUBTS` where they are not plainly right."""
        if type(values) is not dict or not self._is_plain:
            raise ValueError
        if self._takes is None:
            self._takes = [_taking(name, field) for name, field in self._schema.load_fields.items()]
        taken, known = {}, 0
        for key, name, take, otherwise, allow_none in self._takes:
            value = values.get(key, missing)
            if value is missing:
                if otherwise is _UNFIT:
                    raise ValueError
                if otherwise is not missing:
                    taken[name] = otherwise() if callable(otherwise) else otherwise
                continue
            known += 1
            if value is not None:
                taken[name] = take(value)
            elif allow_none:
                taken[name] = None
            else:
                raise ValueError
        if known != len(values) and (unknown or self._schema.unknown) != EXCLUDE:
            raise ValueError
        return taken

    def give(self, values):
        """Return JSON-ready values."""
        if not self._is_plain:
            return self._schema.dump(values)
        if self._gives is None:
            self._gives = [_giving(name, field) for name, field in self._schema.dump_fields.items()]
        given = {}
        is_dict = type(values) is dict
        for key, name, give, default in self._gives:
            value = values[name] if is_dict and name in values else get_value(values, name, missing)
            if value is missing:
                value = default() if callable(default) else default
                if value is missing:
                    continue
            given[key] = give(value)
        return given


def _is_plain(field):
    """Whether a field stands for one value of what it is in; the path of an `attribute` leads further."""
    return field._CHECK_ATTRIBUTE and "." not in (field.attribute or "")


def _key(name, field):
    return name if field.data_key is None else field.data_key


def _taking(name, field):
    otherwise = _UNFIT if field.required else field.load_default
    return _key(name, field), field.attribute or name, _taker(field), otherwise, field.allow_none


def _taker(field):
    """Return the function that a value other than `None` is taken by."""
    take = _TAKERS.get(type(field), _untaken)(field)
    if take is None or field.pre_load or field.post_load:
        return field.deserialize
    checks = tuple(field.validators)
    if not checks:
        return take

    def checked(value):
        taken = take(value)
        for check in checks:
            check(taken)
        return taken

    return checked


def _untaken(_field):
    return None


def _of_type(kind):
    def take(value):
        if type(value) is not kind:
            raise ValueError
        return value

    return lambda _field: take


def _take_uuid(value):
    if not fields.WRITTEN_UUID.fullmatch(value):
        raise ValueError
    return UUID(value)


def _taker_of_instant(field):
    if field.format not in (None, "iso") or field.default_timezone is not None:
        return None

    def take(value):
        taken = datetime.fromisoformat(value)
        if taken.tzinfo is None:
            raise ValueError
        return taken

    return take


def _taker_in_utc(field):
    take_any = _taker_of_instant(field)

    def take(value):
        if not fields.WRITTEN_INSTANT.fullmatch(value):
            raise ValueError
        return take_any(value).astimezone(UTC)

    return take_any and take


def _taker_of_nested(field):
    form, unknown = _form_in(field), field.unknown
    if not (field.many or field.schema.many):
        return lambda value: form.take(value, unknown)
    return _each(lambda value: form.take(value, unknown), allow_none=False)


def _each(take, allow_none):
    def take_all(values):
        if type(values) is not list or (not allow_none and None in values):
            raise ValueError
        return [None if value is None else take(value) for value in values]

    return take_all


def _form_in(field):
    # A schema cut down by `only` or `exclude` is another one than its class makes.
    return Form(field.schema)


_TAKERS = {
    fields.String: _of_type(str),
    fields.Integer: _of_type(int),
    fields.Boolean: _of_type(bool),
    fields.UUID: lambda _field: _take_uuid,
    fields.AwareDateTime: _taker_of_instant,
    Instant: _taker_in_utc,
    fields.Nested: _taker_of_nested,
    fields.List: lambda field: _each(_taker(field.inner), field.inner.allow_none),
}


def _giving(name, field):
    source = field.attribute or name
    return _key(name, field), source, _giver(source, field), field.dump_default


def _giver(name, field):
    """Return the function that a value is given by, `None` among them."""
    if type(field) is fields.Nested:
        return _giver_of_nested(field)
    if type(field) is fields.List:
        give = _giver(name, field.inner)
        return lambda values: None if values is None else [give(value) for value in values]
    general = field._serialize
    if type(field) in (fields.String, fields.Integer) and not getattr(field, "as_string", False):
        kind = str if type(field) is fields.String else int
        return lambda value: value if type(value) is kind or value is None else general(value, name, None)
    if type(field) is fields.Boolean:
        return lambda value: value
    if type(field) is fields.UUID:
        return lambda value: None if value is None else str(value)
    return lambda value: general(value, name, None)


def _giver_of_nested(field):
    form = _form_in(field)
    if field.many or field.schema.many:
        return lambda values: None if values is None else [form.give(value) for value in values]
    return lambda value: None if value is None else form.give(value)
