"""Rubbish is refused clearly before anybody is asked."""

import errno
import io
import os
import re
from uuid import uuid4

import pytest
from werkzeug import formparser
from werkzeug.datastructures import MultiDict

from chassis import files
from chassis.errors import Unauthenticated, Unavailable
from gateway.app import HEADERS, LARGEST_BODY
from services.fieldwork.contract import Fieldwork
from services.identity.contract import Identity
from services.tickets.contract import Tickets
from tests.gateway.conftest import SIGNED_IN
from tests.gateway.routes import rules_of

TICKET = uuid4()


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"{", 400, "request_malformed"),
        (b"\xff\xfe", 400, "request_malformed"),
        (b"[" * 100_000, 400, "request_malformed"),
        (b"[]", 422, "input_invalid"),
        (b'"text"', 422, "input_invalid"),
        (b"null", 422, "input_invalid"),
        (b"", 422, "input_invalid"),
        (b"{}", 422, "input_invalid"),
        (b'{"subject": 1, "description": "x"}', 422, "input_invalid"),
        (b'{"subject": "a\\u0000b", "description": "x"}', 422, "input_invalid"),
        (b'{"subject": "a\\r\\nBcc: x@y", "description": "x"}', 422, "input_invalid"),
        (b'{"subject": "a", "description": "x", "number": "1"}', 422, "input_invalid"),
        (b'{"subject": "a", "description": "x", "site": "nowhere"}', 422, "input_invalid"),
        (b'{"subject": "a", "description": "x", "site": "01a200e8830d7c7f96bc228589bc7c35"}', 422, "input_invalid"),
        (b'{"subject": "a", "description": "x", "private": "yes"}', 422, "input_invalid"),
        (b'{"subject": "a", "description": "x", "private": 1}', 422, "input_invalid"),
        (b'{"subject": "' + b"a" * 2_000_000 + b'"}', 413, "body_too_large"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_bodies(http, services, content, status, code):
    """Not JSON, not an object, wrong types, unknown fields, too much."""
    answer = http.post("/api/v1/tickets", data=content, headers={**SIGNED_IN, "Content-Type": "application/json"})
    assert (answer.status_code, answer.json["code"], answer.content_type) == (
        status,
        code,
        "application/problem+json",
    )
    assert ("errors" in answer.json) == (status == 422)
    assert services[Tickets].open_ticket.call_count == 0


@pytest.mark.parametrize(("more", "status"), [(0, 201), (1, 413)])
def test_the_largest_body(http, services, more, status):
    """To the byte, of what says how long it is; blanks count."""
    services[Tickets].open_ticket.return_value = {"id": str(TICKET)}
    body = b'{"subject": "Lift", "description": "Stuck."}'.ljust(LARGEST_BODY + more)
    answer = http.post("/api/v1/tickets", data=body, headers={**SIGNED_IN, "Content-Type": "application/json"})
    assert (answer.status_code, services[Tickets].open_ticket.call_count) == (status, int(not more))


def test_what_needs_no_body_is_taken_without_one(http, services):
    """Whatever type is said of it, or none."""
    services[Fieldwork].complete_intervention.return_value = {"id": str(TICKET)}
    for headers in (SIGNED_IN, {**SIGNED_IN, "Content-Type": "text/plain"}):
        answer = http.post(f"/api/v1/interventions/{TICKET}/completion", headers=headers)
        assert answer.status_code == 200, answer.json
    assert services[Fieldwork].complete_intervention.call_count == 2


def test_what_is_wrong_within_a_mapping_stands_under_its_names(http, services):
    """As deep as it is: whoever fills in a form finds the field of each sentence."""
    target = {"first_response_minutes": 60, "resolution_minutes": 120}
    targets = dict.fromkeys(("low", "normal", "high"), target) | {"urgent": {**target, "resolution_minutes": 0}}
    policy = {"name": "Lifts", "usergroup_id": str(TICKET), "targets": {**targets, "soon": target}}
    answer = http.post("/api/v1/sla-policies", json=policy, headers=SIGNED_IN)
    assert (answer.status_code, answer.json["errors"]) == (
        422,
        {
            "targets": {
                "soon": ["Must be one of: low, normal, high, urgent."],
                "urgent": {
                    "resolution_minutes": ["Must be greater than or equal to 1 and less than or equal to 100000."]
                },
            }
        },
    )
    answer = http.post("/api/v1/sla-policies", json={**policy, "targets": []}, headers=SIGNED_IN)
    assert answer.json["errors"] == {"targets": ["Not a valid mapping type."]}
    assert services.calls() == []


@pytest.mark.parametrize(
    "content",
    [
        b'{"subject": "a", "subject": "a", "description": "x"}',
        b'{"subject": "a", "description": "x", "s\\u0075bject": "b"}',
        b'{"subject": "a", "description": "x", "answers": {"floor": "1", "floor": "2"}}',
        b'{"subject": "a", "description": "x", "answers": {"floors": [{"a": {"b": 1, "c": 2, "b": 1}}]}}',
        b'{"number": "1", "number": "2"}',
    ],
)
def test_a_name_that_stands_twice_is_refused(http, services, content):
    """However deep, whichever way it is written and also where it says the same: what a proxy has read may differ."""
    answer = http.post("/api/v1/tickets", data=content, headers={**SIGNED_IN, "Content-Type": "application/json"})
    assert (answer.status_code, answer.json["code"]) == (400, "request_malformed")
    assert answer.json["detail"] == "A name stands twice in the same object of the JSON. Give each once."
    assert services.asked == []


def test_a_name_may_stand_in_several_objects(http, services):
    services[Identity].create_usergroup.return_value = {"id": str(TICKET), "version": 1}
    fields = [{"label": label, "kind": "text", "value": "x", "choices": []} for label in ("label", "kind")]
    body = {"name": "Lifts", "custom_fields": fields}
    assert http.post("/api/v1/usergroups", json=body, headers=SIGNED_IN).status_code == 201
    assert services[Identity].create_usergroup.call_args.kwargs["custom_fields"] == fields


def test_a_query_says_numbers_and_booleans_as_text(http, services):
    """There is no other way to write them there; in words too."""
    services[Tickets].list_tickets.return_value = {"items": [], "next_cursor": None}
    for query in ("unregistered=true&limit=25", "unregistered=yes&limit=%2025"):
        assert http.get(f"/api/v1/tickets?{query}", headers=SIGNED_IN).status_code == 200
    calls = services[Tickets].list_tickets.call_args_list
    assert [(call.kwargs["unregistered"], call.kwargs["limit"]) for call in calls] == [(True, 25)] * 2


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ("unregistered=perhaps", {"unregistered": ["Not a valid boolean."]}),
        ("limit=2.5", {"limit": ["Not a valid integer."]}),
        ("limit=", {"limit": ["Not a valid integer."]}),
        ("site=01a200e8830d7c7f96bc228589bc7c35", {"site": ["Not a valid UUID."]}),
    ],
)
def test_a_query_that_says_neither_is_refused(http, services, query, errors):
    """By name, and nobody is asked."""
    answer = http.get(f"/api/v1/tickets?{query}", headers=SIGNED_IN)
    assert (answer.status_code, answer.json["errors"]) == (422, errors)
    assert services[Tickets].list_tickets.call_count == 0


