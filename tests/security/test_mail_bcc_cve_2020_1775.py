"""CVE-2020-1775 (OTRS): the blind recipients of a mail were shown with it; CVE-2021-21435: in its print, too.

Here they come no further than the raw mail that is kept: no fact, no row and no answer has a place for them, and of a
mail that is attached whole, because it could not be read, a copy without them goes on. So does the token of the address
that an answer came to. That each mail that leaves has one recipient is in `test_mail_recipients_cve_2022_0474.py`.
"""

import json

import pytest

from chassis.actors import ANONYMOUS, system_actor
from chassis.files import FileStore
from chassis.testing import MONDAY, told
from services.inbound import actions
from services.inbound.contract import MessageReceived
from services.inbound.models import Base as Inbound
from services.inbound.parsing.__main__ import answer_to
from services.inbound.parsing.bodies import LONGEST_HTML
from services.tickets.models import Base as Tickets
from tests.actions.inbound import given as inbound
from tests.actions.tickets.given import LINKS, Desk, Place
from tests.unit.inbound.mails import a_mail, read

SECRET = "the-journalist@press.example"
SPELLINGS = [
    {"Bcc": SECRET},
    {"Bcc": f"A friend <{SECRET}>, other@homes.example"},
    {"Resent_Bcc": SECRET},
    {"BCC": f"Group: {SECRET};"},
    {"X_Bcc": SECRET, "X_Original_Bcc": SECRET, "Apparently_To": SECRET},
]


def holds(work, base):
    """Return all that a service's database holds, as text."""
    work.flush()
    tables = [table.name for table in base.metadata.sorted_tables] + ["outbox"]
    return " ".join(str(work.load(f"SELECT x::text FROM {table} x")) for table in dict.fromkeys(tables))


@pytest.mark.parametrize("headers", SPELLINGS, ids=lambda headers: "+".join(headers))
def test_blind_recipients_are_told_to_nobody(work_of, tmp_path, headers):
    """From the mail to the ticket, as its agents and its follow link show it."""
    reading = work_of("inbound", actor=system_actor("inbound"))
    mail = a_mail(Subject="Lift", **headers)
    assert SECRET in mail.as_string()
    inbound.conclude(reading, (inbound.received(reading), {"mail": read(mail)}))
    ((name, payload),) = told(reading)
    assert name == "MessageReceived"
    desk = Desk(work_of("tickets", actor=system_actor("tickets")), FileStore(tmp_path))
    place = Place(desk)
    desk.hear(MessageReceived, **MessageReceived().load(payload))
    ticket = place.shown({"id": payload["inbound_message_id"]})
    assert ticket["subject"] == "Lift"
    participant = ticket["requester"]["participant_id"]
    followed = desk.ask(ANONYMOUS, "follow_request", token=LINKS.sign("follow", participant))
    shown = [payload, ticket, place.messages(ticket), desk.history(place.admin, ticket), followed, told(desk.work)]
    assert SECRET not in json.dumps(shown, default=str)
    assert SECRET not in holds(reading, Inbound) + holds(desk.work, Tickets)


TOKEN = inbound.ADDRESS.split("@")[0]
#: Where a reply address stands in an answer to it, and the mail that it answers.
TRACES = {
    "To": inbound.ADDRESS, "Delivered_To": inbound.ADDRESS, "X_Original_To": inbound.ADDRESS.upper(),
    "Received": f"from a by b for <{inbound.ADDRESS}>; Mon, 16 Nov 2026 09:55:00 +0100",
    "In_Reply_To": inbound.OWN_ID, "References": inbound.OWN_ID,
}  # fmt: skip


def unreadable(mail):
    """Return a mail with parts within parts, too deep to be read."""
    header, body = mail.as_bytes().split(b"\n\n", 1)
    return header + b"\n\n" + body + b"".join(b"Content-Type: message/rfc822\n\n" for _ in range(200))


def too_long(mail):
    """Return a page that is not read to its end."""
    header, body = mail.as_bytes().replace(b"text/plain", b"text/html").split(b"\n\n", 1)
    return header + b"\n\n" + body + b"<!--" + b" " * LONGEST_HTML + b"-->"


@pytest.mark.parametrize("whole", [unreadable, too_long])
@pytest.mark.parametrize("headers", [*SPELLINGS, TRACES], ids=lambda headers: "+".join(headers))
def test_nor_with_a_mail_that_is_attached_whole(work_of, tmp_path, headers, whole):
    """What whoever takes part opens has the words, and neither them nor a token; the mail itself is kept as it came."""
    reading, files = work_of("inbound", actor=system_actor("inbound")), FileStore(tmp_path)
    raw = whole(a_mail(body=f"{inbound.ADDRESS} wrote:\nIt is cold.", Subject="Lift", **headers))
    row = inbound.received(reading, sha256=files.keep("inbound", raw), size=len(raw))
    request = {"sha256": row.sha256, "envelope_from": "rosa@homes.example", "received_at": MONDAY.isoformat()}
    actions.conclude_messages(reading, [(row, answer_to(files, request))], inbound.OWN_MAIL)
    ((_, payload),) = told(reading)
    desk = Desk(work_of("tickets", actor=system_actor("tickets")), files)
    place = Place(desk)
    desk.hear(MessageReceived, **MessageReceived().load(payload))
    ticket = place.shown({"id": payload["inbound_message_id"]})
    shown = {each["filename"]: _bytes_of(desk, place, files, each) for each in ticket["attachments"]}
    assert b"Subject: Lift" in shown["message.eml"] and b"It is cold." in shown["message.eml"]
    everything = b"".join(shown.values()) + json.dumps(ticket).encode()
    for secret in (SECRET, TOKEN, inbound.OWN_ID[1:-1]):
        assert secret.encode() not in everything.lower()
    assert files.read("inbound", row.sha256) == raw


def _bytes_of(desk, place, files, attachment):
    found = desk.ask(place.admin, "attachment_by_id", attachment_id=attachment["id"])
    return files.read("tickets", found["sha256"])
