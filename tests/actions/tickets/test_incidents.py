"""An incident opens a ticket of its own, for client, worker and provider."""

import pytest

from chassis.errors import NotFound
from chassis.ids import new_id
from chassis.testing import MONDAY
from services.fieldwork.contract import IncidentDeclared
from tests.actions.tickets.given import minutes, too_early


@pytest.fixture
def parent(place):
    """Return the ticket whose intervention goes on: a resident's, in the flat of a client's property."""
    return place.assigned(place.agent, site=place.flat, priority=None)


def declare(desk, place, parent, **changes):
    """Tell of an incident that the worker has declared; return its payload."""
    incident = {
        "incident_id": new_id(),
        "ticket_id": new_id(),
        "intervention_id": new_id(),
        "parent_ticket_id": parent["id"],
        "reason_name": "No access",
        "reason_names": {"en": "No access", "fr": "Accès impossible"},
        "starts_at": MONDAY,
        "ends_at": MONDAY + minutes(60),
        "at": "start",
        "text": "The boiler room is locked.",
        "site_id": place.flat,
        "usergroup_id": place.heating,
        "worker_ids": [place.worker.person_id],
        "declared_by": {"person_id": place.worker.person_id, "name": "Will Worker"},
        "declared_at": MONDAY + minutes(5),
        "attachments": [],
        **changes,
    }
    doer = {"person_id": str(incident["declared_by"]["person_id"]), "name": incident["declared_by"]["name"]}
    desk.hear(IncidentDeclared, actor=doer, moment=MONDAY + minutes(5), **incident)
    return incident


def test_opens_a_ticket_under_the_given_id(desk, place, parent):
    """With all who have a part in it, each once."""
    desk.forget()
    incident = declare(desk, place, parent)
    ticket = place.shown({"id": str(incident["ticket_id"])})
    assert (ticket["kind"], ticket["channel"], ticket["subject"], ticket["description"]) == (
        *("incident", "incident", "No access"),
        "The boiler room is locked.",
    )
    assert {(p["name"], p["role"]) for p in ticket["participants"]} == {
        ("Will Worker", "requester"),
        ("Clara Client", "client"),
        ("Mia Manager", "supervisor"),
    }
    assert ticket["requester"]["name"] == "Will Worker"
    (told,) = desk.told("TicketOpened")
    assert (told["intervention_id"], told["usergroup_chosen"]) == (str(incident["intervention_id"]), True)
    assert told["opened_at"] == "2026-11-16T09:05:00+00:00"
    assert told["declaration"] == {
        "reason_names": {"en": "No access", "fr": "Accès impossible"},
        "place": "Lindenhof › Flat 12",
        "starts_at": "2026-11-16T09:00:00+00:00",
        "ends_at": "2026-11-16T10:00:00+00:00",
        "ticket_number": parent["number"],
        "ticket_kind": "request",
    }


def test_one_that_is_found_about_another_says_so(desk, place, parent):
    """What its mail says that it is for is an incident, too."""
    incident = {"id": str(declare(desk, place, parent)["ticket_id"])}
    desk.forget()
    declare(desk, place, incident)
    (told,) = desk.told("TicketOpened")
    about = {name: told["declaration"][name] for name in ("ticket_number", "ticket_kind")}
    assert about == {"ticket_number": place.shown(incident)["number"], "ticket_kind": "incident"}


def test_a_private_one_without_usergroup_gets_none_without_private_tickets(desk, place):
    """Of its category; it became private with the ticket of the intervention, which has a usergroup by now."""
    parent = place.ticket()
    ticket = {"id": str(declare(desk, place, parent, usergroup_id=None)["ticket_id"])}
    place.change(parent, usergroup=place.heating, private=True)
    about_lifts, about_heating = (
        place.category(usergroup_id=usergroup_id)["id"] for usergroup_id in (place.lifts, place.heating)
    )
    changed = place.change(ticket, category=about_lifts)
    assert (changed["private"], changed["usergroup"]) == (True, None)
    assert place.change(ticket, category=about_heating)["usergroup"]["name"] == "Heating"


