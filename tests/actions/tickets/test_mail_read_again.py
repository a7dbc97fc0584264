"""Mails that could not be read at first: their text comes once they were read again, and once only."""

import pytest

from chassis.actors import system_actor
from chassis.testing import MONDAY
from services.inbound import actions, queries
from services.inbound.contract import MessageReceived
from tests.actions.inbound import given as inbound
from tests.actions.tickets.given import a_mail, reply_to

PDF = b"%PDF"


@pytest.fixture
def unreadable(desk):
    """Return what is told of a mail that cannot be read: no text, and the whole mail as a file."""
    whole = {"sha256": desk.files.keep("inbound", b"whole"), "size": 5}
    return {"body": "", "language": None, "readable": False, "attachments": [
        {**whole, "filename": "message.eml", "content_type": "message/rfc822"}
    ]}  # fmt: skip


@pytest.fixture
def readable(desk):
    """Return what is told of the same mail once it was read again."""
    part = {"sha256": desk.files.keep("inbound", PDF), "size": 4}
    return {"body": "Il fait froid dehors.", "readable": True, "version": 2, "attachments": [
        {**part, "filename": "a.pdf", "content_type": "application/pdf"}
    ]}  # fmt: skip


def ticket_of(mail):
    """Return the ticket that a mail without a token has become, as far as its id."""
    return {"id": str(mail["inbound_message_id"])}


def found_by(place, words):
    """Return the ids of the tickets that are found by words."""
    return [ticket["id"] for ticket in place.desk.ask(place.admin, "list_tickets", q=words)["items"]]


def test_the_text_of_a_ticket_that_was_opened_without(desk, place, unreadable, readable):
    """Is a message of whoever asked, with its files, found, in the history and told, as of any mail."""
    mail = a_mail(**unreadable)
    place.mail(**mail)
    ticket = place.shown(ticket_of(mail))
    place.change(ticket, status="resolved", assignee=place.agent.person_id)
    desk.forget()
    place.mail(**mail | readable)
    (message,) = place.messages(ticket)
    assert (message["body"], message["author_role"], message["channel"], message["internal"]) == (
        *("Il fait froid dehors.", "requester", "mail"),
        False,
    )
    assert (message["unverified"], message["author"]["email"]) == (False, "nobody@homes.example")
    assert [file["filename"] for file in message["attachments"]] == ["a.pdf"]
    after = place.shown(ticket)
    assert (after["description"], after["status"]) == ("", "open")
    assert [file["filename"] for file in after["attachments"]] == ["message.eml"]
    assert found_by(place, "dehors") == [ticket["id"]]
    (line,) = desk.history(place.agent, ticket, "MessageAdded")
    assert line["new"] == {"message_id": message["id"], "author_role": "requester", "channel": "mail"}
    told_message, told_status = desk.told()
    assert (told_message["message_id"], told_message["body"]) == (message["id"], "Il fait froid dehors.")
    assert [one["person_id"] for one in told_message["recipients"]] == [str(place.agent.person_id)]
    assert (told_status["from"], told_status["to"]) == ("resolved", "open")


def test_the_text_of_a_reply_that_came_without(desk, place, unreadable, readable):
    """Is the next message of the same participant."""
    ticket = place.heating_ticket()
    mail = reply_to(ticket["requester"], **unreadable)
    place.mail(**mail)
    desk.forget()
    place.mail(**mail | readable)
    empty, message = place.messages(ticket, to=place.resident)
    assert (empty["id"], empty["body"]) == (str(mail["inbound_message_id"]), "")
    assert (message["body"], message["internal"], message["unverified"]) == ("Il fait froid dehors.", False, False)
    assert message["author"]["person_id"] == str(place.resident.person_id)
    assert [file["filename"] for file in message["attachments"]] == ["a.pdf"]
    assert [fact["message_id"] for fact in desk.told("MessageAdded")] == [message["id"]]
    assert found_by(place, "dehors") == [ticket["id"]]


@pytest.mark.parametrize("is_reply", [False, True])
def test_a_mail_told_more_than_once_is_one_message(desk, place, unreadable, readable, is_reply):
    """By a fact that comes twice, or another replay, and though the first fact comes late: one message."""
    ticket = place.ticket()
    mail = reply_to(ticket["requester"], **unreadable) if is_reply else a_mail(**unreadable)
    place.mail(**mail)
    place.mail(**mail | readable)
    ticket = ticket if is_reply else ticket_of(mail)
    before = place.messages(ticket)
    desk.forget()
    for again in (readable, {**readable, "version": 3}, {"version": 1}, {"version": 4}):
        place.mail(**mail | again)
    assert place.messages(ticket) == before
    assert desk.told() == []


