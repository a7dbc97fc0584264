"""CVE-2020-1775 (OTRS): the blind recipients of a mail were shown with it; CVE-2021-21435: in its print, too.

Here they come no further than the raw mail that is kept: no fact, no row and no answer has a place for them. That each
mail that leaves has one recipient is in `test_mail_recipients_cve_2022_0474.py`.
"""

import json

import pytest

from chassis.actors import ANONYMOUS, system_actor
from chassis.files import FileStore
from chassis.testing import told
from services.inbound.contract import MessageReceived
from services.inbound.models import Base as Inbound
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