def test_a_number_of_more_digits_than_python_reads(app, http, services):
    """Is broken JSON wherever a body is taken."""
    digits = b'{"email": ' + b"9" * 5000 + b"}"
    taken = [(verb, rule) for verb, rule in rules_of(app) if verb in ("POST", "PATCH")]
    taken.remove(("POST", "/api/v1/attachments"))
    assert len(taken) > 35
    for verb, rule in taken:
        path = re.sub("<uuid:[a-z_]+>", str(TICKET), re.sub("<[a-z]+>", "x", rule))
        answer = http.open(path, method=verb, data=digits, content_type="application/json", headers=SIGNED_IN)
        assert (answer.status_code, answer.json["code"]) == (400, "request_malformed"), (verb, rule)
    assert services.calls() == []


def test_other_media_types(http, services):
    """A form is not JSON."""
    answer = http.post("/api/v1/tickets", data={"subject": "a"}, headers=SIGNED_IN)
    assert (answer.status_code, answer.json["code"]) == (415, "media_type_unsupported")
    assert services.asked == []


@pytest.mark.parametrize("verb", ["POST", "PATCH"])
def test_a_query_beside_a_body_is_refused(http, services, verb):
    """By name: a note that was meant to be internal would be read by everybody."""
    path = f"/api/v1/tickets/{TICKET}" + ("/messages" if verb == "POST" else "")
    answer = http.open(f"{path}?internal=true&internal=true", method=verb, json={"body": "x"}, headers=SIGNED_IN)
    assert (answer.status_code, answer.json["code"]) == (422, "input_invalid")
    assert answer.json["errors"] == {"internal": ["Nothing is taken from the query here. Send it in the body."]}
    assert services.asked == []


