"""What `openapi.json` tells a stranger is true, and enough to write a client by."""

import re
from uuid import UUID

import pytest
from marshmallow import ValidationError

from chassis.bus.wire import LARGEST_REQUEST, encode_request
from chassis.contract import Answer, Arguments
from chassis.errors import Invalid, Unauthenticated
from gateway.documents import PARAMETERS, _name_of
from gateway.downloads import TYPES
from gateway.problems import SHOWN
from services.dispatch.contract.answers import Intervention
from services.identity.contract import Identity
from services.tickets.contract import Tickets
from services.tickets.contract.answers import Message, Ticket
from tests.gateway.routes import CONTRACTS
from tests.made_input import schemas_of

#: Patterns of texts and of lines, which may be empty or have to say something.
_NUL, _BREAKS = r"\u0000", r"\u0000\n\r\u000b\u000c\u001c-\u001e\u0085\u2028\u2029"
TEXT, LINE = (f"^[^{no}]*$" for no in (_NUL, _BREAKS))
SOME_TEXT, SOME_LINE = (rf"^[^{no}]*[^{no}\s][^{no}]*$" for no in (_NUL, _BREAKS))


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


def referred(document, told):
    """Return what something in the document says, there or in the component that it refers to."""
    if "$ref" not in told:
        return told
    _, components, kind, name = told["$ref"].split("/")
    return document[components][kind][name]


def codes_of(document, response):
    """Return the codes that a response of a refusal may have."""
    content = referred(document, response)["content"]
    problem, told = referred(document, content["application/problem+json"]["schema"])["allOf"]
    assert problem == {"$ref": "#/components/schemas/Problem"}
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
        404: ["category_not_found", "not_found", "site_not_found", "ticket_not_found", "usergroup_not_found"],
        409: ["move_not_allowed", "private_not_allowed", "work_orders_open"],
        412: ["version_stale", "version_unknown"],
        413: ["body_too_large"],
        415: ["content_coding_unsupported", "media_type_unsupported"],
        422: [
            *("assignee_cannot_serve", "idempotency_key_invalid", "input_invalid", "request_key_reused"),
            *("request_malformed", "request_too_large"),
        ],
        503: ["broker_away", "busy", "clocks_apart", "commit_lost", "database_away", "desk_busy", "service_away"],
        504: ["timed_out"],
    }
    for operation in operations_of(document).values():
        assert {"422", "503", "504", "default"} <= operation["responses"].keys()
        assert ("401" in operation["responses"]) >= bool(operation.get("security"))


def test_what_the_bus_refuses_to_carry_stands_there(document):
    """Who writes no Unicode is told so by the gateway; who writes nothing has no such answer."""
    for text in ("\ud800", "x" * LARGEST_REQUEST):
        with pytest.raises(Invalid) as refused:
            encode_request({"subject": text})
        for verb, is_told in (("tickets_open_ticket", True), ("tickets_list_tickets", False)):
            told = codes_of(document, operations_of(document)[verb]["responses"]["422"])
            assert (refused.value.code in told) == is_told


def test_no_id_in_a_path_is_not_found_either(document, http):
    """A client knows the code, as it may be asked for what a broken list of its own holds."""
    for path, verbs in document["paths"].items():
        ids = [name for name in re.findall(r"{(\w+)}", path) if name.endswith("_id")]
        for operation in [verb for name, verb in verbs.items() if name != "parameters"] if ids else ():
            assert "not_found" in codes_of(document, operation["responses"]["404"]), path
            asked = http.get(re.sub(r"{\w+}", "None", path))
            assert (asked.status_code, asked.json["code"]) == (404, "not_found")


def test_what_has_a_version_may_be_asked_for_only_where_it_is_another(document):
    """304 and If-None-Match stand at every operation that gives an ETag to readers, and at no other."""
    asks = {"$ref": "#/components/parameters/IfNoneMatch"}
    conditional = {name for name, one in operations_of(document).items() if asks in one.get("parameters", ())}
    assert conditional == {
        "dispatch_business_calendar",
        "dispatch_work_order_by_id",
        "fieldwork_intervention_by_id",
        "identity_me",
        "identity_person_by_id",
        "identity_site_by_id",
        "identity_usergroup_by_id",
        "tickets_ticket_by_id",
    }
    for name in conditional:
        responses = operations_of(document)[name]["responses"]
        assert "ETag" in responses["200"]["headers"] and "ETag" in responses["304"]["headers"]
        assert codes_of(document, responses["412"]) == ["version_stale"]
        assert {"$ref": "#/components/parameters/IfMatch"} in operations_of(document)[name]["parameters"]


