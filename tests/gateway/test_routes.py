"""Each contract method has its route, each route its guard, and answers go through untouched."""

import io
import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from chassis.clock import utcnow
from chassis.contract import RawJSON
from chassis.errors import ERRORS, Conflict, NotFound, TooMany, Unauthenticated, Unavailable
from gateway import callers
from gateway.callers import RENEW_BEFORE
from services.dispatch.contract import Dispatch
from services.fieldwork.contract import Fieldwork
from services.identity.contract import Identity
from services.inbound.contract import Inbound
from services.tickets.contract import Tickets
from tests.gateway.conftest import SIGNED_IN
from tests.gateway.routes import CONTRACTS, rules_of

#: Answered to the gateway itself, not to clients.
INTERNAL = {"token_for"}
TICKET = uuid4()
WINDOW = {"starts_at": "2026-11-17T08:00:00+00:00", "ends_at": "2026-11-17T10:00:00+00:00"}
BODY = '{"id":"' + str(TICKET) + '","subject":"Fuite d\\u2019eau",  "version":7}'


def test_every_contract_method_is_reachable(app):
    """A method that nobody can ask over HTTP is either missing here or should not be."""
    named = {name.rsplit(".", 1)[-1] for name in app.view_functions}
    views = {
        "log_in": "sign_in",
        "log_out": "sign_out",
        "keep_attachment": "upload",
        "attachment_by_id": "download",
    }
    missing = [
        f"{contract.service}.{name}"
        for contract in CONTRACTS
        for name in contract.methods()
        if name not in INTERNAL
        and views.get(name) not in named
        and not any(f"{name}_{verb}" in named for verb in ("get", "post", "patch", "delete"))
    ]
    assert missing == []


def test_the_bytes_of_an_answer_are_untouched(http, services):
    """What PostgreSQL built goes out as it is, with its version as ETag."""
    services[Tickets].ticket_by_id.return_value = RawJSON(BODY.encode(), 7)
    answer = http.get(f"/api/v1/tickets/{TICKET}", headers=SIGNED_IN)
    assert (answer.status_code, answer.get_data(as_text=True), answer.headers["ETag"]) == (200, BODY, '"7"')
    services[Tickets].ticket_by_id.assert_called_once_with(ticket_id=TICKET)
    again = http.get(f"/api/v1/tickets/{TICKET}", headers={**SIGNED_IN, "If-None-Match": '"7"'})
    assert (again.status_code, again.data) == (304, b"")
    assert http.head(f"/api/v1/tickets/{TICKET}", headers={**SIGNED_IN, "If-None-Match": '"7"'}).status_code == 304
    services[Tickets].add_message.return_value = RawJSON(BODY.encode(), 8)
    made = http.post(f"/api/v1/tickets/{TICKET}/messages", json={"body": "Soon."}, headers=SIGNED_IN)
    assert (made.status_code, made.get_data(as_text=True), made.headers["ETag"]) == (201, BODY, '"8"')


@pytest.mark.parametrize("asked", ['"6"', '"abc"', '""'])
def test_a_reader_of_another_version_is_refused_as_whoever_changes_one(http, services, asked):
    """With a problem, as everybody (RFC 9110, 13.1.1); the newest version was shown beneath the status."""
    services[Tickets].ticket_by_id.return_value = RawJSON(BODY.encode(), 7)
    services[Fieldwork].intervention_by_id.return_value = {"id": str(TICKET), "plan_version": 7, "version": 12}
    for path in (f"/api/v1/tickets/{TICKET}", f"/api/v1/interventions/{TICKET}"):
        refused = http.get(path, headers={**SIGNED_IN, "If-Match": asked})
        assert (refused.status_code, refused.content_type) == (412, "application/problem+json")
        assert (refused.json["code"], refused.json["version"]) == ("version_stale", 7)
        etag = http.get(path, headers={**SIGNED_IN, "If-Match": "*"}).headers["ETag"]
        assert http.get(path, headers={**SIGNED_IN, "If-Match": etag}).status_code == 200


