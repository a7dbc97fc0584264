"""Input made by chance: what contracts declare, and now and then something else."""

from importlib import import_module
from uuid import UUID

from marshmallow import validate

from chassis import fields
from chassis.contract import Instant

for service in ("identity", "tickets", "dispatch", "fieldwork", "notifications", "inbound"):
    import_module(f"services.{service}.contract")

ODD = (
    None, True, 0, -1, 2**70, 1.5, 5.0, "", " ", "no", "5", "01a200e8830d7c7f96bc228589bc7c35", "\x00", b"bytes",
    "2026-11-22",
    [], [None], {}, {"a": 1}, object,
)  # fmt: skip


def _descendants(kind):
    for child in kind.__subclasses__():
        yield child
        yield from _descendants(child)


def schemas_of(*kinds):
    """Return the schemas of all contracts that descend from some kinds, by name."""
    found = {one for kind in kinds for one in _descendants(kind) if one.__module__.startswith("services.")}
    return sorted(found, key=lambda one: f"{one.__module__}.{one.__name__}")


def _value(chance, field):
    """Return something that is more or less what a field declares, as JSON has it."""
    if chance.random() < chance.oddness:
        return chance.choice(ODD)
    if isinstance(field, fields.Nested):
        if field.many:
            return [an_object(chance, field.schema) for _ in range(chance.randrange(3))]
        return an_object(chance, field.schema)
    if isinstance(field, fields.List):
        return [_value(chance, field.inner) for _ in range(chance.randrange(3))]
    for check in field.validators:
        if isinstance(check, validate.OneOf):
            return chance.choice(list(check.choices))
    makes = {
        fields.UUID: lambda: str(UUID(int=chance.getrandbits(128))),
        fields.Integer: lambda: chance.randrange(1, 40),
        fields.Float: lambda: chance.choice((1, 2.5)),
        fields.Boolean: lambda: chance.random() < 0.5,
        Instant: lambda: chance.choice(("2026-11-22T05:06:07+01:00", "2026-11-22T05:06:07Z")),
        fields.Dict: lambda: _dict(chance, field),
    }
    return makes.get(type(field), lambda: chance.choice(("word", "x@homes.example", "Ligne é", "08:30", "17:00")))()


def _dict(chance, field):
    checks = field.key_field.validators if field.key_field else ()
    keys = next((check.choices for check in checks if isinstance(check, validate.OneOf)), ["a"])
    return {key: _value(chance, field.value_field) if field.value_field else "b" for key in keys}


def an_object(chance, schema):
    """Return an object that is more or less what a schema declares, as JSON has it.

    :param chance: `random.Random` with `oddness`, the part of it that is not.
    """
    made = {}
    for name, field in schema.load_fields.items():
        if field.required or chance.random() < 0.6:
            made[name if field.data_key is None else field.data_key] = _value(chance, field)
    if made and chance.random() < chance.oddness:
        del made[chance.choice(sorted(made))]
    if chance.random() < chance.oddness:
        made["unheard_of"] = 1
    return made
