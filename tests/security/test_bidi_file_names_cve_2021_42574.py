"""CVE-2021-42574: marks of direction have text read otherwise than it is. `a<RLO>gpj.exe` is shown as `aexe.jpg`.

Whoever believes the name opens a program: it is stored and offered without such marks, whichever way it came.
"""

import io
from uuid import uuid4

import pytest
from werkzeug.http import parse_options_header

from gateway.api.attachments import OWNERS
from services.tickets.contract import Tickets
from tests.gateway.conftest import SIGNED_IN
from tests.security.bidi_marks import MARKS
from tests.unit.inbound.mails import read

TURNED = [f"a{mark}gpj.exe" for mark in MARKS]
marked = pytest.mark.parametrize("name", TURNED, ids=ascii)


@marked
@pytest.mark.parametrize("of", OWNERS)
def test_an_upload_is_called_as_it_reads(http, services, name, of):
    """Tickets and fieldwork are told the name without the mark."""
    owner = services[OWNERS[of]]
    owner.keep_attachment.return_value = {"id": str(uuid4())}
    data = {"file": (io.BytesIO(b"MZ"), name, "image/jpeg")}
    answer = http.post(f"/api/v1/attachments?of={of}", data=data, headers=SIGNED_IN, content_type="multipart/form-data")
    assert answer.status_code == 201
    assert [call.kwargs["filename"] for call in owner.keep_attachment.call_args_list] == ["agpj.exe"]


@marked
def test_a_file_that_was_kept_before_is_offered_as_it_reads(app, http, services, name):
    """Its row still has the mark."""
    sha256 = app.extensions["fielddesk"].files.keep("tickets", b"MZ")
    file = {"id": str(uuid4()), "filename": name, "content_type": "image/jpeg", "sha256": sha256, "size": 2}
    services[Tickets].attachment_by_id.return_value = file
    answer = http.get(f"/api/v1/attachments/{uuid4()}", headers=SIGNED_IN)
    assert answer.status_code == 200
    disposition = parse_options_header(answer.headers["Content-Disposition"])
    assert disposition == ("attachment", {"filename": "agpj.exe"})


@marked
def test_a_file_of_a_mail_is_called_as_it_reads(name):
    """In whichever way the header writes the mark."""
    spelled = "".join(f"%{byte:02X}" for byte in name.encode())
    raw = (
        "From: rosa@homes.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
        "Content-Type: image/jpeg\r\n"
        f"Content-Disposition: attachment; filename*=utf-8''{spelled}\r\n\r\nMZ\r\n--b--\r\n"
    )
    assert [file["filename"] for file in read(raw.encode())["attachments"]] == ["agpj.exe"]


def test_a_name_of_nothing_but_marks_is_no_name(http, services):
    """A file is called something."""
    services[Tickets].keep_attachment.return_value = {"id": str(uuid4())}
    data = {"file": (io.BytesIO(b"MZ"), MARKS, "image/jpeg")}
    answer = http.post("/api/v1/attachments", data=data, headers=SIGNED_IN, content_type="multipart/form-data")
    assert answer.status_code == 201
    assert services[Tickets].keep_attachment.call_args.kwargs["filename"] == "file"
