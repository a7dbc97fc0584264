"""Opening a ticket for a caller who has no account, named by an e-mail address."""

from dataclasses import replace
from uuid import UUID

import pytest

from chassis.actors import ANONYMOUS
from chassis.errors import Forbidden, Invalid, NotFound
from chassis.ids import new_id
from tests.actions.tickets.given import LINKS, refused, reply_to

CALLER = "calla@homes.example"


@pytest.fixture
def called(place):
    """Return the ticket that an agent has opened for a caller, as the agent was answered."""
    return place.ticket(place.agent, requester_email=CALLER, requester_name="Calla Caller", language="es")


class TestAStranger:
    """Who has no account: the same participant as by mail or webform."""

    def test_is_who_asks(self, desk, place, called):
        """No person is made, and the agent takes no part."""
        assert called["requester"] == {
            "participant_id": called["requester"]["participant_id"],
            "person_id": None,
            "name": "Calla Caller",
            "email": CALLER,
        }
        assert (called["channel"], called["language"], called["status"]) == ("api", "es", "new")
        assert [one["name"] for one in called["participants"]] == ["Calla Caller"]
        assert place.shown(called, to=place.agent) == called
        (told,) = desk.told("TicketOpened")
        requester = {**called["requester"], "language": "es"}
        assert (told["requester"], told["participants"]) == (requester, [{**requester, "role": "requester"}])
        assert (told["language"], told["source"]["automatic"], told["source"]["message_id"]) == ("es", False, None)

    def test_history_has_the_agent_as_who_opened_it(self, desk, place, called):
        """It was the agent's deed, and so there is nothing unverified about it."""
        (line,) = desk.history(place.agent, called)
        assert line["actor"] == {"person_id": str(place.agent.person_id), "name": "Ada Agent"}
        assert line["new"] == {"channel": "api", "kind": "request"}

    def test_is_called_by_what_stands_before_the_at_and_spoken_to_as_the_agent_speaks(self, place):
        """Where the agent says neither."""
        agent = replace(place.agent, language="de")
        ticket = place.ticket(agent, requester_email="c.caller@homes.example")
        assert (ticket["requester"]["name"], ticket["language"]) == ("c.caller", "de")

    @pytest.mark.parametrize(
        ("name", "shown"),
        [(" Calla   Caller ", "Calla Caller"), (CALLER, "calla"), ("  ", "calla"), ("Calla\x07 <x@y>", "Calla")],
    )
    def test_the_name_is_one_line_without_an_address(self, place, name, shown):
        """All who take part see it."""
        assert place.ticket(place.agent, requester_email=CALLER, requester_name=name)["requester"]["name"] == shown

    @pytest.mark.parametrize(
        ("given", "email"),
        [("Calla@HOMES.example", CALLER), ("calla@B\u00fccher.example", "calla@xn--bcher-kva.example")],
    )
    def test_the_address_is_kept_in_its_one_form(self, place, given, email):
        """As that of a mail, so that the answer from there is theirs."""
        assert place.ticket(place.agent, requester_email=given)["requester"]["email"] == email

    def test_is_found_as_unregistered_and_by_the_address(self, desk, place, called):
        """By those who read addresses."""
        for filters in ({"unregistered": True}, {"q": "calla@homes"}):
            (found,) = desk.ask(place.agent, "list_tickets", **filters)["items"]
            assert found["id"] == called["id"]
        assert desk.ask(place.worker, "list_tickets", q="calla@homes")["items"] == []

    def test_what_they_answer_by_mail_is_theirs(self, desk, place, called):
        """By the token of their mails, from their address."""
        place.write(called, place.agent, "We come tomorrow.")
        desk.forget()
        place.mail(**reply_to(called["requester"], body="Thank you."))
        message = place.messages(called)[-1]
        assert (message["body"], message["internal"], message["unverified"]) == ("Thank you.", False, False)
        assert (message["author"]["name"], message["author_role"]) == ("Calla Caller", "requester")
        assert [told["author_role"] for told in desk.told("MessageAdded")] == ["requester"]

    def test_they_follow_and_rate_by_link(self, desk, place, called):
        """As whoever wrote a mail."""
        participant_id = called["requester"]["participant_id"]
        follow, rating = LINKS.sign("follow", participant_id), LINKS.sign("satisfaction", participant_id)
        assert desk.ask(ANONYMOUS, "follow_request", token=follow)["number"] == called["number"]
        place.change(called, status="resolved")
        desk.ask(ANONYMOUS, "give_satisfaction", token=rating, rating=5, comment="")
        (told,) = desk.told("SatisfactionGiven")
        assert (told["participant_id"], told["rating"]) == (participant_id, 5)

    def test_becomes_the_person_who_confirms_the_address(self, desk, place, called):
        """Then it is in their account."""
        newcomer = replace(place.someone("requester", "Carla Calling"), email=CALLER)
        place.person(newcomer, version=2)
        assert place.shown(called, to=newcomer)["requester"] == {
            "participant_id": called["requester"]["participant_id"],
            "person_id": str(newcomer.person_id),
            "name": "Carla Calling",
            "email": CALLER,
        }

    def test_a_site_gives_the_ticket_to_its_organisation(self, place):
        """The caller has none."""
        ticket = place.ticket(place.agent, requester_email=CALLER, site=place.flat)
        assert place.shown(ticket, to=place.client)["requester"]["email"] is None
        with pytest.raises(NotFound):
            place.shown(ticket, to=place.other_client)


