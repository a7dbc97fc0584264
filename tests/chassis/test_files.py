"""The store: content-addressed, unguessable uploads, nothing outside its folder."""

import hashlib
import io

import pytest

from chassis.errors import Invalid, NotFound
from chassis.files import FileStore

CONTENT = b"a photo of the lift"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def store(tmp_path):
    """An empty store."""
    return FileStore(tmp_path / "files")


def test_what_is_kept_is_read_back_and_kept_once(store):
    """The same bytes are one file."""
    assert store.keep("tickets", CONTENT) == store.keep("tickets", CONTENT) == SHA256
    assert store.read("tickets", SHA256) == CONTENT
    assert [path.name for path in store.root.rglob("*") if path.is_file()] == [SHA256]


def test_an_upload_becomes_the_services_file_once(store):
    """Taking it again, as a repeated request does, gives the same answer."""
    upload = store.receive(io.BytesIO(CONTENT))
    assert (
        store.take_upload("tickets", upload) == store.take_upload("tickets", upload) == (SHA256, len(CONTENT))
    )
    assert store.read("tickets", SHA256) == CONTENT


def test_too_large_an_upload_leaves_nothing(store):
    """One byte too many."""
    with pytest.raises(Invalid) as refusal:
        store.receive(io.BytesIO(CONTENT), limit=len(CONTENT) - 1)
    assert refusal.value.code == "file_too_large"
    assert [path for path in store.root.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "a" * 64, SHA256, "..", "x\x00y", "a" * 63 + "/"])
def test_cve_2024_23793_upload_names_never_leave_the_store(store, name):
    """Traversal, absent names and hashes are all the same: absent."""
    store.keep("inbound", CONTENT)
    with pytest.raises(NotFound):
        store.take_upload("tickets", name)


def test_a_file_is_adopted_by_another_service(store):
    """Both have it; what is absent is not adopted."""
    store.keep("inbound", CONTENT)
    store.adopt("inbound", "tickets", SHA256)
    store.adopt("inbound", "tickets", SHA256)
    assert store.read("tickets", SHA256) == CONTENT
    with pytest.raises(NotFound):
        store.adopt("inbound", "tickets", "0" * 64)
