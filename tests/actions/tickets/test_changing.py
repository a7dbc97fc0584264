"""Changing a ticket, field by field and role by role."""

import pytest

from chassis.errors import Conflict, Forbidden, Invalid, NotFound, NotHereYet, Stale
from chassis.ids import new_id
from chassis.testing import MONDAY, NARROWER, an_actor
from services.identity.contract import SiteChanged
from services.tickets.access import PERMISSION_OF_FIELD
from tests.actions.tickets.given import minutes, refused
from tests.actions.tickets.interventions import Intervention
from tests.actions.tickets.routing import decide, route

#: Which fields each may change of a ticket of the usergroup `heating` that they see.
AGENTS = {"subject", "category", "site", "private", "priority", "status", "assignee"}
MAY = {
    "admin": AGENTS | {"usergroup"},
    "manager": AGENTS | {"usergroup"},
    "agent": AGENTS,
    "resident": set(),
    "client": set(),
    "contractor": set(),
    "worker": set(),
}


@pytest.fixture(scope="module")
def seen(shared_place):
    """Return a ticket that everybody in `MAY` sees."""
    place = shared_place
    ticket = place.assigned(place.contractor, site=place.flat)
    added = {"person_id": place.worker.person_id, "role": "worker"}
    place.desk.ask(place.agent, "add_participant", ticket_id=ticket["id"], **added)
    return place.shown(ticket)


@pytest.fixture
def values(place):
    """Return a new value for each field."""
    return {
        "subject": "Boiler broken",
        "category": place.category()["id"],
        "site": place.property,
        "private": True,
        "priority": "high",
        "status": "pending",
        "assignee": place.agent.person_id,
        "usergroup": place.lifts,
    }


@pytest.mark.parametrize("who", MAY)
@pytest.mark.parametrize("field", PERMISSION_OF_FIELD)
def test_who_may_change_what(desk, place, seen, values, who, field):
    """The rest is refused, not ignored, and nothing happens."""
    actor, change = getattr(place, who), {field: values[field]}
    if field not in MAY[who]:
        with refused(desk, Forbidden, "not_allowed"):
            place.change(seen, actor, **change)
        return
    changed = place.change(seen, actor, **change)
    shown = changed[field]["id"] if isinstance(changed[field], dict) else changed[field]
    assert shown == str(values[field]) if field not in ("private",) else shown is True
    assert changed["version"] == seen["version"] + 1


def test_all_or_nothing(desk, place, seen):
    """One field that is not theirs to change spoils the others."""
    with refused(desk, Forbidden, "not_allowed"):
        place.change(seen, place.agent, subject="Mine", usergroup=place.lifts)


@pytest.mark.parametrize("field", ["category", "site", "usergroup"])
def test_what_is_not_there(desk, place, seen, field):
    """404 by the name of the thing."""
    with refused(desk, NotFound, f"{field}_not_found"):
        place.change(seen, **{field: new_id()})


def test_a_place_that_was_closed_is_named_still(desk, place, seen):
    """By the history, when the ticket is about another one."""
    closed = {"site_id": place.flat, "name": "Flat 12", "kind": "unit", "time_zone": "Europe/Paris", "active": False}
    desk.hear(SiteChanged, version=2, path=[place.property, place.flat], organisation_id=None, **closed)
    place.change(seen, site=place.property)
    (line,) = desk.history(place.agent, seen, "TicketSiteChanged")
    assert (line["old"], line["new"]) == (
        {"site": "Flat 12", "site_id": str(place.flat)},
        {"site": "Lindenhof", "site_id": str(place.property)},
    )


def test_what_it_has_and_what_was_closed_may_stay(desk, place):
    """Whoever sends all fields back changes only those that are others; the closed are given to none anew."""
    keys = place.category("Keys")
    ticket = place.heating_ticket(category=keys["id"], site=place.flat)
    desk.ask(place.admin, "change_category", category_id=keys["id"], active=False)
    closed = {"site_id": place.flat, "name": "Flat 12", "kind": "unit", "time_zone": "Europe/Paris", "active": False}
    desk.hear(SiteChanged, version=2, path=[place.property, place.flat], organisation_id=None, **closed)
    changed = place.change(ticket, subject="Boiler broken", category=keys["id"], site=place.flat)
    assert changed["subject"] == "Boiler broken"
    assert (changed["category"], changed["site"]) == (ticket["category"], ticket["site"])
    other = place.heating_ticket()
    for field, thing_id in (("category", keys["id"]), ("site", place.flat)):
        with refused(desk, NotFound, f"{field}_not_found"):
            place.change(other, **{field: thing_id})


