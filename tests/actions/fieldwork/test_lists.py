"""What readers are shown, through the entrypoints and the contract's schemas."""

from base64 import urlsafe_b64encode
from datetime import timedelta

import pytest

from chassis.copies import keep
from chassis.errors import Invalid
from chassis.ids import new_id
from chassis.testing import MONDAY, GivenFact
from services.fieldwork import actions
from services.fieldwork.contract.answers import FullIntervention, Interventions
from services.fieldwork.contract.arguments import InterventionFilter
from services.fieldwork.models import Person, Usergroup
from services.fieldwork.service import FieldworkService
from services.identity.contract import PersonChanged, SiteChanged, UsergroupChanged
from tests.actions.fieldwork.given import (
    ELEVEN,
    GROUP,
    OWNER,
    a_service_type,
    a_site,
    cancelled,
    clock,
    completed,
    declare,
    minutes,
    plan_fact,
    planned,
    replanned,
    someone,
)

ANNA, BEN = someone("worker", "Anna"), someone("worker", "Ben")
AGENT = someone("agent", serves=[GROUP])
CLIENT = someone("client", "Clara", organisation_id=OWNER, language="es")
SERVICE = FieldworkService()


def listed(work, actor, **filters):
    """Return the page as the contract dumps it."""
    arguments = InterventionFilter().load(filters)
    return Interventions().dump(SERVICE.list_interventions(work, actor, **arguments))


def ids_of(page):
    """Return the ids on a page."""
    return [item["id"] for item in page["items"]]


def test_one_intervention_whole(work):
    """Plan, people, clock-ins, incidents; names from the copies, ids as text."""
    keep(work, Usergroup, GROUP, 1, name="Heating")
    keep(work, Person, ANNA.person_id, 1, name="Anna Married")
    site_id = a_site(work)
    intervention = planned(work, ANNA, site_id=site_id)
    clock(work, ANNA, intervention, "start", MONDAY)
    incident = declare(work, ANNA, intervention, at=MONDAY + minutes(5))
    clock(work, ANNA, intervention, "end", MONDAY + minutes(61))
    shown = FullIntervention().dump(SERVICE.intervention_by_id(work, AGENT, intervention.id))
    clock_ins, incidents = shown.pop("clock_ins"), shown.pop("incidents")
    assert shown == {
        "id": str(intervention.id),
        "work_order_id": str(intervention.work_order_id),
        "ticket_id": str(intervention.ticket_id),
        "work_order": {
            "id": str(intervention.work_order_id),
            "title": "Repair the heating",
            "description": "The tenant owes rent; ring twice.",
        },
        "ticket": {"id": str(intervention.ticket_id), "number": "26-000042", "subject": "It is cold"},
        "status": "started",
        "starts_at": "2026-11-16T09:00:00+00:00",
        "ends_at": "2026-11-16T11:00:00+00:00",
        "site": {
            "id": str(site_id),
            "name": "Rue Mercière 4",
            "path": [{"id": str(site_id), "name": "Rue Mercière 4"}],
            "address": "",
        },
        "usergroup": {"id": str(GROUP), "name": "Heating"},
        "service_type": {"id": shown["service_type"]["id"], "name": "Standard"},
        "clock_ins_asked": "both",
        "workers": [{"person_id": str(ANNA.person_id), "name": "Anna Married", "minutes": 61}],
        "report": "",
        "completed_at": None,
        "completed_by": None,
        "validated_at": None,
        "validated_by": None,
        "cancelled_at": None,
        "cancel_reason": "",
        "plan_version": 1,
        "version": 4,
    }
    assert [(row["event"], row["worker"]["name"], row["flags"]) for row in clock_ins] == [
        ("start", "Anna", []),
        ("end", "Anna", ["early"]),
    ]
    assert [(row["id"], row["ticket_id"]) for row in incidents] == [(str(incident["id"]), str(incident["ticket_id"]))]


