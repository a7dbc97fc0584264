"""Copies of what others own: the newest by version stays, whichever fact comes last."""

from chassis.ids import new_id
from chassis.testing import MONDAY
from services.dispatch.models import Category, Mailbox, Person, ServiceType, Site, Ticket, Usergroup
from services.tickets.contract import TicketParticipantsChanged
from tests.actions.dispatch.given import (
    a_category,
    a_mailbox,
    a_participant,
    a_person,
    a_service_type,
    a_site,
    a_ticket,
    a_usergroup,
    hear,
    hide,
    kept,
    take_place,
)


def test_a_person(work):
    """Name, roles, organisation and whether they are active."""
    organisation = new_id()
    person_id = a_person(work, "worker", number=7, version=2, organisation_id=organisation)
    a_person(work, "agent", number=7, version=1, active=False)
    person = kept(work, Person, person_id)
    assert (person.name, person.roles, person.active, person.version) == ("Person 7", ["worker"], True, 2)
    assert person.organisation_id == organisation
    a_person(work, "agent", number=7, version=3, active=False)
    person = kept(work, Person, person_id)
    assert (person.roles, person.active, person.organisation_id) == (["agent"], False, None)


def test_a_persons_last_turn_survives(work):
    """It is dispatch's own column beside the copy."""
    agent = a_person(work, number=7)
    a_ticket(work, usergroup_id=a_usergroup(work, agent))
    a_person(work, number=7, version=2)
    assert kept(work, Person, agent).last_assigned_at == MONDAY


def test_a_usergroup(work):
    """Its agents and its default category."""
    agent, category = a_person(work), new_id()
    group = a_usergroup(work, agent, default_category_id=category, version=2)
    a_usergroup(work, usergroup_id=group, version=1, active=False)
    row = kept(work, Usergroup, group)
    assert (row.agents, row.default_category_id, row.active) == ([agent], category, True)


def test_a_site(work):
    """Where it lies, whose it is and who serves it."""
    above, group, organisation = a_site(work), a_usergroup(work), new_id()
    site = a_site(work, above, usergroup_id=group, organisation_id=organisation)
    row = kept(work, Site, site)
    assert (row.path, row.usergroup_id, row.organisation_id) == ([above, site], group, organisation)


def test_what_rules_and_interventions_name(work):
    """Categories, mailboxes and service types."""
    group = a_usergroup(work)
    assert kept(work, Category, a_category(work, usergroup_id=group)).usergroup_id == group
    assert kept(work, Mailbox, a_mailbox(work, active=False)).active is False
    assert kept(work, ServiceType, a_service_type(work)).version == 1


def test_who_takes_part(work):
    """Only persons, each once; an older list changes nothing."""
    first, second = new_id(), new_id()
    ticket_id = a_ticket(work, requester_id=first)
    both = [a_participant(first), a_participant(second, "watcher"), a_participant(None, "watcher")]
    hear(work, TicketParticipantsChanged, 3, ticket_id=ticket_id, participants=both)
    hear(work, TicketParticipantsChanged, 2, ticket_id=ticket_id, participants=[])
    assert kept(work, Ticket, ticket_id).participants == sorted([first, second])


def test_where_a_ticket_is_and_who_may_see_it(work):
    """The newest of each stays, whichever comes last; the other parts of the copy stay as they were."""
    ticket_id, first, second = a_ticket(work), a_site(work), a_site(work)
    hide(work, ticket_id, True, version=3)
    take_place(work, ticket_id, first, version=4)
    hide(work, ticket_id, False, version=2)
    take_place(work, ticket_id, second, version=3)
    ticket = kept(work, Ticket, ticket_id)
    assert (ticket.private, ticket.site_id, ticket.status, ticket.priority) == (True, first, "new", "normal")
    hide(work, ticket_id, False, version=5)
    take_place(work, ticket_id, None, version=6)
    ticket = kept(work, Ticket, ticket_id)
    assert (ticket.private, ticket.site_id) == (False, None)
