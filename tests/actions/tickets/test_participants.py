"""Letting somebody take part in a ticket, and taking them off it again."""

from dataclasses import replace

import pytest

from chassis.errors import Conflict, Forbidden, Invalid, NotFound, NotHereYet
from chassis.ids import new_id
from tests.actions.tickets.given import in_history, refused


def remove(desk, actor, ticket, participant):
    """Have somebody take part no more."""
    named = {"ticket_id": ticket["id"], "participant_id": participant["participant_id"]}
    return desk.ask(actor, "remove_participant", **named)


def test_an_address(desk, place):
    """Without an account; it is told who takes part now."""
    ticket = place.heating_ticket()
    desk.forget()
    added = desk.ask(place.agent, "add_participant", ticket_id=ticket["id"], email="New@Homes.example")
    assert (added["person_id"], added["email"], added["role"]) == (None, "new@homes.example", "watcher")
    (told,) = desk.told("TicketParticipantsChanged")
    assert [p["name"] for p in told["participants"]] == ["Rita Resident", "new"]


def test_an_address_is_hidden_from_whoever_reads_no_notes(desk, place):
    """By a role that was changed: they add it, and only agents see it afterwards."""
    ticket = place.heating_ticket()
    rights = {name: scope for name, scope in place.agent.rights.items() if name != "tickets.note"}
    added = desk.ask(
        replace(place.agent, rights=rights), "add_participant", ticket_id=ticket["id"], email="new@homes.example"
    )
    assert (added["name"], added["email"]) == ("new", None)


def test_an_address_in_a_domain_that_is_not_ascii(desk, place):
    """It is kept as its owner's mails give it."""
    ticket = place.heating_ticket()
    added = desk.ask(place.agent, "add_participant", ticket_id=ticket["id"], email="Lena@Bücher.example")
    assert added["email"] == "lena@xn--bcher-kva.example"
    with refused(desk, Conflict, "already_a_participant"):
        desk.ask(place.agent, "add_participant", ticket_id=ticket["id"], email="lena@xn--bcher-kva.example")


@pytest.mark.parametrize("email", ["no-reply@desk.example", "reply+token@desk.example"])
def test_an_address_of_nobody(desk, place, email):
    """It is named as the field that is wrong."""
    ticket = place.heating_ticket()
    with refused(desk, Invalid, "input_invalid") as refusal:
        desk.ask(place.agent, "add_participant", ticket_id=ticket["id"], email=email)
    assert list(refusal.value.context["fields"]) == ["email"]


def test_somebody_beside_whose_account_is_closed(desk, place):
    """Who takes part is told with them: once it is opened again they go on, and nothing more is told of that."""
    ticket = place.heating_ticket()
    place.person(place.resident, version=2, active=False)
    desk.forget()
    desk.ask(place.agent, "add_participant", ticket_id=ticket["id"], email="new@homes.example")
    (told,) = desk.told("TicketParticipantsChanged")
    assert [p["name"] for p in told["participants"]] == ["Rita Resident", "new"]
    place.write(ticket, place.agent)
    (told,) = desk.told("MessageAdded")
    assert [p["name"] for p in told["recipients"]] == ["new"]


def test_an_address_that_somebody_has_confirmed(desk, place):
    """Is that person."""
    added = desk.ask(
        place.agent,
        "add_participant",
        ticket_id=place.heating_ticket()["id"],
        email=place.neighbour.email,
    )
    assert added["person_id"] == str(place.neighbour.person_id)


@pytest.mark.parametrize("role", ["app_admin", "masterdata_admin"])
def test_somebody_whose_role_has_nothing_to_do_with_tickets(desk, place, role):
    """They read and answer the conversation that they are told of, and nothing beside it."""
    ticket, other, admin = place.heating_ticket(), place.heating_ticket(), place.someone(role)
    assert desk.ask(admin, "list_tickets") == {"items": [], "next_cursor": None}
    place.write(ticket, place.agent, body="Not for everybody.", internal=True)
    desk.ask(place.agent, "add_participant", ticket_id=ticket["id"], person_id=admin.person_id)
    assert [item["id"] for item in desk.ask(admin, "list_tickets")["items"]] == [ticket["id"]]
    assert place.shown(ticket, to=admin)["internal"] is None
    assert place.write(ticket, admin, body="The form is mended.")["author"]["name"] == admin.name
    assert [message["body"] for message in place.messages(ticket, to=admin)] == ["The form is mended."]
    assert {line["audience"] for line in desk.history(admin, ticket)} == {"all", "participants"}
    with refused(desk, Forbidden, "not_allowed"):
        place.change(ticket, admin, subject="Mine now")
    for method in ("ticket_by_id", "messages_of_ticket", "history_of_ticket"):
        with refused(desk, NotFound, "ticket_not_found"):
            desk.ask(admin, method, ticket_id=other["id"])
    with refused(desk, NotFound, "ticket_not_found"):
        place.write(other, admin)


