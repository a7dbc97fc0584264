"""The JSON that PostgreSQL builds is what the contract declares, neither more nor less."""

import pytest
from marshmallow import fields

from chassis.testing import MONDAY
from services.dispatch.contract import DeadlineSet
from services.tickets.contract import Tickets
from tests.actions.tickets.given import LINKS, minutes, reply_to


def same_as_contract(schema, document, path=""):
    """Hold a document against a schema: the same names at every depth, values that survive load and dump."""
    assert set(document) == set(schema.fields), path
    loaded = schema.load(document)
    assert schema.load(schema.dump(loaded)) == loaded, path
    for name, field in schema.fields.items():
        nested = field.inner if isinstance(field, fields.List) else field
        if not isinstance(nested, fields.Nested) or document[name] is None:
            continue
        parts = document[name] if isinstance(field, fields.List) else [document[name]]
        for part in parts:
            same_as_contract(nested.schema, part, f"{path}.{name}")


def answer(desk, actor, method, **arguments):
    """Return an answer after it was held against the contract."""
    document = desk.ask(actor, method, **arguments)
    same_as_contract(Tickets.methods()[method].gives(), document, method)
    return document


@pytest.fixture
def full(desk, place):
    """Return a ticket that has everything a ticket can have."""
    category = place.category()
    photo = place.upload(place.resident)
    ticket = place.ticket(
        category=category["id"],
        site=place.flat,
        usergroup=place.heating,
        attachments=[photo["id"]],
        nature="need",
    )
    ticket = place.change(ticket, assignee=place.agent.person_id)
    file = place.upload(place.agent)
    place.write(ticket, place.agent, body="Look.", attachments=[file["id"]])
    place.write(ticket, place.agent, body="A note.", internal=True)
    due = {"first_response_due_at": MONDAY + minutes(60), "resolution_due_at": MONDAY + minutes(600)}
    desk.hear(DeadlineSet, ticket_id=ticket["id"], policy_name="Usual", set_at=MONDAY, **due)
    return ticket


@pytest.mark.parametrize(
    ("who", "messages", "lines"), [("admin", 2, 6), ("agent", 2, 6), ("resident", 1, 4), ("client", 1, 4)]
)
def test_reads(desk, place, full, who, messages, lines):
    """For whoever reads, agent or not."""
    actor = getattr(place, who)
    assert answer(desk, actor, "ticket_by_id", ticket_id=full["id"])["id"] == full["id"]
    assert len(answer(desk, actor, "list_tickets")["items"]) == 1
    assert len(answer(desk, actor, "messages_of_ticket", ticket_id=full["id"])["items"]) == messages
    assert len(answer(desk, actor, "history_of_ticket", ticket_id=full["id"])["items"]) == lines


def test_a_bare_ticket_of_a_stranger(desk, place):
    """Everything that can be null is."""
    mail = place.mail(language=None, mailbox=None, mailbox_id=None, name="")
    ticket_id = mail.data["inbound_message_id"]
    ticket = answer(desk, place.admin, "ticket_by_id", ticket_id=ticket_id)
    assert [ticket[name] for name in ("category", "site", "usergroup", "assignee", "nature")] == [None] * 5
    place.mail(**reply_to(ticket["requester"]))
    answer(desk, place.admin, "messages_of_ticket", ticket_id=ticket_id)
    answer(desk, place.admin, "list_tickets")


def test_commands(desk, place, full):
    """Answers of commands are dumped by the contract, or built as reads are."""
    answer(desk, place.admin, "change_ticket", ticket_id=full["id"], priority="high")
    answer(desk, place.admin, "add_message", ticket_id=full["id"], body="Hello.")
    answer(desk, place.resident, "open_ticket", subject="Again", description="Cold.")
    answer(desk, place.agent, "add_participant", ticket_id=full["id"], email="new@homes.example")
    answer(desk, place.admin, "create_category", name="Keys", slug="keys")
    answer(desk, place.resident, "list_categories")


def test_links(desk, place, full):
    """What whoever has a link is shown."""
    participant_id = full["requester"]["participant_id"]
    follow = LINKS.sign("follow", participant_id)
    shown = answer(desk, place.admin, "follow_request", token=follow)
    assert [message["body"] for message in shown["messages"]] == ["Look."]
    place.change(full, status="resolved")
    rate = LINKS.sign("satisfaction", participant_id)
    answer(desk, place.admin, "satisfaction_request", token=rate)
    answer(desk, place.admin, "give_satisfaction", token=rate, rating=4)


def test_the_answer_to_a_message_is_what_a_read_gives(place, full):
    """Writing answers without reading again."""
    file = place.upload(place.resident)
    written = place.write(full, place.resident, body="Thanks.", attachments=[file["id"]])
    assert place.messages(full, to=place.resident)[-1] == written
    note = place.write(full, place.agent, body="Done?", internal=True)
    assert place.messages(full, to=place.agent)[-1] == note
