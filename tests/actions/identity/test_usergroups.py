"""Usergroups and the rights that hang on their lists."""

from dataclasses import replace

import pytest

from chassis.actors import system_actor
from chassis.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from chassis.ids import new_id
from chassis.testing import MONDAY, an_actor, told
from services.identity import access, queries
from services.identity.actions import usergroups
from services.identity.domain import ROLES
from services.identity.models import Usergroup
from tests.actions.identity.given import ADMIN, actor_as, contents, epoch_of, grants_of, refused

SETS_UP = ("admin", "masterdata_admin")
PHONE = {"label": "Phone", "kind": "phone", "value": "+33 1 23 45", "choices": []}


def create(work, actor=ADMIN, **particulars):
    """Make a usergroup as an actor."""
    given = {
        "name": f"Heating {new_id().hex}",
        "private_allowed": False,
        "members": [],
        "supervisors": [],
        "agents": [],
        "default_category_id": None,
        "custom_fields": [],
    }
    return usergroups.create_usergroup(work, actor, **{**given, **particulars})


def change(work, usergroup, actor=ADMIN, **changes):
    """Change a usergroup as an actor."""
    return usergroups.change_usergroup(work, actor, usergroup_id=usergroup["id"], **changes)


@pytest.fixture
def a_group(work):
    """Return a function that makes a usergroup; nothing of it stays in the facts."""

    def make(**particulars):
        facts = len(work.facts)
        usergroup = create(work, system_actor("identity"), **particulars)
        del work.facts[facts:]
        return usergroup

    return make


def fact_of(usergroup):
    """Return the `UsergroupChanged` that tells a shown usergroup."""
    payload = {name: usergroup[name] for name in ("name", "private_allowed", "active")}
    lists = {name: [str(each) for each in usergroup[name]] for name in ("members", "supervisors", "agents")}
    category = usergroup["default_category_id"]
    category = str(category) if category else None
    return (
        "UsergroupChanged",
        {"usergroup_id": str(usergroup["id"]), "default_category_id": category, **lists, **payload},
    )


def test_a_new_usergroup_is_shown_and_told_with_its_people(work, a_person):
    one, two, three = (a_person()["id"] for _ in range(3))
    category = new_id()
    made = create(
        work,
        members=[one, two, two],
        supervisors=[two],
        agents=[three],
        private_allowed=True,
        default_category_id=category,
        custom_fields=[PHONE],
    )
    assert {name: made[name] for name in ("members", "supervisors", "agents")} == {
        "members": [one, two],
        "supervisors": [two],
        "agents": [three],
    }
    assert (made["private_allowed"], made["default_category_id"]) == (True, category)
    assert (made["custom_fields"], made["active"], made["version"]) == ([PHONE], True, 1)
    grants = [grants_of({"id": each}, 2) for each in (one, two, three)]
    assert told(work) == [*grants, fact_of(made)]


@pytest.mark.parametrize("role", sorted(set(ROLES) - set(SETS_UP)))
def test_only_administrators_make_usergroups(work, role):
    refused(work, Forbidden, "not_allowed", lambda: create(work, actor_as(role)))


@pytest.mark.parametrize("role", SETS_UP)
def test_administrators_make_usergroups(work, role):
    assert create(work, actor_as(role), name="Lifts")["name"] == "Lifts"


def test_a_name_is_had_once(work, a_group):
    first = a_group()
    refused(work, Conflict, "usergroup_name_taken", lambda: create(work, name=first["name"].upper()))


@pytest.mark.parametrize("place", ["members", "supervisors", "agents"])
def test_a_list_of_somebody_unknown_is_refused_whole(work, a_person, a_group, place):
    person, group = a_person(), a_group()
    with pytest.raises(NotFound) as refusal:
        create(work, **{place: [person["id"], new_id()]})
    assert (refusal.value.code, told(work)) == ("person_not_found", [])
    wrong = {place: [person["id"], new_id()]}
    refused(work, NotFound, "person_not_found", lambda: change(work, group, **wrong))
    assert epoch_of(work, person) == 1


