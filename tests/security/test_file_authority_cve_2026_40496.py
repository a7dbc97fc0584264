"""CVE-2026-40496 (FreeScout): the token of a file was md5 of its key, id and size; CVE-2026-48812: an older kind of
token was not looked at.

Here no id and no hash of a file lets anybody have it: each question is answered by the row's owner for who asks, and
an upload is taken by a name of 256 bits that only the gateway and the uploader know. Who sees the files of a ticket or
of a note is in `tests/actions/tickets/test_attachments.py`.
"""

from uuid import UUID

import pytest

from chassis.actors import system_actor
from chassis.errors import NotFound
from chassis.files import FileStore
from services.fieldwork.contract import Fieldwork
from services.tickets.contract import Tickets
from tests.actions.tickets.given import Desk, Place, refused
from tests.gateway.conftest import SIGNED_IN

CONTENT = b"the plan of the vault"


@pytest.fixture
def desk(work_of, tmp_path):
    """Return tickets behind its edge, in one transaction that is rolled back."""
    return Desk(work_of("tickets", actor=system_actor("tickets")), FileStore(tmp_path))


@pytest.fixture
def place(desk):
    """Return people, usergroups and sites that tickets has heard of."""
    return Place(desk)


def test_a_known_hash_takes_nobodys_file(desk, place):
    """Not as an upload, in either service's folder; nothing is bound and nothing is told."""
    mine = place.upload(place.resident, CONTENT)
    sha256 = desk.ask(place.resident, "attachment_by_id", attachment_id=mine["id"])["sha256"]
    desk.files.keep("inbound", CONTENT)
    for upload in (sha256, sha256.upper(), f"../tickets/{sha256[:2]}/{sha256}", mine["id"]):
        with refused(desk, NotFound, "upload_not_found"):
            kept = {"filename": "mine.png", "content_type": "image/png"}
            desk.ask(place.neighbour, "keep_attachment", upload=upload, **kept)


def test_a_known_id_gives_nobodys_file(desk, place):
    """Not by reading, nor by putting it into a ticket or message of one's own, before it is used and after."""
    photo = place.upload(place.resident, CONTENT)
    for used in (False, True):
        if used:
            place.heating_ticket(attachments=[photo["id"]])
        ticket = place.ticket(place.neighbour)
        attempts = {
            "attachment_by_id": {"attachment_id": photo["id"]},
            "open_ticket": {"subject": "Mine", "description": "Mine.", "attachments": [photo["id"]]},
            "add_message": {"ticket_id": ticket["id"], "body": "Mine.", "attachments": [photo["id"]]},
        }
        for method, arguments in attempts.items():
            with refused(desk, NotFound, "attachment_not_found"):
                desk.ask(place.neighbour, method, **arguments)


def test_the_bytes_take_a_session_and_the_owners_word(app, http, services):
    """Without either nothing of a file that is there is sent, however it is named; no second kind of token exists."""
    store = app.extensions["fielddesk"].files
    sha256 = store.keep("tickets", CONTENT)
    store.keep("fieldwork", CONTENT)
    path = f"/api/v1/attachments/{UUID(int=1)}"
    for owner in (Tickets, Fieldwork):
        services[owner].attachment_by_id.side_effect = NotFound("attachment_not_found", "There is no such file.")
    asked = [
        (path, {}, 401),
        (f"{path}?of=incident", {}, 401),
        (f"{path}?token={sha256}", {}, 401),
        (f"{path}?signature=x&expires=9", {}, 401),
        (f"{path}?token={sha256}", SIGNED_IN, 422),
        (f"{path}?signature=x&expires=9", SIGNED_IN, 422),
        (path, SIGNED_IN, 404),
        (f"{path}?of=incident", SIGNED_IN, 404),
        (f"{path}?of=inbound", SIGNED_IN, 422),
        (f"/api/v1/attachments/{sha256}", SIGNED_IN, 404),
        (f"/api/v1/attachments/../files/tickets/{sha256}", SIGNED_IN, 404),
    ]
    for address, headers, status in asked:
        answer = http.get(address, headers=headers)
        assert (answer.status_code, CONTENT in answer.data) == (status, False), address
    assert services[Tickets].attachment_by_id.call_count == services[Fieldwork].attachment_by_id.call_count == 1
