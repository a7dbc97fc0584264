"""Arguments that a method takes, made from its contract, so that a new method needs no line here."""

from marshmallow import fields, validate

from chassis.ids import new_id
from tests.actions.dispatch.desk import TARGETS

#: What cannot be told from a field alone.
BY_NAME = {
    "address": "heating@desk.example",
    "email": "rosa@homes.example",
    "ends_at": "2026-11-17T10:00:00+00:00",
    "occurred_at": "2026-11-16T09:00:00+00:00",
    "role": "requester",
    "slug": "a-slug",
    "starts_at": "2026-11-17T08:00:00+00:00",
    "targets": TARGETS,
    "then": {"priority": "high"},
    "upload": "0" * 64,
}


def a_body(schema):
    """Return the least that a schema takes.

    :param schema: instance; the field `role` is given wherever there is one.
    """
    needed = {name: field for name, field in schema.load_fields.items() if field.required or name == "role"}
    body = {name: sample(field) for name, field in needed.items()}
    assert schema.validate(body) == {}, (type(schema).__name__, body)
    return body


def sample(field):
    """Return a value that a field takes."""
    choices = [check.choices for check in field.validators if isinstance(check, validate.OneOf)]
    if choices:
        return choices[0][0]
    if field.name in BY_NAME:
        return BY_NAME[field.name]
    if isinstance(field, fields.UUID):
        return str(new_id())
    if isinstance(field, fields.List):
        return [sample(field.inner)]
    if isinstance(field, fields.Integer):
        return 1
    return "a long enough text"


def nested_in(schema):
    """Return all schemas that stand within a schema, as instances, however deep."""
    found = []
    for field in schema.fields.values():
        inner = _innermost(field)
        if isinstance(inner, fields.Nested):
            found += [inner.schema, *nested_in(inner.schema)]
    return found


def _innermost(field):
    while isinstance(field, (fields.List, fields.Dict)):
        field = field.inner if isinstance(field, fields.List) else field.value_field
    return field
