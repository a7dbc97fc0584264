"""The entrypoints: each hands its fact or call to the right action; copies end the same in any order."""

import itertools

import pytest

from chassis.ids import new_id
from chassis.settings import Settings
from chassis.testing import MONDAY, GivenFact, an_actor
from services.identity.contract import PersonChanged, SiteChanged
from services.inbound.contract import MailboxChanged
from services.notifications.service import NotificationsService
from tests.actions.notifications.given import (
    SETTINGS,
    a_participant,
    assigned,
    called_off,
    cancelled_intervention,
    deliveries,
    hear_opened,
    intervention,
    invited,
    lists,
    message,
    moved,
    moved_intervention,
    note,
    opened,
    participants,
    registration,
    regrouped,
    resolved,
    send_all,
)


@pytest.fixture
def service(store, databases, tmp_path):
    """Return the service as the container makes it."""
    service = NotificationsService()
    service.settings = Settings({**SETTINGS.environment, "VAR_DIR": str(tmp_path)})
    service.files = store
    service.database = databases("notifications")
    return service


def person_changed(person_id, *, version=1, **particulars):
    """Return `PersonChanged`."""
    payload = {
        "person_id": person_id,
        "email": "ada@provider.example",
        "name": "Ada Agent",
        "language": "en",
        "roles": ["agent"],
        "organisation_id": None,
        "active": True,
        "confirmed": True,
        **particulars,
    }
    return GivenFact(PersonChanged, payload, version=version)


def site_changed(site_id, time_zone, *, version=1):
    """Return `SiteChanged`."""
    payload = {
        "site_id": site_id,
        "name": f"Lindenhof {version}",
        "address": f"Lindenhof {version}, Basel",
        "kind": "property",
        "time_zone": time_zone,
        "path": [site_id],
    }
    owners = {"parent_id": None, "organisation_id": None, "usergroup_id": None, "active": True}
    return GivenFact(SiteChanged, payload | owners, version=version)


def mailbox_changed(mailbox_id, *, version=1, **particulars):
    """Return `MailboxChanged`."""
    payload = {
        "mailbox_id": mailbox_id,
        "address": "heating@desk.example",
        "name": "Heating desk",
        "usergroup_id": None,
        "category_id": None,
        "language": "fr",
        "active": True,
        **particulars,
    }
    return GivenFact(MailboxChanged, payload, version=version)


def test_a_ticket_from_its_mail_to_its_rating(work, service):
    """Every fact that is heard has its effect."""
    agent_id, worker_id, mailbox_id, site_id = (new_id() for _ in range(4))
    agent = {"person_id": agent_id, "participant_id": None, "name": "Ada Agent"}
    service.person_changed(work, person_changed(agent_id))
    service.person_changed(work, person_changed(worker_id, email="willi@provider.example", roles=["worker"]))
    service.mailbox_changed(work, mailbox_changed(mailbox_id))
    service.site_changed(work, site_changed(site_id, "Europe/Berlin"))
    requester = a_participant()
    ticket = opened(requester, source={"mailbox_id": mailbox_id})
    planned = intervention(ticket, site_id=site_id, workers=[{"person_id": worker_id, "name": "Willi"}])
    service.ticket_opened(work, ticket)
    service.ticket_usergroup_changed(work, regrouped(ticket, new_id()))
    service.ticket_participants_changed(work, participants(ticket, [requester], version=2))
    service.ticket_assigned(work, assigned(ticket, agent_id))
    service.message_added(work, message(ticket, agent, [requester], version=3))
    service.note_added(work, note(ticket, {"person_id": worker_id, "name": "Willi"}, [agent_id]))
    service.intervention_planned(work, planned)
    service.intervention_replanned(work, moved_intervention(planned, starts_at=MONDAY))
    send_all(work)
    service.intervention_cancelled(work, cancelled_intervention(planned))
    service.ticket_status_changed(work, moved(ticket, "in_progress", [requester]))
    service.ticket_resolved(work, resolved(ticket))
    service.registration_requested(work, registration())
    assert [kind for (kind,) in deliveries(work, "kind")] == [
        "receipt",
        "message",
        "visit_planned",
        "your_visit_planned",
        "visit_moved",
        "your_visit_moved",
        "visit_cancelled",
        "your_visit_cancelled",
        "work_started",
        "resolved",
        "registration",
    ]
    assert [row[:2] for row in lists(work)] == [
        (agent_id, "assigned"),
        (agent_id, "note"),
        (worker_id, "your_visit_planned"),
        (worker_id, "your_visit_moved"),
        (worker_id, "your_visit_cancelled"),
    ]


