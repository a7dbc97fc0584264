"""CVE-2024-23793 (OTRS) and CVE-2023-42462 (GLPI): the name of an upload led out of its folder.

CVE-2026-27636 and CVE-2026-28289 (FreeScout): `.htaccess` was stored under its own name, and after the fix with a
zero-width space in it: a mail became code. Here files lie under what they contain, and a name is only text.
"""

import hashlib
import io
import re

import pytest

from chassis import files
from chassis.errors import NotFound
from chassis.files import FileStore
from services.tickets.contract import Tickets
from tests.gateway.conftest import SIGNED_IN
from tests.security.hostile_names import NAMES
from tests.unit.inbound.mails import read

CONTENT = b"a photo of the lift"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
_UNSHOWN = re.compile(r'[/\\<>:"|?*\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]')
_STORED = re.compile(r"incoming/[0-9a-f]{64}(?:\.taken)?|[a-z]+/[0-9a-f]{2}/[0-9a-f]{64}")


@pytest.fixture
def outside(tmp_path):
    """Return a function that says whether all beside the store is as it was."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "secrets.env").write_text("LINK_KEY=x")
    (tmp_path / "outside.txt").write_text("untouched")

    def tree():
        rest = (path for path in tmp_path.rglob("*") if path.relative_to(tmp_path).parts[0] != "files")
        return {str(path): path.read_bytes() if path.is_file() else None for path in rest}

    before = tree()
    return lambda: tree() == before


@pytest.fixture(autouse=True)
def not_synced(monkeypatch):
    """Have hundreds of files written without waiting for the disk: what is looked at is where they lie."""
    for name in ("_sync", "sync_folder"):
        monkeypatch.setattr(files, name, lambda _what: None)


def stored_in(root):
    """Return the files of a store, as paths within it."""
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir())


def test_there_are_two_hundred_names():
    """Traversal, NUL, zero width, NFKC, reserved names."""
    assert len(set(NAMES)) >= 200


def test_no_upload_is_stored_by_its_name(app, http, services, outside):
    """The multipart name is a field of the row to come, as it was sent, but for what is no text."""
    services[Tickets].keep_attachment.return_value = {"id": "x"}
    for name in NAMES:
        data = {"file": (io.BytesIO(CONTENT), name, "image/png")}
        answer = http.post("/api/v1/attachments", data=data, headers=SIGNED_IN, content_type="multipart/form-data")
        assert answer.status_code in (201, 422), name
    uploads = [call.kwargs["upload"] for call in services[Tickets].keep_attachment.call_args_list]
    assert len(set(uploads)) == len(uploads) > len(NAMES) - 10
    assert stored_in(app.extensions["fielddesk"].files.root) == sorted(f"incoming/{upload}" for upload in uploads)
    assert outside()


def test_no_file_of_a_mail_is_stored_by_its_name(tmp_path, outside):
    """Declared in either header, in any encoding; shown is the last step, without what cannot be seen."""
    store = FileStore(tmp_path / "files")
    raw = b'From: rosa@homes.example\r\nContent-Type: multipart/mixed; boundary="b"\r\n'
    raw += b"".join(_part(name) for name in NAMES) + b"\r\n--b--\r\n"
    found = read(raw, store=lambda content: store.keep("inbound", content))["attachments"]
    assert len(found) == len(NAMES)
    assert stored_in(store.root) == [f"inbound/{SHA256[:2]}/{SHA256}"]
    for file in found:
        assert not _UNSHOWN.search(file["filename"])
        assert file["filename"].strip(" .") == file["filename"] != ""
        assert len(file["filename"]) <= 150
    assert outside()


def _part(name):
    spelled = "".join(f"%{byte:02X}" for byte in name.encode("utf-8", "surrogatepass"))
    head = f"\r\n--b\r\nContent-Type: image/png\r\nContent-Disposition: attachment; filename*=utf-8''{spelled}\r\n\r\n"
    return head.encode() + CONTENT


def test_no_name_takes_an_upload_from_elsewhere(tmp_path, outside):
    """Whatever is no name of 256 bits is absent; so are names of that form that are not there."""
    store = FileStore(tmp_path / "files")
    store.keep("inbound", CONTENT)
    before = stored_in(store.root)
    for name in (*NAMES, SHA256, "a" * 64, "A" * 64, f"{SHA256}\n", f"../inbound/{SHA256[:2]}/{SHA256}"):
        with pytest.raises(NotFound) as refusal:
            store.take_upload("tickets", name)
        assert refusal.value.code == "upload_not_found"
    assert stored_in(store.root) == before
    assert all(map(_STORED.fullmatch, before))
    assert outside()
