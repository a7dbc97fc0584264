"""What contracts are made of."""

from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from uuid import UUID

import pytest
from marshmallow import ValidationError

from chassis import fields, forms
from chassis.contract import Answer, Arguments, Event, Instant, instant


class ParcelSent(Event, source="shop"):
    """A fact with a field that is called like its teller's keyword."""

    source = fields.String(required=True)


def test_a_fact_may_have_a_field_called_source():
    """The keyword names the teller, the field stays a field."""
    assert ParcelSent.source == "shop"
    assert ParcelSent().load({"source": "warehouse"}) == {"source": "warehouse"}


def test_a_fact_without_the_keyword_has_no_teller():
    """Shapes inside facts are none of their own."""

    class Address(Event):
        """Part of a fact."""

    assert Address.source == ""


class Moment(Arguments):
    """One instant."""

    at = instant(required=True)


LOADERS = pytest.mark.parametrize("load", [Moment().load, partial(forms.load, Moment)], ids=["marshmallow", "forms"])


@LOADERS
@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-11-22T05:06:07.5+01:00", datetime(2026, 11, 22, 4, 6, 7, 500_000, UTC)),
        ("2026-11-22T05:06:07Z", datetime(2026, 11, 22, 5, 6, 7, tzinfo=UTC)),
        ("2026-11-22T05:06:07+23:59", datetime(2026, 11, 21, 5, 7, 7, tzinfo=UTC)),
        ("9999-12-31T23:59:59+23:59", datetime(9999, 12, 31, 0, 0, 59, tzinfo=UTC)),
        ("9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("2026-11-22t05:06:07z", datetime(2026, 11, 22, 5, 6, 7, tzinfo=UTC)),
        ("2026-11-22 05:06+0100", datetime(2026, 11, 22, 4, 6, tzinfo=UTC)),
    ],
)
def test_an_instant_is_brought_to_utc(load, text, meant):
    """PostgreSQL takes no offset beyond 16 hours."""
    loaded = load({"at": text})["at"]
    assert (loaded, loaded.tzinfo) == (meant, UTC)


@LOADERS
@pytest.mark.parametrize(
    "text", ["9999-12-31T23:59:59-23:59", "9999-12-31T23:59:59-00:01", "0001-01-01T00:00:00+00:01"]
)
def test_an_instant_that_utc_does_not_have_is_not_valid(load, text):
    """The calendar ends before it."""
    with pytest.raises(ValidationError) as refused:
        load({"at": text})
    assert refused.value.messages == {"at": ["Not a valid datetime."]}


@LOADERS
@pytest.mark.parametrize(
    "text",
    [
        *("2026-11-22T05:06:07Z\x00", "2026-11-22x05:06:07Z", "2026-11-22\u202805:06:07Z", "2026-11-22\ud80005:06:07Z"),
        *("2026-W47-7T05:06:07Z", "20261122T050607Z", "2026-11-22T05Z", "2026-11-22T05:06:07+00:00:30", "2026-11-22"),
        *("٢٠٢٦-11-22T05:06:07Z", " 2026-11-22T05:06:07Z", "2026-11-22T05:06:07Z\n", "2026-11-22T05:06:60Z"),
    ],
)
def test_an_instant_is_written_as_everywhere(load, text):
    """Python's reader takes much that no other does, what stands behind a NUL among it."""
    with pytest.raises(ValidationError) as refused:
        load({"at": text})
    assert refused.value.messages == {"at": ["Not a valid datetime."]}


class Typed(Arguments):
    """One value of each type of JSON that is no text, and a UUID."""

    id = fields.UUID()
    yes = fields.Boolean()
    number = fields.Integer()
    part = fields.Float()


TYPED = pytest.mark.parametrize("load", [Typed().load, partial(forms.load, Typed)], ids=["marshmallow", "forms"])
ONE_ID = "01a200e8-830d-7c7f-96bc-228589bc7c35"


@TYPED
def test_what_is_declared_is_taken(load):
    """A whole number is a number; the letters of a UUID are of either case."""
    given = {"id": ONE_ID.upper(), "yes": False, "number": 5, "part": 1}
    assert load(given) == {"id": UUID(ONE_ID), "yes": False, "number": 5, "part": 1.0}


@TYPED
@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        ("id", (ONE_ID.replace("-", ""), f"urn:uuid:{ONE_ID}", f"{{{ONE_ID}}}", "", 7), "Not a valid UUID."),
        ("yes", ("yes", "on", "true", "no", 1, 0), "Not a valid boolean."),
        ("number", ("5", 5.9, 5.0, True), "Not a valid integer."),
        ("part", ("1", "1.5", True), "Not a valid number."),
    ],
)
def test_what_is_written_as_another_type_is_refused(load, name, values, said):
    """Nothing is changed in silence, in marshmallow's words."""
    refused = []
    for value in values:
        with pytest.raises(ValidationError) as error:
            load({name: value})
        refused.append(error.value.messages)
    assert refused == [{name: [said]}] * len(values)


def test_every_instant_of_every_contract_is_in_utc():
    """None is read by marshmallow's own field, which leaves the offset as it came."""
    found = set()
    for service in ("identity", "tickets", "dispatch", "fieldwork", "notifications", "inbound"):
        import_module(f"services.{service}.contract")
    schemas = [Arguments, Answer, Event]
    for schema in schemas:
        schemas += schema.__subclasses__()
        if schema.__module__.startswith("services."):
            found |= {type(field) for field in schema().fields.values() if isinstance(field, fields.DateTime)}
    assert found == {Instant}
