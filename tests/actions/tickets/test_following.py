"""Links without an account: follow a request, rate it."""

from uuid import UUID

import pytest

from chassis.actors import ANONYMOUS
from chassis.errors import Conflict, NotFound
from chassis.file_links import file_link
from chassis.ids import new_id
from chassis.testing import MONDAY
from services.dispatch.contract import InterventionReplanned
from services.fieldwork.contract import ClockedIn, ClockedOut
from services.tickets.models import Message
from tests.actions.tickets.given import LINKS, minutes, refused
from tests.actions.tickets.interventions import Intervention


def follow(desk, participant_id):
    """Return what a participant's follow link shows."""
    token = LINKS.sign("follow", str(participant_id))
    return desk.ask(ANONYMOUS, "follow_request", token=token)


def link_to(participant_id, attachment):
    """Return the link of a participant to a file."""
    return file_link(LINKS, "https://desk.example", UUID(participant_id), UUID(attachment["id"]))


def download(desk, url):
    """Return what the gateway is told of the file that a link is for."""
    assert url.startswith("https://desk.example/api/v1/public/attachments/")
    return desk.ask(ANONYMOUS, "followed_attachment", token=url.rpartition("/")[2])


def pages(desk, participant_id, cursor=None):
    """Return the bodies that a follow link shows, page by page, the newest first."""
    token = LINKS.sign("follow", str(participant_id))
    while True:
        page = desk.ask(ANONYMOUS, "follow_request", token=token, cursor=cursor)
        yield [message["body"] for message in page["messages"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return


def rate(desk, participant_id, rating=5, comment="Parfait"):
    """Rate by a participant's link."""
    token = LINKS.sign("satisfaction", str(participant_id))
    return desk.ask(ANONYMOUS, "give_satisfaction", token=token, rating=rating, comment=comment)


def _put(desk, ticket, body, *, internal=False):
    """Add a message as it is kept, without all that follows from it."""
    by = {"author_name": "Ada", "author_role": "agent", "channel": "api", "written_at": MONDAY}
    desk.work.add(Message(ticket_id=UUID(ticket["id"]), body=body, internal=internal, **by))
    desk.work.flush()


@pytest.fixture
def resolved(place):
    """Return a ticket of the usergroup `heating` that is resolved."""
    return place.change(place.assigned(place.agent), status="resolved")


class TestFollowing:
    """The follow link of a webform or a mail."""

    @pytest.mark.parametrize("purpose", ["submitted", "reported"])
    def test_before_the_ticket_is_open(self, desk, purpose):
        """The link that a webform answers works at once."""
        token = LINKS.sign(purpose, str(new_id()))
        unknown = dict.fromkeys(("number", "subject", "description", "next_cursor"))
        shown = desk.ask(ANONYMOUS, "follow_request", token=token)
        assert shown == {**unknown, "status": "received", "attachments": [], "interventions": [], "messages": []}

    def test_by_the_link_of_whoever_is_taken_off(self, desk, place):
        """A link that is mailed is for somebody who took part; without them it is none."""
        ticket = place.assigned(place.agent)
        agent = next(one for one in ticket["participants"] if one["name"] == "Ada Agent")["participant_id"]
        assert follow(desk, agent)["number"] == ticket["number"]
        place.change(ticket, assignee=place.colleague.person_id)
        with refused(desk, NotFound, "link_not_found"):
            follow(desk, agent)

    def test_by_the_link_of_whoever_named_no_address(self, desk, place):
        """It is the only way to the conversation, and nobody else's."""
        form = place.webform(email=None).data
        ticket = place.shown({"id": str(form["submission_id"])})
        place.write(ticket, place.admin, body="We come tomorrow.")
        shown = desk.ask(ANONYMOUS, "follow_request", token=LINKS.sign("reported", str(form["participant_id"])))
        assert (shown["number"], [m["body"] for m in shown["messages"]]) == (ticket["number"], ["We come tomorrow."])

    def test_afterwards(self, desk, place):
        """Number, status and public messages; no note, no address, nothing of another ticket."""
        another = place.heating_ticket(attachments=[place.upload(place.resident, filename="canary.jpg")["id"]])
        place.write(another, place.admin, body="canary")
        Intervention(desk, place, another).planned()
        form = place.webform().data
        ticket = place.shown({"id": str(form["submission_id"])})
        place.write(ticket, place.admin, body="We come tomorrow.")
        place.write(ticket, place.admin, body="canary", internal=True)
        shown = follow(desk, form["participant_id"])
        assert (shown["number"], shown["subject"], shown["status"]) == (ticket["number"], "Licht", "open")
        assert (shown["description"], shown["interventions"]) == ("Das Licht im Keller ist aus.", [])
        assert shown["attachments"] == []
        assert [(m["author_name"], m["author_role"], m["body"]) for m in shown["messages"]] == [
            ("Admin", "agent", "We come tomorrow.")
        ]
        assert "canary" not in str(shown) and "@" not in str(shown)

    def test_by_the_link_of_whoever_named_an_address(self, desk, place):
        """How far it is, and nothing of what was said: the address may be another's (CVE-2024-49193)."""
        form = place.webform(email=place.resident.email).data
        ticket = place.shown({"id": str(form["submission_id"])})
        place.write(ticket, place.admin, body="canary: the door code is 4711")
        place.write(ticket, place.resident, body="canary: call me")
        Intervention(desk, place, ticket).planned()
        token = LINKS.sign("submitted", str(form["participant_id"]))
        shown = desk.ask(ANONYMOUS, "follow_request", token=token)
        assert (shown["number"], shown["status"]) == (ticket["number"], "planned")
        assert (shown["messages"], shown["interventions"]) == ([], [])
        assert "canary" not in str(shown) and "Rita" not in str(shown)
        assert len(follow(desk, form["participant_id"])["messages"]) == 2

    def test_when_somebody_comes(self, desk, place):
        """The windows as they are now, without anybody's name; not those of other tickets."""
        ticket = place.heating_ticket()
        first, second = Intervention(desk, place, ticket), Intervention(desk, place, ticket)
        second.planned(starts_at=MONDAY + minutes(120))
        Intervention(desk, place, place.ticket()).planned()
        first.planned(starts_at=MONDAY + minutes(15))
        first.replanned()
        window = {"starts_at": "2026-11-16T09:00:00+00:00", "ends_at": "2026-11-16T10:00:00+00:00"}
        later = {"starts_at": "2026-11-16T11:00:00+00:00", "ends_at": "2026-11-16T12:00:00+00:00"}
        shown = follow(desk, ticket["requester"]["participant_id"])
        assert shown["interventions"] == [{**window, "state": "planned"}, {**later, "state": "planned"}]
        assert "Will" not in str(shown)
        first.cancelled()
        shown = follow(desk, ticket["requester"]["participant_id"])
        assert shown["interventions"] == [{**window, "state": "cancelled"}, {**later, "state": "planned"}]
        assert set(shown) == {
            "number",
            "subject",
            "description",
            "status",
            "interventions",
            "messages",
            "next_cursor",
            "attachments",
        }

    @pytest.mark.parametrize(("written", "sizes"), [(50, [50]), (51, [50, 1]), (110, [50, 50, 10])])
    def test_a_long_conversation(self, desk, place, written, sizes):
        """Comes by pages, the newest first; notes count for nothing."""
        ticket = place.heating_ticket()
        bodies = [f"message {count}" for count in range(written)]
        for body in bodies:
            _put(desk, ticket, body)
            _put(desk, ticket, "canary", internal=True)
        shown = list(pages(desk, ticket["requester"]["participant_id"]))
        assert list(map(len, shown)) == sizes
        assert [body for page in reversed(shown) for body in page] == bodies

    def test_long_messages(self, desk, place):
        """An answer has 1 MiB of them at the most, and one whatever it has."""
        ticket = place.heating_ticket()
        bodies = [letter * size for letter, size in (("é", 600_000), ("b", 600_000), ("c", 448_576), ("d", 1))]
        for body in bodies:
            _put(desk, ticket, body)
        shown = list(pages(desk, ticket["requester"]["participant_id"]))
        assert [[body[0] for body in page] for page in shown] == [["c", "d"], ["b"], ["é"]]

    def test_a_cursor_of_another_ticket(self, desk, place):
        """Leads nowhere, as one that was never given."""
        ticket, other = place.heating_ticket(), place.heating_ticket()
        place.write(ticket, place.agent)
        elsewhere = place.write(other, place.agent)["id"]
        for cursor in (elsewhere, str(new_id())):
            assert list(pages(desk, ticket["requester"]["participant_id"], cursor)) == [[]]

    @pytest.mark.parametrize("shared", [True, False])
    def test_how_far_an_intervention_is(self, desk, place, shared):
        """Whoever may know who clocked in; it goes by its own facts, however late the plan is heard."""
        ticket = place.heating_ticket()
        participant_id = ticket["requester"]["participant_id"]
        intervention, other = Intervention(desk, place, ticket), Intervention(desk, place, ticket)

        def states():
            return [intervention["state"] for intervention in follow(desk, participant_id)["interventions"]]

        intervention.clocked(ClockedIn, 4, shared=shared)
        intervention.planned()
        other.planned(starts_at=MONDAY + minutes(120))
        assert states() == ["started", "planned"]
        intervention.clocked(ClockedOut, 6, shared=shared)
        assert states() == ["started", "planned"]
        intervention.completed()
        intervention.replanned()
        assert states() == ["done", "planned"]
        other.clocked_in()
        other.cancelled()
        assert states() == ["done", "cancelled"]

    def test_an_intervention_whose_plan_has_not_been_heard(self, desk, place):
        """Has no window to show; the plans that are heard after its cancellation say which one that was."""
        ticket = place.heating_ticket()
        participant_id = ticket["requester"]["participant_id"]
        intervention = Intervention(desk, place, ticket)
        intervention.cancelled()
        assert follow(desk, participant_id)["interventions"] == []
        intervention.planned(InterventionReplanned, version=2, starts_at=MONDAY + minutes(60))
        intervention.planned()
        (shown,) = follow(desk, participant_id)["interventions"]
        assert (shown["starts_at"], shown["state"]) == ("2026-11-16T10:00:00+00:00", "cancelled")

    @pytest.mark.parametrize("purpose", ["satisfaction", "reply"])
    def test_a_link_for_something_else(self, desk, place, purpose):
        """Is none."""
        token = LINKS.sign(purpose, place.ticket()["requester"]["participant_id"])
        with pytest.raises(NotFound) as raised:
            desk.ask(ANONYMOUS, "follow_request", token=token)
        assert raised.value.code == "link_not_found"

    @pytest.mark.parametrize("method", ["follow_request", "followed_attachment", "satisfaction_request"])
    @pytest.mark.parametrize("token", ["", "x", "ä", "a" * 300, LINKS.sign("follow", "no id")])
    def test_a_link_that_is_none(self, desk, method, token):
        """Whatever its text."""
        with pytest.raises(NotFound) as raised:
            desk.ask(ANONYMOUS, method, token=token)
        assert raised.value.code == "link_not_found"


class TestFiles:
    """What was attached, for whoever has no account."""

    @pytest.fixture
    def ticket(self, place):
        """Return a ticket with a file of its own, one of a message and one of a note."""
        ticket = place.heating_ticket(attachments=[place.upload(place.resident, b"cold", "cold.jpg")["id"]])
        for internal in (False, True):
            file = place.upload(place.agent, b"secret" if internal else b"plan", "plan.pdf", "application/pdf")
            place.write(ticket, place.agent, attachments=[file["id"]], internal=internal)
        return place.shown(ticket)

    def test_are_shown_with_their_links(self, desk, place, ticket):
        """Of the request and of its messages, never of notes; each link is the reader's own."""
        participant_id = ticket["requester"]["participant_id"]
        shown = follow(desk, participant_id)
        (own,), (message,) = shown["attachments"], shown["messages"]
        (sent,) = message["attachments"]
        assert {**own, "url": None} == {"filename": "cold.jpg", "content_type": "image/jpeg", "size": 4, "url": None}
        assert (sent["filename"], sent["content_type"], sent["size"]) == ("plan.pdf", "application/pdf", 4)
        assert own["url"] == link_to(participant_id, ticket["attachments"][0])
        for file, content in ((own, b"cold"), (sent, b"plan")):
            stored = download(desk, file["url"])
            assert (stored["filename"], stored["size"]) == (file["filename"], 4)
            assert desk.files.read("tickets", stored["sha256"]) == content

    def test_are_not_shown_to_whoever_only_named_an_address(self, desk, place):
        """Which may be another's."""
        form = place.webform(email=place.resident.email).data
        ticket = place.shown({"id": str(form["submission_id"])})
        place.write(ticket, place.admin, attachments=[place.upload(place.admin)["id"]])
        place.write(ticket, place.resident, attachments=[place.upload(place.resident)["id"]])
        token = LINKS.sign("submitted", str(form["participant_id"]))
        shown = desk.ask(ANONYMOUS, "follow_request", token=token)
        assert (shown["attachments"], shown["messages"]) == ([], [])

    def test_of_notes_of_others_and_of_nobody_yet(self, desk, place, ticket):
        """Have no link, though its signature is ours."""
        participant_id = ticket["requester"]["participant_id"]
        other = place.ticket(attachments=[place.upload(place.resident)["id"]])
        note = next(message for message in place.messages(ticket) if message["internal"])
        unbound = place.upload(place.resident)
        for file in (*note["attachments"], *other["attachments"], unbound, {"id": str(new_id())}):
            with refused(desk, NotFound, "link_not_found"):
                download(desk, link_to(participant_id, file))

    def test_end_with_taking_part(self, desk, place, ticket):
        """Of whoever is taken off, or has no account any more."""
        added = {"ticket_id": ticket["id"], "email": "walter@homes.example"}
        watcher = desk.ask(place.agent, "add_participant", **added)["participant_id"]
        links = [link_to(one, ticket["attachments"][0]) for one in (watcher, ticket["requester"]["participant_id"])]
        assert [download(desk, link)["filename"] for link in links] == ["cold.jpg", "cold.jpg"]
        desk.ask(place.agent, "remove_participant", ticket_id=ticket["id"], participant_id=watcher)
        place.person(place.resident, version=2, active=False)
        for link in links:
            with refused(desk, NotFound, "link_not_found"):
                download(desk, link)

    @pytest.mark.parametrize("purpose", ["follow", "reply", "satisfaction"])
    def test_have_links_of_their_own(self, desk, ticket, purpose):
        """No other one of the same participant's opens a file."""
        for named in (ticket["requester"]["participant_id"], UUID(ticket["requester"]["participant_id"]).bytes * 2):
            with refused(desk, NotFound, "link_not_found"):
                desk.ask(ANONYMOUS, "followed_attachment", token=LINKS.sign(purpose, named))


class TestRating:
    """R1, U1: feedback when resolved."""

    def test_once(self, desk, place, resolved):
        """Told with whom it is about; a line for agents."""
        desk.forget()
        participant_id = resolved["requester"]["participant_id"]
        answer = rate(desk, participant_id, rating=4, comment="Well done")
        assert answer == {"number": resolved["number"], "subject": resolved["subject"], "rating": 4}
        assert desk.told() == [
            {
                "ticket_id": resolved["id"],
                "number": resolved["number"],
                "participant_id": participant_id,
                "rating": 4,
                "comment": "Well done",
                "given_at": "2026-11-16T09:00:00+00:00",
                "assignee_id": str(place.agent.person_id),
                "usergroup_id": str(place.heating),
            }
        ]
        (line,) = desk.history(place.agent, resolved, "SatisfactionGiven")
        assert (line["actor"]["name"], line["new"]) == (
            "Rita Resident",
            {"rating": 4, "comment": "Well done"},
        )
        assert desk.history(place.resident, resolved, "SatisfactionGiven") == []
        # Who has read the ticket before learns by its version that there is something new.
        assert place.shown(resolved)["version"] == resolved["version"] + 1

    def test_twice(self, desk, resolved):
        """The first one stands."""
        participant_id = resolved["requester"]["participant_id"]
        rate(desk, participant_id, rating=1)
        with refused(desk, Conflict, "already_rated"):
            rate(desk, participant_id, rating=5)
        token = LINKS.sign("satisfaction", participant_id)
        assert desk.ask(ANONYMOUS, "satisfaction_request", token=token)["rating"] == 1

    def test_a_later_resolution_says_that_it_was_rated(self, desk, place, resolved):
        """So that nobody is asked for what they can give no more; the rating of another one is not the requester's."""
        (agent,) = [one for one in resolved["participants"] if one["role"] == "agent"]
        (first,) = desk.told("TicketResolved")
        for rater in (agent, resolved["requester"]):
            rate(desk, rater["participant_id"])
            place.change(place.change(resolved, status="open"), status="resolved")
        assert desk.told("TicketResolved") == [first, first, {**first, "already_rated": True}]
        assert first["already_rated"] is False

    def test_before_it_is_resolved(self, desk, place):
        """Not yet."""
        ticket = place.heating_ticket()
        with refused(desk, Conflict, "not_resolved_yet"):
            rate(desk, ticket["requester"]["participant_id"])

    def test_after_it_is_closed(self, desk, place, resolved):
        """Still."""
        place.change(resolved, status="closed")
        assert rate(desk, resolved["requester"]["participant_id"])["rating"] == 5

    def test_by_nobody(self, desk, resolved):
        """A link of ours for a participant that is not there."""
        nobody = new_id()
        with refused(desk, NotFound, "link_not_found"):
            rate(desk, nobody)
        with refused(desk, NotFound, "link_not_found"):
            desk.ask(ANONYMOUS, "satisfaction_request", token=LINKS.sign("satisfaction", str(nobody)))

    def test_what_the_link_shows(self, desk, resolved):
        """Number and subject, nothing else of the ticket."""
        token = LINKS.sign("satisfaction", resolved["requester"]["participant_id"])
        assert desk.ask(ANONYMOUS, "satisfaction_request", token=token) == {
            "number": resolved["number"],
            "subject": "Heating fails",
            "rating": None,
        }
