"""What dispatch decides; a person's choice stands."""

from contextlib import nullcontext
from datetime import timedelta

import pytest

from chassis.ids import new_id
from chassis.testing import MONDAY
from services.dispatch.contract import DeadlineMissed, DeadlineSet
from tests.actions.tickets.given import minutes, too_early
from tests.actions.tickets.routing import decide, route


class TestRouting:
    """Usergroup, category and priority, each for itself."""

    def test_fills_what_nobody_chose(self, desk, place):
        """And tells it, as not chosen."""
        category = place.category()
        ticket = place.ticket()
        desk.forget()
        found = {"usergroup_id": place.heating, "category_id": category["id"], "priority": "urgent"}
        rule_id = new_id()
        route(desk, ticket, **found, rule_id=rule_id, rule_name="Cold", rule_version=3)
        shown = place.shown(ticket)
        assert shown["usergroup"]["name"] == "Heating"
        assert shown["category"]["id"] == category["id"]
        assert (shown["priority"], shown["version"], shown["pending"]) == ("urgent", 2, ["deadlines"])
        (told,), (prioritised,) = desk.told("TicketUsergroupChanged"), desk.told("TicketPriorityChanged")
        assert (told["usergroup_id"], told["chosen"]) == (str(place.heating), False)
        assert (prioritised["from"], prioritised["to"]) == ("normal", "urgent")
        routed, *lines = desk.history(place.agent, ticket)[-4:]
        assert (routed["kind"], routed["audience"], routed["source"], routed["new"]) == (
            *("TicketRouted", "agents", "dispatch"),
            {"reason": "rule", "rule": "Cold", "rule_id": str(rule_id), "rule_version": 3},
        )
        grouped = {"usergroup": "Heating", "usergroup_id": str(place.heating), "chosen": False}
        none = {"category": None, "category_id": None}
        named = {"category": "Heating", "category_id": category["id"]}
        assert [(line["kind"], line["audience"], line["old"], line["new"]) for line in lines] == [
            ("TicketUsergroupChanged", "participants", None, grouped),
            ("TicketChanged", "participants", none, named),
            ("TicketPriorityChanged", "participants", {"priority": "normal"}, {"priority": "urgent"}),
        ]

    def test_what_is_there_already(self, desk, place):
        """Is no change: the line of the fact and no other."""
        usual = place.category(priority="high")
        place.group(place.heating, "Heating", version=2, default_category_id=usual["id"])
        ticket = place.heating_ticket()
        route(desk, ticket, usergroup_id=place.heating, category_id=usual["id"], priority="high")
        assert [line["kind"] for line in desk.history(place.agent, ticket)] == ["TicketOpened", "TicketRouted"]

    def test_a_category_that_was_closed_meanwhile(self, desk, place):
        """Is given to none, nor is one that was never there; the rest is applied."""
        closed = place.category()
        desk.ask(place.admin, "change_category", category_id=closed["id"], active=False)
        for category_id in (closed["id"], new_id()):
            ticket = place.ticket()
            route(desk, ticket, category_id=category_id, priority="high")
            shown = place.shown(ticket)
            assert (shown["category"], shown["priority"]) == (None, "high")
            assert desk.history(place.agent, ticket, "TicketChanged") == []

    def test_nothing_found(self, desk, place):
        """Is a fact as well: the ticket is not pending any more."""
        ticket = place.ticket()
        desk.forget()
        route(desk, ticket)
        assert place.shown(ticket)["pending"] == ["deadlines"]
        assert desk.told() == []

    def test_leaves_a_private_ticket_where_it_is_hidden(self, desk, place):
        """Its usergroup stays, and is told, where the one found allows no private tickets; the rest is applied."""
        ticket = place.ticket()
        route(desk, ticket, usergroup_id=place.heating)
        place.change(ticket, private=True)
        desk.forget()
        route(desk, ticket, usergroup_id=place.lifts, priority="urgent")
        shown = place.shown(ticket)
        assert (shown["usergroup"]["name"], shown["private"], shown["priority"]) == ("Heating", True, "urgent")
        (told,) = desk.told("TicketUsergroupChanged", "TicketPrivacyChanged")
        assert (told["usergroup_id"], told["chosen"]) == (str(place.heating), False)

    def test_takes_a_private_ticket_to_where_there_are_some(self, desk, place):
        """It stays private there."""
        ticket, cellars = place.ticket(), new_id()
        place.group(cellars, "Cellars", private_allowed=True)
        route(desk, ticket, usergroup_id=place.heating)
        place.change(ticket, private=True)
        route(desk, ticket, usergroup_id=cellars)
        shown = place.shown(ticket)
        assert (shown["usergroup"]["name"], shown["private"]) == ("Cellars", True)

    def test_takes_a_ticket_away_from_whom_only_dispatch_chose(self, desk, place):
        """It decides on somebody who serves the other usergroup."""
        ticket = place.ticket()
        route(desk, ticket, usergroup_id=place.heating)
        decide(desk, ticket, place.agent)
        assert place.shown(ticket)["assignee"]["name"] == place.agent.name
        route(desk, ticket, usergroup_id=place.lifts)
        assert place.shown(ticket)["usergroup"]["name"] == "Lifts"

    def test_never_overrides_a_person(self, desk, place):
        """Whether they chose while opening or since; dispatch is told the priority that it was wrong about."""
        mine, other = place.category("Mine"), place.category("Other")
        opened = place.ticket(place.agent, usergroup=place.heating, category=mine["id"], priority="low")
        since = place.change(place.ticket(), usergroup=place.heating, category=mine["id"], priority="low")
        desk.forget()
        for ticket in (opened, since):
            found = {"usergroup_id": place.lifts, "category_id": other["id"], "priority": "urgent"}
            route(desk, ticket, **found)
            shown = place.shown(ticket)
            assert (shown["usergroup"]["name"], shown["category"]["name"], shown["priority"]) == (
                *("Heating", "Mine"),
                "low",
            )
        assert [(fact["from"], fact["to"]) for fact in desk.told()] == [("urgent", "low")] * 2

    def test_a_priority_that_a_person_left_as_it_was(self, desk, place):
        """Is their choice, too: it stays, and dispatch is told, which had counted by what it found itself."""
        ticket = place.change(place.ticket(), priority="normal")
        assert ticket["version"] == 1
        desk.forget()
        route(desk, ticket, priority="urgent")
        shown = place.shown(ticket)
        assert (shown["priority"], shown["version"]) == ("normal", 2)
        (told,) = desk.told()
        assert (told["from"], told["to"]) == ("urgent", "normal")
        assert desk.history(place.agent, ticket, "TicketPriorityChanged") == []

    def test_a_group_that_is_not_known_yet(self, desk, place):
        """Is waited for."""
        ticket = place.ticket()
        with too_early(desk):
            route(desk, ticket, usergroup_id=new_id())

    def test_a_ticket_that_is_not_known(self, desk, place):
        """Likewise."""
        with too_early(desk):
            route(desk, {"id": new_id()})