@pytest.mark.parametrize(("path", "status"), [("/api/v1/nowhere", 404), ("/api/v1/copies", 405)])
def test_what_nothing_answers_is_told_so(http, services, path, status):
    """And not first that its body is wrong."""
    answer = http.patch(path, data="a", headers={"Content-Type": "text/plain", "Content-Encoding": "gzip"})
    assert (answer.status_code, services.asked) == (status, [])


@pytest.mark.parametrize("verb", ["POST", "PATCH"])
def test_other_media_types_in_chunks(http, services, verb):
    """They are a body, too, also where none is needed: what it says is not left out in silence."""
    path = f"/api/v1/people/{TICKET}/invitations" if verb == "POST" else f"/api/v1/tickets/{TICKET}"
    chunks = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    options = {"content_type": "text/plain", "headers": SIGNED_IN, "environ_overrides": chunks}
    answer = http.open(path, method=verb, input_stream=io.BytesIO(b'{"language": "de"}'), **options)
    assert (answer.status_code, answer.json["code"]) == (415, "media_type_unsupported")
    assert services.asked == []


@pytest.mark.parametrize("path", ["/api/v1/tickets", "/api/v1/attachments", "/api/v1/session"])
@pytest.mark.parametrize("coding", ["gzip", "br", "identity, gzip", "unheard-of"])
def test_a_coded_body_is_refused(app, http, services, path, coding):
    """Nothing of it is read as if it were plain; the refusal says how it is taken (RFC 9110, 15.5.16)."""
    headers = {**SIGNED_IN, "Content-Encoding": coding, "Content-Type": "application/json"}
    answer = http.post(path, data=b"{}", headers=headers)
    assert (answer.status_code, answer.json["code"]) == (415, "content_coding_unsupported")
    assert answer.headers["Accept-Encoding"] == "identity"
    assert (services.asked, files_in(app)) == ([], [])


def test_a_body_that_says_it_is_not_coded_is_read(http, services):
    """In whichever case, or in no word at all; another type of media is refused without a word about codings."""
    for coding in ("identity", "Identity", "", "identity, "):
        headers = {"Content-Encoding": coding, "Content-Type": "application/json"}
        assert http.post("/api/v1/session", data=b"{", headers=headers).json["code"] == "request_malformed"
    answer = http.post("/api/v1/session", data=b"a", headers={"Content-Type": "text/plain"})
    assert (answer.status_code, "Accept-Encoding" in answer.headers) == (415, False)


@pytest.mark.parametrize("identifier", ["1", "x", "../me", "%00", str(TICKET) + "'"])
def test_cve_2022_31890_ids(http, services, identifier):
    """Ids are UUIDs at the edge."""
    answer = http.get(f"/api/v1/tickets/{identifier}/history", headers=SIGNED_IN)
    assert answer.status_code == 404
    assert services[Tickets].history_of_ticket.call_count == 0


def test_an_upload_without_a_file(http, services):
    """Says which field."""
    answer = http.post("/api/v1/attachments", data={}, headers=SIGNED_IN, content_type="multipart/form-data")
    assert (answer.status_code, answer.json["code"]) == (422, "file_missing")
    assert services[Tickets].keep_attachment.call_count == 0