def test_who_takes_no_part(desk, place, parent):
    """People of the client's firm who are no clients, and clients and supervisors whose account is closed."""
    place.someone("external_agent", "Fred Firm", organisation_id=place.owners)
    for gone in (place.client, place.manager):
        place.person(gone, version=2, active=False)
    ticket = place.shown({"id": str(declare(desk, place, parent)["ticket_id"])})
    assert [(p["name"], p["role"]) for p in ticket["participants"]] == [("Will Worker", "requester")]


def test_its_whole_history(desk, place, parent):
    """Of the ticket that it came from only agents read: the client of an incident need not see that one."""
    ticket = {"id": str(declare(desk, place, parent)["ticket_id"])}
    lines = desk.history(place.agent, ticket)
    assert [(line["kind"], line["audience"], line["source"]) for line in lines] == [
        ("TicketOpened", "all", "tickets"),
        ("TicketLinked", "agents", "tickets"),
    ]
    assert (lines[1]["actor"]["name"], lines[1]["old"], lines[1]["new"]) == (
        *("Will Worker", None),
        {"ticket_id": parent["id"], "number": parent["number"]},
    )
    for reader in (place.client, place.worker):
        assert desk.history(reader, ticket) == lines[:1]


def test_it_is_as_urgent_as_its_parent_and_of_the_same_kind(desk, place):
    """Whoever has said so of the matter has said it of what stops it."""
    category = place.category()
    parent = place.assigned(place.agent, category=category["id"])
    place.change(parent, priority="urgent")
    desk.forget()
    ticket = {"id": str(declare(desk, place, parent)["ticket_id"])}
    shown = place.shown(ticket)
    assert (shown["priority"], shown["category"]["id"]) == ("urgent", category["id"])
    (told,) = desk.told("TicketOpened")
    assert (told["priority"], told["category_id"]) == ("urgent", category["id"])


def test_what_was_told_by_a_version_before_opens_a_ticket_too(desk, place, parent):
    """It named the reason in one language, and no window."""
    desk.forget()
    declare(desk, place, parent, reason_names={}, starts_at=None, ends_at=None)
    (told,) = desk.told("TicketOpened")
    declared = told["declaration"]
    assert (told["subject"], declared["reason_names"], declared["starts_at"]) == ("No access", {}, None)


def test_client_worker_and_provider_talk(desk, place, parent):
    """Each reads and answers; the resident of the parent does not see it."""
    ticket = {"id": str(declare(desk, place, parent)["ticket_id"])}
    for who, role in (
        ("client", "client"),
        ("worker", "requester"),
        ("manager", "agent"),
        ("agent", "agent"),
    ):
        assert place.write(ticket, getattr(place, who), body=who)["author_role"] == role
    assert [m["body"] for m in place.messages(ticket, to=place.client)] == [
        "client",
        "worker",
        "manager",
        "agent",
    ]
    with pytest.raises(NotFound):
        place.shown(ticket, to=place.resident)


def test_a_client_declares_one(desk, place, parent):
    """Then the client has asked, and the worker takes part."""
    by = {"person_id": place.client.person_id, "name": "Clara Client"}
    ticket = place.shown({"id": str(declare(desk, place, parent, declared_by=by)["ticket_id"])})
    assert {(p["name"], p["role"]) for p in ticket["participants"]} == {
        ("Clara Client", "requester"),
        ("Will Worker", "worker"),
        ("Mia Manager", "supervisor"),
    }


def test_both_tickets_are_linked(desk, place, parent):
    """For agents; the resident learns nothing of it."""
    ticket = place.shown({"id": str(declare(desk, place, parent)["ticket_id"])}, to=place.agent)
    assert ticket["links"] == [{"ticket_id": parent["id"], "kind": "parent"}]
    shown = place.shown(parent, to=place.agent)
    assert shown["links"] == [{"ticket_id": ticket["id"], "kind": "incident"}]
    assert place.shown(parent, to=place.resident)["links"] == []
    (line,) = desk.history(place.agent, parent, "IncidentDeclared")
    assert (line["source"], line["actor"]["name"], line["new"]["number"]) == (
        *("fieldwork", "Will Worker"),
        ticket["number"],
    )
    assert desk.history(place.resident, parent, "IncidentDeclared") == []