def test_everything_at_once(desk, place, seen, values):
    """One version, a line for each."""
    place.group(place.lifts, "Lifts", version=2, private_allowed=True)
    changed = place.change(seen, place.admin, **{**values, "assignee": None})
    assert changed["version"] == seen["version"] + 1
    kinds = [line["kind"] for line in desk.history(place.admin, changed)][-8:]
    assert kinds == [
        *("TicketChanged", "TicketChanged", "TicketSiteChanged", "TicketUsergroupChanged"),
        *("TicketPrivacyChanged", "TicketPriorityChanged", "TicketAssigned", "TicketStatusChanged"),
    ]


class TestVersions:
    """If-Match."""

    def test_the_version_that_was_read(self, place, seen):
        """Is fine."""
        assert place.change(seen, if_version=seen["version"], priority="low")["priority"] == "low"

    def test_an_older_one(self, desk, place, seen):
        """Nothing is lost, the caller is told which is the present one."""
        place.change(seen, priority="low")
        with refused(desk, Stale, "version_stale") as raised:
            place.change(seen, if_version=seen["version"], priority="high")
        assert raised.value.context == {"version": seen["version"] + 1}

    def test_nothing_to_change(self, desk, place, seen):
        """Tells nothing and keeps the version."""
        desk.forget()
        assert place.change(seen)["version"] == seen["version"]
        assert place.change(seen, subject=seen["subject"], private=False)["version"] == seen["version"]
        assert desk.told() == []

    @pytest.mark.parametrize("field", PERMISSION_OF_FIELD)
    def test_the_value_that_is_there(self, desk, place, seen, values, field):
        """Is no change: the same version, no line, nothing told."""
        before = place.change(seen, **{field: values[field]})
        lines = desk.history(place.admin, seen)
        desk.forget()
        assert place.change(seen, **{field: values[field]}) == before
        assert (desk.history(place.admin, seen), desk.told()) == (lines, [])

    @pytest.mark.parametrize(("field", "found"), [("category", "category_id"), ("priority", "priority")])
    def test_the_value_that_was_there_before_anybody_chose(self, desk, place, values, field, found):
        """Is a choice from then on, which routing leaves alone, and no change."""
        ticket = place.ticket()
        present = ticket[field]
        assert place.change(ticket, **{field: present})["version"] == ticket["version"]
        route(desk, ticket, **{found: values[field]})
        assert place.shown(ticket)[field] == present


