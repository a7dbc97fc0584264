"""The store: content-addressed, unguessable uploads, nothing outside its folder."""

import errno
import hashlib
import io
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from chassis import files
from chassis.errors import Invalid, NotFound, Unavailable
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


@pytest.mark.parametrize("way", ["kept", "received"])
def test_what_is_synced_is_all_of_it(store, monkeypatch, way):
    """Python keeps back what is short until the file is closed; and nothing stays open."""
    sizes, held = [], len(os.listdir("/proc/self/fd"))
    monkeypatch.setattr(os, "fsync", lambda descriptor: sizes.append(os.fstat(descriptor).st_size))
    if way == "kept":
        store.keep("inbound", CONTENT)
    else:
        store.receive(io.BytesIO(CONTENT))
    assert len(CONTENT) in sizes
    assert len(os.listdir("/proc/self/fd")) <= held


def test_the_way_to_a_file_is_synced(store, monkeypatch):
    """Folder by folder: a power cut would lose all that lies in a new one."""
    synced = []
    monkeypatch.setattr(files, "sync_folder", synced.append)
    store.keep("inbound", CONTENT)
    folder = store.path("inbound", SHA256).parent
    assert {store.root.parent, store.root, folder.parent, folder} <= set(synced)


def out_of(number):
    """Return a function that fails as the system does where there is none left of what the error says."""

    def fail(*_arguments):
        raise OSError(number, os.strerror(number))

    return fail


