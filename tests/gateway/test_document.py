"""What `openapi.json` tells a stranger is true, and enough to write a client by."""

import pytest
from marshmallow import ValidationError

from tests.gateway.test_routes import CONTRACTS


@pytest.fixture(scope="module")
def document(gateway_app):
    """The document as anybody may read it."""
    return gateway_app.test_client().get("/api/v1/openapi.json").json


def within(value, key):
    """Yield all that stands under a key, however deep."""
    if isinstance(value, dict):
        yield from ([value[key]] if key in value else [])
        value = list(value.values())
    for inner in value if isinstance(value, list) else ():
        yield from within(inner, key)


def test_patterns_are_those_of_json_schema(document):
    """ECMA-262 has neither `\\A` nor `\\Z`: a generated client took no slug at all."""
    patterns = [pattern for pattern in within(document["components"]["schemas"], "pattern") if isinstance(pattern, str)]
    assert sorted(set(patterns)) == [
        "^(([01]\\d|2[0-3]):[0-5]\\d|24:00)$",
        "^([01]\\d|2[0-3]):[0-5]\\d$",
        "^[A-Z]{2}$",
        "^[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?$",
        "^[a-z0-9][a-z0-9-]{0,59}$",
    ]


@pytest.mark.parametrize(
    ("method", "field", "value"),
    [
        ("create_category", "slug", "lifts"),
        ("create_webform", "slug", "lifts"),
        ("change_business_calendar", "holidays_country", "FR"),
    ],
)
def test_what_ends_with_a_line_break_is_refused_all_the_same(method, field, value):
    """Python's own `$` would take it."""
    (contract,) = [contract for contract in CONTRACTS if method in contract.methods()]
    declared = contract.methods()[method].takes().fields[field]
    assert declared.deserialize(value) == value
    with pytest.raises(ValidationError):
        declared.deserialize(value + "\n")
