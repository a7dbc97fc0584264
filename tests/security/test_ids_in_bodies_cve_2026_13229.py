"""CVE-2026-13229 (Zammad): an article could be written with the attachments of any other.

CVE-2026-34722 (Zammad): a link parameter at the opening of a ticket was not checked. CVE-2024-37147 (GLPI): files
were attached to foreign things. The path was guarded, an id in the body was not. Here a foreign id in a body is
refused word for word as one of nothing, and in a filter it finds nothing.
"""

from datetime import timedelta
from io import BytesIO

import pytest

from chassis.errors import DomainError
from chassis.ids import new_id
from chassis.testing import MONDAY
from services.fieldwork import actions
from tests.actions.dispatch import given as dispatch
from tests.actions.dispatch.desk import Desk as DispatchDesk
from tests.actions.fieldwork import given as fieldwork
from tests.actions.tickets.given import refused

WINDOW = {"starts_at": MONDAY + timedelta(days=1), "ends_at": MONDAY + timedelta(days=1, hours=1)}


def refusal_of(act, *given, **how):
    """Return what a refusal says."""
    with pytest.raises(DomainError) as refusal:
        act(*given, **how)
    return type(refusal.value), refusal.value.args


@pytest.fixture
def foreign_files(place):
    """Return attachments that are not the resident's to use, by how they are foreign."""
    unbound, used, noted, own = (place.upload(who) for who in (
        place.neighbour, place.neighbour, place.agent, place.resident
    ))  # fmt: skip
    place.ticket(place.neighbour, attachments=[used["id"]])
    ticket = place.heating_ticket(attachments=[own["id"]])
    place.write(ticket, place.agent, internal=True, attachments=[noted["id"]])
    return {"somebody's upload": unbound, "of another's ticket": used, "of a note": noted, "of an own ticket": own}


def test_foreign_attachments(desk, place, foreign_files):
    """At the opening of a ticket and with a message, alone and beside an own one, which stays unbound."""
    mine, ticket = place.upload(place.resident), place.heating_ticket()
    absent = refusal_of(place.ticket, attachments=[new_id()])
    for file in foreign_files.values():
        for ids in ([file["id"]], [mine["id"], file["id"]]):
            with refused(desk, DomainError, "attachment_not_found") as opening:
                place.ticket(attachments=ids)
            with refused(desk, DomainError, "attachment_not_found") as writing:
                place.write(ticket, place.resident, attachments=ids)
            assert [(type(each.value), each.value.args) for each in (opening, writing)] == [absent, absent]


def test_foreign_places(desk, place):
    """A client names another organisation's."""
    absent = refusal_of(place.ticket, place.client, site=new_id())
    with refused(desk, DomainError, "site_not_found") as foreign:
        place.ticket(place.client, site=place.elsewhere)
    assert (type(foreign.value), foreign.value.args) == absent


@pytest.mark.parametrize("who", ["resident", "client", "contractor"])
def test_foreign_ids_in_filters_of_tickets(desk, place, who):
    """Find nothing, as those of nothing do."""
    actor, foreign = getattr(place, who), place.ticket(place.neighbour, site=place.elsewhere)
    place.change(foreign, usergroup=place.lifts, assignee=place.lift_agent.person_id)
    for field, thing in (("usergroup", place.lifts), ("assignee", place.lift_agent.person_id),
                         ("site", place.elsewhere), ("requester", place.neighbour.person_id)):  # fmt: skip
        pages = [desk.ask(actor, "list_tickets", **{field: value}) for value in (thing, new_id())]
        assert pages == [{"items": [], "next_cursor": None}] * 2, field


class TestDispatch:
    """Work orders for foreign tickets, interventions for foreign work orders."""

    @pytest.fixture
    def work(self, work_of):
        """Return a `Work` of dispatch."""
        return work_of("dispatch")

    def test_refused_as_absent(self, work):
        """A manager of another usergroup; no work order, no intervention, nobody is sent."""
        own, foreign = DispatchDesk(work), DispatchDesk(work)
        manager = own.somebody("manager")
        asked = {
            "create_work_order": ({"title": "Repair"}, "ticket_id", foreign.ticket),
            "plan_intervention": ({"workers": [own.worker], **WINDOW}, "work_order_id", foreign.work_order.id),
        }
        for method, (arguments, name, key) in asked.items():
            absent = refusal_of(dispatch.ask, work, manager, method, **{**arguments, name: new_id()})
            with dispatch.refused(work, DomainError) as refusal:
                dispatch.ask(work, manager, method, **{**arguments, name: key})
            assert (type(refusal.value), refusal.value.args) == absent

    def test_filters(self, work):
        """By a foreign ticket."""
        own, foreign = DispatchDesk(work), DispatchDesk(work)
        manager = own.somebody("manager")
        assert dispatch.ask(work, manager, "list_work_orders", ticket=foreign.ticket)["items"] == []
        assert len(dispatch.ask(work, manager, "list_work_orders", ticket=own.ticket)["items"]) == 1


class TestFieldwork:
    """Clock-ins and incidents at foreign interventions, incidents with foreign files."""

    @pytest.fixture
    def work(self, work_of):
        """Return a `Work` of fieldwork."""
        return work_of("fieldwork")

    def test_interventions(self, work):
        """Of other workers: no clock-in, no incident, and so no ticket."""
        worker, other = fieldwork.someone("worker"), fieldwork.someone("worker")
        intervention = fieldwork.planned(work, other)
        for act in (fieldwork.clock, fieldwork.declare):
            absent = refusal_of(act, work, worker, intervention, intervention_id=new_id())
            with fieldwork.refused(work, DomainError, "intervention_not_found") as refusal:
                act(work, worker, intervention)
            assert (type(refusal.value), refusal.value.args) == absent

    def test_files(self, work, files):
        """Of another worker, unbound, and of an incident of one's own."""
        worker, other = fieldwork.someone("worker"), fieldwork.someone("worker")
        intervention = fieldwork.planned(work, worker, other)
        theirs, used = (upload(work, files, who) for who in (other, worker))
        fieldwork.declare(work, worker, intervention, attachments=[used])
        absent = refusal_of(fieldwork.declare, work, worker, intervention, attachments=[new_id()])
        for ids in ([theirs], [used], [upload(work, files, worker), theirs]):
            with fieldwork.refused(work, DomainError, "attachment_not_found") as refusal:
                fieldwork.declare(work, worker, intervention, attachments=ids)
            assert (type(refusal.value), refusal.value.args) == absent


def upload(work, files, actor):
    """Return the id of a new upload of somebody's."""
    kept = {"filename": "a.png", "content_type": "image/png"}
    attachment = actions.keep_attachment(work, actor, files, files.receive(BytesIO(b"photo")), **kept)
    work.session.flush()
    return attachment.id
