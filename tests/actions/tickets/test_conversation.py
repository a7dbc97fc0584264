"""Messages to all who take part, notes to agents."""

from dataclasses import replace

import pytest

from chassis.errors import Forbidden, NotFound
from chassis.ids import new_id
from services.identity.domain import ROLES, united_rights
from tests.actions.tickets.given import refused


def test_a_message_reaches_all_but_its_author(desk, place):
    """With the addresses and languages that mails need."""
    ticket = place.assigned(place.agent)
    desk.forget()
    message = place.write(ticket, place.agent, body="A technician comes tomorrow.")
    (told,) = desk.told("MessageAdded")
    assert [r["name"] for r in told["recipients"]] == ["Rita Resident"]
    assert told["recipients"][0]["email"] == place.resident.email
    assert (told["body"], told["message_id"]) == ("A technician comes tomorrow.", message["id"])
    assert (told["author_role"], told["first_response"], told["channel"]) == ("agent", True, "api")
    desk.forget()
    place.write(ticket, place.resident, body="Thank you.")
    (told,) = desk.told("MessageAdded")
    assert [r["name"] for r in told["recipients"]] == ["Ada Agent"]
    assert (told["author_role"], told["first_response"]) == ("requester", False)


def test_the_first_response_is_first_once(desk, place):
    """And a note is none."""
    ticket = place.heating_ticket()
    place.write(ticket, place.agent, body="For us.", internal=True)
    place.write(ticket, place.agent)
    place.write(ticket, place.agent)
    assert [told["first_response"] for told in desk.told("MessageAdded")] == [True, False]


@pytest.mark.parametrize(
    ("who", "role"),
    [("resident", "requester"), ("agent", "agent"), ("admin", "agent"), ("client", "client")],
)
def test_as_whom_somebody_writes(place, who, role):
    """It shows on the message."""
    ticket = place.heating_ticket(site=place.flat)
    assert place.write(ticket, getattr(place, who))["author_role"] == role


def test_somebody_who_is_agent_and_client_writes_as_either(place):
    """In the group that they serve as an agent, on their firm's requests elsewhere as a client."""
    both = place.someone("agent", "Bo Both", serves=[place.heating], organisation_id=place.owners)
    both = replace(both, rights=united_rights([ROLES["agent"], ROLES["client"]]))
    assert place.write(place.heating_ticket(), both)["author_role"] == "agent"
    of_firm = place.ticket(place.admin, usergroup=place.lifts, site=place.flat)
    assert place.write(of_firm, both)["author_role"] == "client"
    with pytest.raises(NotFound):
        place.write(place.ticket(place.admin, usergroup=place.lifts), both)


def test_somebody_who_is_no_agent_any_more_does_not_write_as_one(place):
    """Though the usergroup's list still names them."""
    former = place.someone("client", "Fay Former", serves=[place.heating], organisation_id=place.owners)
    ticket = place.heating_ticket(site=place.flat)
    assert place.write(ticket, former)["author_role"] == "client"


def test_a_contractor_writes_as_contractor(place):
    """Also the first response is theirs to give."""
    ticket = place.assigned(place.contractor)
    assert place.write(ticket, place.contractor)["author_role"] == "contractor"
    assert place.desk.told("MessageAdded")[-1]["first_response"] is True


def test_a_client_who_writes_on_a_colleagues_request_takes_part(desk, place):
    """So that the answers reach them."""
    ticket = place.heating_ticket(site=place.flat)
    desk.forget()
    place.write(ticket, place.client)
    (told,) = desk.told("TicketParticipantsChanged")
    assert [p["name"] for p in told["participants"]] == ["Rita Resident", "Clara Client"]
    place.write(ticket, place.agent)
    reached = desk.told("MessageAdded")[-1]["recipients"]
    assert [(r["name"], r["role"]) for r in reached][1] == ("Clara Client", "client")
    assert desk.told("TicketParticipantsChanged") == [told]


@pytest.mark.parametrize(
    ("who", "role"),
    [("lift_agent", "agent"), ("neighbour", "requester"), ("worker", "requester"), ("contractor", "requester")],
)
def test_as_whom_a_watcher_writes(desk, place, who, role):
    """As an agent who is one, whoever's ticket it is: what the desk says opens nothing again."""
    watcher, ticket = getattr(place, who), place.assigned(place.agent)
    desk.ask(place.agent, "add_participant", ticket_id=ticket["id"], person_id=watcher.person_id)
    place.change(ticket, status="pending")
    assert place.write(ticket, watcher)["author_role"] == role
    assert place.shown(ticket)["status"] == ("pending" if role == "agent" else "open")


def test_an_agent_writes_on_their_own_request_as_requester(place):
    """They are the one who asked."""
    ticket = place.ticket(place.agent, usergroup=place.heating)
    assert place.write(ticket, place.agent)["author_role"] == "requester"