class TestStatus:
    """The table of moves."""

    @pytest.mark.parametrize(("before", "after"), [("resolved", "pending"), ("closed", "resolved"), ("open", "new")])
    def test_a_move_that_is_not_in_the_table(self, desk, place, seen, before, after):
        """Is refused with the present status."""
        ticket = place.change(seen, status=before) if before != seen["status"] else seen
        with refused(desk, Conflict, "move_not_allowed") as raised:
            place.change(ticket, status=after)
        assert raised.value.context == {"status": before}

    @pytest.mark.parametrize("status", ["resolved", "closed"])
    def test_while_work_orders_are_open(self, desk, place, seen, status):
        """Somebody would come in vain: it says which are open; with the last one a person may move it again."""
        first, second = Intervention(desk, place, seen), Intervention(desk, place, seen)
        first.opened("W26-000001")
        second.opened("W26-000002")
        Intervention(desk, place, place.ticket()).opened("W26-000003")
        with refused(desk, Conflict, "work_orders_open") as raised:
            place.change(seen, status=status)
        assert raised.value.detail == (
            "Work orders are open on this ticket (W26-000001, W26-000002): close or cancel them first."
        )
        assert raised.value.context == {"fields": {"status": ["W26-000001 is open.", "W26-000002 is open."]}}
        assert place.change(seen, status="pending")["status"] == "pending"
        first.closed("cancelled", left=[second.work_order_id])
        with refused(desk, Conflict, "work_orders_open"):
            place.change(seen, status=status)
        second.closed("cancelled")
        assert place.change(seen, status=status)["status"] == status

    def test_while_a_work_order_is_open_whose_opening_has_not_been_heard(self, desk, place, seen):
        """It goes by its id."""
        intervention, unheard = Intervention(desk, place, seen), new_id()
        intervention.opened()
        intervention.closed(left=[unheard])
        with refused(desk, Conflict, "work_orders_open") as raised:
            place.change(seen, status="resolved")
        assert raised.value.context == {"fields": {"status": [f"{unheard} is open."]}}

    def test_resolving(self, desk, place, seen):
        """Both facts, and lines that everybody may see."""
        desk.forget()
        resolved = place.change(seen, place.agent, status="resolved")
        assert resolved["resolved_at"] is not None
        (moved,), (told,) = desk.told("TicketStatusChanged"), desk.told("TicketResolved")
        assert (moved["from"], moved["to"], moved["reason"]) == ("open", "resolved", "person")
        assert {r["name"] for r in moved["recipients"]} == {"Rita Resident", "Cora Contractor", "Will Worker"}
        assert told["requester"]["email"] == place.resident.email
        lines = desk.history(place.resident, resolved)[-2:]
        assert [(line["kind"], line["audience"]) for line in lines] == [
            ("TicketStatusChanged", "all"),
            ("TicketResolved", "all"),
        ]
        assert lines[0]["actor"]["name"] == "Ada Agent"
        assert (lines[0]["old"], lines[0]["new"]["status"]) == ({"status": "open"}, "resolved")

    def test_closing_what_is_resolved(self, desk, place, seen):
        """It stays resolved since when it was, and nobody is told a second time."""
        resolved = place.change(seen, place.agent, status="resolved")
        desk.work.now += minutes(5)
        desk.forget()
        assert place.change(seen, place.agent, status="closed")["resolved_at"] == resolved["resolved_at"]
        assert [told["to"] for told in desk.told()] == ["closed"]


class TestUsergroup:
    """S3."""

    def test_changing_it(self, desk, place):
        """Is a person's choice; an assignee who cannot serve it leaves, and routing may find another."""
        ticket = place.assigned(place.agent)
        desk.forget()
        changed = place.change(ticket, place.manager, usergroup=place.lifts)
        assert (changed["usergroup"]["name"], changed["assignee"]) == ("Lifts", None)
        (told,) = desk.told("TicketUsergroupChanged")
        assert (told["usergroup_id"], told["chosen"]) == (str(place.lifts), True)
        (left,) = desk.told("TicketAssigned")
        assert (left["assignee_id"], left["by"]) == (None, "person")
        assert [p["name"] for p in changed["participants"]] == ["Rita Resident"]

    def test_whoever_can_serve_both_stays(self, desk, place):
        """Such as an outside provider."""
        ticket = place.assigned(place.contractor)
        desk.forget()
        assert place.change(ticket, usergroup=place.lifts)["assignee"]["name"] == "Cora Contractor"
        assert desk.told("TicketAssigned") == []

    def test_out_of_sight(self, desk, place):
        """The manager who gave it away is still answered, and then does not see it."""
        ticket = place.heating_ticket()
        changed = place.change(ticket, place.manager, usergroup=place.lifts)
        assert changed["usergroup"]["name"] == "Lifts" and changed["internal"] is not None
        with pytest.raises(NotFound):
            place.shown(ticket, to=place.manager)

    def test_one_that_is_not_there(self, desk, place, seen):
        """404."""
        with refused(desk, NotHereYet, "usergroup_not_found"):
            place.change(seen, usergroup=new_id())