class TestSomebodyKnown:
    """Whose address the directory has, as by mail."""

    def test_is_that_person(self, desk, place):
        """By their own name and in their own language, whatever is claimed of them; the same as by their id."""
        asked = {"requester_email": place.client.email.upper(), "requester_name": "Somebody Else", "language": "es"}
        ticket = place.ticket(place.agent, **asked)
        by_id = place.ticket(place.agent, requester=place.client.person_id)
        first, second = desk.told("TicketOpened")
        for name in ("requester", "language", "source", "site_id", "usergroup_id"):
            same = {**second["requester"], "participant_id": first["requester"]["participant_id"]}
            assert first[name] == (same if name == "requester" else second[name])
        assert (ticket["requester"]["person_id"], ticket["language"]) == (str(place.client.person_id), "en")
        assert place.shown(ticket, to=place.client)["requester"]["name"] == "Clara Client"
        assert place.shown(ticket, to=place.agent) == ticket
        assert desk.history(place.client, ticket)[0]["actor"] == desk.history(place.client, by_id)[0]["actor"]
        assert desk.ask(place.agent, "list_tickets", unregistered=True)["items"] == []

    def test_gives_the_ticket_to_their_organisation_and_to_no_other(self, place):
        """Of another client of the desk nobody sees it."""
        ticket = place.ticket(place.agent, requester_email=place.client.email)
        colleague = place.someone("client", organisation_id=place.owners)
        assert place.shown(ticket, to=colleague)["id"] == ticket["id"]
        with pytest.raises(NotFound):
            place.shown(ticket, to=place.other_client)

    @pytest.mark.parametrize("state", ["active", "confirmed"])
    def test_an_address_that_is_nobodys(self, desk, place, state):
        """Not confirmed, or of a closed account: a stranger, and the account has nothing of it."""
        place.person(place.neighbour, version=2, **{state: False})
        ticket = place.ticket(place.agent, requester_email=place.neighbour.email, requester_name="Nils")
        assert (ticket["requester"]["person_id"], ticket["requester"]["name"]) == (None, "Nils")
        assert desk.ask(place.neighbour, "list_tickets")["items"] == []


class TestRefusals:
    """Nothing is opened and nobody is told."""

    @pytest.mark.parametrize("who", ["resident", "client", "worker"])
    def test_who_may_not_open_tickets_for_others(self, desk, place, who):
        """Whether the address is somebody's, nobody's or their own: who has an account is not theirs to learn."""
        actor, refusals = getattr(place, who), []
        for email in (place.neighbour.email, CALLER, actor.email, "no-reply@homes.example"):
            with refused(desk, Forbidden, "not_allowed") as raised:
                place.ticket(actor, requester_email=email)
            refusals.append(raised.value.args)
        assert refusals == [("not_allowed", "Your role does not allow setting requester_email.", {})] * 4

    @pytest.mark.parametrize("who", ["neighbour", "agent"])
    def test_two_names_for_one_requester(self, desk, place, who):
        """Also where both are of one person."""
        person = getattr(place, who)
        with refused(desk, Invalid, "requester_unclear") as raised:
            place.ticket(place.agent, requester=person.person_id, requester_email=person.email)
        assert list(raised.value.context["fields"]) == ["requester", "requester_email"]

    @pytest.mark.parametrize("beside", [{}, {"requester": new_id()}])
    @pytest.mark.parametrize("told", [{"requester_name": "Calla"}, {"language": "es"}])
    def test_a_name_or_a_language_without_an_address(self, desk, place, told, beside):
        """A person's are in the directory."""
        with refused(desk, Invalid, "requester_unclear") as raised:
            place.ticket(place.agent, **told, **beside)
        assert raised.value.context == {"fields": dict.fromkeys(told, ["Give requester_email, too."])}

    @pytest.mark.parametrize(
        "email",
        [
            "reply+abc@desk.example",
            "Reply+abc@desk.example",
            "no-reply@desk.example",
            "NO-REPLY@homes.example",
            '"calla"@homes.example',
            f"{'x' * 40}@{'ü' * 50}.{'ü' * 50}.{'ü' * 50}.{'ü' * 50}.example",
        ],
    )
    def test_an_address_behind_which_nobody_can_be(self, desk, place, email):
        """Its field is named; what our own mails come from would be answered for ever."""
        with refused(desk, Invalid, "input_invalid") as raised:
            place.ticket(place.agent, requester_email=email)
        assert list(raised.value.context["fields"]) == ["requester_email"]

    def test_what_else_is_wrong(self, desk, place):
        """Is refused as ever, whoever asks."""
        with refused(desk, NotFound, "category_not_found"):
            place.ticket(place.agent, requester_email=CALLER, category=UUID(int=1))
        with refused(desk, Forbidden, "usergroup_not_allowed"):
            place.ticket(place.lift_agent, requester_email=CALLER, usergroup=place.heating)