def test_a_note_is_for_agents(desk, place):
    """Its text is in no fact; contractors on the group's list are not told of it."""
    place.group(place.heating, "Heating", version=2, agents=[place.agent, place.colleague, place.contractor])
    ticket = place.assigned(place.contractor)
    desk.forget()
    note = place.write(ticket, place.agent, body="canary", internal=True)
    (told,) = desk.told()
    assert told["readers"] == [str(place.colleague.person_id)]
    assert (told["message_id"], told["author"]["name"], told["mail"]) == (note["id"], "Ada Agent", None)
    assert "canary" not in str(told)
    assert place.shown(ticket)["status"] == "open"


@pytest.mark.parametrize("who", ["resident", "client"])
def test_no_note_by_anybody_else(desk, place, who):
    """Refused, not kept as a message."""
    ticket = place.heating_ticket(site=place.flat)
    with refused(desk, Forbidden, "not_allowed"):
        place.write(ticket, getattr(place, who), internal=True)


def test_no_note_by_a_contractor(desk, place):
    """Not even on what is assigned to them."""
    ticket = place.assigned(place.contractor)
    with refused(desk, Forbidden, "not_allowed"):
        place.write(ticket, place.contractor, internal=True)


def test_seeing_is_not_answering(desk, place):
    """Who supervises by a role of its own that does not answer reads only."""
    watching = replace(place.manager, roles=("onlooker",), rights=ROLES["requester"])
    ticket = place.heating_ticket()
    assert place.shown(ticket, to=watching)["id"] == ticket["id"]
    with refused(desk, Forbidden, "not_allowed"):
        place.write(ticket, watching)


class TestStatus:
    """What a message does to the status."""

    @pytest.mark.parametrize(
        ("status", "who", "after"),
        [
            ("new", "agent", "open"),
            ("new", "resident", "new"),
            ("open", "resident", "open"),
            ("pending", "agent", "pending"),
            ("pending", "resident", "open"),
            ("in_progress", "resident", "in_progress"),
            ("resolved", "resident", "open"),
            ("resolved", "agent", "resolved"),
            ("closed", "resident", "open"),
        ],
    )
    def test_moves(self, desk, place, status, who, after):
        """And the move is told with its reason."""
        ticket = place.heating_ticket()
        if status != "new":
            place.change(ticket, status=status)
        desk.forget()
        place.write(ticket, getattr(place, who))
        assert place.shown(ticket)["status"] == after
        moves = [(m["from"], m["to"], m["reason"]) for m in desk.told("TicketStatusChanged")]
        assert moves == ([] if after == status else [(status, after, "message")])

    def test_a_note_moves_nothing(self, place):
        """Not even a new one."""
        ticket = place.heating_ticket()
        place.write(ticket, place.agent, internal=True)
        assert place.shown(ticket)["status"] == "new"

    def test_a_reopened_ticket_is_not_resolved(self, place):
        """Its instant goes with it."""
        ticket = place.change(place.heating_ticket(), status="resolved")
        assert ticket["resolved_at"] is not None
        place.write(ticket, place.resident)
        assert place.shown(ticket)["resolved_at"] is None


class TestAttachments:
    """Files of messages."""

    def test_come_with_the_message(self, desk, place):
        """In the conversation and in the fact."""
        ticket = place.heating_ticket()
        photo = place.upload(place.resident, b"cold")
        place.write(ticket, place.resident, attachments=[photo["id"]])
        assert place.messages(ticket)[0]["attachments"] == [photo]
        (told,) = desk.told("MessageAdded")[-1]["attachments"]
        assert told["attachment_id"] == photo["id"] and told["size"] == 4
        assert desk.files.read("tickets", told["sha256"]) == b"cold"
        assert place.shown(ticket)["attachments"] == []

    def test_of_somebody_else(self, desk, place):
        """Foreign is absent."""
        ticket, photo = place.heating_ticket(), place.upload(place.neighbour)
        with refused(desk, NotFound, "attachment_not_found"):
            place.write(ticket, place.resident, attachments=[photo["id"]])

    def test_that_is_in_use_or_was_never_there(self, desk, place):
        """One file, one place."""
        photo = place.upload(place.resident)
        ticket = place.heating_ticket(attachments=[photo["id"]])
        for attachment_id in (photo["id"], new_id()):
            with refused(desk, NotFound, "attachment_not_found"):
                place.write(ticket, place.resident, attachments=[attachment_id])

    def test_named_twice(self, place):
        """Is bound once."""
        ticket, photo = place.heating_ticket(), place.upload(place.resident)
        written = place.write(ticket, place.resident, attachments=[photo["id"], photo["id"]])
        assert written["attachments"] == [photo]


def test_each_message_is_a_newer_ticket(desk, place):
    """Facts carry versions that grow."""
    ticket = place.heating_ticket()
    versions = []
    for who in (place.agent, place.resident, place.agent):
        place.write(ticket, who)
        versions.append(place.shown(ticket)["version"])
    assert versions == [2, 3, 4]


def test_an_inactive_participant_is_told_nothing(desk, place):
    """Who has left gets no mail."""
    ticket = place.heating_ticket()
    place.person(place.resident, version=2, active=False)
    place.write(ticket, place.agent)
    assert desk.told("MessageAdded")[-1]["recipients"] == []
