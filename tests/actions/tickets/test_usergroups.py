"""Which usergroup a ticket gets that nobody chose one for, and whose word counts before it."""

from datetime import timedelta

import pytest

from chassis.errors import Invalid, NotFound
from chassis.testing import MONDAY
from tests.actions.tickets.given import refused, too_early
from tests.actions.tickets.routing import decide, look, route

#: When routing was decided of which nothing is to be waited for any more.
LONG_AGO = MONDAY - timedelta(minutes=1)


def shown_as(name, usergroup_id):
    """Return how the history shows a usergroup: another may have its name by the time it is read."""
    return {"usergroup": name, "usergroup_id": str(usergroup_id)}


def found_late(desk, ticket, usergroup_id, **found):
    """Tell where a ticket belongs, once people have done something to it."""
    route(desk, ticket, usergroup_id=usergroup_id, rule_name="Lifts", routed_at=LONG_AGO, **found)


class TestWhomAPersonChose:
    """An ungrouped ticket that somebody gave to Ada, and routing that comes later."""

    @pytest.fixture
    def ticket(self, place):
        """Return it; Ada serves heating and no lifts."""
        return place.change(place.ticket(), assignee=place.agent.person_id)

    def test_keeps_it_where_routing_would_take_it_from_them(self, desk, place, ticket):
        """The usergroup stays, is told and is said in the line; the rest of what was found is applied."""
        desk.forget()
        found_late(desk, ticket, place.lifts, priority="urgent")
        shown = place.shown(ticket)
        assert (shown["usergroup"], shown["assignee"]["name"], shown["priority"]) == (None, "Ada Agent", "urgent")
        assert shown["pending"] == ["deadlines"]
        (told,) = desk.told("TicketUsergroupChanged", "TicketAssigned")
        assert told == {
            "ticket_id": ticket["id"], "usergroup_id": None, "chosen": False, "changed_at": MONDAY.isoformat(),
        }  # fmt: skip
        (line,) = desk.history(place.admin, ticket, "TicketRouted")
        assert line["new"] == {"reason": "rule", "rule": "Lifts", **shown_as("Lifts", place.lifts), "applied": False}
        assert desk.history(place.admin, ticket, "TicketUsergroupChanged") == []

    def test_whatever_of_dispatch_is_heard_first(self, desk, place, ticket):
        """Routing and its decision in either order, and no clock takes it from her afterwards."""
        decide(desk, ticket, place.lift_agent)
        found_late(desk, ticket, place.lifts)
        shown = place.shown(ticket)
        other = place.change(place.ticket(), assignee=place.agent.person_id)
        found_late(desk, other, place.lifts)
        decide(desk, other, place.lift_agent)
        for ends in (shown, place.shown(other)):
            assert (ends["usergroup"], ends["assignee"]["name"], ends["version"]) == (None, "Ada Agent", 3)
        assert look(desk) == []

    def test_where_routing_was_heard_first(self, desk, place):
        """Whoever would choose her is told that she cannot serve it: nothing is lost this way, either."""
        ticket = place.ticket()
        found_late(desk, ticket, place.lifts)
        with refused(desk, Invalid, "assignee_cannot_serve"):
            place.change(ticket, assignee=place.agent.person_id)

    @pytest.mark.parametrize("who", ["agent", "contractor"])
    def test_serves_what_routing_found(self, desk, place, who):
        """It goes there with them."""
        ticket = place.change(place.ticket(), assignee=getattr(place, who).person_id)
        route(desk, ticket, usergroup_id=place.heating)
        shown = place.shown(ticket)
        assert (shown["usergroup"]["name"], shown["assignee"]) == ("Heating", ticket["assignee"])

    def test_may_serve_it_by_a_list_that_is_not_heard_of_yet(self, desk, place, ticket):
        """A moment is waited for it, as for the list that a decision goes by."""
        with too_early(desk):
            route(desk, ticket, usergroup_id=place.lifts)
        place.group(place.lifts, "Lifts", version=2, agents=[place.lift_agent, place.agent])
        route(desk, ticket, usergroup_id=place.lifts)
        shown = place.shown(ticket)
        assert (shown["usergroup"]["name"], shown["assignee"]["name"]) == ("Lifts", "Ada Agent")

    def test_cannot_serve_it_where_it_is_either(self, desk, place, ticket):
        """Her account is closed: it goes where it belongs, whether the clock or routing comes first."""
        other = place.change(place.ticket(), assignee=place.agent.person_id)
        place.person(place.agent, version=2, active=False)
        route(desk, ticket, usergroup_id=place.lifts)
        look(desk)
        route(desk, other, usergroup_id=place.lifts)
        for ends in (place.shown(ticket), place.shown(other)):
            assert (ends["usergroup"]["name"], ends["assignee"]) == ("Lifts", None)

    def test_a_person_moves_it_later(self, desk, place, ticket):
        """Who chooses the usergroup has the last word, and routing may find whom that has."""
        found_late(desk, ticket, place.lifts)
        moved = place.change(ticket, usergroup=place.heating)
        assert (moved["usergroup"]["name"], moved["assignee"]) == ("Heating", ticket["assignee"])
        moved = place.change(ticket, place.manager, usergroup=place.lifts)
        assert (moved["usergroup"]["name"], moved["assignee"]) == ("Lifts", None)
        decide(desk, ticket, place.lift_agent, version=2)
        assert place.shown(ticket)["assignee"]["name"] == "Lou Lift"


