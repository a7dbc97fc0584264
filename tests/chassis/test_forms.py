"""The straight way gives what marshmallow gives, for every schema of every contract."""

import random
from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace

import pytest
from marshmallow import EXCLUDE, ValidationError, missing, validate, validates_schema

from chassis import fields, forms
from chassis.contract import Answer, Arguments, Event, instant, line, text
from tests.made_input import an_object, schemas_of

SCHEMAS = schemas_of(Arguments, Answer, Event)

INPUTS = 40


def _outcome(act, *given, **how):
    try:
        return "done", act(*given, **how)
    except ValidationError as error:
        return "refused", error.normalized_messages()
    except TypeError as error:
        # marshmallow takes the method `items` of a dictionary for the field of that name, if it is missing.
        return "failed", str(error)


@pytest.mark.parametrize("schema_class", SCHEMAS, ids=lambda one: f"{one.__module__.split('.')[1]}.{one.__name__}")
def test_each_schema_loads_and_dumps_as_marshmallow_does(schema_class):
    chance, schema = random.Random(schema_class.__name__), schema_class()
    typed = 0
    for number in range(INPUTS):
        chance.oddness = 0.06 * (number % 2)
        given = an_object(chance, schema)
        for unknown in (None, EXCLUDE):
            ours = _outcome(forms.load, schema_class, given, unknown)
            theirs = _outcome(schema.load, given, unknown=unknown)
            assert ours == theirs
        kind, values = theirs
        if kind == "done":
            typed += 1
            assert list(ours[1]) == list(values)
            for shape in (values, SimpleNamespace(**values)):
                assert _outcome(forms.dump, schema_class, shape) == _outcome(schema.dump, shape)
    assert typed, "no input was right: nothing is shown"


@pytest.mark.parametrize("given", [None, "text", 7, [], [{}]])
def test_what_is_no_object_is_refused_in_marshmallow_s_words(given):
    with pytest.raises(ValidationError) as refused:
        forms.load(SCHEMAS[0], given)
    with pytest.raises(ValidationError) as by_marshmallow:
        SCHEMAS[0]().load(given)
    assert refused.value.messages == by_marshmallow.value.messages


class Inner(Answer):
    """Has a rule over two fields."""

    low = fields.Integer(required=True)
    high = fields.Integer(required=True)

    @validates_schema
    def check(self, values, **_):
        if values["low"] > values["high"]:
            raise ValidationError("The other way round.", "low")


class Two(Answer):
    """Two numbers."""

    low = fields.Integer(required=True)
    high = fields.Integer(required=True)


class Odd(Arguments):
    """Has one of everything that the straight way must not get wrong."""

    name = line(shortest=1, required=True)
    note = text(longest=5, load_default="none", dump_default="-")
    from_ = fields.String(data_key="from", attribute="origin")
    at = instant(allow_none=True)
    aware = fields.AwareDateTime()
    local = fields.AwareDateTime(default_timezone=timezone(timedelta(hours=2)))
    number = fields.Integer()
    part = fields.Float()
    yes = fields.Boolean()
    as_text = fields.Integer(as_string=True)
    ranges = fields.List(fields.Nested(Inner), validate=validate.Length(max=2))
    some = fields.Nested(Two(only=("low",)), unknown=EXCLUDE)
    ids = fields.List(fields.UUID(allow_none=True))
    made = fields.List(fields.Integer(), load_default=list)


class Deep(Arguments):
    """Puts a value further in."""

    name = line(required=True)
    deep = fields.Integer(attribute="a.b")


@pytest.mark.parametrize(
    "given",
    [
        {"name": "a"},
        {"name": " "},
        {"name": "a\nb"},
        {"name": "a", "note": "long text"},
        {"name": "a", "note": "a\x00"},
        {"name": "a", "from": "b"},
        {"name": "a", "from_": "b"},
        {"name": "a", "origin": "b"},
        {"name": "a", "at": None},
        {"name": "a", "at": "2026-11-22T05:06:07"},
        {"name": "a", "at": datetime(2026, 11, 22, tzinfo=UTC)},
        {"name": "a", "at": "2026-11-22T05:06:07+23:59"},
        {"name": "a", "at": "9999-12-31T23:59:59-23:59"},
        {"name": "a", "at": "0001-01-01T00:00:00+00:01"},
        {"name": "a", "aware": "9999-12-31T23:59:59-23:59"},
        {"name": "a", "local": "2026-11-22T05:06:07"},
        {"name": "a", "number": "7"},
        {"name": "a", "number": 7.0},
        {"name": "a", "number": True},
        {"name": "a", "part": 7},
        {"name": "a", "part": "7"},
        {"name": "a", "part": float("nan")},
        {"name": "a", "yes": 1},
        {"name": "a", "yes": []},
        {"name": "a", "as_text": "7"},
        {"name": "a", "ranges": [{"low": 1, "high": 2}]},
        {"name": "a", "ranges": [{"low": 2, "high": 1}]},
        {"name": "a", "ranges": [{"low": 1, "high": 2}] * 3},
        {"name": "a", "ranges": [None]},
        {"name": "a", "some": {"low": 1, "other": 2}},
        {"name": "a", "ids": [None, "01a200e8-830d-7c7f-96bc-228589bc7c35"]},
        {"name": "a", "ids": ["01A200E8-830D-7C7F-96BC-228589BC7C35"]},
        {"name": "a", "ids": ["01a200e8830d7c7f96bc228589bc7c35"]},
        {"name": "a", "ids": ["01_200e8-830d-7c7f-96bc-228589bc7c35"]},
        {"name": "a", "ids": [b"01a200e8-830d-7c7f-96bc-228589bc7c35"]},
        {"name": "a", "ids": "01a200e8-830d-7c7f-96bc-228589bc7c35"},
        {"name": "a", "unheard_of": 3},
    ],
    ids=str,
)
def test_what_is_out_of_the_ordinary_is_left_to_marshmallow(given):
    ours, theirs = _outcome(forms.load, Odd, given), _outcome(Odd().load, given)
    assert ours == theirs
    if theirs[0] == "done":
        assert forms.dump(Odd, theirs[1]) == Odd().dump(theirs[1])


def test_the_odd_schema_goes_the_straight_way():
    assert forms._form_of(Odd)._is_plain


@pytest.mark.parametrize("schema_class", [Deep, Inner])
def test_a_schema_with_more_to_it_is_marshmallow_s(schema_class):
    assert not forms._form_of(schema_class)._is_plain
    for given in ({"name": "a", "deep": 3}, {"low": 1, "high": 2}, {"low": 2, "high": 1}):
        assert _outcome(forms.load, schema_class, given) == _outcome(schema_class().load, given)


def test_a_default_that_is_made_is_made_anew_each_time():
    first, second = forms.load(Odd, {"name": "a"}), forms.load(Odd, {"name": "a"})
    first["made"].append(1)
    assert second["made"] == []


def test_a_mapping_without_a_name_is_dumped_without_it():
    assert forms.dump(Odd, {"name": "a", "note": missing}) == Odd().dump({"name": "a", "note": missing})