def test_all_fields_of_an_answer_are_there(document):
    """A generated client need not ask whether a ticket has a number; only what not every reader is shown may lack."""
    schemas = document["components"]["schemas"]
    answers = {f"{kind.__module__.split('.')[1].title()}{kind.__name__}" for kind in schemas_of(Answer)} & set(schemas)
    lacking = {
        name: missing
        for name in answers
        if (missing := set(schemas[name]["properties"]) - set(schemas[name]["required"]))
    }
    assert len(answers) > 50
    assert lacking == {"IdentityUsergroup": {"custom_fields", "members", "supervisors", "agents"}}


def test_a_plain_error_has_what_the_document_requires_of_one(document, http):
    """And what only some have is known: a client that goes by the document reads each of them."""
    problem = document["components"]["schemas"]["Problem"]
    plain = http.get("/api/v1/nothing")
    assert (plain.status_code, set(plain.json)) == (404, set(problem["required"]))
    assert set(problem["properties"]) - set(problem["required"]) == {"errors", *SHOWN}


def test_an_answer_may_get_another_field(document):
    """A client that checks what it gets goes on working; what a caller sends is what is known here."""
    schemas = document["components"]["schemas"]
    told = {
        name: schemas[name].get("additionalProperties") for name in ("TicketsTicket", "Problem", "TicketsNewTicket")
    }
    assert told == {"TicketsTicket": None, "Problem": None, "TicketsNewTicket": False}


def test_null_stands_for_nothing(document):
    """Generators take a field with a default for one that is always there, and require it."""
    assert [default for default in within(document["components"]["schemas"], "default") if default is None] == []
    assert document["components"]["schemas"]["TicketsNewTicket"]["required"] == ["description", "subject"]


def test_what_holds_everywhere_is_said_once(document):
    """How to sign in, page, repeat and change; under which licence; who has to sign in."""
    for word in ("access_token", "problem+json", "next_cursor", "Idempotency-Key", "If-Match", "RFC 3339"):
        assert word in document["info"]["description"]
    assert document["info"]["license"]["identifier"] == "Apache-2.0"
    assert document["components"]["securitySchemes"]["session"]["description"]
    asked = {name: one["security"] for name, one in operations_of(document).items()}
    assert {name for name, security in asked.items() if security != [{"session": []}]} == {
        "identity_log_in",
        *(f"{each.service}_{name}" for each in CONTRACTS for name in each.anonymous() - {"log_in", "token_for"}),
    }
    assert asked["identity_log_in"] == [] and asked["tickets_follow_request"] == [{}, {"session": []}]


@pytest.mark.parametrize(
    ("header", "code"), [("Basic YTpi", "session_invalid"), ("Bearer of-yesterday", "session_ended")]
)
def test_who_need_not_sign_in_sends_a_session_or_none(document, http, services, header, code):
    """Not what is none, nor one that has ended: a client that sends its own everywhere hears of its end anywhere."""
    services[Identity].token_for.side_effect = Unauthenticated("session_ended", "Sign in again.")
    refused = http.get("/api/v1/public/forms/lifts", headers={"Authorization": header})
    assert (refused.status_code, refused.json["code"], services.calls()) == (401, code, [])
    for name, operation in operations_of(document).items():
        if operation["security"] == [{}, {"session": []}]:
            told = codes_of(document, operation["responses"]["401"])
            assert told == ["session_ended", "session_invalid", "stale"], name


@pytest.mark.parametrize("operation", ["attachment", "tickets_followed_attachment"])
def test_a_download_gives_bytes(document, operation):
    """Of the types that a browser is told: of a star, some generated clients made no bytes at all."""
    responses = operations_of(document)[operation]["responses"]
    for status in ("200", "206"):
        assert list(responses[status]["content"]) == sorted(TYPES)
        assert "Content-Disposition" in responses[status]["headers"]
        for content in responses[status]["content"].values():
            assert content == {"schema": {"type": "string", "format": "binary"}}
    assert {"$ref": "#/components/parameters/Range"} in operations_of(document)[operation]["parameters"]