def test_names_not_yet_heard_are_empty(work):
    """The ids are there at once; the worker's name comes with the plan."""
    site_id = new_id()
    planned(work, ANNA, site_id=site_id)
    (item,) = listed(work, AGENT)["items"]
    assert item["site"] == {"id": str(site_id), "name": None, "path": [], "address": ""}
    assert item["usergroup"] == {"id": str(GROUP), "name": None}
    assert item["workers"][0]["name"] == "Anna"


def test_an_intervention_without_usergroup_shows_none(work):
    """Nor a site, where it has none."""
    planned(work, ANNA, usergroup_id=None)
    (item,) = listed(work, ANNA)["items"]
    assert (item["usergroup"], item["site"]) == (None, None)


WHY = "The tenant is away."
TO_DO = ("Repair the heating", "The tenant owes rent; ring twice.", "26-000042", "It is cold")


@pytest.mark.parametrize(
    ("actor", "private", "shown"),
    [
        (ANNA, True, TO_DO),
        (AGENT, True, TO_DO),
        (CLIENT, False, ("Repair the heating", None, "26-000042", None)),
        (someone("client", "Anna", person_id=ANNA.person_id, organisation_id=OWNER), True, TO_DO),
    ],
    ids=["worker", "agent", "client", "client who is sent"],
)
def test_what_is_to_be_done(work, actor, private, shown):
    """All of it for those who do or lead the work; for clients neither remarks nor what is private."""
    site_id = a_site(work, organisation_id=OWNER)
    intervention = planned(work, ANNA, site_id=site_id, private=private)
    whole = SERVICE.intervention_by_id(work, actor, intervention.id)
    (item,) = listed(work, actor)["items"]
    for found in (FullIntervention().dump(whole), item):
        work_order, ticket = found["work_order"], found["ticket"]
        assert (work_order["id"], ticket["id"]) == (str(intervention.work_order_id), str(intervention.ticket_id))
        assert (work_order["title"], work_order["description"], ticket["number"], ticket["subject"]) == shown


@pytest.mark.parametrize(
    ("actor", "shown"), [(ANNA, WHY), (AGENT, WHY), (CLIENT, "")], ids=["worker", "agent", "client"]
)
def test_why_an_intervention_is_called_off(work, actor, shown):
    """The reason may speak of those who wait, so it is not for clients."""
    fact = plan_fact(workers=[ANNA], site_id=a_site(work, organisation_id=OWNER))
    actions.keep_plan(work, fact)
    actions.cancel_plan(work, cancelled(fact))
    whole = SERVICE.intervention_by_id(work, actor, fact.data["intervention_id"])
    (item,) = listed(work, actor)["items"]
    assert [FullIntervention().dump(whole)["cancel_reason"], item["cancel_reason"]] == [shown, shown]


def test_a_plan_that_told_nothing_of_the_work(work):
    """Its facts were told by an earlier version."""
    untold = ("work_order_title", "work_order_description", "ticket_number", "ticket_subject")
    planned(work, ANNA, **dict.fromkeys(untold))
    (item,) = listed(work, ANNA)["items"]
    assert item["work_order"] == {"id": item["work_order_id"], "title": None, "description": None}
    assert item["ticket"] == {"id": item["ticket_id"], "number": None, "subject": None}


def test_the_place_is_shown_with_the_way_to_it(work):
    """From the property down; the address is the nearest one, and a place not yet heard of is left out."""
    unheard = new_id()
    estate = a_site(work, name="Lindenhof", address="Lindenhof 1, 4051 Basel")
    house = a_site(work, name="House B", above=[estate], address="Lindenhof 5, 4051 Basel")
    flat = a_site(work, name="Flat 12", above=[estate, unheard, house])
    for site_id, address in ((flat, "Lindenhof 5, 4051 Basel"), (estate, "Lindenhof 1, 4051 Basel")):
        intervention = planned(work, ANNA, site_id=site_id)
        assert SERVICE.intervention_by_id(work, ANNA, intervention.id)["site"]["address"] == address
    place = next(item["site"] for item in listed(work, ANNA)["items"] if item["site"]["id"] == str(flat))
    assert place["name"] == "Flat 12"
    assert place["path"] == [
        {"id": str(estate), "name": "Lindenhof"},
        {"id": str(house), "name": "House B"},
        {"id": str(flat), "name": "Flat 12"},
    ]


