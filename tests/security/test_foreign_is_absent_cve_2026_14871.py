"""CVE-2026-14871 (osTicket): handlers of one object, reached past the list, did not look whose it was.

Here every route with an id in its path is asked by all who are strangers to a thing, for that thing and for one that
never was: the two answers are the same but for the id of the request, and nothing comes of either.
"""

import pytest

from chassis.ids import new_id
from chassis.testing import MONDAY
from services.identity.actions import places, usergroups
from services.inbound.models import InboundMessage, Mailbox, Webform
from services.notifications.models import Notification
from tests.actions.dispatch.desk import Desk as DispatchDesk
from tests.actions.fieldwork import given as fieldwork
from tests.actions.identity.given import ADMIN, an_organisation
from tests.actions.tickets.given import Desk, Place
from tests.security.desk import stranger
from tests.security.samples import a_body
from tests.security.ways import ways_of

STRANGERS = ("requester", "client", "worker", "external_agent", "agent", "manager")
#: What everybody of the desk sees of everything: the directory.
DIRECTORY = {"person_id", "usergroup_id", "organisation_id", "site_id"}
SEES_DIRECTORY = {"agent", "manager"}


def of_identity(work, a_person):
    """Return a person, a usergroup, an organisation and a site."""
    group = usergroups.create_usergroup(
        work, ADMIN, name=new_id().hex, private_allowed=False, members=[], supervisors=[], agents=[],
        default_category_id=None, custom_fields=[],
    )  # fmt: skip
    site = places.create_site(
        work, ADMIN, name="House", kind="property", parent_id=None, organisation_id=None, usergroup_id=None,
        address="", time_zone="Europe/Paris", position=None,
    )  # fmt: skip
    ids = {"usergroup_id": group["id"], "organisation_id": an_organisation(work)["id"], "site_id": site["id"]}
    return {"person_id": a_person(on=work)["id"], **ids}


def of_inbound(work):
    """Return a mailbox, a webform and an unreadable mail."""
    told = {"language": "en", "name": "Desk", "active": True, "version": 1, "created_at": MONDAY}
    mailbox = Mailbox(id=new_id(), address="desk@desk.example", **told)
    webform = Webform(id=new_id(), slug="report", fields=[], **told)
    mail = InboundMessage(
        id=new_id(), sha256="a" * 64, size=1, envelope_from="", envelope_to="desk@desk.example", tries=0,
        state="unreadable", due_at=MONDAY, received_at=MONDAY, version=1,
    )  # fmt: skip
    work.session.add_all([mailbox, webform, mail])
    return {"mailbox_id": mailbox.id, "webform_id": webform.id, "inbound_message_id": mail.id}


@pytest.fixture
def things(whole, a_person):
    """Return the id of a thing of every kind, by service and argument; all are of people who do not ask here."""
    place = Place(Desk(whole.works["tickets"], whole.files))
    file = place.upload(place.resident)
    ticket = place.heating_ticket(attachments=[file["id"]])
    dispatch = DispatchDesk(whole.works["dispatch"])
    worker = fieldwork.someone("worker")
    intervention = fieldwork.planned(whole.works["fieldwork"], worker)
    line = Notification(
        id=new_id(), occasion="x", person_id=new_id(), kind="assigned", title="T", ticket_id=new_id(),
        ticket_number="26-000001", created_at=MONDAY,
    )  # fmt: skip
    whole.works["notifications"].session.add(line)
    return {
        "identity": of_identity(whole.works["identity"], a_person),
        "tickets": {"ticket_id": ticket["id"], "attachment_id": file["id"], "category_id": place.category()["id"]},
        "dispatch": {
            "routing_rule_id": dispatch.rule.id, "sla_policy_id": dispatch.policy.id,
            "work_order_id": dispatch.work_order.id, "intervention_id": dispatch.intervention.id,
        },
        "fieldwork": {"intervention_id": intervention.id},
        "notifications": {"notification_id": line.id},
        "inbound": of_inbound(whole.works["inbound"]),
    }  # fmt: skip


def answer_about(caller, way, key):
    """Return status and body of an answer, without the id of the request."""
    body = None if way.verb == "GET" else a_body(way.takes)
    answer = caller.ask(way.verb, way.path_to(key), json=body)
    return answer.status_code, {name: value for name, value in answer.json.items() if name != "request_id"}


def test_foreign_is_absent(whole, things):
    """404 where the role has things of the kind, 403 where it has none; nothing changes, nobody is told."""
    ways = [way for way in ways_of(whole.app) if "<uuid:" in way.path]
    assert len(ways) == 30
    statuses = set()
    with whole.untouched():
        for role in STRANGERS:
            caller = whole.as_(stranger(role, serves=[new_id()], organisation_id=new_id()))
            for way in ways:
                argument = way.in_path[0]
                if argument in DIRECTORY and role in SEES_DIRECTORY:
                    continue
                foreign = answer_about(caller, way, things[way.service][argument])
                assert foreign == answer_about(caller, way, new_id()), (role, str(way))
                statuses.add((foreign[0], foreign[1]["code"].rpartition("_")[2]))
    assert statuses == {(403, "allowed"), (404, "found")}