class TestPrivate:
    """S2."""

    def test_where_the_group_does_not_allow_it(self, desk, place):
        """Or where there is none."""
        for ticket in (place.ticket(), place.change(place.ticket(), usergroup=place.lifts)):
            with refused(desk, Conflict, "private_not_allowed"):
                place.change(ticket, private=True)

    @pytest.mark.parametrize("also", [{}, {"private": True}, {"subject": "Mine", "status": "pending"}], ids=str)
    def test_does_not_move_to_a_group_that_does_not_allow_it(self, desk, place, also):
        """Nobody who asked for privacy loses it, or keeps it where it does not hold, by another's move."""
        ticket = place.heating_ticket(private=True)
        with refused(desk, Conflict, "private_not_allowed"):
            place.change(ticket, usergroup=place.lifts, **also)
        with refused(desk, NotHereYet, "usergroup_not_found"):
            place.change(ticket, usergroup=new_id(), **also)

    def test_moves_when_it_is_private_no_more_by_the_same_request(self, desk, place):
        """Both are told, under one version."""
        ticket = place.heating_ticket(private=True)
        desk.forget()
        moved = place.change(ticket, usergroup=place.lifts, private=False)
        assert (moved["usergroup"]["name"], moved["private"]) == ("Lifts", False)
        assert moved["version"] == ticket["version"] + 1
        assert len(desk.told("TicketUsergroupChanged")) == len(desk.told("TicketPrivacyChanged")) == 1

    def test_moves_to_a_group_that_allows_it(self, place):
        """And stays private."""
        place.group(place.lifts, "Lifts", version=2, private_allowed=True)
        moved = place.change(place.heating_ticket(private=True), usergroup=place.lifts)
        assert (moved["usergroup"]["name"], moved["private"]) == ("Lifts", True)

    def test_stays_as_it_is_in_a_group_that_allows_it_no_more(self, place):
        """Whoever confirms the usergroup changes nothing."""
        ticket = place.heating_ticket(private=True)
        place.group(place.heating, "Heating", version=2, private_allowed=False)
        same = place.change(ticket, usergroup=place.heating, private=True, subject="Cold")
        assert (same["usergroup"]["name"], same["private"], same["subject"]) == ("Heating", True, "Cold")

    def test_hides_from_supervisors(self, place):
        """At once."""
        ticket = place.heating_ticket()
        place.shown(ticket, to=place.manager)
        place.change(ticket, private=True)
        with pytest.raises(NotFound):
            place.shown(ticket, to=place.manager)

    def test_is_told(self, desk, place):
        """Each way, to those who hide what belongs to the ticket."""
        ticket = place.heating_ticket()
        desk.forget()
        for private in (True, True, False):
            place.change(ticket, private=private)
        about = {"ticket_id": ticket["id"], "changed_at": MONDAY.isoformat()}
        assert desk.told() == [{**about, "private": True}, {**about, "private": False}]
        lines = desk.history(place.admin, ticket, "TicketPrivacyChanged")
        assert [(line["old"], line["new"]) for line in lines] == [
            ({"private": False}, {"private": True}),
            ({"private": True}, {"private": False}),
        ]


