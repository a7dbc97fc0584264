"""No open ticket stays with somebody who could not be given it any more."""

import pytest

from tests.actions.tickets.given import minutes
from tests.actions.tickets.routing import decide, look


def leaves(place):
    """Take Ada out of the group."""
    place.group(place.heating, "Heating", version=2, agents=[place.colleague])


def is_closed(place):
    """Close her account."""
    place.person(place.agent, version=2, active=False)


def loses_her_role(place):
    """Make a requester of her, in the list still."""
    place.person(place.agent, version=2, roles=["requester"])


ENDS = [leaves, is_closed, loses_her_role]


@pytest.mark.parametrize("ends", ENDS, ids=lambda ends: ends.__name__)
def test_a_ticket_of_somebody_who_cannot_serve_it(desk, place, ends):
    """It is nobody's, with a line; whoever keeps assignee or participants is told, and dispatch that it is its turn."""
    ticket = place.assigned(place.agent)
    ends(place)
    assigned, participants = look(desk)
    me = str(place.agent.person_id)
    assert [assigned[name] for name in ("assignee_id", "by", "decision", "unable_id")] == [None, "routing", None, me]
    assert [one["name"] for one in participants["participants"]] == ["Rita Resident"]
    shown = place.shown(ticket)
    assert (shown["assignee"], shown["status"], shown["version"]) == (None, "open", ticket["version"] + 1)
    line = desk.history(place.resident, ticket, "TicketAssigned")[-1]
    assert (line["actor"], line["old"]) == (None, {"assignee": "Ada Agent", "assignee_id": me})
    assert line["new"] == {"assignee": None, "assignee_id": None, "by": "routing", "cause": "cannot_serve"}
    assert look(desk) == []


def test_a_ticket_of_somebody_who_watches_it_besides(desk, place):
    """They go on taking part, so nothing is told of that."""
    ticket = place.heating_ticket()
    desk.ask(place.agent, "add_participant", ticket_id=ticket["id"], person_id=place.agent.person_id)
    place.change(ticket, assignee=place.agent.person_id)
    leaves(place)
    (assigned,) = look(desk)
    assert (assigned["assignee_id"], assigned["unable_id"]) == (None, str(place.agent.person_id))


@pytest.mark.parametrize("ends", ENDS, ids=lambda ends: ends.__name__)
def test_whom_dispatch_finds_then_gets_it(desk, place, ends):
    """Though a person had chosen the one before."""
    ticket = place.assigned(place.agent)
    ends(place)
    look(desk)
    decide(desk, ticket, place.colleague, version=2)
    assert place.shown(ticket)["assignee"]["name"] == "Carl Colleague"
    assert look(desk) == []


def test_a_decision_that_comes_after_the_change(desk, place):
    """It is refused, and dispatch told that it is its turn: the same end in the other order."""
    ticket = place.heating_ticket()
    leaves(place)
    desk.forget()
    decide(desk, ticket, place.agent, decided_at=desk.work.now - minutes(1))
    (told,) = desk.told()
    assert (told["assignee_id"], told["unable_id"]) == (None, str(place.agent.person_id))
    assert look(desk) == []


def test_what_stays(desk, place):
    """Settled tickets, those of others, of contractors, of supervisors, and the agent's own in no group."""
    for person in (place.colleague, place.contractor, place.manager):
        place.assigned(person)
    place.change(place.assigned(place.agent), status="resolved")
    place.change(place.ticket(place.neighbour), assignee=place.agent.person_id)
    leaves(place)
    assert look(desk) == []


def test_many(desk, place):
    """Some in each transaction, the oldest first."""
    tickets = [place.assigned(place.agent) for _ in range(3)]
    leaves(place)
    taken = [
        [told["ticket_id"] for told in look(desk, limit=2) if "unable_id" in told],
        [told["ticket_id"] for told in look(desk, limit=2) if "unable_id" in told],
    ]
    ids = [ticket["id"] for ticket in tickets]
    assert taken == [ids[:2], ids[2:]]