def test_twice(desk, place):
    """Conflict, by person or by address."""
    ticket = place.heating_ticket()
    desk.ask(place.agent, "add_participant", ticket_id=ticket["id"], email="new@homes.example")
    for who in ({"email": "new@homes.example"}, {"person_id": place.resident.person_id}):
        with refused(desk, Conflict, "already_a_participant"):
            desk.ask(place.agent, "add_participant", ticket_id=ticket["id"], **who)


def test_who_is_not_there(desk, place):
    """404."""
    ticket = place.heating_ticket()
    with refused(desk, NotHereYet, "person_not_found"):
        desk.ask(place.agent, "add_participant", ticket_id=ticket["id"], person_id=new_id())


@pytest.mark.parametrize("who", [{}, {"email": "a@b.example", "person_id": str(new_id())}])
def test_neither_or_both(desk, place, who):
    """One of the two."""
    ticket = place.heating_ticket()
    with refused(desk, Invalid, "participant_needs_one_address"):
        desk.ask(place.agent, "add_participant", ticket_id=ticket["id"], **who)


def test_taken_off(desk, place):
    """They are told nothing more and see nothing; history says by whom, and that they were there."""
    ticket = place.heating_ticket()
    added = desk.ask(place.agent, "add_participant", ticket_id=ticket["id"], person_id=place.neighbour.person_id)
    assert place.shown(ticket, to=place.neighbour)
    desk.forget()
    remove(desk, place.agent, ticket, added)
    (told,) = desk.told()
    assert [p["name"] for p in told["participants"]] == ["Rita Resident"]
    assert [p["name"] for p in place.shown(ticket)["participants"]] == ["Rita Resident"]
    with pytest.raises(NotFound):
        place.shown(ticket, to=place.neighbour)
    line = desk.history(place.resident, ticket, "TicketParticipantsChanged")[-1]
    assert (line["actor"]["name"], line["new"]) == ("Ada Agent", {"removed": in_history(added)})
    desk.forget()
    place.write(ticket, place.agent, body="We come tomorrow.")
    assert [p["name"] for p in desk.told("MessageAdded")[0]["recipients"]] == ["Rita Resident"]


def test_taken_off_twice_or_of_another_ticket(desk, place):
    """404."""
    ticket, another = place.heating_ticket(), place.heating_ticket()
    added = desk.ask(place.agent, "add_participant", ticket_id=ticket["id"], email="new@homes.example")
    with refused(desk, NotFound, "participant_not_found"):
        remove(desk, place.agent, another, added)
    remove(desk, place.agent, ticket, added)
    with refused(desk, NotFound, "participant_not_found"):
        remove(desk, place.agent, ticket, added)


def test_who_stays(desk, place):
    """The requester, and whoever answers for it: change the assignee instead."""
    ticket = place.assigned(place.colleague)
    for participant in place.shown(ticket)["participants"]:
        with refused(desk, Conflict, "participant_stays"):
            remove(desk, place.agent, ticket, participant)


def test_who_may_take_off(desk, place):
    """Agents of the ticket alone; for whom it is not there it is absent."""
    ticket = place.heating_ticket()
    added = desk.ask(place.agent, "add_participant", ticket_id=ticket["id"], email="new@homes.example")
    with refused(desk, Forbidden, "not_allowed"):
        remove(desk, place.resident, ticket, added)
    with refused(desk, NotFound, "ticket_not_found"):
        remove(desk, place.lift_agent, ticket, added)


def test_by_whom(desk, place):
    """Agents of the ticket; an agent who only takes part does not let others in."""
    ticket = place.heating_ticket()
    with refused(desk, Forbidden, "not_allowed"):
        desk.ask(place.resident, "add_participant", ticket_id=ticket["id"], email="a@b.example")
    desk.ask(place.agent, "add_participant", ticket_id=ticket["id"], person_id=place.lift_agent.person_id)
    with refused(desk, Forbidden, "not_allowed"):
        desk.ask(place.lift_agent, "add_participant", ticket_id=ticket["id"], email="a@b.example")