@pytest.mark.parametrize("is_reply", [False, True])
def test_nothing_is_added_where_the_unreadable_mail_comes_late(desk, place, unreadable, readable, is_reply):
    """The text is there already, as of any mail, and nothing is added."""
    ticket = place.ticket()
    mail = reply_to(ticket["requester"], **unreadable) if is_reply else a_mail(**unreadable)
    place.mail(**mail | readable)
    ticket = ticket if is_reply else ticket_of(mail)
    before = place.shown(ticket), place.messages(ticket)
    assert len(before[1]) == is_reply
    desk.forget()
    place.mail(**mail)
    place.mail(**mail | readable)
    assert (place.shown(ticket), place.messages(ticket)) == before
    assert desk.told() == []


def test_a_mail_that_is_unreadable_again_adds_nothing(desk, place, unreadable):
    """There is no text to bring."""
    mail = a_mail(**unreadable)
    place.mail(**mail)
    desk.forget()
    place.mail(**mail, version=2)
    assert (place.messages(ticket_of(mail)), desk.told()) == ([], [])


def test_the_text_of_a_mail_in_somebodys_name_is_unverified(desk, place, unreadable, readable):
    """The text is as unverified as the ticket is, and nobody's deed."""
    mail = a_mail(sender=place.resident.email, **unreadable)
    place.mail(**mail)
    place.mail(**mail | readable)
    (message,) = place.messages(ticket_of(mail), to=place.resident)
    assert (message["unverified"], message["internal"], message["author"]["person_id"]) == (True, False, None)
    (line,) = desk.history(place.agent, ticket_of(mail), "MessageAdded")
    assert (line["actor"], line["new"]["unverified"]) == ({"person_id": None, "name": "Rita Resident"}, True)


def test_a_text_of_another_sender_than_the_envelopes_is_a_note(desk, place, unreadable, readable):
    """Where not even the header could be read the envelope was believed; what is not its words is a note."""
    mail = a_mail(**unreadable)
    place.mail(**mail)
    desk.forget()
    place.mail(**{**mail, **readable, "from": {"email": "mallory@evil.example", "name": "M."}})
    (note,) = place.messages(ticket_of(mail))
    assert (note["internal"], note["unverified"], note["author_role"]) == (True, True, "system")
    assert desk.told("MessageAdded") == []


def test_a_header_that_names_its_conversation_only_then(place, unreadable, readable):
    """The text goes where it belongs, and not to the ticket that was opened for want of it as well."""
    ticket = place.ticket()
    mail = a_mail(**unreadable)
    place.mail(**mail)
    answer = reply_to(ticket["requester"], inbound_message_id=mail["inbound_message_id"])
    for _ in range(2):
        place.mail(**answer | readable)
    assert [message["body"] for message in place.messages(ticket)] == ["Il fait froid dehors."]
    assert place.messages(ticket_of(mail)) == []


def test_from_the_replay_to_the_ticket(desk, place, work_of):
    """inbound tells what it reads again, and whoever looks at the ticket has the text."""
    copy = {"sha256": desk.files.keep("inbound", b"whole"), "size": 5}
    reading = work_of("inbound", actor=system_actor("inbound"))
    row = inbound.received(reading)
    inbound.conclude(reading, (row, inbound.unreadable("malformed", copy=copy)))
    reading.flush()
    actions.replay_inbound_message(reading, inbound.ADMIN, inbound_message_id=row.id)
    (again,) = reading.load(queries.FRESH_MESSAGES, now=MONDAY, limit=50)
    inbound.conclude(reading, (again, inbound.read_as(body="The lift is stuck.")))
    assert inbound.state_of(reading, row).state == "told"
    told_of_it = "SELECT version, payload FROM outbox WHERE payload->>'inbound_message_id' = %(id)s ORDER BY id"
    unread, read = reading.load(told_of_it, id=str(row.id))
    for fact in (unread, read):
        desk.hear(MessageReceived, version=fact.version, **MessageReceived().load(fact.payload))
    (message,) = place.messages({"id": str(row.id)})
    assert (message["body"], message["internal"]) == ("The lift is stuck.", False)
    assert [fact["body"] for fact in desk.told("MessageAdded")] == ["The lift is stuck."]
