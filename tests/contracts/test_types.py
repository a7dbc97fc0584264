"""What JSON says is what is declared, or it is refused: nothing is changed in silence on its way in."""

import pytest
from marshmallow import Schema, ValidationError, fields

from chassis.contract import Arguments, Event
from tests.made_input import schemas_of

ONE_ID = "01a200e8-830d-7c7f-96bc-228589bc7c35"
#: Values of JSON that are of another type, or written otherwise, than a field of this kind declares.
NOT_MEANT = {
    fields.Boolean: ("yes", "on", "true", "no", "", "1", 1, 0, 1.0),
    fields.Integer: ("5", 5.9, 5.0, True),
    fields.Float: ("1", "5", True),
    fields.UUID: (ONE_ID.replace("-", ""), f"urn:uuid:{ONE_ID}", f"{{{ONE_ID}}}", ONE_ID.replace("a", "_"), 1, True),
    fields.String: (1, 1.5, True),
    fields.DateTime: (1, 1.5, True, "1", "2026-11-22"),
}


def leaves_of(schema):
    """Yield all fields of a schema that hold one value, however deep."""
    for field in schema.load_fields.values():
        yield from _leaves(field)


def _leaves(field):
    if isinstance(field, fields.Nested):
        yield from leaves_of(field.schema)
    elif isinstance(field, fields.List):
        yield from _leaves(field.inner)
    elif isinstance(field, fields.Dict):
        for inner in filter(None, (field.key_field, field.value_field)):
            yield from _leaves(inner)
    else:
        yield field


def taken_by(field):
    """Return what a field takes of all that it does not declare."""
    (kind,) = (kind for kind in NOT_MEANT if isinstance(field, kind))
    taken = []
    for value in NOT_MEANT[kind]:
        try:
            field.deserialize(value)
        except ValidationError:
            continue
        taken.append(value)
    return taken


@pytest.mark.parametrize(
    "schema", schemas_of(Arguments, Event), ids=lambda one: f"{one.__module__.split('.')[1]}.{one.__name__}"
)
def test_every_field_refuses_what_is_of_another_type(schema):
    """Queries too: the gateway makes their texts what they mean before a contract sees them."""
    assert {field.name: taken for field in leaves_of(schema()) if (taken := taken_by(field))} == {}


class _Inner(Schema):
    yes = fields.Boolean()


class _Planted(Arguments):
    whole = fields.Integer()
    part = fields.Float()
    ids = fields.List(fields.UUID())
    named = fields.Dict(keys=fields.String(), values=fields.Nested(_Inner))


def test_a_lenient_field_is_found_wherever_it_stands():
    """marshmallow's own are such fields."""
    found = {field.name: taken_by(field) for field in leaves_of(_Planted())}
    assert found == {
        "whole": ["5", 5.9, 5.0],
        "part": ["1", "5"],
        "ids": [ONE_ID.replace("-", ""), f"urn:uuid:{ONE_ID}", f"{{{ONE_ID}}}", ONE_ID.replace("a", "_")],
        "named": [],
        "yes": ["yes", "on", "true", "no", "1", 1, 0, 1.0],
    }
