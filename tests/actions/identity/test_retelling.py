"""Telling everything of a kind again."""

from chassis.ids import new_id
from chassis.testing import told
from services.identity.actions import people, places, retelling, usergroups
from tests.actions.identity.given import ADMIN, an_organisation


def retell(work, kind, after=None, at_once=1000):
    """Have a kind told again."""
    return retelling.retell(work, ADMIN, kind=kind, after_id=after, at_once=at_once)


def test_people_are_told_again_as_they_are_with_their_version(work, a_person, passwords):
    person = a_person("worker")
    changed = people.change_person(work, ADMIN, person_id=person["id"], name="Wanda", passwords=passwords)
    (first,) = told(work)
    del work.facts[:]
    answer = retell(work, "people")
    assert answer["next_cursor"] is None and answer["told"] == len(told(work))
    assert told(work).count(first) == 1
    versions = "SELECT version FROM outbox WHERE name = 'PersonChanged' AND payload->>'person_id' = %(id)s"
    rows = work.load(versions + " ORDER BY id", id=str(changed["id"]))
    assert [row.version for row in rows] == [1, 2, 2]


def test_a_long_telling_goes_on_where_it_ended(work, a_person):
    made = [a_person()["id"] for _ in range(5)]
    before = min(made).int - 1
    cursor, calls = type(made[0])(int=before), []
    while cursor:
        answer = retell(work, "people", after=cursor, at_once=2)
        calls.append(answer["told"])
        cursor = answer["next_cursor"]
    assert calls == [2, 2, 1]
    assert [fact["person_id"] for _, fact in told(work)] == [str(each) for each in sorted(made)]


def test_places_and_usergroups_are_told_again(work, a_person):
    firm = an_organisation(work)
    person = a_person()
    usergroups.create_usergroup(
        work,
        ADMIN,
        name=new_id().hex,
        private_allowed=True,
        members=[person["id"]],
        supervisors=[],
        agents=[],
        default_category_id=None,
        custom_fields=[],
    )
    places.create_site(
        work,
        ADMIN,
        name="Lindenhof",
        kind="property",
        parent_id=None,
        address="",
        organisation_id=firm["id"],
        usergroup_id=None,
        time_zone="UTC",
        position=None,
    )
    _, group_told, site_told = told(work)
    firm_told = (
        "OrganisationChanged",
        {"organisation_id": str(firm["id"]), "name": firm["name"], "active": True},
    )
    for kind, fact in (("usergroups", group_told), ("sites", site_told), ("organisations", firm_told)):
        del work.facts[:]
        assert retell(work, kind)["told"] == len(told(work))
        assert told(work).count(fact) == 1
        assert {name for name, _ in told(work)} == {fact[0]}