def test_a_wrong_custom_field_is_refused(work, a_group):
    group = a_group()
    wrong = {"custom_fields": [{**PHONE, "kind": "url"}]}
    refused(work, Invalid, "field_value_invalid", lambda: create(work, **wrong))
    refused(work, Invalid, "field_value_invalid", lambda: change(work, group, **wrong))


def test_entering_and_leaving_raise_epochs_of_those_alone(work, a_person, a_group):
    stays, leaves, enters, swaps = (a_person() for _ in range(4))
    group = a_group(agents=[stays["id"], leaves["id"], swaps["id"]])
    changed = change(work, group, agents=[stays["id"], enters["id"]], members=[swaps["id"]])
    assert changed["agents"] == [stays["id"], enters["id"]]
    assert (changed["members"], changed["version"]) == ([swaps["id"]], 2)
    assert told(work) == [
        grants_of(leaves, 3),
        grants_of(enters, 2),
        grants_of(swaps, 3),
        fact_of(changed),
    ]
    assert epoch_of(work, stays) == 2


def test_a_list_that_is_not_named_stays(work, a_person, a_group):
    person = a_person()
    group = a_group(members=[person["id"]], supervisors=[person["id"]])
    changed = change(work, group, members=[])
    assert (changed["members"], changed["supervisors"]) == ([], [person["id"]])


def test_other_particulars_raise_no_epoch(work, a_person, a_group):
    person = a_person()
    group = a_group(agents=[person["id"]])
    category, name = new_id(), new_id().hex
    changed = change(work, group, name=name, private_allowed=True, default_category_id=category, custom_fields=[PHONE])
    assert (changed["name"], changed["private_allowed"]) == (name, True)
    assert (changed["default_category_id"], changed["custom_fields"]) == (category, [PHONE])
    assert told(work) == [fact_of(changed)]
    assert epoch_of(work, person) == 2


@pytest.mark.parametrize("place", ["members", "supervisors", "agents"])
def test_closing_a_usergroup_takes_its_rights_from_everybody(work, a_person, a_group, place):
    person = a_person()
    group = a_group(**{place: [person["id"]]})
    changed = change(work, group, active=False)
    assert changed["active"] is False
    assert told(work) == [grants_of(person, 3), fact_of(changed)]


def test_what_is_the_same_is_no_change(work, a_person, a_group):
    person = a_person()
    group = a_group(agents=[person["id"]], custom_fields=[PHONE])
    same = {name: group[name] for name in ("name", "private_allowed", "agents", "custom_fields", "active")}
    before = contents(work)
    assert change(work, group, **same) == group
    assert (contents(work), told(work)) == (before, [])


def test_an_older_version_is_refused(work, a_group):
    group = a_group()
    change(work, group, private_allowed=True, if_version=1)
    refused(work, Stale, "version_stale", lambda: change(work, group, private_allowed=False, if_version=1))


def test_a_taken_name_is_refused_and_told_to_nobody(database):
    with database.work(now=MONDAY) as work:
        first, second = create(work), create(work)
        work.commit()
    with database.work(now=MONDAY) as work, pytest.raises(Conflict) as refusal:
        change(work, second, name=first["name"].upper())
    assert (refusal.value.code, told(work)) == ("usergroup_name_taken", [])
    (row,) = database.read("SELECT name, version FROM usergroups WHERE id = %(id)s", id=second["id"])
    assert (row.name, row.version) == (second["name"], 1)


# Supervisors ------------------------------------------------------------------------------------------


def test_supervisors_change_members_and_agents_of_their_own(work, a_person, a_group):
    group, one, two = a_group(), a_person(), a_person()
    supervisor = actor_as("manager", supervises=[group["id"]])
    changed = change(work, group, supervisor, members=[one["id"]], agents=[two["id"]])
    assert (changed["members"], changed["agents"]) == ([one["id"]], [two["id"]])
    assert told(work) == [grants_of(one, 2), grants_of(two, 2), fact_of(changed)]