def test_told_twice_it_is_one_ticket(desk, place, parent):
    """Also under another event id."""
    incident = declare(desk, place, parent)
    before = place.shown({"id": str(incident["ticket_id"])})
    desk.forget()
    declare(desk, place, parent, **incident)
    assert place.shown(before) == before
    assert desk.told() == []
    assert len(desk.history(place.agent, parent, "IncidentDeclared")) == 1


def test_two_told_at_once_are_two_tickets(desk, place, parent):
    """The parent is locked and read once for both, and has a line and a link for each."""
    desk.forget()
    with desk.at_once():
        incidents = [declare(desk, place, parent, reason_name=reason) for reason in ("No access", "No water")]
    tickets = [place.shown({"id": str(incident["ticket_id"])}, to=place.agent) for incident in incidents]
    assert [ticket["subject"] for ticket in tickets] == ["No access", "No water"]
    assert [ticket["links"] for ticket in tickets] == [[{"ticket_id": parent["id"], "kind": "parent"}]] * 2
    shown = place.shown(parent, to=place.agent)
    assert {link["ticket_id"] for link in shown["links"]} == {ticket["id"] for ticket in tickets}
    assert shown["version"] == parent["version"] + 2
    lines = desk.history(place.agent, parent, "IncidentDeclared")
    assert [line["new"]["number"] for line in lines] == [ticket["number"] for ticket in tickets]
    assert [told["ticket_id"] for told in desk.told("TicketOpened")] == [ticket["id"] for ticket in tickets]


def test_without_a_group_and_a_place_of_its_own(desk, place, parent):
    """It has its parent's."""
    ticket = declare(desk, place, parent, usergroup_id=None, site_id=None)["ticket_id"]
    shown = place.shown({"id": str(ticket)})
    assert (shown["usergroup"]["name"], shown["site"]["name"]) == ("Heating", "Flat 12")
    assert "Clara Client" in {p["name"] for p in shown["participants"]}


def test_at_a_place_of_nobody_it_has_its_parents_organisation(desk, place, parent):
    """So that the client of the matter sees it."""
    street = new_id()
    place.site(street, "Street")
    ticket = declare(desk, place, parent, site_id=street)["ticket_id"]
    (row,) = desk.work.load("SELECT organisation_id FROM tickets WHERE id = %(id)s", id=ticket)
    assert row.organisation_id == place.owners
    assert place.shown({"id": str(ticket)})["site"]["name"] == "Street"


def test_photos_are_taken_over(desk, place, parent):
    """Linked into the own folder; of the ticket, not of a message."""
    sha256 = desk.files.keep("fieldwork", b"locked door")
    photo = {
        "attachment_id": new_id(),
        "sha256": sha256,
        "filename": "door.jpg",
        "content_type": "image/jpeg",
    }
    ticket = declare(desk, place, parent, attachments=[{**photo, "size": 11}])["ticket_id"]
    (shown,) = place.shown({"id": str(ticket)}, to=place.client)["attachments"]
    assert (shown["filename"], shown["content_type"], shown["size"]) == ("door.jpg", "image/jpeg", 11)
    assert desk.files.read("tickets", sha256) == b"locked door"


@pytest.mark.parametrize("missing", ["parent_ticket_id", "usergroup_id", "worker_ids", "declared_by"])
def test_what_is_not_known_yet_is_waited_for(desk, place, parent, missing):
    """Nothing opens half."""
    unknown = {
        "parent_ticket_id": new_id(),
        "usergroup_id": new_id(),
        "worker_ids": [new_id()],
        "declared_by": {"person_id": new_id(), "name": "Nobody"},
    }
    with too_early(desk):
        declare(desk, place, parent, **{missing: unknown[missing]})
