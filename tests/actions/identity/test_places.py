"""Organisations and the tree of their sites."""

import pytest

from chassis.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from chassis.ids import new_id
from chassis.testing import MONDAY, told
from services.identity import access, queries
from services.identity.actions import places, usergroups
from services.identity.domain import ROLES
from services.identity.models import Organisation, Site
from tests.actions.identity.given import ADMIN, actor_as, an_organisation, refused

SETS_UP = ("admin", "masterdata_admin")
SEE_ALL = ("admin", "masterdata_admin", "agent", "manager")


def create(work, actor=ADMIN, **particulars):
    """Make a site as an actor."""
    given = {
        "name": "Lindenhof",
        "kind": "property",
        "parent_id": None,
        "organisation_id": None,
        "usergroup_id": None,
        "address": "",
        "time_zone": "Europe/Paris" if not particulars.get("parent_id") else None,
        "position": None,
    }
    return places.create_site(work, actor, **{**given, **particulars})


def a_usergroup(work):
    """Make a usergroup; nothing of it stays in the facts."""
    lists = {"members": [], "supervisors": [], "agents": [], "custom_fields": []}
    made = usergroups.create_usergroup(
        work, ADMIN, name=new_id().hex, private_allowed=False, default_category_id=None, **lists
    )
    del work.facts[:]
    return made


def fact_of(site):
    """Return the `SiteChanged` that tells a shown site."""
    links = ("parent_id", "organisation_id", "usergroup_id")
    ids = {name: str(site[name]) if site[name] else None for name in links}
    payload = {name: site[name] for name in ("name", "kind", "address", "time_zone", "position", "active")}
    path = [str(each) for each in site["path"]]
    return ("SiteChanged", {"site_id": str(site["id"]), "path": path, **ids, **payload})


def test_a_new_organisation_is_shown_and_told(work):
    made = places.create_organisation(work, ADMIN, name="Owners")
    assert {name: made[name] for name in ("name", "active", "version")} == {
        "name": "Owners",
        "active": True,
        "version": 1,
    }
    assert made == access.shown(work, ADMIN, Organisation, made["id"])
    payload = {"organisation_id": str(made["id"]), "name": "Owners", "active": True}
    assert told(work) == [("OrganisationChanged", payload)]


def test_a_name_of_an_organisation_is_had_once(work):
    name = an_organisation(work)["name"].upper()
    refused(
        work,
        Conflict,
        "organisation_name_taken",
        lambda: places.create_organisation(work, ADMIN, name=name),
    )


@pytest.mark.parametrize("role", sorted(set(ROLES) - set(SETS_UP)))
def test_only_administrators_make_organisations_and_sites(work, role):
    actor = actor_as(role)
    refused(
        work,
        Forbidden,
        "not_allowed",
        lambda: places.create_organisation(work, actor, name="Mine"),
    )
    refused(work, Forbidden, "not_allowed", lambda: create(work, actor))


def test_a_tree_of_sites_with_its_paths(work):
    estate = create(work, actor_as("masterdata_admin"), address="12 rue de la Paix\nParis")
    house = create(work, kind="building", parent_id=estate["id"], name="House B")
    flat = create(work, kind="unit", parent_id=house["id"], name="Flat 7")
    assert (estate["path"], estate["address"]) == ([estate["id"]], "12 rue de la Paix\nParis")
    assert house["path"] == [estate["id"], house["id"]]
    assert flat["path"] == [estate["id"], house["id"], flat["id"]]
    assert [site["version"] for site in (estate, house, flat)] == [1, 1, 1]
    assert told(work) == [fact_of(estate), fact_of(house), fact_of(flat)]


def test_what_is_not_named_comes_from_the_parent(work):
    owner, other, group = an_organisation(work), an_organisation(work), a_usergroup(work)
    here = {"latitude": 14.6037, "longitude": -61.0667}
    estate = create(
        work,
        organisation_id=owner["id"],
        usergroup_id=group["id"],
        time_zone="America/Martinique",
        position=here,
    )
    house = create(work, kind="building", parent_id=estate["id"])
    flat = create(work, kind="unit", parent_id=house["id"], organisation_id=other["id"], time_zone="UTC")
    having = [(site["organisation_id"], site["usergroup_id"], site["time_zone"]) for site in (house, flat)]
    assert having == [
        (owner["id"], group["id"], "America/Martinique"),
        (other["id"], group["id"], "UTC"),
    ]
    assert [site["position"] for site in (house, flat)] == [here, here]
    assert [payload["position"] for name, payload in told(work) if name == "SiteChanged"] == [here] * 3