@pytest.mark.parametrize("path, status", [("/livez", 200), ("/api/v1/nowhere", 404), ("/api/v1/tickets", 401)])
def test_browsers_are_told_once_what_they_may_not_do(http, path, status):
    """A second policy beside the first would be heeded too, or neither."""
    answer = http.get(path)
    assert answer.status_code == status
    assert {name: answer.headers.getlist(name) for name in HEADERS} == {name: [HEADERS[name]] for name in HEADERS}


def test_an_upload_is_stored_before_tickets_is_told(app, http, services):
    """Under a name that only the gateway knows."""
    services[Tickets].keep_attachment.return_value = {"id": str(uuid4())}
    answer = http.post(
        "/api/v1/attachments", data={"file": (io.BytesIO(b"photo"), "../../a.png", "image/png")}, headers=SIGNED_IN,
        content_type="multipart/form-data",
    )  # fmt: skip
    assert answer.status_code == 201
    (call,) = services[Tickets].keep_attachment.call_args_list
    incoming = app.extensions["fielddesk"].files.root / "incoming" / call.kwargs["upload"]
    assert incoming.read_bytes() == b"photo"
    assert len(call.kwargs["upload"]) == 64


def test_an_upload_is_taken_with_a_slash_too_many(http, services):
    """As everything else is."""
    services[Tickets].keep_attachment.return_value = {"id": str(uuid4())}
    body = {"file": (io.BytesIO(b"photo"), "a.png")}
    answer = http.post("/api/v1/attachments/", data=body, headers=SIGNED_IN, content_type="multipart/form-data")
    assert (answer.status_code, services[Tickets].keep_attachment.call_count) == (201, 1)


def files_in(app):
    """Return the files of the store."""
    return [path for path in app.extensions["fielddesk"].files.root.rglob("*") if path.is_file()]


def upload(http, content=b"photo", query="", filename="a.png", **headers):
    """Upload a file."""
    return http.post(
        f"/api/v1/attachments{query}", data={"file": (io.BytesIO(content), filename, "image/png")},
        headers={**SIGNED_IN, **headers}, content_type="multipart/form-data",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("parts", "wrong"),
    [
        ([("file", (io.BytesIO(b"one"), "a.png")), ("file", (io.BytesIO(b"two"), "b.png"))], "file"),
        ([("file", (io.BytesIO(b"one"), "a.png")), ("file", "two")], "file"),
        ([("file", "two"), ("file", (io.BytesIO(b"one"), "a.png"))], "file"),
        ([("file", (io.BytesIO(b"one"), "a.png")), ("note", "text")], "note"),
        ([("file", (io.BytesIO(b"one"), "a.png")), ("", "text")], ""),
        ([("other", (io.BytesIO(b"two"), "b.png")), ("file", (io.BytesIO(b"one"), "a.png"))], "other"),
    ],
    ids=["two files", "text beside", "text before", "unknown field", "field without a name", "unknown file"],
)
def test_an_upload_of_more_than_one_file_is_refused(app, http, services, parts, wrong):
    """Nothing is dropped in silence, nothing kept."""
    body = MultiDict(parts)
    answer = http.post("/api/v1/attachments", data=body, headers=SIGNED_IN, content_type="multipart/form-data")
    assert (answer.status_code, answer.json["code"]) == (422, "input_invalid")
    assert answer.json["detail"] == "Send one file in the multipart field `file`, and nothing else."
    assert answer.json["errors"] == {wrong: ["Send only one." if wrong == "file" else "Unknown field."]}
    assert files_in(app) == []
    assert services[Tickets].keep_attachment.call_count == 0


