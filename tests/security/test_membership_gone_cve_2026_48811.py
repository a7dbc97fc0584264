"""CVE-2026-48811, CVE-2026-48810 (FreeScout): having written something once was taken for a right to it now.

Here what counts is who somebody is at this moment: an agent who left the group, a contractor whose ticket or
intervention was given to another, is a stranger to it, their own words included. (That a token of before ends within a
second is in `tests/e2e/test_rights.py`, what hangs on a lost role in `tests/actions/tickets/test_rights_taken.py`.)
"""

from dataclasses import replace

import pytest

from chassis.errors import Invalid, NotFound
from services.fieldwork import access, actions
from services.identity.domain import ROLES
from tests.actions.dispatch import given as dispatch
from tests.actions.dispatch.desk import Desk as DispatchDesk
from tests.actions.fieldwork import given as fieldwork
from tests.actions.tickets.given import refused, reply_to


@pytest.fixture
def lost(desk, place):
    """Return tickets with the actors that had them, wrote on them with a file, and have them no more.

    The last one is still assigned to the agent who left its group.
    """
    ticket = place.heating_ticket()
    file = place.upload(place.agent)
    place.write(ticket, place.agent, body="I am on it.", attachments=[file["id"]])
    contracted = place.change(place.heating_ticket(), assignee=place.contractor.person_id)
    photo = place.upload(place.contractor)
    place.write(contracted, place.contractor, body="Coming.", attachments=[photo["id"]])
    contracted = place.change(contracted, assignee=place.colleague.person_id)
    answered = place.assigned(place.agent)
    own = place.upload(place.agent)
    place.write(answered, place.agent, body="Mine.", attachments=[own["id"]], internal=True)
    former = replace(place.agent, serves=frozenset([place.lifts]))
    return [(ticket, former, file), (contracted, place.contractor, photo), (answered, former, own)]


def test_nothing_of_it_is_read(desk, place, lost):
    """Not listed, not found, not by its id, not its files."""
    for ticket, former, file in lost:
        assert desk.ask(former, "list_tickets")["items"] == []
        assert desk.ask(former, "list_tickets", q="heating")["items"] == []
        for method in ("ticket_by_id", "messages_of_ticket", "history_of_ticket"):
            with refused(desk, NotFound, "ticket_not_found"):
                desk.ask(former, method, ticket_id=ticket["id"])
        with refused(desk, NotFound, "attachment_not_found"):
            desk.ask(former, "attachment_by_id", attachment_id=file["id"])


def test_nothing_of_it_is_changed(desk, place, lost):
    """No word, no note, no change; the agent lets nobody in, either."""
    for ticket, former, _file in lost:
        for internal in (False, True):
            with refused(desk, NotFound, "ticket_not_found"):
                place.write(ticket, former, internal=internal)
        with refused(desk, NotFound, "ticket_not_found"):
            place.change(ticket, former, subject="Mine")
    for ticket, agent, _file in (lost[0], lost[2]):
        with refused(desk, NotFound, "ticket_not_found"):
            desk.ask(agent, "add_participant", ticket_id=ticket["id"], email="friend@homes.example")


def test_a_list_that_outlives_the_role_shows_nothing(desk, place):
    """An agent who is a client now has their organisation's requests, though the usergroup's list names them still."""
    theirs = place.heating_ticket(site=place.flat)
    hidden = [
        place.heating_ticket(),
        place.heating_ticket(private=True),
        place.heating_ticket(private=True, site=place.flat),
        place.ticket(place.neighbour),
    ]
    former = place.someone("agent", "Fay Former", serves=[place.heating])
    agents = [place.agent, place.colleague, former]
    place.group(place.heating, "Heating", version=9, agents=agents, supervisors=[place.manager], private_allowed=True)
    for status in ("pending", "closed"):
        hidden.append(place.change(place.heating_ticket(), assignee=former.person_id, status=status))
    client = {"rights": ROLES["client"], "roles": ("client",), "organisation_id": place.owners}
    former = replace(former, **client)
    place.person(former, version=2)
    assert [ticket["id"] for ticket in desk.ask(former, "list_tickets")["items"]] == [theirs["id"]]
    for ticket in hidden:
        for method in ("ticket_by_id", "messages_of_ticket", "history_of_ticket"):
            with refused(desk, NotFound, "ticket_not_found"):
                desk.ask(former, method, ticket_id=ticket["id"])
        with refused(desk, NotFound, "ticket_not_found"):
            place.write(ticket, former)
    with refused(desk, Invalid, "assignee_cannot_serve"):
        place.change(theirs, usergroup=place.heating, assignee=former.person_id)


def test_no_mail_under_the_old_token(desk, place):
    """Of a contractor whose ticket another has now: it becomes an unverified note, which nobody outside is told."""
    ticket = place.change(place.heating_ticket(), assignee=place.contractor.person_id)
    me = next(each for each in ticket["participants"] if each["person_id"] == str(place.contractor.person_id))
    place.change(ticket, assignee=place.agent.person_id)
    desk.forget()
    place.mail(**reply_to(me, body="Paid by whom?"))
    assert desk.told("MessageAdded") == []
    assert "Paid by whom?" not in [message["body"] for message in place.messages(ticket, to=place.resident)]


def test_work_orders(work_of):
    """Agents who left the group, contractors of another firm: as if there were none."""
    work = work_of("dispatch")
    own = DispatchDesk(work)
    agent = own.somebody("agent")
    assert len(dispatch.ask(work, agent, "list_work_orders")["items"]) == 1
    former = replace(agent, serves=frozenset())
    dispatch.assign(work, own.ticket, agent.person_id, version=2)
    assert dispatch.ask(work, former, "list_work_orders")["items"] == []
    with dispatch.refused(work, NotFound, "work_order_not_found"):
        dispatch.ask(work, former, "work_order_by_id", work_order_id=own.work_order.id)


def test_interventions_given_to_another_worker(work_of):
    """Whoever is no longer sent neither reads nor clocks in nor completes, though they have clocked in before."""
    work = work_of("fieldwork")
    worker, other = fieldwork.someone("worker"), fieldwork.someone("worker")
    fact = fieldwork.plan_fact(workers=[worker])
    actions.keep_plan(work, fact)
    intervention = fieldwork.intervention_of(work, fact)
    other_worker = {"person_id": other.person_id, "name": other.name}
    actions.keep_plan(work, fieldwork.replanned(fact, 2, workers=[other_worker]))
    work.facts.clear()
    for act in (
        lambda: access.intervention_for(work, worker, intervention.id),
        lambda: fieldwork.clock(work, worker, intervention),
        lambda: fieldwork.declare(work, worker, intervention),
        lambda: actions.complete_intervention(work, worker, intervention.id, ""),
    ):
        with fieldwork.refused(work, NotFound, "intervention_not_found"):
            act()