class TestAssignee:
    """Who may answer for a ticket."""

    def test_an_agent_of_the_group(self, desk, place):
        """Takes part from then on, opens a new ticket, is told."""
        ticket = place.heating_ticket()
        desk.forget()
        assigned = place.change(ticket, place.agent, assignee=place.agent.person_id)
        assert (assigned["assignee"]["name"], assigned["status"]) == ("Ada Agent", "open")
        assert [(p["name"], p["role"]) for p in assigned["participants"]] == [
            ("Rita Resident", "requester"),
            ("Ada Agent", "agent"),
        ]
        (told,) = desk.told("TicketAssigned")
        assert (told["assignee_id"], told["by"]) == (str(place.agent.person_id), "person")
        assert told["assignee"] == {
            "participant_id": assigned["participants"][1]["participant_id"],
            "person_id": str(place.agent.person_id),
            "email": place.agent.email,
            "name": "Ada Agent",
            "language": place.agent.language,
            "role": "agent",
        }
        (moved,) = desk.told("TicketStatusChanged")
        assert moved["reason"] == "assigned"

    def test_whom_routing_had_found(self, desk, place):
        """Is a person's choice from then on, which dispatch is told once: it leaves that alone."""
        ticket = place.heating_ticket()
        decide(desk, ticket, place.agent)
        desk.forget()
        for _ in range(2):
            place.change(ticket, assignee=place.agent.person_id)
        (told,) = desk.told()
        assert (told["assignee_id"], told["by"]) == (str(place.agent.person_id), "person")
        assert (told["assignee"]["person_id"], told["assignee"]["role"]) == (told["assignee_id"], "agent")
        assert place.shown(ticket)["version"] == ticket["version"] + 2
        lines = desk.history(place.admin, ticket, "TicketAssigned")
        ada = {"assignee": "Ada Agent", "assignee_id": str(place.agent.person_id)}
        assert [(line["old"], line["new"]) for line in lines] == [
            (None, {**ada, "by": "routing"}),
            (ada, {**ada, "by": "person"}),
        ]

    def test_the_next_one_replaces_the_last(self, desk, place):
        """Only whoever answers for it now takes part."""
        changed = place.change(place.assigned(place.agent), assignee=place.colleague.person_id)
        assert [p["name"] for p in changed["participants"]] == ["Rita Resident", "Carl Colleague"]
        (now,) = desk.told("TicketParticipantsChanged")
        assert [p["name"] for p in now["participants"]] == ["Rita Resident", "Carl Colleague"]
        line = desk.history(place.admin, changed, "TicketAssigned")[-1]
        assert (line["old"], line["new"]) == (
            {"assignee": "Ada Agent", "assignee_id": str(place.agent.person_id)},
            {"assignee": "Carl Colleague", "assignee_id": str(place.colleague.person_id), "by": "person"},
        )

    def test_whoever_takes_part_anyway_stays_a_participant(self, place):
        """An agent's own request stays theirs when another takes it over."""
        ticket = place.ticket(place.agent, usergroup=place.heating)
        ticket = place.change(ticket, assignee=place.agent.person_id)
        ticket = place.change(ticket, assignee=place.colleague.person_id)
        assert [(p["name"], p["role"]) for p in ticket["participants"]] == [
            ("Ada Agent", "requester"),
            ("Carl Colleague", "agent"),
        ]

    def test_nobody(self, place):
        """Is somebody's choice too."""
        changed = place.change(place.assigned(place.agent), assignee=None)
        assert (changed["assignee"], changed["status"]) == (None, "open")

    @pytest.mark.parametrize("who", ["lift_agent", "resident", "neighbour", "client", "worker"])
    def test_who_cannot_serve_the_group(self, desk, place, who):
        """Members and strangers of the group, and whoever is not active or not there."""
        ticket = place.heating_ticket()
        with refused(desk, Invalid, "assignee_cannot_serve"):
            place.change(ticket, assignee=getattr(place, who).person_id)

    def test_who_is_not_active_or_not_there(self, desk, place):
        """Alike."""
        ticket = place.heating_ticket()
        place.person(place.colleague, version=2, active=False)
        for person_id in (place.colleague.person_id, new_id()):
            with refused(desk, Invalid, "assignee_cannot_serve"):
                place.change(ticket, assignee=person_id)

    @pytest.mark.parametrize("who", ["manager", "contractor"])
    def test_who_else_can(self, place, who):
        """Its supervisors, and outside providers."""
        actor = getattr(place, who)
        assert place.assigned(actor)["assignee"]["id"] == str(actor.person_id)

    def test_without_a_group(self, desk, place):
        """Anybody of the desk, nobody else."""
        ticket = place.ticket()
        assert place.change(ticket, assignee=place.lift_agent.person_id)["assignee"]["name"] == "Lou Lift"
        with refused(desk, Invalid, "assignee_cannot_serve"):
            place.change(ticket, assignee=place.resident.person_id)


class TestPlace:
    """The site."""

    def test_gives_it_to_another_organisation(self, place):
        """Its clients see it, the former ones do not."""
        ticket = place.heating_ticket(site=place.flat)
        place.change(ticket, site=place.elsewhere)
        assert place.shown(ticket, to=place.other_client)["site"]["name"] == "Elsewhere"
        with pytest.raises(NotFound):
            place.shown(ticket, to=place.client)

    @pytest.mark.parametrize("to", ["elsewhere", None])
    def test_is_told(self, desk, place, to):
        """To those who keep where tickets are; nothing where it stays."""
        ticket = place.heating_ticket(site=place.flat)
        desk.forget()
        place.change(ticket, site=place.flat)
        assert desk.told() == []
        site_id = to and str(getattr(place, to))
        place.change(ticket, site=site_id)
        assert desk.told() == [{"ticket_id": ticket["id"], "site_id": site_id, "changed_at": MONDAY.isoformat()}]

    def test_without_one_it_is_the_requesters(self, place):
        """A client's own request stays with their organisation."""
        ticket = place.ticket(place.client, site=place.flat)
        colleague = place.someone("client", "Claus Colleague", organisation_id=place.owners)
        place.change(ticket, site=None)
        assert place.shown(ticket, to=colleague)["site"] is None