def test_nothing_is_stored_for_who_only_claims_a_session(http, services, monkeypatch):
    """Identity is asked first: strangers fill no disk. A key that is none is refused before, too."""
    received = []
    monkeypatch.setattr(files.FileStore, "receive", lambda _store, *what, **_options: received.append(what))
    services[Identity].token_for.side_effect = Unauthenticated("session_ended", "Sign in again.")
    assert upload(http).status_code == 401
    services[Identity].token_for.side_effect = None
    services[Identity].token_for.return_value = {"token": "t", "expires_at": "2100-01-01T00:00:00+00:00"}
    assert upload(http, **{"Idempotency-Key": "é"}).status_code == 422
    assert received == []
    assert services[Tickets].keep_attachment.call_count == 0


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        (r"C:\\photos\\cold flat.jpg", "cold flat.jpg"),
        (r"a/b\\c.png", "c.png"),
        (r"b\\a/c.png", "c.png"),
        ("..", "file"),
        ("photos/", "file"),
        ("x" * 300 + ".jpg", "x" * 196 + ".jpg"),
    ],
)
def test_an_upload_keeps_no_path_in_its_name(http, services, sent, kept):
    """Of either separator (RFC 6266, 4.3); a name of which nothing is left gets the default."""
    services[Tickets].keep_attachment.return_value = {"id": str(uuid4())}
    assert upload(http, filename=sent).status_code == 201
    (call,) = services[Tickets].keep_attachment.call_args_list
    assert call.kwargs["filename"] == kept


def out_of(number):
    """Return a function that fails as writing does on a disk that has none left of what the error says."""

    def fail(*_arguments, **_options):
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize("full", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS])
@pytest.mark.parametrize("where", [(files, "_sync"), (formparser, "SpooledTemporaryFile")], ids=["store", "spool"])
def test_an_upload_that_finds_no_room_may_come_again(app, http, services, monkeypatch, full, where):
    """Nothing half-written stays, and nobody is told of a file; it is no fault of ours."""
    monkeypatch.setattr(*where, out_of(full))
    answer = upload(http)
    assert (answer.status_code, answer.json["code"]) == (503, "storage_full")
    assert answer.headers["Retry-After"] == "60"
    assert files_in(app) == []
    assert services[Tickets].keep_attachment.call_count == 0


def test_a_store_that_is_broken_is_a_fault(app, http, services, monkeypatch):
    monkeypatch.setattr(files, "_sync", out_of(errno.EIO))
    assert upload(http).status_code == 500
    assert files_in(app) == []
    assert services[Tickets].keep_attachment.call_count == 0


@pytest.mark.parametrize(("code", "left"), [("storage_full", 0), ("service_away", 1)])
def test_an_upload_stays_where_its_owner_may_have_taken_it(app, http, services, code, left):
    """Who had no room for it has not; who did not answer may have."""
    services[Tickets].keep_attachment.side_effect = Unavailable(code, "Try again later.")
    assert upload(http).status_code == 503
    assert len(files_in(app)) == left


def test_an_upload_repeated_with_its_key_is_the_same_request(app, http, services):
    """Same key and file, same name, so that the service knows the request; all else has another name."""
    for owner in (Tickets, Fieldwork):
        services[owner].keep_attachment.return_value = {"id": str(uuid4())}
    key = {"Idempotency-Key": "upload-1"}
    for options in (key, key, {**key, "content": b"another"}, {"Idempotency-Key": "upload-2"}, {}, {},
                    {**key, "Authorization": "Bearer another"}, {**key, "query": "?of=incident"}):  # fmt: skip
        assert upload(http, **options).status_code == 201
    calls = services[Tickets].keep_attachment.call_args_list + services[Fieldwork].keep_attachment.call_args_list
    first, repeated, *others = [call.kwargs["upload"] for call in calls]
    assert first == repeated
    assert len({first, *others}) == 7


@pytest.mark.parametrize(
    ("said", "kept"),
    [("", "application/octet-stream"), (f"Content-Type: image/{'x' * 100}\r\n", f"image/{'x' * 94}")],
    ids=["nothing", "too much"],
)
def test_an_upload_is_what_it_says(http, services, said, kept):
    """In a hundred characters; where it says nothing it is bytes, though RFC 7578, 4.4, would take it for text."""
    services[Tickets].keep_attachment.return_value = {"id": str(uuid4())}
    body = f'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n{said}\r\nphoto\r\n--b--\r\n'
    answer = http.post(
        "/api/v1/attachments", data=body, headers=SIGNED_IN, content_type="multipart/form-data; boundary=b"
    )
    assert answer.status_code == 201
    assert services[Tickets].keep_attachment.call_args.kwargs["content_type"] == kept
