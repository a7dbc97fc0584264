"""CVE-2023-38060 (OTRS): the stored type of a file became a header of the answer, line breaks and all.

CVE-2026-32753 (FreeScout), CVE-2024-47759 (GLPI), CVE-2021-3741 (Chatwoot), CVE-2020-1766 (OTRS): active content was
shown inline. Here a browser is told a type of a short list, or that it is bytes; it is a download in a sandbox.
"""

from uuid import uuid4

import pytest

from gateway.app import HEADERS
from gateway.downloads import KNOWN_TYPES
from services.tickets.contract import Tickets
from tests.gateway.conftest import SIGNED_IN

#: Types that a browser carries out, or shows in the name of whoever sends them.
ACTIVE = [
    "image/svg+xml", "text/html", "application/xhtml+xml", "text/xml", "application/xml", "application/javascript",
    "text/javascript", "module", "text/css", "application/x-shockwave-flash", "multipart/x-mixed-replace",
    "application/mathml+xml", "text/vtt", "text/cache-manifest", "application/wasm", "message/rfc822", "text/rdf",
    "application/vnd.ms-excel", "application/x-msdownload", "text/x-component", "application/rss+xml",
]  # fmt: skip
TWISTED = [
    "image/png\r\nSet-Cookie: x=1", "image/png\n\n<script>", "image/png; charset=utf-7", "image/png, text/html",
    "text/plain;text/html", " image/png", "IMAGE/SVG+XML", "image/png\x00", "image/png\u2028X: 1", "", "/", "image",
    "text/html;x=image/png", "*/*",
]  # fmt: skip


@pytest.fixture(params=["signed in", "by link"])
def download(app, http, services, request):
    """Return a function that downloads a file that was stored under a type, by an account or by a link."""
    sha256 = app.extensions["fielddesk"].files.keep("tickets", b"<svg onload=alert(1)>")

    def ask(content_type):
        file = {"id": str(uuid4()), "filename": "a.png", "content_type": content_type, "sha256": sha256, "size": 1}
        services[Tickets].attachment_by_id.return_value = file
        services[Tickets].followed_attachment.return_value = file
        if request.param == "by link":
            return http.get("/api/v1/public/attachments/abc")
        return http.get(f"/api/v1/attachments/{uuid4()}", headers=SIGNED_IN)

    return ask


def test_the_known_types_are_passive():
    """Images that are not documents, sound, film, plain text; PDF is opened by a viewer, not in our name."""
    assert not KNOWN_TYPES & set(ACTIVE)
    assert {kind.partition("/")[0] for kind in KNOWN_TYPES} == {"image", "application", "text", "audio", "video"}


def test_only_known_types_are_told_and_none_is_shown_inline(download):
    """One header of each, and none that the type has brought along."""
    for stored in (*KNOWN_TYPES, *ACTIVE, *TWISTED):
        answer = download(stored)
        told = stored if stored in KNOWN_TYPES else "application/octet-stream"
        assert (answer.status_code, answer.mimetype) == (200, told), stored
        assert answer.headers["Content-Type"] in (told, f"{told}; charset=utf-8")
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert {name for name in HEADERS if len(answer.headers.getlist(name)) != 1} == set()
        assert {"Set-Cookie", "X"} & set(answer.headers.keys()) == set()
