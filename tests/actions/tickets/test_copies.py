"""Copies of other services' things, and strangers who become people."""

from dataclasses import replace

import pytest

from chassis.errors import NotFound
from chassis.ids import new_id
from services.identity.contract import PersonChanged, SiteChanged, UsergroupChanged


def person_known(desk, person_id):
    """Return name, version and address of a copy."""
    statement = "SELECT name, version, email FROM people WHERE person_id = %(id)s"
    return tuple(desk.work.one(statement, id=person_id))


def test_only_newer_facts_are_kept(desk, place):
    """What comes late changes nothing."""
    place.person(place.resident, version=3, name="Rita Third")
    place.person(place.resident, version=2, name="Rita Second")
    person_id = place.resident.person_id
    assert person_known(desk, person_id) == ("Rita Third", 3, place.resident.email)


def test_everything_is_kept_as_it_was_told(desk):
    """A new person, usergroup and site."""
    ids = {name: new_id() for name in ("person", "usergroup", "site", "organisation", "member")}
    desk.hear(
        PersonChanged,
        person_id=ids["person"],
        email="New@Homes.example",
        name="New",
        language="fr",
        roles=["agent", "client"],
        organisation_id=ids["organisation"],
        active=True,
        confirmed=False,
    )
    desk.hear(
        UsergroupChanged,
        usergroup_id=ids["usergroup"],
        name="Keys",
        private_allowed=True,
        members=[ids["member"]],
        supervisors=[],
        agents=[ids["person"]],
        default_category_id=None,
        active=True,
    )
    desk.hear(
        SiteChanged,
        site_id=ids["site"],
        name="Flat",
        kind="unit",
        parent_id=None,
        organisation_id=None,
        usergroup_id=ids["usergroup"],
        time_zone="Europe/Paris",
        path=[ids["site"]],
        active=True,
    )

    def kept(columns, table, key):
        return desk.work.one(f"SELECT {columns} FROM {table} WHERE {key}_id = %(id)s", id=ids[key])

    assert kept("*", "people", "person")._asdict() == {
        "person_id": ids["person"],
        "version": 1,
        "email": "new@homes.example",
        "name": "New",
        "language": "fr",
        "roles": ["agent", "client"],
        "organisation_id": ids["organisation"],
        "active": True,
        "confirmed": False,
    }
    assert tuple(kept("name, members, supervisors, agents, private_allowed", "usergroups", "usergroup")) == (
        *("Keys", [ids["member"]], []),
        *([ids["person"]], True),
    )
    assert tuple(kept("name, path, organisation_id", "sites", "site")) == ("Flat", [ids["site"]], None)


def test_a_new_name_shows_everywhere(place):
    """Names are not copied a second time."""
    ticket = place.assigned(place.agent)
    place.person(place.agent, version=2, name="Ada Married")
    shown = place.shown(ticket)
    assert shown["assignee"]["name"] == "Ada Married"
    assert [p["name"] for p in shown["participants"]] == ["Rita Resident", "Ada Married"]


class TestStrangers:
    """Joined to a person only by a confirmed address."""

    @pytest.fixture
    def reported(self, place):
        """Return a ticket that a mail of a stranger has become."""
        mail = place.mail(sender="late@homes.example", name="Late Comer")
        return place.shown({"id": str(mail.data["inbound_message_id"])})

    def newcomer(self, place, desk, version=1, **changes):
        """Tell of a person with the stranger's address; return them as an actor."""
        actor = replace(place.someone("requester", "Lena Late"), email="late@homes.example")
        place.person(actor, version=version + 1, **changes)
        return actor

    def test_once_the_address_is_confirmed(self, desk, place, reported):
        """Their tickets appear in their account; the link and the token stay good."""
        desk.forget()
        newcomer = self.newcomer(place, desk)
        ticket = place.shown(reported, to=newcomer)
        assert ticket["requester"] == {
            "participant_id": reported["requester"]["participant_id"],
            "person_id": str(newcomer.person_id),
            "name": "Lena Late",
            "email": "late@homes.example",
        }
        (told,) = desk.told("TicketParticipantsChanged")
        assert told["participants"][0]["person_id"] == str(newcomer.person_id)
        assert desk.ask(place.admin, "list_tickets", unregistered=True)["items"] == []

    @pytest.mark.parametrize("state", [{"confirmed": False}, {"active": False}])
    def test_not_before(self, desk, place, reported, state):
        """Anybody can register any address."""
        desk.forget()
        newcomer = self.newcomer(place, desk, **state)
        with pytest.raises(NotFound):
            place.shown(reported, to=newcomer)
        assert desk.told() == []

    def test_who_takes_part_already(self, desk, place, reported):
        """Stays the one participant that they are."""
        newcomer = self.newcomer(place, desk, confirmed=False)
        added = {"ticket_id": reported["id"], "person_id": newcomer.person_id}
        desk.ask(place.admin, "add_participant", **added)
        place.person(newcomer, version=3)
        assert len(place.shown(reported)["participants"]) == 2

    def test_two_of_one_transaction(self, desk, place, reported):
        """Both join, and the list that is told last has both."""
        desk.ask(place.admin, "add_participant", ticket_id=reported["id"], email="flatmate@homes.example")
        desk.forget()
        flatmate = replace(place.someone("requester", "Flora Flatmate"), email="flatmate@homes.example")
        with desk.at_once():
            newcomer = self.newcomer(place, desk)
            place.person(flatmate, version=2)
        joined = {str(newcomer.person_id), str(flatmate.person_id)}
        ticket = place.shown(reported)
        assert {participant["person_id"] for participant in ticket["participants"]} == joined
        told = desk.told("TicketParticipantsChanged")
        assert [{one["person_id"] for one in fact["participants"]} & joined for fact in told] == [
            {str(newcomer.person_id)},
            joined,
        ]
        assert ticket["version"] == reported["version"] + 3
        assert len(desk.history(place.admin, reported, "TicketParticipantsChanged")) == 3