class TestClosed:
    """A usergroup that is closed serves nothing any more; what it has stays in it."""

    def close(self, place, usergroup_id, name, *, version=2, **people):
        """Close a usergroup, its lists as they were."""
        place.group(usergroup_id, name, version=version, active=False, private_allowed=True, **people)

    def test_is_given_by_no_late_routing(self, desk, place):
        """The ticket stays where it is, which is told; the line says so."""
        ticket = place.ticket()
        self.close(place, place.lifts, "Lifts", agents=[place.lift_agent])
        desk.forget()
        found_late(desk, ticket, place.lifts)
        assert place.shown(ticket)["usergroup"] is None
        (told,) = desk.told()
        assert (told["usergroup_id"], told["chosen"]) == (None, False)
        (line,) = desk.history(place.admin, ticket, "TicketRouted")
        assert line["new"] == {"reason": "rule", "rule": "Lifts", **shown_as("Lifts", place.lifts), "applied": False}

    def test_is_chosen_for_nothing(self, desk, place):
        """Neither for a new ticket nor for one that is there."""
        ticket = place.ticket()
        self.close(place, place.heating, "Heating")
        with refused(desk, NotFound, "usergroup_not_found"):
            place.heating_ticket()
        with refused(desk, NotFound, "usergroup_not_found"):
            place.change(ticket, usergroup=place.heating)

    @pytest.mark.parametrize("who", ["agent", "manager"])
    def test_takes_its_tickets_from_those_who_served_it(self, desk, place, who):
        """As their tokens have the usergroup no more; dispatch is told, nobody of them is chosen or reached again."""
        ticket = place.assigned(getattr(place, who))
        self.close(place, place.heating, "Heating")
        assigned, _ = look(desk)
        assert (assigned["assignee_id"], assigned["unable_id"]) == (None, str(getattr(place, who).person_id))
        with refused(desk, Invalid, "assignee_cannot_serve"):
            place.change(ticket, assignee=getattr(place, who).person_id)
        place.write(ticket, place.admin, body="Who was this?", internal=True)
        (noted,) = desk.told("NoteAdded")
        assert noted["readers"] == []

    def test_leaves_its_tickets_to_whoever_sees_all(self, desk, place):
        """They find them by it and give them to another one, which the history names; a contractor goes on."""
        taken, gone_on = place.assigned(place.agent), place.assigned(place.contractor)
        self.close(place, place.heating, "Heating")
        look(desk)
        found = desk.ask(place.admin, "list_tickets", usergroup=place.heating)["items"]
        assert [(one["id"], one["assignee"] and one["assignee"]["name"]) for one in found] == [
            (gone_on["id"], "Cora Contractor"),
            (taken["id"], None),
        ]
        assert place.change(taken, usergroup=place.lifts)["usergroup"]["name"] == "Lifts"
        (line,) = desk.history(place.admin, taken, "TicketUsergroupChanged")
        assert (line["old"], line["new"]) == (
            shown_as("Heating", place.heating),
            {**shown_as("Lifts", place.lifts), "chosen": True},
        )

    def test_has_its_people_again_once_it_is_opened(self, desk, place):
        """By the lists that it has then."""
        ticket = place.heating_ticket()
        self.close(place, place.heating, "Heating")
        place.group(place.heating, "Heating", version=3)
        assert place.change(ticket, assignee=place.agent.person_id)["assignee"]["name"] == "Ada Agent"
        assert look(desk) == []