def test_if_match_becomes_the_version_asked_for(http, services):
    """And what is no version of ours is stale before anybody is asked."""
    services[Tickets].change_ticket.return_value = RawJSON(BODY.encode(), 8)
    path = f"/api/v1/tickets/{TICKET}"
    changed = http.patch(path, json={"subject": "Leak"}, headers={**SIGNED_IN, "If-Match": '"7"'})
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"8"')
    services[Tickets].change_ticket.assert_called_once_with(ticket_id=TICKET, subject="Leak", if_version=7)
    for unknown in ("", '""', 'W/""', '"abc"', '"1", "2"', '"²"', '"1.2.3"', f'"{"9" * 5000}"', "abc"):
        refused = http.patch(path, json={"subject": "Leak"}, headers={**SIGNED_IN, "If-Match": unknown})
        assert (refused.status_code, refused.json["code"]) == (412, "version_unknown"), unknown
    assert services[Tickets].change_ticket.call_count == 1


def test_what_was_made_says_where_it_is_read(app, http, services):
    """Wherever one thing can be read by its id; and the document says so (RFC 9110, 15.3.2)."""
    document = http.get("/api/v1/openapi.json").json
    reads = {rule.rpartition("/")[0] for verb, rule in rules_of(app) if verb == "GET" and rule.endswith("_id>")}
    makes = sorted(rule for verb, rule in rules_of(app) if verb == "POST" and rule in reads)
    assert len(makes) == 7
    told = {place: one["responses"].get("201", {}).get("headers", {}) for place, one in operations_of(document).items()}
    assert sorted(place for place, headers in told.items() if "Location" in headers) == [
        (path, "post") for path in makes
    ]
    asked = {contract: [name for name in contract.methods() if name != "token_for"] for contract in CONTRACTS}
    for asking in (getattr(services[contract], name) for contract, names in asked.items() for name in names):
        asking.return_value = {"id": str(TICKET)}
    makes.remove("/api/v1/attachments")
    for path in makes:
        content = operations_of(document)[path, "post"]["requestBody"]["content"]["application/json"]
        (body,) = document["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]["examples"]
        made = http.post(path + "/", json=body, headers={**SIGNED_IN, "Host": "elsewhere.example"})
        assert (made.status_code, made.headers["Location"]) == (201, f"{path}/{TICKET}")


@pytest.mark.parametrize("query", ["", "?of=incident"])
def test_a_file_that_was_uploaded_says_where_it_is_read(http, services, query):
    """Of whomever it belongs to."""
    for owner in (Tickets, Fieldwork):
        services[owner].keep_attachment.return_value = {"id": str(TICKET)}
    body = {"file": (io.BytesIO(b"photo"), "a.png")}
    made = http.post(f"/api/v1/attachments{query}", data=body, headers=SIGNED_IN)
    assert (made.status_code, made.headers["Location"]) == (201, f"/api/v1/attachments/{TICKET}{query}")


def test_if_match_any_version(http, services):
    """A star is for whatever is there (RFC 9110, 13.1.1)."""
    services[Tickets].change_ticket.return_value = RawJSON(BODY.encode(), 8)
    headers = {**SIGNED_IN, "If-Match": "*"}
    assert http.patch(f"/api/v1/tickets/{TICKET}", json={"subject": "Leak"}, headers=headers).status_code == 200
    services[Tickets].change_ticket.assert_called_once_with(ticket_id=TICKET, subject="Leak")


def test_every_change_honours_if_match(app, http, services):
    """Whatever is changed by PATCH."""
    patched = [rule for verb, rule in rules_of(app) if verb == "PATCH"]
    assert len(patched) >= 9
    for rule in patched:
        body = WINDOW if "interventions" in rule else {}
        path = re.sub("<uuid:[a-z_]+>", str(TICKET), rule)
        refused = http.patch(path, json=body, headers={**SIGNED_IN, "If-Match": '"abc"'})
        assert (refused.status_code, refused.json["code"]) == (412, "version_unknown"), rule
    assert services.calls() == []


def test_an_interventions_etag_is_what_its_plan_is_changed_by(http, services):
    """Read from fieldwork with a version of its own, replanned in dispatch by the plan's."""
    intervention = {"id": str(TICKET), "plan_version": 3, "version": 12}
    services[Fieldwork].intervention_by_id.return_value = intervention
    services[Dispatch].replan_intervention.return_value = {"id": str(TICKET), "version": 4}
    path = f"/api/v1/interventions/{TICKET}"
    read = http.get(path, headers=SIGNED_IN)
    assert read.headers["ETag"] == '"3.12"'
    replanned = http.patch(path, json=WINDOW, headers={**SIGNED_IN, "If-Match": read.headers["ETag"]})
    assert (replanned.status_code, replanned.headers["ETag"]) == (200, '"4"')
    assert services[Dispatch].replan_intervention.call_args.kwargs["if_version"] == 3
    assert http.get(path, headers={**SIGNED_IN, "If-None-Match": '"3.12"'}).status_code == 304


def test_what_a_method_does_not_take_is_refused(http, services):
    """Also where it takes nothing but what stands in the path."""
    for verb, path, options in (
        ("GET", "/api/v1/me", {"query_string": "unknown=1"}),
        ("GET", f"/api/v1/tickets/{TICKET}", {"query_string": "fields=all"}),
        ("POST", f"/api/v1/interventions/{TICKET}/validation", {"json": {"validated_by": "me"}}),
    ):
        refused = http.open(path, method=verb, headers=SIGNED_IN, **options)
        assert (refused.status_code, refused.json["code"]) == (422, "input_invalid"), path
    assert services.calls() == []


def test_a_file_is_downloaded_by_its_link(app, http, services):
    """Without an account, once tickets has known the link; kept by no cache."""
    sha256 = app.extensions["fielddesk"].files.keep("tickets", b"%PDF")
    file = {"filename": "plan\r\n.pdf", "content_type": "application/pdf", "size": 4, "sha256": sha256}
    services[Tickets].followed_attachment.return_value = {"id": str(TICKET), **file}
    answer = http.get("/api/v1/public/attachments/abc")
    assert (answer.status_code, answer.data, answer.mimetype) == (200, b"%PDF", "application/pdf")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="plan  .pdf"'
    assert (answer.headers["Cache-Control"], answer.headers["X-Content-Type-Options"]) == ("no-store", "nosniff")
    services[Tickets].followed_attachment.assert_called_once_with(token="abc")
    assert services.asked[-1][1] is None
    services[Tickets].followed_attachment.return_value = {"id": str(TICKET), **file, "filename": ""}
    nameless = http.get("/api/v1/public/attachments/abc")
    assert nameless.headers["Content-Disposition"] == "attachment; filename=file"


def test_a_link_of_no_file(http, services):
    """As tickets says; and nothing but the link is taken."""
    refused = http.get("/api/v1/public/attachments/abc", query_string="of=incident")
    assert (refused.status_code, refused.json["code"]) == (422, "input_invalid")
    assert services.calls() == []
    services[Tickets].followed_attachment.side_effect = NotFound("link_not_found", "This link is not valid.")
    answer = http.get("/api/v1/public/attachments/abc")
    assert (answer.status_code, answer.json["code"]) == (404, "link_not_found")


def test_the_link_of_a_registration_shows_before_it_opens(http, services):
    """Mail scanners follow links: looking is one thing, opening another."""
    services[Identity].registration_request.return_value = {"email": "rosa@homes.example", "name": "Rosa"}
    services[Identity].confirm_registration.return_value = {"person_id": str(TICKET)}
    path = "/api/v1/public/registrations/abc"
    assert http.get(path).json["email"] == "rosa@homes.example"
    assert services[Identity].confirm_registration.call_count == 0
    for body in ({}, {"password": "short"}):
        refused = http.post(path, json=body)
        assert (refused.status_code, refused.json["code"]) == (422, "input_invalid")
        assert list(refused.json["errors"]) == ["password"]
    assert services[Identity].confirm_registration.call_count == 0
    assert http.post(path, json={"password": "long enough"}).json == {"person_id": str(TICKET)}
    services[Identity].confirm_registration.assert_called_once_with(token="abc", password="long enough")


def test_the_document_says_that_a_registration_is_confirmed_with_a_password(http):
    document = http.get("/api/v1/openapi.json").json
    body = document["paths"]["/api/v1/public/registrations/{token}"]["post"]["requestBody"]
    schema = document["components"]["schemas"]["IdentityConfirmation"]
    assert body == {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/IdentityConfirmation"}}},
    }
    assert (list(schema["properties"]), schema["required"]) == (["password"], ["password"])
    assert "password" not in document["components"]["schemas"]["IdentityRegistration"]["properties"]


@pytest.mark.parametrize(
    ("contract", "method", "path", "body"),
    [
        (Identity, "register", "/registrations", {"email": "rosa@homes.example", "name": "Rosa"}),
        (Inbound, "submit_webform", "/public/forms/lifts", {"subject": "Lift", "description": "It stands still."}),
    ],
)
def test_the_gateway_alone_says_where_a_request_comes_from(http, services, contract, method, path, body):
    """The body does not take it, and the document does not tell of it."""
    asking = getattr(services[contract], method)
    asking.return_value = {}
    assert http.post(f"/api/v1{path}", json=body, environ_base={"REMOTE_ADDR": "9.9.9.9"}).status_code in (201, 202)
    assert [call.kwargs["origin"] for call in asking.call_args_list] == ["9.9.9.9"]
    refusal = http.post(f"/api/v1{path}", json={**body, "origin": "8.8.8.8"})
    assert (refusal.status_code, list(refusal.json["errors"]), asking.call_count) == (422, ["origin"], 1)
    schemas = http.get("/api/v1/openapi.json").json["components"]["schemas"]
    assert [name for name, schema in schemas.items() if "origin" in schema.get("properties", ())] == []


def test_a_stale_token_is_renewed_once(http, services):
    """A right was given or taken away: identity is asked again, and the second refusal stands."""
    services[Tickets].ticket_by_id.side_effect = [
        Unauthenticated("stale", "Changed."),
        RawJSON(BODY.encode(), 1),
    ]
    assert http.get(f"/api/v1/tickets/{TICKET}", headers=SIGNED_IN).status_code == 200
    assert [token for contract, token, *_ in services.asked if contract is Tickets] == ["token-1", "token-2"]
    services[Tickets].ticket_by_id.side_effect = Unauthenticated("stale", "Changed.")
    assert http.get(f"/api/v1/tickets/{TICKET}", headers=SIGNED_IN).status_code == 401
    assert services[Tickets].ticket_by_id.call_count == 4


def test_clocks_that_are_apart_ask_nobody_to_sign_in_again(http, services):
    """A token of this moment that a service takes for old: with its host minutes ahead, each answer was 401."""
    services[Tickets].ticket_by_id.side_effect = Unauthenticated("token_expired", "Sign in again.")
    answer = http.get(f"/api/v1/tickets/{TICKET}", headers=SIGNED_IN)
    assert (answer.status_code, answer.json["code"], answer.headers["Retry-After"]) == (503, "clocks_apart", "60")
    assert services[Tickets].ticket_by_id.call_count == 2


def test_a_sessions_token_is_remembered_until_signing_out(http, services):
    """Identity is asked once for many requests, and again after the session has ended."""
    services[Tickets].ticket_by_id.return_value = RawJSON(BODY.encode(), 1)
    services[Identity].log_out.return_value = None
    for _ in range(3):
        http.get(f"/api/v1/tickets/{TICKET}", headers=SIGNED_IN)
    assert services[Identity].token_for.call_count == 1
    assert http.delete("/api/v1/session", headers=SIGNED_IN).status_code == 204
    services[Identity].log_out.assert_called_once_with()
    http.get(f"/api/v1/tickets/{TICKET}", headers=SIGNED_IN)
    assert services[Identity].token_for.call_count == 2


@pytest.mark.parametrize(("most", "exchanges"), [(2, 2), (1, 3)])
def test_only_so_many_sessions_are_remembered(http, services, monkeypatch, most, exchanges):
    """However many there are, the process does not grow; those that are remembered are not asked for again."""
    monkeypatch.setattr(callers, "REMEMBERED", most)
    services[Tickets].ticket_by_id.return_value = RawJSON(BODY.encode(), 1)
    for session in ("one", "two", "one"):
        http.get(f"/api/v1/tickets/{TICKET}", headers={"Authorization": f"Bearer {session}"})
    assert services[Identity].token_for.call_count == exchanges


def test_a_token_that_is_about_to_end_is_renewed(http, services):
    """Before a service refuses it."""
    services[Tickets].ticket_by_id.return_value = RawJSON(BODY.encode(), 1)
    ends = [(utcnow() + timedelta(seconds=seconds)).isoformat() for seconds in (RENEW_BEFORE, RENEW_BEFORE + 60)]
    services[Identity].token_for.side_effect = [{"token": expires, "expires_at": expires} for expires in ends]
    for _ in range(3):
        http.get(f"/api/v1/tickets/{TICKET}", headers=SIGNED_IN)
    assert [token for contract, token, *_ in services.asked if contract is Tickets] == [ends[0], ends[1], ends[1]]


@pytest.mark.parametrize("header", ["bearer abc", "Bearer  abc ", "BEARER abc"])
def test_a_session_is_borne_in_any_spelling(http, services, header):
    """RFC 9110, 11.1 and 11.4: the scheme in any case, and blanks around what follows."""
    http.get("/api/v1/tickets", headers={"Authorization": header})
    services[Identity].token_for.assert_called_once_with(session="abc")


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "Bearer ", "Bearer \t ", "Bearer " + "x" * 201])
def test_other_authorization_is_refused(http, services, header):
    """And nobody is asked."""
    answer = http.get("/api/v1/tickets", headers={"Authorization": header})
    assert (answer.status_code, answer.json["code"]) == (401, "session_invalid")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert services.asked == []


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)
def test_each_refusal_has_its_status(http, services, error):
    """problem+json with code and request_id; Retry-After where it may be repeated."""
    services[Tickets].list_tickets.side_effect = error("some_code", "Some detail.", {"fields": {"q": ["No."]}})
    answer = http.get("/api/v1/tickets", headers=SIGNED_IN)
    assert (answer.status_code, answer.content_type) == (error.status, "application/problem+json")
    assert answer.json == {
        "type": "about:blank", "title": answer.json["title"], "status": error.status, "code": "some_code",
        "detail": "Some detail.", "request_id": answer.headers["X-Request-ID"], "errors": {"q": ["No."]},
    }  # fmt: skip
    assert answer.headers.get("Retry-After") == ("1" if error.status in (429, 503) else None)
    assert services[Tickets].list_tickets.call_count == 1