@pytest.mark.parametrize(
    ("asked", "status", "body"),
    [
        ({"Range": "bytes=1-2"}, 206, b"PD"),
        ({"Range": "Bytes =1-2"}, 206, b"PD"),
        ({"Range": "bytes=9-"}, 416, None),
        ({"Range": "bytes=0-1,3-3"}, 200, b"%PDF"),
        ({"Range": "pages=1-2"}, 200, b"%PDF"),
        ({"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}, 304, b""),
    ],
)
def test_what_may_be_asked_of_a_download_stands_there(document, app, http, services, asked, status, body):
    """Players ask for parts of a film, whoever was cut off for the rest; who asks otherwise is given the whole."""
    sha256 = app.extensions["fielddesk"].files.keep("tickets", b"%PDF")
    file = {"id": str(UUID(int=1)), "filename": "a", "content_type": "application/pdf", "size": 4, "sha256": sha256}
    services[Tickets].followed_attachment.return_value = file
    answer = http.get("/api/v1/public/attachments/abc", headers=asked)
    response = operations_of(document)["tickets_followed_attachment"]["responses"][str(status)]
    assert answer.status_code == status
    if body is None:
        assert codes_of(document, response) == [answer.json["code"]] == ["range_not_satisfiable"]
        assert answer.json["detail"] and answer.headers["Content-Range"] == "bytes */4"
    else:
        assert answer.data == body


def test_a_file_that_is_gone_is_said_to_be(document, app, http, services):
    """Databases restored without their files answered 500 for each."""
    gone = {"id": str(UUID(int=1)), "filename": "a", "content_type": "text/plain", "size": 4, "sha256": "a" * 64}
    services[Tickets].followed_attachment.return_value = gone
    answer = http.get("/api/v1/public/attachments/abc")
    assert (answer.status_code, answer.json["code"]) == (404, "file_not_found")
    response = operations_of(document)["tickets_followed_attachment"]["responses"]["404"]
    assert "file_not_found" in codes_of(document, response)


def test_an_upload_may_be_repeated(document):
    """It honours the key as every other write does."""
    operation = operations_of(document)["keep_attachment"]
    assert {"$ref": "#/components/parameters/IdempotencyKey"} in operation["parameters"]
    assert "request_key_reused" in codes_of(document, operation["responses"]["422"])


def test_patterns_are_those_of_json_schema(document):
    """ECMA-262 has neither `\\A` nor `\\Z`: a generated client took no slug at all."""
    patterns = [pattern for pattern in within(document["components"]["schemas"], "pattern") if isinstance(pattern, str)]
    assert set(patterns) == {
        "^(([01]\\d|2[0-3]):[0-5]\\d|24:00)$",
        "^([01]\\d|2[0-3]):[0-5]\\d$",
        "^[A-Z]{2}$",
        "^[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?$",
        "^[a-z0-9][a-z0-9-]{0,59}$",
        *(TEXT, SOME_TEXT, LINE, SOME_LINE),
    }


@pytest.mark.parametrize(
    ("schema", "field", "pattern", "refused", "taken"),
    [
        (
            "TicketsNewTicket",
            "subject",
            SOME_LINE,
            ["", "  ", "a\0", "a\nb", "a\u2028b", "\x85a"],
            ["a", " a b ", "é\t"],
        ),
        ("TicketsNewMessage", "body", SOME_TEXT, ["", " \n", "a\0b"], ["a", "a\n\nb", "\na"]),
    ],
)
def test_characters_that_are_refused_stand_there(document, schema, field, pattern, refused, taken):
    """A generated client asks for another subject before it sends one with a line break."""
    assert document["components"]["schemas"][schema]["properties"][field]["pattern"] == pattern
    assert [text for text in (*refused, *taken) if re.search(pattern, text)] == taken
    contract_schema = next(kind for kind in schemas_of(Arguments) if _name_of(kind) == schema)
    for text in refused:
        with pytest.raises(ValidationError):
            contract_schema().fields[field].deserialize(text)
    assert [contract_schema().fields[field].deserialize(text) for text in taken] == taken


@pytest.mark.parametrize(
    ("schema", "field"),
    [
        ("IdentityNewPerson", "email"),
        ("IdentityPersonChange", "email"),
        ("IdentityRegistration", "email"),
        ("InboundNewMailbox", "address"),
        ("InboundNewSubmission", "email"),
        ("TicketsNewTicket", "requester_email"),
        ("TicketsNewParticipant", "email"),
    ],
)
def test_what_has_to_be_an_address_is_called_one(document, schema, field):
    """Anything else is refused."""
    assert document["components"]["schemas"][schema]["properties"][field]["format"] == "email"


def test_what_a_key_and_an_upload_may_not_have_stands_there(document):
    """No blanks in a key; nothing beside the one file."""
    key = document["components"]["parameters"]["IdempotencyKey"]["schema"]
    assert key == {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"}
    content = operations_of(document)["keep_attachment"]["requestBody"]["content"]
    assert content["multipart/form-data"]["schema"]["additionalProperties"] is False


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


def test_every_body_has_an_example_that_its_schema_takes(document):
    """Whoever reads tries the example first."""
    examples = {}
    for operation, schema in bodies_of(document):
        (examples[operation],) = schema.get("examples", [None])
    bodies = {name for name, example in examples.items() if example is not None}
    assert set(examples) - bodies == {
        "fieldwork_validate_intervention",
        "identity_invite_person",
        "inbound_replay_inbound_message",
        "notifications_mark_read",
    }
    in_path = {
        verb["operationId"]: [one["name"] for one in verbs["parameters"]]
        for verbs in document["paths"].values()
        if "parameters" in verbs
        for verb in verbs.values()
        if "operationId" in verb
    }
    for contract in CONTRACTS:
        for name, method in contract.methods().items():
            operation = f"{contract.service}_{name}"
            if operation in bodies:
                takes = method.takes(exclude=in_path.get(operation, ()))
                assert takes.validate(examples[operation]) == {}, operation
                bodies.remove(operation)
    assert bodies == set()


def test_examples_of_answers_have_all_that_is_answered(document):
    """And nothing that is not."""
    for answer in (Ticket, Message, Intervention):
        assert answer().validate(answer.example) == {}, answer
        assert set(answer().fields) == set(answer.example), answer
    assert document["components"]["schemas"]["TicketsTicket"]["examples"] == [Ticket.example]


def bodies_of(document):
    """Yield the operationId and the schema of each JSON body."""
    for name, operation in operations_of(document).items():
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content:
            yield name, document["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]


def test_a_body_is_required_where_something_of_it_is(document):
    """And may lack where all of it may."""
    told = {
        name: one["requestBody"].get("required")
        for name, one in operations_of(document).items()
        if "requestBody" in one
    }
    wanted = {name: "required" in schema for name, schema in bodies_of(document)}
    assert {name: told[name] for name in wanted} == wanted
    assert set(wanted.values()) == {True, False}


def test_every_parameter_says_what_it_means(document):
    """Once for each name, wherever it stands."""
    parameters = [
        one
        for verbs in document["paths"].values()
        for held in within(verbs, "parameters")
        for one in held
        if "in" in one
    ]
    assert [one["name"] for one in parameters if not one.get("description", "").endswith(".")] == []
    assert {one["name"] for one in parameters} == set(PARAMETERS)
    assert len(parameters) > 70


def test_what_is_read_from_a_query_stands_there_beside_the_headers(document):
    """flask-smorest keeps one list of parameters, the last that it is given."""
    for path, verbs in document["paths"].items():
        in_path = {one["name"] for one in verbs.get("parameters", ())}
        for operation in [verb for name, verb in verbs.items() if name in ("get", "delete")]:
            service, _, name = operation["operationId"].partition("_")
            takes = [each.methods()[name].takes for each in CONTRACTS if each.service == service]
            in_query = {one["name"] for one in operation.get("parameters", ()) if "in" in one}
            taken = {"attachment_id", "of"} if not takes else set(takes[0]().fields if takes[0] else ())
            assert in_path | in_query == taken - {"if_version"}, path
    upload = document["paths"]["/api/v1/attachments"]["post"]["parameters"]
    assert [one["schema"]["enum"] for one in upload if one.get("name") == "of"] == [["ticket", "incident"]]


def test_no_parameter_is_null(document):
    """A query is text: what is not asked for is left out."""
    queried = [one for held in within(document["paths"], "parameters") for one in held if one.get("in") == "query"]
    assert len(queried) > 40
    assert [
        one["name"] for one in queried if "null" in one["schema"]["type"] or None in one["schema"].get("enum", ())
    ] == []
    assert [one["name"] for one in queried if one["schema"].get("default", "") is None] == []
    status = operations_of(document)["tickets_list_tickets"]["parameters"]
    (pattern,) = [one["schema"]["pattern"] for one in status if one["name"] == "status"]
    assert re.fullmatch(pattern, "new,open") and not re.fullmatch(pattern, "new,unheard")


def test_every_schema_says_what_it_is(document):
    """Its first line is a sentence or a name, from the contract's own docstring."""
    schemas = document["components"]["schemas"]
    assert [name for name, schema in schemas.items() if not schema.get("description")] == []
    assert [name for name, schema in schemas.items() if "origin" in schema["description"]] == []
    assert [name for name, schema in schemas.items() if ":param" in schema["description"]] == []


@pytest.mark.parametrize(
    ("schema", "name", "words"),
    [
        ("TicketsTicket", "status", ["new", "open", "planned", "in_progress", "pending", "resolved", "closed"]),
        ("TicketsTicket", "priority", ["low", "normal", "high", "urgent"]),
        ("TicketsTicket", "kind", ["request", "incident", "maintenance"]),
        ("TicketsTicket", "channel", ["api", "mail", "webform", "incident"]),
        ("TicketsTicket", "nature", ["problem", "need", "suggestion", None]),
        ("TicketsHistoryLine", "audience", ["all", "participants", "agents"]),
        ("IdentityPerson", "language", ["fr", "en", "es", "de"]),
        ("FieldworkIntervention", "status", ["planned", "started", "completed", "validated", "cancelled"]),
        ("InboundInboundMessage", "state", ["received", "told", "unreadable", "duplicate", "own"]),
    ],
)
def test_words_that_the_desk_chooses_from_are_told(document, schema, name, words):
    """A client can have a case for each."""
    assert document["components"]["schemas"][schema]["properties"][name]["enum"] == words


def test_what_is_nested_is_typed(document):
    """Rules and targets are answered as they were given."""
    schemas = document["components"]["schemas"]
    rule, policy = schemas["DispatchRoutingRule"]["properties"], schemas["DispatchSLAPolicy"]["properties"]
    assert rule["conditions"] == {"$ref": "#/components/schemas/DispatchConditions"}
    assert rule["then"] == {"$ref": "#/components/schemas/DispatchResult"}
    assert policy["targets"]["properties"]["urgent"] == {"$ref": "#/components/schemas/DispatchTarget"}
    assert schemas["SessionAnswer"]["properties"]["person"] == {"$ref": "#/components/schemas/IdentityMyself"}
    assert schemas["InboundWebform"]["properties"]["fields"]["items"] == {
        "$ref": "#/components/schemas/InboundFormField"
    }
    assert schemas["Problem"]["properties"]["busy"]["items"] == {"$ref": "#/components/schemas/DispatchBusyWorker"}
    untyped = [
        f"{name}.{field}"
        for name, schema in schemas.items()
        for field, told in schema.get("properties", {}).items()
        for one in (told, *within(told, "items"))
        if "object" in one.get("type", ()) and not (one.get("properties") or one.get("additionalProperties"))
    ]
    # Particulars that differ by kind.
    assert sorted(untyped) == ["Problem.errors", "TicketsHistoryLine.new", "TicketsHistoryLine.old"]


def test_what_the_desk_refuses_is_no_valid_body_by_the_document(document):
    """How fields depend on each other stands in words of JSON Schema."""
    schemas = document["components"]["schemas"]
    priorities = ["low", "normal", "high", "urgent"]
    for policy in ("DispatchNewSLAPolicy", "DispatchSLAPolicyChange"):
        targets = schemas[policy]["properties"]["targets"]
        assert (targets["required"], list(targets["properties"])) == (priorities, priorities)
        assert targets["additionalProperties"] is False
    names = schemas["FieldworkNewIncidentReason"]["properties"]["names"]
    assert (list(names["properties"]), names["additionalProperties"]) == (["fr", "en", "es", "de"], False)
    refused = {name: schema["not"] for name, schema in schemas.items() if "not" in schema}
    assert refused == {
        "IdentityNewSite": having(without=("parent_id", "time_zone")),
        "IdentityNewPerson": {"properties": {"role": {"type": "null"}, "roles": {"maxItems": 0}}},
        "DispatchResult": having(without=("usergroup_id", "category_id", "priority")),
        "FieldworkNewServiceType": any_of(
            {
                "required": ["rounding_minutes"],
                "properties": {"rounding": {"const": "none"}, "rounding_minutes": {"type": "integer"}},
            },
            {
                "required": ["rounding"],
                "properties": {"rounding": {"not": {"const": "none"}}, "rounding_minutes": {"type": "null"}},
            },
        ),
        "TicketsNewParticipant": any_of(having("person_id", "email"), having(without=("person_id", "email"))),
        "TicketsNewTicket": any_of(
            having("requester", "requester_email"),
            having("requester_name", without=["requester_email"]),
            having("language", without=["requester_email"]),
        ),
    }


def any_of(*schemas):
    """Return the schema of what some schema describes."""
    return {"anyOf": [*schemas]}


def having(*names, without=()):
    """Return the schema of objects with something in some fields, and nothing in others."""
    nothing = {name: {"type": "null"} for name in without}
    return {"required": [*names], "properties": {name: {"not": {"type": "null"}} for name in names} | nothing}


def test_no_fields_stand_beside_alternatives(document):
    """Generators of clients take the alternatives for the whole: a ticket could be opened without a subject only."""
    bodies = {name: schema for name, schema in document["components"]["schemas"].items() if "properties" in schema}
    assert [name for name, schema in bodies.items() if {"oneOf", "anyOf", "allOf", "if"} & schema.keys()] == []
    assert len(bodies) > 100