def test_a_contractors_work_order_until_it_is_called_off(work, service):
    """Both are told, by mail and in their list."""
    person_id = new_id()
    service.person_changed(work, person_changed(person_id, roles=["external_agent"]))
    ticket = hear_opened(work, opened())
    person = {"person_id": person_id, "name": "Cora Contractor"}
    invitation = invited(ticket, a_participant("contractor", person=person))
    service.contractor_invited(work, invitation)
    send_all(work)
    service.contractor_called_off(work, called_off(invitation))
    kinds = ["work_order", "work_order_cancelled"]
    assert [kind for (kind,) in deliveries(work, "kind")] == ["receipt", *kinds]
    assert [row[:2] for row in lists(work)] == [(person_id, kind) for kind in kinds]


def test_the_list_is_answered_and_marked(work, service):
    """By its own person."""
    actor = an_actor()
    service.person_changed(work, person_changed(actor.person_id))
    service.ticket_assigned(work, assigned(hear_opened(work, opened()), actor.person_id))
    (item,) = service.list_notifications(work, actor, cursor=None, limit=25, unread=True)["items"]
    assert service.mark_read(work, actor, notification_id=item["id"])["read_at"] == MONDAY
    work.flush()
    assert service.list_notifications(work, actor, cursor=None, limit=25, unread=True)["items"] == []


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_copies_are_those_of_the_newest_fact(work, service, order):
    """In whichever order they come, and however often."""
    person_id, mailbox_id, site_id = new_id(), new_id(), new_id()
    facts = [
        (
            person_changed(person_id, version=version, email=f"{version}@x.example", active=version < 3),
            mailbox_changed(mailbox_id, version=version, name=f"Name {version}", active=version < 3),
            site_changed(site_id, ["Europe/Paris", "Europe/Berlin", "Europe/London"][version - 1], version=version),
        )
        for version in (1, 2, 3)
    ]
    for person, mailbox, site in [facts[index] for index in (*order, *order)]:
        service.person_changed(work, person)
        service.mailbox_changed(work, mailbox)
        service.site_changed(work, site)
    assert work.load("SELECT person_id, version, email, active FROM people") == [(person_id, 3, "3@x.example", False)]
    assert work.load("SELECT mailbox_id, version, name, active FROM mailboxes") == [(mailbox_id, 3, "Name 3", False)]
    assert work.load("SELECT site_id, version, time_zone, name, address, path FROM sites") == [
        (site_id, 3, "Europe/London", "Lindenhof 3", "Lindenhof 3, Basel", [site_id])
    ]


def test_the_sweep_sends_into_the_maildir(service, tmp_path):
    """What is committed is on disk afterwards, under its Message-ID."""
    with service.database.work() as work:
        service.registration_requested(work, registration())
        work.commit()
    try:
        with service.database.work() as work:
            service.send_waiting_mails(work)
        ((message_id, state),) = service.database.read("SELECT message_id, state FROM deliveries")
        assert state == "sent"
        assert [path.name for path in (tmp_path / "outgoing-mail" / "new").iterdir()] == [message_id.strip("<>")]
    finally:
        service.database.read("WITH gone AS (DELETE FROM outbox) DELETE FROM deliveries RETURNING id")