class TestCategories:
    """What a ticket is about."""

    def test_are_told_and_listed(self, desk, place):
        """By name."""
        made = desk.ask(
            place.admin,
            "create_category",
            name="Keys",
            slug="keys",
            usergroup_id=place.heating,
            priority="low",
        )
        assert desk.told("CategoryChanged") == [
            {
                "category_id": made["id"],
                "name": "Keys",
                "slug": "keys",
                "usergroup_id": str(place.heating),
                "active": True,
            }
        ]
        place.category("Access")
        listed = desk.ask(place.resident, "list_categories")["items"]
        assert [category["name"] for category in listed] == ["Access", "Keys"]

    def test_a_slug_is_taken_once(self, desk, place):
        """Conflict."""
        desk.ask(place.admin, "create_category", name="Keys", slug="keys")
        with refused(desk, Conflict, "category_slug_taken"):
            desk.ask(place.admin, "create_category", name="Other", slug="keys")

    def test_for_a_group_that_is_not_there(self, desk, place):
        """404."""
        with refused(desk, NotHereYet, "usergroup_not_found"):
            desk.ask(place.admin, "create_category", name="Keys", slug="keys", usergroup_id=new_id())

    def test_are_changed(self, desk, place):
        """And told; what changes nothing is not, and tickets keep what they have."""
        made = desk.ask(place.admin, "create_category", name="Keys", slug="keys", usergroup_id=place.heating)
        ticket = place.ticket(category=made["id"])
        desk.forget()
        changes = {"name": "Keys and doors", "usergroup_id": None, "priority": "high"}
        changed = desk.ask(place.admin, "change_category", category_id=made["id"], if_version=1, **changes)
        assert changed == {**made, **changes, "version": 2}
        told = {"category_id": made["id"], "slug": "keys", "active": True}
        assert desk.told() == [told | {"name": "Keys and doors", "usergroup_id": None}]
        assert desk.ask(place.admin, "change_category", category_id=made["id"], **changes) == changed
        assert len(desk.told()) == 1
        shown = place.shown(ticket)
        assert (shown["category"]["name"], shown["priority"]) == ("Keys and doors", "normal")

    def test_are_closed_and_opened_again(self, desk, place):
        """Closed they are chosen for nothing, listed apart and kept by their tickets."""
        keys = desk.ask(place.admin, "create_category", name="Keys", slug="keys")
        ticket = place.ticket(category=keys["id"])
        closed = desk.ask(place.admin, "change_category", category_id=keys["id"], active=False)
        assert desk.ask(place.resident, "list_categories")["items"] == []
        assert desk.ask(place.resident, "list_categories", closed=True)["items"] == [closed]
        assert place.shown(ticket)["category"]["id"] == keys["id"]
        with refused(desk, NotFound, "category_not_found"):
            place.ticket(category=keys["id"])
        desk.ask(place.admin, "change_category", category_id=keys["id"], active=True)
        assert place.ticket(category=keys["id"])["category"]["id"] == keys["id"]

    @pytest.mark.parametrize(
        ("changes", "error", "code"),
        [
            ({"usergroup_id": new_id()}, NotHereYet, "usergroup_not_found"),
            ({"category_id": new_id()}, NotFound, "category_not_found"),
            ({"name": "Doors", "if_version": 2}, Stale, "version_stale"),
        ],
    )
    def test_a_change_that_is_refused(self, desk, place, changes, error, code):
        """Changes nothing."""
        keys = desk.ask(place.admin, "create_category", name="Keys", slug="keys")
        with refused(desk, error, code):
            desk.ask(place.admin, "change_category", **{"category_id": keys["id"], **changes})

    @pytest.mark.parametrize("who", ["agent", "manager", "resident", "client"])
    def test_by_whom(self, desk, place, who):
        """Administrators of the application."""
        keys = desk.ask(place.admin, "create_category", name="Keys", slug="keys")
        with refused(desk, Forbidden, "not_allowed"):
            desk.ask(getattr(place, who), "create_category", name="Doors", slug="doors")
        with refused(desk, Forbidden, "not_allowed"):
            desk.ask(getattr(place, who), "change_category", category_id=keys["id"], name="Doors")

    @pytest.mark.parametrize("scope", NARROWER)
    def test_with_which_scope(self, desk, scope):
        """They bind the whole desk, so for all of it."""
        actor = an_actor(rights={"categories.write": scope} if scope else {})
        with refused(desk, Forbidden, "not_allowed"):
            desk.ask(actor, "create_category", name="Keys", slug="keys")