@pytest.mark.parametrize(
    ("particulars", "error", "code"),
    [
        ({"time_zone": None}, Invalid, "time_zone_unknown"),
        ({"time_zone": "Mars/Olympus"}, Invalid, "time_zone_unknown"),
        ({"kind": "unit"}, Invalid, "parent_kind_wrong"),
        ({"kind": "building", "parent_id": new_id()}, NotFound, "site_not_found"),
        ({"organisation_id": new_id()}, NotFound, "organisation_not_found"),
        ({"usergroup_id": new_id()}, NotFound, "usergroup_not_found"),
    ],
)
def test_a_site_of_nowhere_is_refused(work, particulars, error, code):
    refused(work, error, code, lambda: create(work, **particulars))


@pytest.mark.parametrize("kind", ["property", "building"])
def test_a_site_under_one_of_its_own_kind_is_refused(work, kind):
    above = create(work, kind=kind)
    below = {"kind": kind, "parent_id": above["id"]}
    refused(work, Invalid, "parent_kind_wrong", lambda: create(work, **below))


def ids_of(work, actor, model, q, conditions=()):
    """Return the ids that an actor finds in a list."""
    page = queries.page(work, actor, model, q=q, cursor=None, limit=100, conditions=conditions)
    return {item["id"] for item in page["items"]}


@pytest.mark.parametrize("role", sorted(ROLES))
def test_who_sees_which_places(work, role):
    mark = new_id().hex
    mine, other = an_organisation(work), an_organisation(work)
    here, there, nobodys = (
        create(work, name=mark, organisation_id=firm and firm["id"]) for firm in (mine, other, None)
    )
    actor = actor_as(role, organisation_id=mine["id"])
    every = {here["id"], there["id"], nobodys["id"]}
    seen = every if role in SEE_ALL else {here["id"]} if role == "client" else set()
    assert ids_of(work, actor, Site, mark) == seen
    firms = {mine["id"], other["id"]} if role in SEE_ALL else {mine["id"]} if role == "client" else set()
    found = {firm["id"] for firm in (mine, other) if ids_of(work, actor, Organisation, firm["name"])}
    assert found == firms
    for site in every - seen:
        with pytest.raises(NotFound) as refusal:
            access.shown(work, actor, Site, site)
        assert refusal.value.args == ("site_not_found", "There is no such site.", {})


def test_a_client_without_an_organisation_sees_no_place(work):
    mark = new_id().hex
    create(work, name=mark)
    assert ids_of(work, actor_as("client"), Site, mark) == set()


def test_sites_are_listed_by_parent_and_kind(work):
    mark = new_id().hex
    estate = create(work, name=mark)
    house = create(work, name=mark, kind="building", parent_id=estate["id"])
    flat = create(work, name=mark, kind="unit", parent_id=house["id"])
    shop = create(work, name=mark, kind="unit", parent_id=estate["id"])

    def listed(parent_id, kind):
        return ids_of(work, ADMIN, Site, mark, queries.sites_like(parent_id, kind))

    assert listed(None, None) == {estate["id"], house["id"], flat["id"], shop["id"]}
    assert listed(estate["id"], None) == {house["id"], shop["id"]}
    assert listed(None, "unit") == {flat["id"], shop["id"]}
    assert listed(house["id"], "unit") == {flat["id"]}


def rename(work, organisation, name, actor=ADMIN, **read):
    """Change an organisation's name as an actor."""
    return places.change_organisation(work, actor, organisation_id=organisation["id"], name=name, **read)


def test_an_organisation_gets_another_name(work):
    owners = an_organisation(work)
    changed = rename(work, owners, "Owners of Lindenhof", if_version=1)
    assert changed == {**owners, "name": "Owners of Lindenhof", "version": 2}
    payload = {"organisation_id": str(owners["id"]), "name": "Owners of Lindenhof", "active": True}
    assert told(work) == [("OrganisationChanged", payload)]
    del work.facts[:]
    assert rename(work, owners, "Owners of Lindenhof") == changed
    assert told(work) == []


def test_a_change_of_an_organisation_that_is_refused(work):
    owners = an_organisation(work)
    refused(work, Stale, "version_stale", lambda: rename(work, owners, "New", if_version=2))
    refused(work, NotFound, "organisation_not_found", lambda: rename(work, {"id": new_id()}, "New"))


def test_a_taken_name_of_an_organisation_is_refused_and_told_to_nobody(database):
    with database.work(now=MONDAY) as work:
        owners, others = an_organisation(work), an_organisation(work)
        work.commit()
    with database.work(now=MONDAY) as work, pytest.raises(Conflict) as refusal:
        rename(work, owners, others["name"].upper())
    assert (refusal.value.code, told(work)) == ("organisation_name_taken", [])
    (row,) = database.read("SELECT name, version FROM organisations WHERE id = %(id)s", id=owners["id"])
    assert (row.name, row.version) == (owners["name"], 1)


def change(work, site, actor=ADMIN, **changes):
    """Change a site as an actor."""
    return places.change_site(work, actor, site_id=site["id"], **changes)