class TestAssignment:
    """Who works on it."""

    def test_is_applied(self, desk, place):
        """A new ticket opens by it; its reason is for agents."""
        ticket = place.heating_ticket()
        route(desk, ticket)
        desk.forget()
        decide(desk, ticket, place.agent)
        shown = place.shown(ticket)
        assert (shown["assignee"]["name"], shown["status"]) == ("Ada Agent", "open")
        (told,) = desk.told("TicketAssigned")
        assert (told["by"], told["decision"]) == ("routing", 1)
        line = desk.history(place.agent, ticket, "AssignmentDecided")[0]
        ada = {"assignee": "Ada Agent", "assignee_id": str(place.agent.person_id)}
        assert (line["audience"], line["new"]) == (
            "agents",
            {**ada, "code": "least_loaded", "load": 2, "candidates": 3},
        )
        assert desk.history(place.resident, ticket, "AssignmentDecided") == []
        assert len(desk.history(place.resident, ticket, "TicketAssigned")) == 1

    def test_nobody_found(self, desk, place):
        """Is a line and no more."""
        ticket = place.heating_ticket()
        desk.forget()
        decide(desk, ticket, None)
        assert (place.shown(ticket), desk.told()) == (
            ticket | {"internal": place.shown(ticket)["internal"]},
            [],
        )
        assert desk.history(place.agent, ticket, "AssignmentDecided")[0]["new"] == {
            "code": "no_candidate",
            "candidates": 3,
        }

    def test_never_overrides_a_person(self, desk, place):
        """Who assigned it; dispatch hears of that by the fact of the choice."""
        ticket = place.assigned(place.colleague)
        desk.forget()
        decide(desk, ticket, place.agent)
        assert place.shown(ticket)["assignee"] == ticket["assignee"]
        assert desk.told() == []
        passed_over = {"assignee_id": str(place.agent.person_id), "applied": False}
        reason = {"code": "least_loaded", "load": 2, "candidates": 3}
        assert desk.history(place.agent, ticket, "AssignmentDecided")[0]["new"] == {**reason, **passed_over}

    def test_never_overrides_a_person_who_took_it_from_everybody(self, desk, place):
        """Dispatch is told so: it would go on counting the ticket as the load of whom it had found."""
        ticket = place.change(place.assigned(place.colleague), assignee=None)
        desk.forget()
        decide(desk, ticket, place.agent)
        shown = place.shown(ticket)
        assert (shown["assignee"], shown["version"]) == (None, ticket["version"] + 1)
        (told,) = desk.told()
        assert (told["assignee_id"], told["by"], told["decision"]) == (None, "person", None)
        assert desk.history(place.agent, ticket, "AssignmentDecided")[0]["new"]["applied"] is False
        assert len(desk.history(place.agent, ticket, "TicketAssigned")) == 2

    def test_in_another_group_nobody_has_said_anything_yet(self, desk, place):
        """It was taken from everybody in the old one: the new group's agent is found."""
        ticket = place.change(place.assigned(place.colleague), assignee=None)
        ticket = place.change(ticket, usergroup=place.lifts)
        decide(desk, ticket, place.lift_agent)
        assert place.shown(ticket)["assignee"]["name"] == "Lou Lift"

    def test_in_another_group_somebody_has_said_nobody(self, desk, place):
        """In the very same change."""
        ticket = place.change(place.assigned(place.colleague), assignee=None)
        ticket = place.change(ticket, usergroup=place.lifts, assignee=None)
        decide(desk, ticket, place.lift_agent)
        assert place.shown(ticket)["assignee"] is None

    def test_after_the_group_was_changed(self, desk, place):
        """Nobody chose that it is unassigned, so the new group's agent is found."""
        ticket = place.change(place.assigned(place.agent), usergroup=place.lifts)
        decide(desk, ticket, place.lift_agent)
        assert place.shown(ticket)["assignee"]["name"] == "Lou Lift"

    @pytest.mark.parametrize("last", ["colleague", None], ids=["somebody else", "nobody"])
    @pytest.mark.parametrize("order", [(1, 2), (2, 1)], ids=["as told", "the other way round"])
    def test_the_last_decision_stands(self, desk, place, last, order):
        """Whichever is heard last."""
        ticket = place.heating_ticket()
        chosen = {1: place.agent, 2: last and getattr(place, last)}
        for version in order:
            desk.forget()
            decide(desk, ticket, chosen[version], version=version)
        assignee = place.shown(ticket)["assignee"]
        assert assignee == (chosen[2] and {"id": str(chosen[2].person_id), "name": chosen[2].name})
        if order == (2, 1):
            assert desk.told() == []
            assert desk.history(place.agent, ticket, "AssignmentDecided")[1]["new"]["applied"] is False

    @pytest.mark.parametrize("since", ["a person's change", "another order of the facts"])
    def test_is_told_as_news_where_dispatch_knew_the_ticket_otherwise(self, desk, place, since):
        """Dispatch may have decided anew before it hears of the assignment: it must not pass it over."""
        ticket = place.heating_ticket()
        if since == "a person's change":
            route(desk, ticket)
            place.change(ticket, priority="high")
        desk.forget()
        decide(desk, ticket, place.agent)
        (told,) = desk.told("TicketAssigned")
        assert (told["by"], told["decision"]) == ("routing", None)

    def test_who_does_not_serve_the_group_yet(self, desk, place):
        """The list of agents may come later than the decision."""
        ticket = place.heating_ticket()
        with too_early(desk):
            decide(desk, ticket, place.lift_agent)

    def test_who_does_not_serve_the_group_any_more(self, desk, place):
        """A decision of long ago about a group that it does not have any more is a line, and dispatch told so."""
        ticket = place.heating_ticket()
        desk.forget()
        decide(desk, ticket, place.lift_agent, decided_at=MONDAY - timedelta(minutes=1))
        assert place.shown(ticket)["assignee"] is None
        (told,) = desk.told()
        assert (told["assignee_id"], told["by"], told["decision"]) == (None, "routing", None)
        assert desk.history(place.agent, ticket, "AssignmentDecided")[0]["new"]["applied"] is False

    def test_who_cannot_serve_the_group_of_somebody_else_whom_routing_chose(self, desk, place):
        """Dispatch is told who has it still, and takes nobody for unable."""
        ticket = place.heating_ticket()
        decide(desk, ticket, place.agent)
        desk.forget()
        decide(desk, ticket, place.lift_agent, version=2, decided_at=MONDAY - timedelta(minutes=1))
        assert place.shown(ticket)["assignee"]["name"] == "Ada Agent"
        (told,) = desk.told()
        assert (told["assignee_id"], told["by"], told["unable_id"]) == (str(place.agent.person_id), "routing", None)

    @pytest.mark.parametrize(("seconds", "is_waited_for"), [(9, True), (10, False)])
    def test_how_long_the_list_of_agents_is_waited_for(self, desk, place, seconds, is_waited_for):
        """Ten seconds; then the decision is passed over."""
        ticket, decided_at = place.heating_ticket(), MONDAY - timedelta(seconds=seconds)
        with too_early(desk) if is_waited_for else nullcontext():
            decide(desk, ticket, place.lift_agent, decided_at=decided_at)
        assert len(desk.history(place.agent, ticket, "AssignmentDecided")) == (0 if is_waited_for else 1)


