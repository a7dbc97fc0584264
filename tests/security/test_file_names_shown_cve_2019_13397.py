"""CVE-2019-13397 (osTicket): the name of a file was part of a page, CVE-2020-24917 its kin; CVE-2022-25802 (RT) its
type.

Here a name is a JSON text, one header's quoted text, or one line of a mail: what somebody wrote, and nothing else.
"""

from email import policy
from email.parser import BytesParser
from uuid import uuid4

from werkzeug.http import parse_options_header

from services.tickets.contract import Tickets
from tests.gateway.conftest import SIGNED_IN
from tests.security.hostile_names import NAMES


def test_a_download_is_an_attachment_whatever_its_name(app, http, services):
    """The header is one line, its disposition ours, and a reader of it finds one name without a control character."""
    sha256 = app.extensions["fielddesk"].files.keep("tickets", b"x")
    for name in filter(str.strip, NAMES):
        file = {"id": str(uuid4()), "filename": name, "content_type": "image/png", "sha256": sha256, "size": 1}
        services[Tickets].attachment_by_id.return_value = file
        answer = http.get(f"/api/v1/attachments/{uuid4()}", headers=SIGNED_IN)
        assert answer.status_code == 200, name
        (header,) = answer.headers.getlist("Content-Disposition")
        disposition, options = parse_options_header(header)
        assert (disposition, set(options)) == ("attachment", {"filename"}), name
        assert header.isprintable() and header.isascii(), name
        assert "\n" not in options["filename"] and "\x00" not in options["filename"]
        read = BytesParser(policy=policy.default).parsebytes(f"Content-Disposition: {header}\r\n\r\n".encode())
        assert (read.get_content_disposition(), len(read.keys())) == ("attachment", 1), name
        assert "X-Evil" not in answer.headers


def test_an_answer_shows_a_name_as_json(http, services):
    """Not as a page: its type says so, and nothing guesses another."""
    shown = [{"id": str(uuid4()), "filename": name, "content_type": name} for name in NAMES]
    services[Tickets].messages_of_ticket.return_value = {"items": [{"attachments": shown}], "next_cursor": None}
    answer = http.get(f"/api/v1/tickets/{uuid4()}/messages", headers=SIGNED_IN)
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.json["items"][0]["attachments"] == shown
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