def full_when(what, call):
    """Make a call that finds the disk full where it first does something; see that it says so."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(*what, out_of(errno.ENOSPC))
        with pytest.raises(Unavailable) as refused:
            call()
    assert (refused.value.code, refused.value.context) == ("storage_full", {"retry_after": 60})


def names_in(store):
    """Return the names of all files."""
    return [path.name for path in store.root.rglob("*") if path.is_file()]


@pytest.mark.parametrize("full", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS])
def test_a_full_disk_is_said(store, monkeypatch, full):
    """Whichever of its limits is reached."""
    monkeypatch.setattr(files, "_sync", out_of(full))
    with pytest.raises(Unavailable) as refused:
        store.receive(io.BytesIO(CONTENT))
    assert (refused.value.code, refused.value.context) == ("storage_full", {"retry_after": 60})


@pytest.mark.parametrize("what", [(files, "_sync"), (os, "replace"), (files, "sync_folder")], ids=lambda what: what[1])
def test_of_an_upload_that_finds_the_disk_full_nothing_stays(store, what):
    """Wherever it does: written, named, or named and not synced."""
    store.receive(io.BytesIO(CONTENT))
    before = names_in(store)
    full_when(what, lambda: store.receive(io.BytesIO(b"more")))
    assert names_in(store) == before


@pytest.mark.parametrize("what", [(files, "_sync"), (os, "replace"), (os, "link")], ids=lambda what: what[1])
def test_of_an_upload_that_its_service_has_no_room_to_take_the_service_has_nothing(store, what):
    """It stays where it is, and is taken once there is room; a link would hold its bytes for a day."""
    upload = store.receive(io.BytesIO(CONTENT))
    full_when(what, lambda: store.take_upload("tickets", upload))
    assert set(names_in(store)) - {f"{upload}.taken"} == {upload}
    assert store.take_upload("tickets", upload) == (SHA256, len(CONTENT))


def test_an_upload_becomes_the_services_file_once(store):
    """Taking it again, as a repeated request does, gives the same answer."""
    upload = store.receive(io.BytesIO(CONTENT))
    assert store.take_upload("tickets", upload) == store.take_upload("tickets", upload) == (SHA256, len(CONTENT))
    assert store.read("tickets", SHA256) == CONTENT


def test_an_upload_whose_bytes_were_forgotten(store):
    """Has to be sent again, though its mark is still there."""
    upload = store.receive(io.BytesIO(CONTENT))
    store.take_upload("tickets", upload)
    store.forget("tickets", SHA256)
    with pytest.raises(NotFound) as refusal:
        store.take_upload("tickets", upload)
    assert refusal.value.code == "upload_not_found"


def test_an_upload_under_a_name_of_its_own(store):
    """Received again it is one upload, taken again it is one file, and nothing of it is left to take."""

    def name_of(sha256):
        return hashlib.sha256(f"key {sha256}".encode()).hexdigest()

    first = store.receive(io.BytesIO(CONTENT), name_of=name_of)
    taken = store.take_upload("tickets", first)
    assert store.receive(io.BytesIO(CONTENT), name_of=name_of) == first
    assert store.take_upload("tickets", first) == taken == (SHA256, len(CONTENT))
    assert sorted(path.name for path in store.root.rglob("*") if path.is_file()) == sorted([SHA256, f"{first}.taken"])


def test_an_upload_taken_by_many_at_one_moment(store):
    """All get the same answer; there is one file."""
    for _ in range(20):
        upload = store.receive(io.BytesIO(CONTENT))
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _, name=upload: store.take_upload("tickets", name), range(8)))
        assert answers == [(SHA256, len(CONTENT))] * 8


def test_what_nobody_took_is_forgotten(store):
    """Uploads and marks of more than a day ago; files of services stay, whatever their age."""
    old, taken, fresh = (store.receive(io.BytesIO(CONTENT)) for _ in range(3))
    store.take_upload("tickets", taken)
    now = datetime.now(UTC)
    for path in (store.path("tickets", SHA256), *(store.root / "incoming").iterdir()):
        if path.name != fresh:
            os.utime(path, times=((now - timedelta(hours=25)).timestamp(),) * 2)
    store.forget_uploads(before=now - timedelta(hours=24))
    assert sorted(path.name for path in store.root.rglob("*") if path.is_file()) == sorted([SHA256, fresh])
    with pytest.raises(NotFound):
        store.take_upload("tickets", old)


def test_what_rests_is_what_was_stored_here_and_left_alone(store):
    """Of one folder; what somebody else has put there is not ours to tell of, nor to delete."""
    store.keep("tickets", CONTENT)
    folder = store.path("tickets", SHA256).parent
    for name in (f"{SHA256}.bak", SHA256[1:], "README"):
        (folder / name).touch()
    number, now = int(folder.name, 16), datetime.now(UTC)
    assert store.resting("tickets", number, now + timedelta(minutes=1)) == [SHA256]
    assert store.resting("tickets", number, now - timedelta(minutes=1)) == []
    assert store.resting("tickets", (number + 1) % 256, now + timedelta(minutes=1)) == []
    assert store.resting("fieldwork", number, now + timedelta(minutes=1)) == []


def test_forgetting_what_is_not_there(store):
    """Another process was faster."""
    for _ in range(2):
        store.forget("tickets", SHA256)
        store.forget_upload("a" * 64)


def test_too_large_an_upload_leaves_nothing(store):
    """One byte too many; the limit itself is not."""
    mebi = 1024**2
    store.forget_upload(store.receive(io.BytesIO(b"x" * 2 * mebi), limit=2 * mebi))
    with pytest.raises(Invalid) as refusal:
        store.receive(io.BytesIO(b"x" * (2 * mebi + 1)), limit=2 * mebi)
    assert (refusal.value.code, refusal.value.detail) == ("file_too_large", "Files may have 2 MB at the most.")
    assert [path for path in store.root.rglob("*") if path.is_file()] == []


def test_a_file_is_adopted_by_another_service(store):
    """Both have it; what is absent is not adopted."""
    store.keep("inbound", CONTENT)
    store.adopt("inbound", "tickets", SHA256)
    store.adopt("inbound", "tickets", SHA256)
    assert store.read("tickets", SHA256) == CONTENT
    with pytest.raises(NotFound):
        store.adopt("inbound", "tickets", "0" * 64)


def test_a_file_that_is_there_already_is_safe_all_the_same(store, monkeypatch):
    """Whoever put it there may have died before the folder was synced, and now a row is going to name it."""
    store.keep("inbound", CONTENT)
    synced = []
    monkeypatch.setattr(files, "sync_folder", synced.append)
    store.keep("inbound", CONTENT)
    assert synced == [store.path("inbound", SHA256).parent]
    for _ in range(2):
        store.adopt("inbound", "tickets", SHA256)
    assert synced[-2:] == [store.path("tickets", SHA256).parent] * 2