@pytest.mark.parametrize(
    "changes",
    [{"supervisors": []}, {"name": "Mine"}, {"private_allowed": True}, {"active": False},
     {"custom_fields": []}, {"default_category_id": None}],
)  # fmt: skip
def test_supervisors_change_nothing_else(work, a_group, changes):
    group = a_group()
    supervisor = actor_as("manager", supervises=[group["id"]])
    refused(work, Forbidden, "not_allowed", lambda: change(work, group, supervisor, **changes))


def test_supervisors_do_not_become_agents_by_themselves(work, a_person, a_group):
    """Agents read what private hides from supervisors; an agent who is one already stays one."""
    group, mia = a_group(), a_person(role="manager")
    supervisor = actor_as("manager", mia, supervises=[group["id"]])
    refused(work, Forbidden, "not_allowed", lambda: change(work, group, supervisor, agents=[mia["id"]]))
    both = actor_as("manager", mia, supervises=[group["id"]], serves=[group["id"]])
    assert change(work, group, both, agents=[mia["id"]])["agents"] == [mia["id"]]


def test_supervisors_change_no_other_usergroup(work, a_group):
    mine, other = a_group(), a_group()
    supervisor = actor_as("manager", supervises=[mine["id"]], serves=[other["id"]], members=[other["id"]])
    refused(work, Forbidden, "not_allowed", lambda: change(work, other, supervisor, members=[]))


@pytest.mark.parametrize("role", ["agent", "app_admin"])
def test_the_place_alone_is_no_right_to_change(work, a_group, role):
    group = a_group()
    actor = actor_as(role, supervises=[group["id"]])
    refused(work, Forbidden, "not_allowed", lambda: change(work, group, actor, members=[]))


@pytest.mark.parametrize("role", ["requester", "client", "worker", "external_agent"])
def test_people_outside_the_desk_do_not_even_find_it(work, a_group, role):
    group = a_group()
    refused(work, NotFound, "usergroup_not_found", lambda: change(work, group, actor_as(role), members=[]))


# Reading ----------------------------------------------------------------------------------------------

INSIDE = ("members", "supervisors", "agents", "custom_fields")


@pytest.mark.parametrize("role", sorted(ROLES))
def test_who_sees_which_usergroups_and_what_is_in_them(work, a_person, a_group, role):
    mark = new_id().hex
    person = a_person()
    mine, other = (
        a_group(name=f"{name} {mark}", agents=[person["id"]], custom_fields=[PHONE]) for name in ("Mine", "Other")
    )
    actor = actor_as(role, members=[mine["id"]])
    page = queries.page(work, actor, Usergroup, q=mark, cursor=None, limit=10)["items"]
    if role in ("agent", "manager", "app_admin", "masterdata_admin", "admin"):
        assert page == [mine, other]
    else:
        assert page == [{name: value for name, value in mine.items() if name not in INSIDE}]
        with pytest.raises(NotFound) as refusal:
            access.shown(work, actor, Usergroup, other["id"])
        assert refusal.value.code == "usergroup_not_found"


def test_whoever_changes_all_usergroups_sees_them_and_not_who_is_in_them(work, a_person, a_group):
    group = a_group(members=[a_person()["id"]])
    shown = access.shown(work, an_actor(rights={"usergroups.write": "all"}), Usergroup, group["id"])
    assert shown == {name: value for name, value in group.items() if name not in INSIDE}


def test_supervisors_of_a_copied_role_see_who_is_in_their_own(work, a_person, a_group):
    person = a_person()
    group = a_group(members=[person["id"]])
    supervisor = replace(actor_as("client", supervises=[group["id"]]), roles=("copied",))
    assert access.shown(work, supervisor, Usergroup, group["id"])["members"] == [person["id"]]
