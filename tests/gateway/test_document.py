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


def operations_of(document):
    """Return `{operationId: operation}`."""
    paths = document["paths"].values()
    return {one["operationId"]: one for verbs in paths for verb, one in verbs.items() if verb != "parameters"}


def codes_of(document, response):
    """Return the codes that a response of a refusal may have."""
    if "$ref" in response:
        response = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
    problem, told = response["content"]["application/problem+json"]["schema"]["allOf"]
    assert problem == {"$ref": "#/components/schemas/AppProblem"}
    return told["properties"]["code"]["enum"]


def test_every_refusal_of_a_contract_stands_at_its_operation_under_its_status(document):
    """With what it means, for whoever reads; a code that programs go by has to be known to them."""
    operations = operations_of(document)
    told = 0
    for contract in CONTRACTS:
        for name, method in contract.methods().items():
            operation = operations.get(f"{contract.service}_{name}")
            for code, (kind, said) in contract.refusals(method).items() if operation else ():
                response = operation["responses"][str(kind.status)]
                assert code in codes_of(document, response), (name, code)
                assert f"- `{code}`: {said}" in response["description"]
                told += 1
    assert told > 180


def test_what_any_operation_of_its_kind_refuses_stands_there_too(document):
    """Arguments, body, session, key, version, and what is away."""
    refused = {
        int(status): codes_of(document, response)
        for status, response in operations_of(document)["tickets_change_ticket"]["responses"].items()
        if status.isdigit() and int(status) >= 400
    }
    assert refused == {
        400: ["request_malformed"],
        401: ["not_signed_in", "session_ended", "session_invalid", "stale"],
        403: ["not_allowed"],
        404: ["category_not_found", "site_not_found", "ticket_not_found", "usergroup_not_found"],
        409: ["move_not_allowed", "private_not_allowed", "work_orders_open"],
        412: ["version_stale", "version_unknown"],
        413: ["body_too_large"],
        415: ["media_type_unsupported"],
        422: ["assignee_cannot_serve", "idempotency_key_invalid", "input_invalid", "request_key_reused"],
        503: ["broker_away", "busy", "database_away", "service_away"],
        504: ["timed_out"],
    }
    for operation in operations_of(document).values():
        assert {"422", "503", "504", "default"} <= operation["responses"].keys()
        assert ("401" in operation["responses"]) >= bool(operation.get("security"))


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