@pytest.mark.parametrize(("error", "status"), [(TooMany, 429), (Unavailable, 503)])
def test_a_refusal_says_when_it_may_be_repeated(http, services, error, status):
    """In the header (RFC 6585, section 4) and in the problem alike."""
    services[Identity].log_in.side_effect = error("too_many_attempts", "Wait.", {"retry_after": 417})
    answer = http.post("/api/v1/session", json={"email": "rosa@homes.example", "password": "x"})
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert (answer.headers["Retry-After"], answer.json["retry_after"], answer.json["code"]) == (
        "417", 417, "too_many_attempts",
    )  # fmt: skip
    assert "Set-Cookie" not in answer.headers


def test_a_fault_of_ours_tells_nothing_of_itself(http, services):
    """Its text may hold secrets."""
    services[Tickets].list_tickets.side_effect = RuntimeError("password=hunter2")
    answer = http.get("/api/v1/tickets", headers=SIGNED_IN)
    assert (answer.status_code, answer.json["code"]) == (500, "internal_error")
    assert b"hunter2" not in answer.data


def test_the_idempotency_key_is_the_request_key(http, services):
    """Where it is missing, the gateway makes one per request; rubbish is refused before anybody is asked."""
    services[Tickets].add_message.return_value = {"id": str(uuid4())}
    path = f"/api/v1/tickets/{TICKET}/messages"
    body = {"body": "Hello", "internal": False}
    answers = [
        http.post(path, json=body, headers={**SIGNED_IN, "Idempotency-Key": "abc-1"}),
        http.post(path, json=body, headers=SIGNED_IN),
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    given, made = (answer.headers["X-Request-ID"] for answer in answers)
    assert [asked[2:] for asked in services.asked if asked[0] is Tickets] == [("abc-1", given), (made, made)]
    assert UUID(made).version == 7 and made != given
    for rubbish in ("", " ", "x" * 256, "é"):
        refused = http.post(path, json=body, headers={**SIGNED_IN, "Idempotency-Key": rubbish})
        assert (refused.status_code, refused.json["code"]) == (422, "idempotency_key_invalid")
    assert services[Tickets].add_message.call_count == 2


def test_conflicts_keep_their_particulars(http, services):
    """Such as the version to read again, or who is busy when; what nobody is to be shown stays inside."""
    busy = [{"person_id": str(TICKET), "name": "Wim", "starts_at": "2026-11-16T11:00:00+00:00"}]
    shown = {"version": 9, "busy": busy}
    services[Tickets].change_ticket.side_effect = Conflict("ticket_moved", "No.", {**shown, "inner": 1})
    answer = http.patch(f"/api/v1/tickets/{TICKET}", json={"subject": "x"}, headers=SIGNED_IN)
    assert (answer.status_code, answer.json | shown) == (409, answer.json)
    assert "inner" not in answer.json


def test_the_document_describes_every_route(app, http):
    """OpenAPI 3.1 names each path of the map."""
    document = http.get("/api/v1/openapi.json").json
    assert document["openapi"] == "3.1.0"
    wanted = {
        rule.replace("<uuid:", "{").replace("<", "{").replace(">", "}")
        for _, rule in rules_of(app)
        if rule.startswith("/api/v1/") and not rule.endswith("openapi.json")
    }
    assert set(document["paths"]) == wanted


def operations_of(document):
    """Return `{(path, verb): operation}` of an OpenAPI document."""
    return {
        (path, verb): operation
        for path, verbs in document["paths"].items()
        for verb, operation in verbs.items()
        if verb != "parameters"
    }


def test_the_document_names_every_operation_once(http):
    """So that clients can be made of it; what a method says to its programmers stays out."""
    document = http.get("/api/v1/openapi.json").json
    operations = operations_of(document)
    names = [operation["operationId"] for operation in operations.values()]
    assert len(set(names)) == len(names) == len(operations)
    assert not [place for place, operation in operations.items() if ":raises" in str(operation)]
    assert not [name for name in document["components"]["schemas"] if "Pagination" in name]


def test_the_document_tells_the_headers(http):
    """Of writes, of what is changed by version, and of what has one."""
    operations = operations_of(http.get("/api/v1/openapi.json").json)
    key, match = ({"$ref": f"#/components/parameters/{name}"} for name in ("IdempotencyKey", "IfMatch"))
    assert operations["/api/v1/tickets", "post"]["parameters"] == [key]
    changing = operations["/api/v1/tickets/{ticket_id}", "patch"]
    assert changing["parameters"] == [key, match]
    assert list(changing["responses"]["200"]["headers"]) == ["ETag"]
    assert key not in operations["/api/v1/tickets", "get"].get("parameters", [])


def test_the_document_tells_how_a_refusal_looks(http):
    """As problem+json, with all that it may have."""
    components = http.get("/api/v1/openapi.json").json["components"]
    for response in components["responses"].values():
        assert list(response["content"]) == ["application/problem+json"]
    assert list(components["responses"]["DEFAULT_ERROR"]["headers"]) == ["Retry-After"]
    shown = components["schemas"]["Problem"]["properties"]
    assert {"code", "detail", "errors", "version", "retry_after"} <= shown.keys()


def test_a_page_may_be_the_last_one(http):
    """Every list says that its `next_cursor` may be null."""
    schemas = http.get("/api/v1/openapi.json").json["components"]["schemas"]
    fields_of = {name: schema.get("properties", {}) for name, schema in schemas.items()}
    pages = {name: fields for name, fields in fields_of.items() if "next_cursor" in fields}
    assert len(pages) == 21
    assert [name for name, fields in pages.items() if "null" not in fields["next_cursor"]["type"]] == []


@pytest.mark.parametrize(
    "address, headers, status",
    [
        ("127.0.0.1", {}, 200),
        ("10.1.2.3", {}, 200),
        ("fd00::7", {}, 200),
        ("8.8.8.8", {}, 404),
        ("2001:4860:4860::8888", {}, 404),
        ("::ffff:8.8.8.8", {}, 404),
        ("127.0.0.1", {"X-Forwarded-For": "10.1.2.3"}, 404),
        ("127.0.0.1", {"Forwarded": "for=10.1.2.3"}, 404),
    ],
)
def test_only_ones_own_network_reads_the_counters(http, address, headers, status):
    """Residents reach the same port; to them and to whoever a proxy asks for, nothing is there."""
    answer = http.get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == status
    assert ("fielddesk_" in answer.text) == (status == 200)


def test_readiness_follows_the_broker(http, services):
    """One word, whatever the state."""
    assert (http.get("/readyz").status_code, http.get("/livez").status_code) == (200, 200)
    services.ready = False
    assert (http.get("/readyz").status_code, http.get("/livez").status_code) == (503, 200)
