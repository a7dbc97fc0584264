"""Who sees which ticket: one table, held against every way to a ticket."""

from dataclasses import replace
from types import SimpleNamespace
from uuid import UUID

import pytest

from chassis.errors import NotFound
from chassis.ids import new_id
from services.tickets.access import reads_notes_of
from tests.actions.tickets.given import refused, reply_to

#: Which of the tickets below each of the place's people sees.
SEEN = {
    "admin": "plain private ungrouped lifts owners contracted owners_private",
    "agent": "plain private ungrouped owners owners_private",
    "colleague": "plain private ungrouped owners owners_private",
    "lift_agent": "ungrouped lifts owners contracted",
    "manager": "plain",
    "resident": "plain private owners_private",
    "neighbour": "ungrouped lifts owners contracted",
    "client": "owners",
    "other_client": "",
    "worker": "",
    "contractor": "contracted",
}
#: Whose notes, agents' history and strangers' addresses each reads.
READS_NOTES = {
    "admin": SEEN["admin"],
    "agent": SEEN["agent"],
    "colleague": SEEN["colleague"],
    "lift_agent": SEEN["lift_agent"],
    "manager": "plain",
}
PEOPLE = sorted(SEEN)


@pytest.fixture(scope="module")
def tickets(shared_place):
    """Return a ticket of every kind that matters here, by name."""
    place = shared_place
    made = {
        "plain": place.heating_ticket(),
        "private": place.heating_ticket(private=True),
        "ungrouped": place.ticket(place.neighbour),
        "lifts": place.change(place.ticket(place.neighbour), usergroup=place.lifts),
        "owners": place.ticket(place.neighbour, site=place.flat),
        "contracted": place.change(
            place.ticket(place.neighbour), usergroup=place.lifts, assignee=place.contractor.person_id
        ),
        "owners_private": place.heating_ticket(private=True, site=place.flat),
    }
    for ticket in made.values():
        place.write(ticket, place.admin, body="canary in a note", internal=True)
    return made


def names_of(tickets, shown):
    """Return the names of tickets by what was shown of them."""
    ids = {ticket["id"]: name for name, ticket in tickets.items()}
    return {ids[ticket["id"]] for ticket in shown}


def seen_by(who):
    """Return the names of the tickets that somebody sees."""
    return set(SEEN[who].split())


@pytest.mark.parametrize("who", PEOPLE)
def test_lists(desk, place, tickets, who):
    """The list holds what is theirs to see, also whatever they filter by and search for."""
    actor = getattr(place, who)
    mine = seen_by(who)
    filters = (
        {},
        {"q": "heating"},
        {"status": "new,open"},
        {"unregistered": False},
        {"limit": 100},
    )
    for filtered in filters:
        page = desk.ask(actor, "list_tickets", **filtered)
        assert (names_of(tickets, page["items"]), page["next_cursor"]) == (mine, None), filtered
    of_lifts = desk.ask(actor, "list_tickets", usergroup=place.lifts)["items"]
    assert names_of(tickets, of_lifts) == mine & {"lifts", "contracted"}
    of_neighbour = desk.ask(actor, "list_tickets", requester=place.neighbour.person_id)["items"]
    assert names_of(tickets, of_neighbour) == mine & {"ungrouped", "lifts", "owners", "contracted"}
    at_property = desk.ask(actor, "list_tickets", site=place.property)["items"]
    assert names_of(tickets, at_property) == mine & {"owners", "owners_private"}


@pytest.mark.parametrize("who", PEOPLE)
def test_one_by_one(desk, place, tickets, who):
    """Reading one, its conversation or its history goes by the same; foreign is absent."""
    actor = getattr(place, who)
    for name, ticket in tickets.items():
        for method in ("ticket_by_id", "messages_of_ticket", "history_of_ticket"):
            if name in seen_by(who):
                desk.ask(actor, method, ticket_id=ticket["id"])
            else:
                with pytest.raises(NotFound) as foreign:
                    desk.ask(actor, method, ticket_id=ticket["id"])
                with pytest.raises(NotFound) as missing:
                    desk.ask(actor, method, ticket_id=new_id())
                assert foreign.value.args == missing.value.args


@pytest.mark.parametrize("who", PEOPLE)
def test_writing_and_changing_what_is_not_seen(desk, place, tickets, who):
    """Absent as well, and nothing happens."""
    actor = getattr(place, who)
    for name, ticket in tickets.items():
        if name not in seen_by(who):
            with refused(desk, NotFound, "ticket_not_found"):
                place.write(ticket, actor)
            with refused(desk, NotFound, "ticket_not_found"):
                place.change(ticket, actor, subject="Mine now")


@pytest.mark.parametrize("who", PEOPLE)
def test_notes_and_what_else_is_internal(desk, place, tickets, who):
    """For the ticket's agents only: notes, the agents' history, the internal part, search in notes."""
    actor = getattr(place, who)
    readable = set(READS_NOTES.get(who, "").split())
    for name in seen_by(who):
        ticket = desk.ask(actor, "ticket_by_id", ticket_id=tickets[name]["id"])
        bodies = [message["body"] for message in place.messages(ticket, to=actor)]
        audiences = {line["audience"] for line in desk.history(actor, ticket)}
        assert (ticket["internal"] is not None) == (name in readable), name
        assert bodies == (["canary in a note"] if name in readable else []), name
        assert ("agents" in audiences) == (name in readable), name
    assert names_of(tickets, desk.ask(actor, "list_tickets", q="canary")["items"]) == readable