def test_a_site_is_changed(work):
    site, group = create(work), a_usergroup(work)
    flat = create(work, kind="unit", parent_id=create(work, kind="building", parent_id=site["id"])["id"])
    del work.facts[:]
    changes = {
        "name": "Lindenhof 4 to 6",
        "address": "4-6 Lindenhof",
        "usergroup_id": group["id"],
        "time_zone": "Europe/Berlin",
        "position": {"latitude": 48.1, "longitude": 11.6},
    }
    changed = change(work, site, if_version=1, **changes)
    assert changed == {**site, **changes, "version": 2}
    assert told(work) == [fact_of(changed)]
    del work.facts[:]
    assert change(work, site, **changes) == changed
    assert told(work) == []
    assert access.shown(work, ADMIN, Site, flat["id"]) == flat


def a_tree(work):
    """Make a property, a building in it and a unit in that; nothing of them stays in the facts."""
    estate = create(work, name="Estate")
    house = create(work, kind="building", name="House B", parent_id=estate["id"])
    flat = create(work, kind="unit", name="Flat 7", parent_id=house["id"])
    del work.facts[:]
    return estate, house, flat


def test_a_site_is_closed_from_below_and_opened_from_above(work):
    tree = a_tree(work)
    for site in reversed(tree):
        assert change(work, site, active=False) == {**site, "active": False, "version": 2}
    assert [(payload["site_id"], payload["active"]) for _, payload in told(work)] == [
        (str(site["id"]), False) for site in reversed(tree)
    ]
    for site in tree:
        assert change(work, site, active=True) == {**site, "version": 3}


def test_a_site_with_open_ones_below_stays_open(work):
    """However far below; the refusal names them."""
    estate, house, flat = a_tree(work)
    create(work, kind="unit", name="Flat 2", parent_id=house["id"])
    gone = create(work, kind="unit", name="Flat 1", parent_id=house["id"])
    change(work, gone, active=False)
    del work.facts[:]
    code, changes = "sites_open", {"active": False, "name": "Ruin"}
    refusal = refused(work, Conflict, code, lambda: change(work, estate, **changes))
    assert refusal.detail == "Sites below this one are open (Flat 2, Flat 7, House B): close them first."
    refusal = refused(work, Conflict, code, lambda: change(work, house, **changes))
    assert refusal.context == {"fields": {"active": ["Flat 2 is open.", "Flat 7 is open."]}}
    assert access.shown(work, ADMIN, Site, flat["id"]) == flat


@pytest.mark.parametrize(("last", "end"), [(18, "Flat 18, Flat 7"), (20, "Flat 18, Flat 19 and 2 more")])
def test_ten_open_sites_are_named_and_the_rest_counted(work, last, end):
    _, house, _ = a_tree(work)
    for number in range(10, last + 1):
        create(work, kind="unit", name=f"Flat {number}", parent_id=house["id"])
    del work.facts[:]
    refusal = refused(work, Conflict, "sites_open", lambda: change(work, house, active=False))
    named = ", ".join(f"Flat {number}" for number in range(10, 18))
    assert refusal.detail == f"Sites below this one are open ({named}, {end}): close them first."


def test_nothing_is_made_or_opened_below_a_closed_site(work):
    _, house, flat = a_tree(work)
    for site in (flat, house):
        change(work, site, active=False)
    del work.facts[:]
    wrong = (
        lambda: create(work, kind="unit", parent_id=house["id"]),
        lambda: change(work, flat, active=True),
    )
    for attempt in wrong:
        refusal = refused(work, Conflict, "parent_closed", attempt)
        assert refusal.detail == "House B, which it is in, is closed: open that first."


def test_a_closed_site_is_changed_otherwise(work):
    """Also where it stands below a closed one, and by whoever sends back that it is closed."""
    _, house, flat = a_tree(work)
    for site in (flat, house):
        change(work, site, active=False)
    assert change(work, flat, active=False, name="Flat 8")["name"] == "Flat 8"


@pytest.mark.parametrize(
    ("changes", "error", "code"),
    [
        ({"time_zone": "Europe/Lindenhof"}, Invalid, "time_zone_unknown"),
        ({"usergroup_id": new_id()}, NotFound, "usergroup_not_found"),
        ({"name": "New", "if_version": 2}, Stale, "version_stale"),
    ],
)
def test_a_change_of_a_site_that_is_refused(work, changes, error, code):
    site = create(work)
    del work.facts[:]
    refused(work, error, code, lambda: change(work, site, **changes))


@pytest.mark.parametrize("role", sorted(set(ROLES) - set(SETS_UP)))
def test_only_administrators_change_organisations_and_sites(work, role):
    owners = an_organisation(work)
    site = create(work, organisation_id=owners["id"])
    del work.facts[:]
    actor = actor_as(role, organisation_id=owners["id"])
    refused(work, Forbidden, "not_allowed", lambda: change(work, site, actor, name="Mine"))
    refused(work, Forbidden, "not_allowed", lambda: rename(work, owners, "Mine", actor))
