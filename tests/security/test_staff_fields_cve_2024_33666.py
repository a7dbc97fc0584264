"""CVE-2024-33666 (Zammad), CVE-2022-1004 (OTRS): customers were shown fields that are kept for the staff.

Here there is one list of what whoever is outside the desk gets of a ticket, of its conversation and of its history:
key by key, however deep, so that a new field is for agents until it is put on this list.
"""

import pytest

from chassis.testing import MONDAY
from services.dispatch.contract import DeadlineMissed, DeadlineSet
from tests.actions.tickets.given import minutes

NAMED = ("id", "name")
PERSON = ("participant_id", "person_id", "name", "email")
FILE = ("id", "filename", "content_type", "size")


def below(key, names):
    """Return paths of names below a key."""
    return {f"{key}.{name}" for name in names}


IN_LIST = {
    *("id", "number", "subject", "status", "priority", "kind", "nature", "channel", "private", "version"),
    *("first_response_due_at", "resolution_due_at", "opened_at", "updated_at", "pending", "excerpt"),
    *below("category", NAMED), *below("site", NAMED), *below("usergroup", NAMED), *below("assignee", NAMED),
    *below("requester", PERSON),
}  # fmt: skip
TICKET = IN_LIST - {"excerpt"} | {
    *("description", "language", "resolved_at", "links", "internal"),
    *below("participants", (*PERSON, "role")), *below("attachments", FILE),
}  # fmt: skip
MESSAGE = {
    *("id", "ticket_id", "body", "internal", "author_role", "channel", "automatic", "unverified", "written_at"),
    *below("author", PERSON), *below("attachments", FILE),
}  # fmt: skip
HISTORY = {
    *("id", "kind", "audience", "source", "occurred_at", *below("actor", ("person_id", "name"))),
    *("old", "old.category", "old.priority", "old.private", "old.site", "old.status", "old.subject"),
    *("old.usergroup", "new.assignee", "new.by", "new.category", "new.priority", "new.private", "new.site"),
    *("new.status", "new.reason", "new.subject", "new.usergroup", "new.chosen", "new.added.name", "new.added.role"),
    *("new.kind", "new.channel", "new.message_id", "new.author_role"),
    # The ids of what the ticket itself shows, or showed, them by its id.
    *("old.category_id", "old.site_id", "old.usergroup_id", "new.assignee_id", "new.category_id", "new.site_id"),
    *("new.usergroup_id", "new.added.participant_id", "new.added.person_id"),
}  # fmt: skip
OUTSIDE = ("resident", "client", "contractor")


def paths_of(value, prefix=""):
    """Return the path of every leaf of a JSON value; lists add nothing to it."""
    if isinstance(value, list) and value:
        return set().union(*(paths_of(each, prefix) for each in value))
    if isinstance(value, dict):
        return set().union(*(paths_of(each, f"{prefix}.{name}".lstrip(".")) for name, each in value.items()))
    return {prefix}


@pytest.fixture
def ticket(desk, place):
    """Return a ticket to which everything has happened that outsiders and agents are told of."""
    photo, answer = place.upload(place.resident), place.upload(place.agent)
    made = place.heating_ticket(category=place.category()["id"], site=place.flat, attachments=[photo["id"]])
    place.change(made, priority="high", subject="Boiler", site=place.property, category=place.category("B")["id"])
    place.change(made, usergroup=place.lifts, assignee=place.contractor.person_id)
    place.change(made, usergroup=place.heating, private=True)
    place.change(made, private=False, status="pending")
    desk.ask(place.agent, "add_participant", ticket_id=made["id"], email="guest@homes.example")
    place.write(made, place.agent, body="We come.", attachments=[answer["id"]])
    place.write(made, place.agent, body="canary in a note", internal=True)
    due = {"first_response_due_at": MONDAY - minutes(5), "resolution_due_at": MONDAY + minutes(5)}
    due |= {"policy_name": "Default", "set_at": MONDAY}
    desk.hear(DeadlineSet, ticket_id=made["id"], **due)
    missed = {"which": "first_response", "due_at": MONDAY - minutes(5)}
    desk.hear(DeadlineMissed, ticket_id=made["id"], **missed)
    return made


@pytest.mark.parametrize("who", OUTSIDE)
def test_a_ticket_shows_no_staff_field_to_others(desk, place, ticket, who):
    """In the list and by itself; `internal` is always there and empty."""
    actor = getattr(place, who)
    (listed,) = desk.ask(actor, "list_tickets")["items"]
    shown = place.shown(ticket, to=actor)
    assert (paths_of(listed), paths_of(shown), shown["internal"]) == (IN_LIST, TICKET, None)
    assert desk.ask(actor, "list_tickets", q="canary")["items"] == []


@pytest.mark.parametrize("who", OUTSIDE)
def test_the_conversation_shows_no_note_to_others(place, ticket, who):
    """No note, no address but one's own."""
    actor = getattr(place, who)
    messages = place.messages(ticket, to=actor)
    assert (paths_of(messages), [message["body"] for message in messages]) == (MESSAGE, ["We come."])
    people = [*place.shown(ticket, to=actor)["participants"], *(message["author"] for message in messages)]
    assert {one["email"] for one in people} <= {None, actor.email}


@pytest.mark.parametrize("who", OUTSIDE)
def test_the_history_shows_no_line_for_agents_to_others(desk, place, ticket, who):
    """No line for agents, and nothing in a line that is not on the list."""
    lines = desk.history(getattr(place, who), ticket)
    assert paths_of(lines) ^ HISTORY == set()
    assert {line["audience"] for line in lines} == {"all", "participants"}
    assert {line["kind"] for line in lines} & {"NoteAdded", "DeadlineMissed"} == set()


@pytest.mark.parametrize("who", OUTSIDE)
def test_of_the_history_by_numbers_that_are_guessed(desk, place, ticket, who):
    """A line for agents is no cursor: whoever counts through the numbers learns neither that it is there nor when."""
    actor = getattr(place, who)
    place.change(ticket, priority="low")

    def after(line):
        return desk.ask(actor, "history_of_ticket", ticket_id=ticket["id"], cursor=str(line["id"]))["items"]

    hidden = [line for line in desk.history(place.agent, ticket) if line["audience"] == "agents"]
    assert [line["kind"] for line in hidden] == ["NoteAdded", "DeadlineSet", "DeadlineMissed"]
    assert [after(line) for line in hidden] == [[], [], []]
    first, *others = desk.history(actor, ticket)
    assert after(first) == others


def test_agents_have_more(desk, place, ticket):
    """So there is something to be hidden."""
    assert "internal.first_response_missed" in paths_of(place.shown(ticket, to=place.agent))
    assert "agents" in {line["audience"] for line in desk.history(place.agent, ticket)}
    assert [message["body"] for message in place.messages(ticket, to=place.agent)] == ["We come.", "canary in a note"]