class TestCategory:
    """A category that a person sets, and that has a usergroup."""

    @pytest.fixture
    def about_lifts(self, place):
        """Return such a category."""
        return place.category("Lift stuck", usergroup_id=place.lifts)["id"]

    def test_gives_its_usergroup_where_there_is_none(self, desk, place, about_lifts):
        """As routing would have, in the same version; dispatch is told, and finds whom that has."""
        ticket = place.ticket()
        route(desk, ticket)
        desk.forget()
        changed = place.change(ticket, place.agent, category=about_lifts)
        assert (changed["usergroup"]["name"], changed["version"]) == ("Lifts", 3)
        (told,) = desk.told()
        assert told == {
            "ticket_id": ticket["id"], "usergroup_id": str(place.lifts), "chosen": False,
            "changed_at": MONDAY.isoformat(),
        }  # fmt: skip
        line = desk.history(place.admin, ticket)[-1]
        assert (line["kind"], line["actor"]["name"]) == ("TicketUsergroupChanged", "Ada Agent")
        assert (line["old"], line["new"]) == (None, {**shown_as("Lifts", place.lifts), "chosen": False})
        decide(desk, ticket, place.lift_agent)
        assert place.shown(ticket)["assignee"]["name"] == "Lou Lift"

    @pytest.mark.parametrize(("found", "ends"), [("heating", "Heating"), (None, "Lifts")])
    @pytest.mark.parametrize("first", ["routing", "category"])
    def test_and_routing_in_either_order(self, desk, place, about_lifts, found, ends, first):
        """What routing finds beats it, and where it finds nothing the category's stays."""
        ticket = place.ticket()
        if first == "category":
            place.change(ticket, category=about_lifts)
        route(desk, ticket, usergroup_id=found and place.heating)
        if first == "routing":
            place.change(ticket, category=about_lifts)
        assert place.shown(ticket)["usergroup"]["name"] == ends

    def test_moves_no_ticket_that_has_one(self, desk, place, about_lifts):
        """Whether a person chose it before, or in the same request."""
        for ticket in (place.heating_ticket(), place.change(place.ticket(), usergroup=place.heating)):
            assert place.change(ticket, category=about_lifts)["usergroup"]["name"] == "Heating"
        together = place.change(place.ticket(), category=about_lifts, usergroup=place.heating)
        assert together["usergroup"]["name"] == "Heating"

    def test_takes_it_from_nobody_whom_a_person_chose(self, desk, place, about_lifts):
        """Before, or in the same request."""
        mine = {"assignee": place.agent.person_id}
        before = place.change(place.change(place.ticket(), **mine), category=about_lifts)
        together = place.change(place.ticket(), category=about_lifts, **mine)
        for ticket in (before, together):
            assert (ticket["usergroup"], ticket["assignee"]["name"]) == (None, "Ada Agent")
            assert ticket["category"]["id"] == about_lifts
        assert desk.told("TicketUsergroupChanged") == []

    @pytest.mark.parametrize("status", ["resolved", "closed"])
    def test_gives_nothing_to_what_is_settled(self, place, about_lifts, status):
        """Nobody is to work on it any more."""
        before = place.change(place.change(place.ticket(), status=status), category=about_lifts)
        together = place.change(place.ticket(), status=status, category=about_lifts)
        assert (before["usergroup"], together["usergroup"]) == (None, None)

    def test_gives_no_closed_usergroup(self, place, about_lifts):
        """Nor does one that has none."""
        place.group(place.lifts, "Lifts", version=2, active=False)
        for category_id in (about_lifts, place.category("Other")["id"], None):
            assert place.change(place.ticket(), category=category_id)["usergroup"] is None


def test_nobody_was_chosen(desk, place):
    """That a person took it from everybody keeps it from no usergroup."""
    ticket = place.change(place.ticket(), assignee=place.agent.person_id)
    ticket = place.change(ticket, assignee=None)
    route(desk, ticket, usergroup_id=place.lifts)
    assert place.shown(ticket)["usergroup"]["name"] == "Lifts"


def test_a_private_ticket(desk, place):
    """The line says what routing found and was not given."""
    ticket = place.ticket()
    route(desk, ticket, usergroup_id=place.heating)
    place.change(ticket, private=True)
    found_late(desk, ticket, place.lifts)
    line = desk.history(place.admin, ticket, "TicketRouted")[-1]
    assert line["new"] == {"reason": "rule", "rule": "Lifts", **shown_as("Lifts", place.lifts), "applied": False}
