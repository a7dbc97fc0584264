"""CVE-2023-25577 (Werkzeug): a form of endless parts took all memory; CVE-2023-46136: a part that began with a line
break and went on without one was searched over and over. CVE-2024-49767 is their kin.

Here a form ends after a few parts and a text part after half a megabyte, with 413; the rest is not even read.
"""

import io
from time import process_time

import pytest

from services.tickets.contract import Tickets
from tests.gateway.conftest import SIGNED_IN

FEW = 256 * 1024


class Stream(io.RawIOBase):
    """A body made while it is read; `given` counts its bytes.

    :param begins, piece, count, ends: the pieces lie between the two, so many times.
    """

    def __init__(self, begins, piece, count, ends):
        self._begins, self._piece, self._count, self._ends = begins, piece, count, ends
        self.length = len(begins) + len(piece) * count + len(ends)
        self.given = 0
        self._left = iter(self._made())
        self._rest = b""

    def _made(self):
        if self._begins:
            yield self._begins
        for start in range(0, self._count, 1_000):
            yield self._piece * min(1_000, self._count - start)
        yield self._ends

    def readable(self):
        """It is read, and never written."""
        return True

    def readinto(self, buffer):
        """Give some bytes."""
        if not self._rest:
            self._rest = next(self._left, b"")
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        self.given += size
        return size


def post(http, stream, boundary="b"):
    """Send a form as a stream."""
    content_type = f'multipart/form-data; boundary="{boundary}"'
    body = {"wsgi.input": stream, "CONTENT_LENGTH": str(stream.length), "CONTENT_TYPE": content_type}
    return http.post("/api/v1/attachments", headers=SIGNED_IN, environ_overrides=body)


def files_in(app):
    """Return the files of the store."""
    return [path for path in app.extensions["fielddesk"].files.root.rglob("*") if path.is_file()]


HEAD = b'Content-Disposition: form-data; name="f"'
FILE = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
MANY = {
    "fields": (b"", b"--b\r\n" + HEAD + b"\r\n\r\nx\r\n", 100_000, b"--b--\r\n"),
    "files": (b"", b"--b\r\n" + HEAD + b'; filename="f"\r\n\r\nx\r\n', 100_000, b"--b--\r\n"),
    "behind a file": (FILE + b"photo\r\n", b"--b\r\n" + HEAD + b"\r\n\r\nx\r\n", 100_000, b"--b--\r\n"),
    "a long text": (b"--b\r\n" + HEAD + b"\r\n\r\n", b"x", 20_000_000, b"\r\n--b--\r\n"),
    "a long header": (b"--b\r\nX: ", b"x", 20_000_000, b"\r\n\r\n\r\n--b--\r\n"),
    "no part at all": (b"", b"x\r\n", 6_000_000, b""),
}


@pytest.mark.parametrize("kind", MANY)
def test_a_form_of_too_much_is_refused_early(app, http, services, kind):
    """After a part of it that is small, whatever is still to come; nothing is kept and nobody is told."""
    stream = Stream(*MANY[kind])
    answer = post(http, stream)
    assert (answer.status_code, answer.json["code"]) == (413, "body_too_large")
    assert stream.given <= 1_000_000 < stream.length
    assert files_in(app) == []
    assert services[Tickets].mock_calls == []


def test_more_than_a_file_may_have_is_refused_unread(app, http, services):
    """By the length that the request tells."""
    stream = Stream(FILE, b"x", 26 * 1024 * 1024, b"\r\n--b--\r\n")
    assert post(http, stream).status_code == 413
    assert stream.given == 0
    assert (files_in(app), services[Tickets].mock_calls) == ([], [])


def test_a_file_that_begins_like_an_end_costs_no_more_than_another(http, services):
    """Four times the file is about four times the work, and its bytes are whole."""
    services[Tickets].keep_attachment.return_value = {"id": "x"}

    def run(size, start):
        stream, began = Stream(FILE + start, b"x", size, b"\r\n--b--\r\n"), process_time()
        assert post(http, stream).status_code == 201
        assert stream.given == stream.length
        return process_time() - began

    for start in (b"\r", b"\n", b"\r\n", b"\r\n--", b"\r\n--b-"):
        assert any(run(4 * FEW, start) <= 8 * max(run(FEW, start), 0.01) for _ in range(3)), start


def test_a_huge_boundary_is_a_form_like_another_or_none(app, http, services):
    """It finds its file, or is refused; never a fault of ours."""
    services[Tickets].keep_attachment.return_value = {"id": "x"}
    taken = 0
    # gunicorn takes no header beyond 8,190 bytes.
    for length in (200, 8_000):
        mark = b"b" * length
        stream = Stream(b"--" + mark + FILE.removeprefix(b"--b") + b"photo\r\n--" + mark + b"--\r\n", b"", 0, b"")
        answer = post(http, stream, mark.decode())
        assert answer.status_code in (201, 413, 422), length
        taken += answer.status_code == 201
        assert len(files_in(app)) == services[Tickets].keep_attachment.call_count == taken