def test_the_client_reads_shared_clock_ins_in_their_language(work):
    """And incidents with the reason in Spanish."""
    intervention = planned(work, ANNA, site_id=a_site(work, organisation_id=OWNER))
    clock(work, ANNA, intervention, "start", MONDAY)
    declare(work, ANNA, intervention)
    clock(work, ANNA, intervention, "end", ELEVEN)
    shown = SERVICE.intervention_by_id(work, CLIENT, intervention.id)
    assert [row["event"] for row in shown["clock_ins"]] == ["start", "end"]
    assert shown["incidents"][0]["reason"]["name"] == "Acceso imposible"
    assert listed(work, CLIENT)["items"][0]["workers"][0]["minutes"] == 120


def test_clock_ins_that_are_not_shared_are_hidden_from_clients_only(work):
    """The hours too; agents and the worker still see them."""
    private = a_service_type(work, shared_with_client=False)
    intervention = planned(work, ANNA, site_id=a_site(work, organisation_id=OWNER), service_type_id=private.id)
    clock(work, ANNA, intervention, "start", MONDAY)
    clock(work, ANNA, intervention, "end", ELEVEN)
    seen = {}
    for actor in (CLIENT, AGENT, ANNA):
        shown = SERVICE.intervention_by_id(work, actor, intervention.id)
        minutes_listed = listed(work, actor)["items"][0]["workers"][0]["minutes"]
        seen[actor.name] = len(shown["clock_ins"]), shown["workers"][0]["minutes"], minutes_listed
    assert seen == {"Clara": (0, None, None), "Agent": (2, 120, 120), "Anna": (2, 120, 120)}


def test_hours_are_rounded_by_the_service_type(work):
    """52 minutes to the next quarter."""
    rounding = a_service_type(work, rounding="up", rounding_minutes=15)
    intervention = planned(work, ANNA, service_type_id=rounding.id)
    clock(work, ANNA, intervention, "start", MONDAY)
    clock(work, ANNA, intervention, "end", MONDAY + minutes(52))
    assert listed(work, ANNA)["items"][0]["workers"][0]["minutes"] == 60


@pytest.mark.parametrize("order", ["soonest", "latest"])
def test_pages_follow_each_other_without_gap_or_repetition(work, order):
    """Seven interventions, four of them at the same instant, by two."""
    starts = [MONDAY + timedelta(days=day) for day in (0, 1, 2, 2, 2, 2, 3)]
    interventions = [planned(work, ANNA, starts_at=start) for start in starts]
    wanted = [str(one.id) for one in sorted(interventions, key=lambda one: (one.starts_at, one.id))]
    found, cursor, sizes = [], None, []
    while not sizes or cursor:
        page = listed(work, ANNA, order=order, limit=2, **({"cursor": cursor} if cursor else {}))
        found += ids_of(page)
        sizes.append(len(page["items"]))
        cursor = page["next_cursor"]
    assert found == (wanted if order == "soonest" else wanted[::-1])
    assert sizes == [2, 2, 2, 1]


@pytest.mark.parametrize(
    "place",
    ["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+00:01", "2026-11-22T05:06:07", "yesterday"],
)
def test_a_cursor_of_ones_own_making_is_refused(work, place):
    """Also one whose instant the calendar of PostgreSQL does not have."""
    cursor = urlsafe_b64encode(f"{place} {new_id()}".encode()).decode()
    with pytest.raises(Invalid) as refusal:
        listed(work, ANNA, cursor=cursor)
    assert refusal.value.code == "cursor_invalid"


def test_a_cursor_means_its_instant_whatever_the_offset(work):
    """PostgreSQL takes none beyond 16 hours."""
    planned(work, ANNA)
    for place, found in (("2000-01-01T00:00:00+23:59", 0), ("9999-12-31T23:59:59+23:59", 1)):
        cursor = urlsafe_b64encode(f"{place} {new_id()}".encode()).decode()
        assert len(listed(work, ANNA, cursor=cursor)["items"]) == found