class TestDeadlines:
    """Copies for display."""

    def set_deadlines(self, desk, ticket, version, first, resolution, **missed):
        """Tell deadlines, in minutes after Monday nine."""
        due = {
            "first_response_due_at": MONDAY + minutes(first),
            "resolution_due_at": MONDAY + minutes(resolution),
        }
        fact = {"ticket_id": ticket["id"], "policy_name": "Usual", "set_at": MONDAY, **due, **missed}
        desk.hear(DeadlineSet, version=version, **fact)

    def miss(self, desk, ticket, which, due, version=1):
        """Tell that a deadline has passed."""
        missed = {"ticket_id": ticket["id"], "which": which, "due_at": MONDAY + minutes(due)}
        desk.hear(DeadlineMissed, version=version, **missed)

    def shown(self, place, ticket):
        """Return deadlines and marks of a ticket."""
        ticket = place.shown(ticket)
        marks = [ticket["internal"][f"{which}_missed"] for which in ("first_response", "resolution")]
        return [ticket["first_response_due_at"], ticket["resolution_due_at"], *marks]

    def test_are_copied(self, desk, place):
        """The ticket is then not pending any more."""
        ticket = place.ticket()
        self.set_deadlines(desk, ticket, 1, 60, 600)
        expected = ["2026-11-16T10:00:00+00:00", "2026-11-16T19:00:00+00:00", False, False]
        assert self.shown(place, ticket) == expected
        assert place.shown(ticket)["pending"] == ["routing"]
        assert desk.history(place.resident, ticket, "DeadlineSet") == []

    def test_by_what_they_were_counted(self, desk, place):
        """Stands in the line, for policy, calendar and priority may be others by the time it is read."""
        ticket = place.ticket()
        counted_by = {"priority": "normal", "first_response_minutes": 60, "resolution_minutes": 600}
        counted_by |= {"policy_id": str(new_id()), "policy_version": 2, "calendar_version": 5}
        self.set_deadlines(desk, ticket, 1, 60, 600, counted_by=counted_by)
        (line,) = desk.history(place.agent, ticket, "DeadlineSet")
        due = {name: place.shown(ticket)[name] for name in ("first_response_due_at", "resolution_due_at")}
        assert line["new"] == {**due, "policy": "Usual", **counted_by}

    def test_by_their_version(self, desk, place):
        """What comes late changes nothing."""
        ticket = place.ticket()
        self.set_deadlines(desk, ticket, 2, 30, 300)
        self.set_deadlines(desk, ticket, 1, 60, 600)
        assert self.shown(place, ticket)[:2] == ["2026-11-16T09:30:00+00:00", "2026-11-16T14:00:00+00:00"]

    def test_missed(self, desk, place):
        """Marked for agents; the requester sees no mark."""
        ticket = place.ticket()
        self.set_deadlines(desk, ticket, 1, 60, 600)
        self.miss(desk, ticket, "first_response", 60)
        assert self.shown(place, ticket)[2:] == [True, False]
        assert place.shown(ticket, to=place.resident)["internal"] is None
        assert desk.history(place.admin, ticket, "DeadlineMissed")[0]["audience"] == "agents"

    def test_missed_before_it_is_known(self, desk, place):
        """Is waited for."""
        ticket = place.ticket()
        with too_early(desk):
            self.miss(desk, ticket, "resolution", 60)

    def test_missed_and_moved_in_either_order(self, desk, place):
        """The mark belongs to the deadline that was missed, not to the next one."""
        for facts in ("miss, move", "move, miss"):
            ticket = place.ticket()
            self.set_deadlines(desk, ticket, 1, 60, 600)
            for fact in facts.split(", "):
                if fact == "miss":
                    self.miss(desk, ticket, "resolution", 600)
                else:
                    self.set_deadlines(desk, ticket, 2, 60, 900)
            assert self.shown(place, ticket)[1:] == ["2026-11-17T00:00:00+00:00", False, False]

    @pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["as told", "the other way round"])
    def test_missed_and_moved_back(self, desk, place, order):
        """It stays missed, as dispatch does not tell it again."""
        ticket = place.ticket()
        self.set_deadlines(desk, ticket, 1, 60, 600)
        facts = [
            lambda: self.miss(desk, ticket, "resolution", 600, version=2),
            lambda: self.set_deadlines(desk, ticket, 3, 60, 300, resolution_missed=True),
        ]
        for number in order:
            facts[number]()
        assert self.shown(place, ticket)[1:] == ["2026-11-16T14:00:00+00:00", False, True]

    def test_moved_ahead_and_missed_again(self, desk, place):
        """What is heard before the deadline that it is about is waited for, or nobody would ever mark that."""
        ticket = place.ticket()
        self.set_deadlines(desk, ticket, 1, 60, 600)
        with too_early(desk):
            self.miss(desk, ticket, "resolution", 900, version=3)
        self.set_deadlines(desk, ticket, 2, 60, 900)
        self.miss(desk, ticket, "resolution", 900, version=3)
        assert self.shown(place, ticket)[1:] == ["2026-11-17T00:00:00+00:00", False, True]


_TOLD = "SELECT name, version FROM outbox WHERE payload ->> 'ticket_id' = %(ticket_id)s ORDER BY id"


class TestTogether:
    """What dispatch told in one transaction and tickets hears in one."""

    def test_is_as_if_each_came_alone(self, desk, place):
        """The ticket is locked and read once, and every fact counts."""
        apart, together = place.ticket(), place.ticket()
        ends = []
        for ticket in (apart, together):
            with desk.at_once() if ticket is together else nullcontext():
                route(desk, ticket, usergroup_id=place.heating, priority="high")
                decide(desk, ticket, place.agent)
                TestDeadlines().set_deadlines(desk, ticket, 1, 60, 600)
            shown = place.shown(ticket)
            assert (shown["status"], shown["version"], shown["pending"]) == ("open", 4, [])
            lines = [(line["kind"], line["new"]) for line in desk.history(place.agent, ticket)[-7:]]
            told = desk.work.load(_TOLD, ticket_id=str(ticket["id"]))
            same = ("status", "priority", "version", "usergroup", "assignee", "first_response_due_at")
            ends.append(({name: shown[name] for name in same}, lines, told))
        assert ends[0] == ends[1]