@pytest.mark.parametrize("who", PEOPLE)
def test_the_same_is_said_of_a_ticket_that_is_not_written_yet(place, tickets, who):
    """`reads_notes_of` and `INTERNAL` are two ways of saying one thing."""
    actor = getattr(place, who)
    for name, ticket in tickets.items():
        if ticket["assignee"]:
            continue
        usergroup_id = ticket["usergroup"] and UUID(ticket["usergroup"]["id"])
        row = SimpleNamespace(usergroup_id=usergroup_id, private=ticket["private"])
        assert reads_notes_of(actor, row) == (name in READS_NOTES.get(who, "").split()), name


@pytest.mark.parametrize("who", sorted(set(SEEN) - {"client", "other_client"}))
def test_the_organisation_of_whoever_is_no_client_shows_nothing(desk, place, tickets, who):
    """They see what they would see without it."""
    actor = replace(getattr(place, who), organisation_id=place.owners)
    assert names_of(tickets, desk.ask(actor, "list_tickets")["items"]) == seen_by(who)


def test_a_supervisor_who_answers_for_a_private_ticket_changes_it(place, tickets):
    """Private hides it from them only while it is not theirs."""
    ticket = place.change(tickets["private"], assignee=place.manager.person_id)
    assert place.change(ticket, place.manager, priority="high")["priority"] == "high"


def test_a_watcher_sees_beyond_their_role(desk, place, tickets):
    """Whoever takes part reads and answers, and still sees no note."""
    added = {"person_id": place.worker.person_id, "role": "watcher"}
    desk.ask(place.agent, "add_participant", ticket_id=tickets["private"]["id"], **added)
    assert names_of(tickets, desk.ask(place.worker, "list_tickets")["items"]) == {"private"}
    place.write(tickets["private"], place.worker, body="Seen.")
    assert [m["body"] for m in place.messages(tickets["private"], to=place.worker)] == ["Seen."]


def test_an_agent_who_only_takes_part_reads_no_notes(desk, place, tickets):
    """Serving another group gives no sight of this one's; answering for it does, while they serve its group, too."""
    ticket = tickets["plain"]
    desk.ask(place.agent, "add_participant", ticket_id=ticket["id"], person_id=place.lift_agent.person_id)
    shown = place.shown(ticket, to=place.lift_agent)
    assert (shown["internal"], place.messages(ticket, to=place.lift_agent)) == (None, [])
    found = desk.ask(place.lift_agent, "list_tickets", q="canary")["items"]
    assert names_of(tickets, found) == set(READS_NOTES["lift_agent"].split())
    assert "plain" in names_of(tickets, desk.ask(place.lift_agent, "list_tickets", q="heating")["items"])
    place.group(place.heating, "Heating", version=2, agents=[place.lift_agent])
    place.change(ticket, assignee=place.lift_agent.person_id)
    for serves, notes in (({place.lifts}, []), ({place.lifts, place.heating}, ["canary in a note"])):
        agent = replace(place.lift_agent, serves=frozenset(serves))
        assert [m["body"] for m in place.messages(ticket, to=agent)] == notes
        assert (place.shown(ticket, to=agent)["internal"] is not None) == bool(notes)


def test_addresses_are_for_agents_and_their_owner(place, tickets):
    """A neighbour who watches learns names, not addresses."""
    ticket = tickets["plain"]
    added = {"person_id": place.neighbour.person_id}
    place.desk.ask(place.agent, "add_participant", ticket_id=ticket["id"], **added)

    def addresses(actor):
        shown = place.shown(ticket, to=actor)
        return {p["name"]: p["email"] for p in [shown["requester"], *shown["participants"]]}

    rita, nils = place.resident.email, place.neighbour.email
    assert addresses(place.agent) == {"Rita Resident": rita, "Nils Neighbour": nils}
    assert addresses(place.resident) == {"Rita Resident": rita, "Nils Neighbour": None}
    assert addresses(place.neighbour) == {"Rita Resident": None, "Nils Neighbour": nils}


def test_a_strangers_address_is_in_no_name(desk, place):
    """Neither where the mail gives no name, nor where it gives the address for one, nor of whom an agent adds."""
    mail = place.mail(sender="nadia.n@homes.example", name="nadia.n@homes.example").data
    ticket = place.shown({"id": str(mail["inbound_message_id"])})
    place.mail(**reply_to(ticket["requester"], body="Any news?"))
    for added in ({"email": "gus.guest@homes.example"}, {"person_id": place.neighbour.person_id}):
        desk.ask(place.admin, "add_participant", ticket_id=ticket["id"], **added)
    reads = ("ticket_by_id", "messages_of_ticket", "history_of_ticket")
    seen = str([desk.ask(place.neighbour, method, ticket_id=ticket["id"]) for method in reads])
    seen = seen.replace(place.neighbour.email, "their own")
    assert "nadia.n" in seen and "gus.guest" in seen
    assert "@" not in seen