def test_filters(work):
    """Mine, by status, by place with all below it, by span, by ticket and by work order."""
    boss = someone("admin")
    building = a_site(work)
    flat = a_site(work, above=[building])
    own = planned(work, boss, ANNA, site_id=flat)
    done = completed(work, ANNA, site_id=building)
    called_off = plan_fact(workers=[BEN], starts_at=MONDAY + timedelta(days=2))
    actions.keep_plan(work, called_off)
    actions.cancel_plan(work, cancelled(called_off))
    off = str(called_off.data["intervention_id"])

    def found(**filters):
        return set(ids_of(listed(work, boss, **filters)))

    assert found() == {str(own.id), str(done.id), off}
    assert found(mine=True) == {str(own.id)}
    assert found(status="completed") == {str(done.id)}
    assert found(status="cancelled") == {off}
    assert found(site=str(building)) == {str(own.id), str(done.id)}
    assert found(site=str(flat)) == {str(own.id)}
    assert found(ticket=str(done.ticket_id)) == {str(done.id)}
    assert found(work_order=str(own.work_order_id)) == {str(own.id)}
    day = MONDAY + timedelta(days=1)
    assert found(**{"from": day.isoformat()}) == {off}
    assert found(to=day.isoformat()) == {str(own.id), str(done.id)}
    assert found(**{"from": ELEVEN.isoformat(), "to": day.isoformat()}) == set()
    assert found(**{"from": (ELEVEN - minutes(1)).isoformat(), "to": ELEVEN.isoformat()}) == {
        str(own.id), str(done.id)
    }  # fmt: skip


def test_interventions_without_a_worker(work):
    """Those that are planned and have nobody to go: moving one to somebody takes it out of the list."""
    boss = someone("admin")
    planned(work, ANNA)
    plan = plan_fact(workers=[BEN])
    actions.keep_plan(work, plan)
    called_off = plan_fact(workers=[])
    actions.keep_plan(work, called_off)
    actions.cancel_plan(work, cancelled(called_off))

    def found():
        return listed(work, boss, without_worker=True)["items"]

    assert found() == []
    actions.keep_plan(work, replanned(plan, version=2, workers=[]))
    (intervention,) = found()
    assert (intervention["id"], intervention["workers"], intervention["status"]) == (
        str(plan.data["intervention_id"]),
        [],
        "planned",
    )
    assert listed(work, BEN, without_worker=True)["items"] == []
    actions.keep_plan(work, replanned(plan, version=3, workers=[{"person_id": ANNA.person_id, "name": ANNA.name}]))
    assert found() == []


def test_copies_are_kept_by_version(work):
    """A late fact about a person, a site or a usergroup changes nothing."""
    site_id = new_id()
    planned(work, ANNA, site_id=site_id)
    for version, word in ((2, "new"), (1, "old")):
        SERVICE.person_changed(work, GivenFact(PersonChanged, a_person(word), version=version))
        SERVICE.usergroup_changed(work, GivenFact(UsergroupChanged, a_usergroup(word), version=version))
        SERVICE.site_changed(work, GivenFact(SiteChanged, a_place(site_id, word), version=version))
    (item,) = listed(work, AGENT)["items"]
    assert [item["workers"][0]["name"], item["usergroup"]["name"], item["site"]["name"]] == ["new"] * 3
    assert item["site"]["address"] == "new street"


def a_person(name):
    """Return Anna as identity tells her."""
    return {
        "person_id": ANNA.person_id,
        "email": "anna@example.org",
        "name": name,
        "language": "fr",
        "roles": ["worker"],
        "organisation_id": None,
        "active": True,
        "confirmed": True,
    }


def a_usergroup(name):
    """Return the group as identity tells it."""
    lists = {"members": [], "supervisors": [], "agents": []}
    return {"usergroup_id": GROUP, "name": name, "private_allowed": False, **lists, "active": True}


def a_place(site_id, name):
    """Return a site as identity tells it."""
    return {
        "site_id": site_id,
        "name": name,
        "kind": "building",
        "address": f"{name} street",
        "time_zone": "Europe/Paris",
        "path": [site_id],
        "active": True,
    }
