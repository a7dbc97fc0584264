"""Files: the uploader's own until they are used, then of whoever may read what they belong to."""

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO

import pytest

from chassis import uploads
from chassis.clock import utcnow
from chassis.errors import NotFound
from chassis.ids import new_id
from chassis.testing import MONDAY, an_actor
from services.tickets.actions.attachments import keep_attachment, sweep_attachments
from tests.actions.tickets.given import refused
from tests.waiting import eventually

_WAITING_FOR_A_LOCK = (
    "SELECT 1 FROM pg_locks JOIN pg_database ON pg_database.oid = database"
    " WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()"
)


def stored(desk, actor, attachment):
    """Return what the gateway is told of an attachment."""
    return desk.ask(actor, "attachment_by_id", attachment_id=attachment["id"])


def assert_absent(desk, actor, attachment):
    """Expect an attachment to be as absent as one that was never there."""
    with pytest.raises(NotFound) as foreign:
        stored(desk, actor, attachment)
    with pytest.raises(NotFound) as missing:
        desk.ask(actor, "attachment_by_id", attachment_id=new_id())
    assert foreign.value.args == missing.value.args == ("attachment_not_found", "There is no such attachment.", {})


def test_an_upload_is_its_uploaders_own(desk, place):
    """Nobody else's, administrators included."""
    photo = place.upload(place.resident, b"cold", filename="cold flat.jpg")
    shown = stored(desk, place.resident, photo)
    assert {**shown, "sha256": None} == {**photo, "sha256": None}
    assert photo["filename"] == "cold flat.jpg" and photo["size"] == 4
    assert desk.files.read("tickets", shown["sha256"]) == b"cold"
    for who in (place.neighbour, place.agent, place.admin):
        assert_absent(desk, who, photo)


def test_an_upload_that_was_never_received(desk, place):
    """404, whatever the name."""
    kept = {"filename": "a", "content_type": "b"}
    for upload in ("0" * 64, "../../etc/passwd", "x"):
        with refused(desk, NotFound, "upload_not_found"):
            desk.ask(place.resident, "keep_attachment", upload=upload, **kept)


def test_the_same_bytes_of_two_people(desk, place):
    """A hash gives no right to anything."""
    mine, theirs = place.upload(place.resident, b"same"), place.upload(place.neighbour, b"same")
    assert stored(desk, place.resident, mine)["sha256"] == stored(desk, place.neighbour, theirs)["sha256"]
    assert_absent(desk, place.resident, theirs)


def test_a_file_of_a_ticket_is_for_whoever_sees_the_ticket(desk, place):
    """Whoever sees the ticket."""
    photo = place.upload(place.resident)
    place.heating_ticket(attachments=[photo["id"]])
    for who in (place.resident, place.agent, place.manager, place.admin):
        assert stored(desk, who, photo)["id"] == photo["id"]
    for who in (place.neighbour, place.lift_agent, place.client):
        assert_absent(desk, who, photo)


def test_a_file_of_a_note_is_for_agents_alone(desk, place):
    """The ticket's agents alone."""
    ticket, file = place.heating_ticket(), place.upload(place.agent)
    place.write(ticket, place.agent, internal=True, attachments=[file["id"]])
    assert stored(desk, place.colleague, file)["id"] == file["id"]
    assert_absent(desk, place.resident, file)


def test_an_unused_upload_is_gone_after_a_day(desk, place):
    """Unused, it can neither be read nor bound any more, and the sweep forgets it."""
    fresh, old = place.upload(place.resident), place.upload(place.resident)
    statement = "UPDATE attachments SET created_at = %(at)s WHERE id = %(id)s"
    desk.work.load(statement, id=old["id"], at=MONDAY - timedelta(hours=24))
    assert_absent(desk, place.resident, old)
    with refused(desk, NotFound, "attachment_not_found"):
        place.ticket(attachments=[old["id"]])
    received = place.received(b"never named")
    incoming = desk.files.root / "incoming" / received
    os.utime(incoming, times=((MONDAY - timedelta(hours=25)).timestamp(),) * 2)
    desk.service.sweep(desk.work)
    desk.work.flush()
    assert not incoming.exists()
    assert [str(row.id) for row in desk.work.load("SELECT id FROM attachments")] == [fresh["id"]]


def test_the_sweep_keeps_what_is_used(desk, place):
    """However old."""
    photo = place.upload(place.resident)
    place.heating_ticket(attachments=[photo["id"]])
    desk.work.load("UPDATE attachments SET created_at = %(at)s", at=MONDAY - timedelta(days=9))
    desk.service.sweep(desk.work)
    assert stored(desk, place.resident, photo)["id"] == photo["id"]


def rowless(files, content=b"rolled back"):
    """Return the hash of bytes that tickets has taken over and whose row was never committed."""
    sha256, _ = files.take_upload("tickets", files.receive(BytesIO(content)))
    return sha256


def sweep_all_folders(desk, *, hours):
    """Sweep each folder once, the last one so many hours from now."""
    for turn in range(uploads.FOLDERS):
        ago = timedelta(seconds=uploads.SWEEP_SECONDS * turn)
        desk.work.now = utcnow() + timedelta(hours=hours) - ago
        sweep_attachments(desk.work, desk.files)


def test_bytes_whose_row_was_never_committed_are_forgotten_after_a_day(desk, place):
    """What a row names stays, whatever else it shares its folder or its bytes with."""
    photo, _ = place.upload(place.resident), place.upload(place.neighbour)
    place.heating_ticket(attachments=[photo["id"]])
    named = stored(desk, place.resident, photo)["sha256"]
    lost = [rowless(desk.files, b"%d" % number) for number in range(40)]
    foreign = desk.files.keep("fieldwork", b"rolled back")
    sweep_all_folders(desk, hours=23)
    assert [sha256 for sha256 in lost if not desk.files.path("tickets", sha256).exists()] == []
    sweep_all_folders(desk, hours=24 + 65)
    assert [sha256 for sha256 in lost if desk.files.path("tickets", sha256).exists()] == []
    assert desk.files.path("tickets", named).exists() and desk.files.path("fieldwork", foreign).exists()


def test_bytes_that_a_row_is_about_to_name_are_not_swept_away(databases, files):
    """The same photo again, while the sweep looks at what is left of the first one."""
    database, later = databases("tickets"), utcnow() + timedelta(hours=25)
    sha256 = rowless(files)
    turn = int(sha256[:2], 16) - int(later.timestamp()) // uploads.SWEEP_SECONDS
    later += timedelta(seconds=uploads.SWEEP_SECONDS * (turn % uploads.FOLDERS))

    def sweep():
        with database.work(now=later) as sweeping:
            sweep_attachments(sweeping, files)
            sweeping.commit()

    with database.work(now=later) as writing, ThreadPoolExecutor(1) as pool:
        upload = files.receive(BytesIO(b"rolled back"))
        kept = keep_attachment(writing, an_actor(), files, upload, "photo.jpg", "image/jpeg")
        swept = pool.submit(sweep)
        eventually(lambda: swept.done() or database.read(_WAITING_FOR_A_LOCK))
        writing.commit()
        swept.result(timeout=20)
    assert kept.sha256 == sha256 and files.read("tickets", sha256) == b"rolled back"
    with database.work(now=later) as cleaning:
        assert len(cleaning.load("DELETE FROM attachments WHERE id = %(id)s RETURNING id", id=kept.id)) == 1
        cleaning.commit()
