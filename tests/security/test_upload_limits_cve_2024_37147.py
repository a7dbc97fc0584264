"""CVE-2024-37147 (GLPI): files of somebody who may store none, or without number, fill the disk."""

import io
from contextlib import suppress
from datetime import timedelta
from threading import Thread

import pytest

from chassis import uploads
from chassis.clock import utcnow
from chassis.errors import Conflict, Forbidden, TimedOut
from chassis.files import FileStore
from chassis.ids import new_id
from services.fieldwork.contract import Fieldwork
from services.tickets.actions.attachments import sweep_attachments
from services.tickets.models import Attachment
from tests.actions.tickets.given import refused
from tests.gateway.conftest import SIGNED_IN
from tests.waiting import eventually


def stored(store, folder):
    """Return the contents of a folder of the store."""
    return sorted(path.read_bytes() for path in (store.root / folder).rglob("*") if path.is_file())


def test_waiting_files_have_a_limit_of_bytes(desk, place, monkeypatch):
    """For each person; what has been used counts no more. Nothing is kept of a refused one."""
    monkeypatch.setattr(uploads, "MOST_BYTES", 10)
    photo = place.upload(place.resident, b"six...")
    with refused(desk, Conflict, "uploads_full"):
        place.upload(place.resident, b"five.")
    assert stored(desk.files, "tickets") == [b"six..."]
    place.upload(place.resident, b"four")
    place.upload(place.neighbour, b"five!")
    place.heating_ticket(attachments=[photo["id"]])
    place.upload(place.resident, b"5....")


def test_waiting_files_have_a_limit_of_number(desk, place, monkeypatch):
    """Empty ones count, too."""
    monkeypatch.setattr(uploads, "MOST_FILES", 2)
    for _ in range(2):
        place.upload(place.resident, b"")
    with refused(desk, Conflict, "uploads_full"):
        place.upload(place.resident, b"")


@pytest.mark.parametrize(
    ("error", "left"),
    [(Forbidden("not_allowed", "No."), []), (TimedOut("timed_out", "No answer."), [b"photo"])],
)
def test_nothing_is_left_of_a_refused_upload(app, http, services, error, left):
    """But of one whose owner has not answered: it may take the file still."""
    services[Fieldwork].keep_attachment.side_effect = error
    form = {"file": (io.BytesIO(b"photo"), "a.png", "image/png")}
    answer = http.post(
        "/api/v1/attachments?of=incident", data=form, headers=SIGNED_IN, content_type="multipart/form-data"
    )
    assert (answer.status_code, answer.json["code"]) == (error.status, error.code)
    assert stored(app.extensions["fielddesk"].files, "incoming") == left


def test_bytes_go_with_the_last_row_that_names_them(desk, place):
    """After 24 hours; what a ticket has, or somebody else has just uploaded, stays."""
    bound = place.upload(place.resident, b"bound")
    place.heating_ticket(attachments=[bound["id"]])
    for content in (b"bound", b"fresh", b"unused"):
        place.upload(place.resident, content)
    place.upload(place.neighbour, b"fresh")
    desk.work.flush()
    desk.work.load(
        "UPDATE attachments SET created_at = created_at - interval '25 hours' WHERE uploader_id = %(id)s RETURNING id",
        id=place.resident.person_id,
    )
    desk.work.now += timedelta(minutes=1)
    sweep_attachments(desk.work, desk.files)
    assert stored(desk.files, "tickets") == [b"bound", b"fresh"]
    assert len(desk.work.load("SELECT id FROM attachments")) == 2


def test_a_sweep_waits_for_whoever_uploads_the_same_bytes(databases, tmp_path):
    """Their row is not committed yet when it begins."""
    database, store, now = databases("tickets"), FileStore(tmp_path), utcnow()
    sha256 = store.keep("tickets", b"photo")
    old, fresh = (
        Attachment(
            id=new_id(), uploader_id=new_id(), filename="a", content_type="b", size=5, sha256=sha256, created_at=at
        )
        for at in (now - timedelta(hours=25), now)
    )  # fmt: skip
    with database.work() as before:
        before.add(old)
        before.commit()

    def sweep():
        with database.work(now=now) as sweeping:
            sweep_attachments(sweeping, store)
            sweeping.commit()

    waiting = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    try:
        with database.work() as uploading:
            uploading.load(uploads.BYTES_STAY)
            uploading.add(fresh)
            thread = Thread(target=sweep)
            thread.start()
            eventually(lambda: len(database.read(waiting)) == 1, what="a sweep that waits")
            uploading.commit()
        thread.join()
        assert stored(store, "tickets") == [b"photo"]
        rows = database.read("SELECT id FROM attachments WHERE sha256 = %(sha256)s", sha256=sha256)
        assert [row.id for row in rows] == [fresh.id]
    finally:
        with suppress(Exception), database.work() as after:
            after.change("DELETE FROM attachments WHERE sha256 = %(sha256)s", sha256=sha256)
            after.commit()
