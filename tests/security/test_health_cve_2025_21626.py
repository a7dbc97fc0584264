"""CVE-2025-21626 (GLPI): the status page told anybody addresses and names of what was behind it.

Here `/livez` and `/readyz` say whether, and nothing of what or why, whatever is asked along and whatever is wrong.
"""

import pytest


@pytest.mark.parametrize("is_ready", [True, False])
def test_they_say_whether_and_no_more(http, services, is_ready):
    """The same words each time; no service is asked, no session looked at."""
    services.ready = is_ready
    for query in ("", "?verbose=1", "?format=json", "?service=tickets"):
        headers = {"Authorization": "Bearer x"}
        live, ready = (http.get(f"/{page}{query}", headers=headers) for page in ("livez", "readyz"))
        assert (live.status_code, live.data) == (200, b"alive\n")
        expected = (200, b"ready\n") if is_ready else (503, b"not ready\n")
        assert (ready.status_code, ready.data) == expected
        assert {live.mimetype, ready.mimetype} == {"text/plain"}
        assert "Server" not in ready.headers
    assert services.asked == []


def test_there_is_no_other_page_of_the_kind(http):
    """Neither status nor debug pages under the usual names."""
    for path in ("/status", "/health", "/debug", "/info", "/api/v1/status", "/api/v1/health", "/server-status"):
        assert http.get(path).status_code == 404, path
