"""CVE-2024-3262 (RT): pages of a session stayed in the browser's cache for whoever came next.

Here every answer says `no-store`, once: of each route with a session, of files, of refusals, of what was not changed.
"""

import pytest

from chassis.contract import RawJSON
from chassis.ids import new_id
from services.tickets.contract import Tickets
from tests.gateway.conftest import SIGNED_IN
from tests.security.desk import stranger
from tests.security.samples import a_body
from tests.security.ways import ways_of

NO_STORE = ["no-store"]


def test_every_route_with_a_session(whole):
    """Answered or refused by its service."""
    caller, statuses = whole.as_(stranger("admin")), set()
    for way in ways_of(whole.app):
        if way.method.name not in ("log_in", "keep_attachment"):
            body = None if way.verb in ("GET", "DELETE") else a_body(way.takes)
            answer = caller.ask(way.verb, way.path_to(new_id()), json=body)
            assert answer.headers.getlist("Cache-Control") == NO_STORE, str(way)
            statuses.add(answer.status_code)
    assert {200, 201, 404} <= statuses


def test_files_and_what_was_not_changed(app, http, services):
    """A browser may keep neither."""
    store = app.extensions["fielddesk"].files
    file = {"content_type": "image/png", "sha256": store.keep("tickets", b"x"), "filename": "a.png"}
    services[Tickets].attachment_by_id.return_value = file
    services[Tickets].ticket_by_id.return_value = RawJSON(b"{}", 1)
    for path, headers, status in (("attachments", {}, 200), ("tickets", {"If-None-Match": '"1"'}, 304)):
        answer = http.get(f"/api/v1/{path}/{new_id()}", headers={**SIGNED_IN, **headers})
        assert (answer.status_code, answer.headers.getlist("Cache-Control")) == (status, NO_STORE)


@pytest.mark.parametrize("path", ["/", "/api/v1/tickets", "/api/v1/openapi.json", "/nothing", "/livez"])
def test_without_a_session(http, path):
    """The same, and nothing is framed, sniffed or scripted."""
    answer = http.get(path)
    assert answer.headers.getlist("Cache-Control") == NO_STORE
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "script" not in answer.headers["Content-Security-Policy"]
