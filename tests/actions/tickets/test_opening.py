"""Opening a ticket by hand."""

import pytest

from chassis.errors import Conflict, Forbidden, Invalid, NotFound, NotHereYet
from chassis.ids import new_id
from tests.actions.tickets.given import refused


def test_a_resident_opens_a_ticket(desk, place):
    """It has a number, is new, and is told with its requester."""
    ticket = place.ticket(nature="problem")
    assert ticket["number"].startswith("26-") and len(ticket["number"]) == 9
    assert (ticket["status"], ticket["priority"], ticket["kind"], ticket["channel"], ticket["nature"]) == (
        *("new", "normal", "request", "api"),
        "problem",
    )
    assert ticket["requester"]["person_id"] == str(place.resident.person_id)
    assert ticket["requester"]["email"] == place.resident.email
    assert ticket["pending"] == ["routing", "deadlines"]
    assert (ticket["version"], ticket["internal"]) == (1, None)
    (opened,) = desk.told("TicketOpened")
    assert opened["ticket_id"] == ticket["id"] and opened["number"] == ticket["number"]
    assert opened["requester"] == {
        "participant_id": ticket["requester"]["participant_id"],
        "person_id": str(place.resident.person_id),
        "email": place.resident.email,
        "name": "Rita Resident",
        "language": "en",
    }
    assert opened["participants"] == [{**opened["requester"], "role": "requester"}]
    assert (opened["usergroup_chosen"], opened["priority_chosen"]) == (False, False)


@pytest.mark.parametrize("who", ["resident", "agent", "admin", "client", "worker"])
def test_the_answer_is_what_a_read_gives(place, who):
    """Opening answers without reading again; nothing may differ from what is read."""
    category = place.category()
    actor = getattr(place, who)
    site = place.flat if who == "client" else place.property
    attachment = place.upload(actor)
    opened = place.ticket(actor, category=category["id"], site=site, attachments=[attachment["id"]])
    assert place.shown(opened, to=actor) == opened


def test_an_agent_opens_in_the_own_usergroup_and_sees_what_agents_see(place):
    """Also the answer shows the internal part."""
    ticket = place.ticket(place.agent, usergroup=place.heating)
    assert ticket["internal"] == {
        "first_response_missed": False,
        "resolution_missed": False,
        "source_message_id": None,
        "automatic": False,
    }
    assert place.shown(ticket, to=place.agent) == ticket


def test_numbers_follow_each_other(place):
    """One sequence for all."""
    first, second = place.ticket()["number"], place.ticket()["number"]
    assert int(second[3:]) == int(first[3:]) + 1


def test_on_behalf_of_another_person(desk, place):
    """The agent is no participant; the person is, in their own language and name."""
    ticket = place.ticket(place.agent, requester=place.neighbour.person_id)
    assert [p["name"] for p in ticket["participants"]] == ["Nils Neighbour"]
    assert place.shown(ticket, to=place.neighbour)["id"] == ticket["id"]
    (line,) = desk.history(place.neighbour, ticket)
    assert line["actor"] == {"person_id": str(place.agent.person_id), "name": "Ada Agent"}


def test_whoever_asks_may_name_themselves(place):
    """It is the same as naming nobody."""
    ticket = place.ticket(place.neighbour, requester=place.neighbour.person_id, subject=" Heating fails ")
    assert [p["name"] for p in ticket["participants"]] == ["Nils Neighbour"]
    assert ticket["subject"] == "Heating fails"


def test_a_resident_may_not_prioritise(desk, place):
    """Refused, not ignored."""
    with refused(desk, Forbidden, "not_allowed") as raised:
        place.ticket(priority="urgent")
    assert raised.value.detail == "Your role does not allow setting priority."


def test_an_agents_priority_counts_as_chosen(desk, place):
    """Routing leaves it alone."""
    assert place.ticket(place.agent, priority="urgent")["priority"] == "urgent"
    assert desk.told("TicketOpened")[-1]["priority_chosen"] is True


def test_the_categorys_priority_is_no_choice(desk, place):
    """It is where no priority is asked for."""
    category = place.category(priority="high")
    assert place.ticket(category=category["id"])["priority"] == "high"
    assert desk.told("TicketOpened")[-1]["priority_chosen"] is False


class TestChoosingAUsergroup:
    """S1 to S3: members choose, others are refused, private where the group allows it."""

    def test_a_member_chooses(self, desk, place):
        """It counts as chosen by a person."""
        ticket = place.heating_ticket()
        assert ticket["usergroup"] == {"id": str(place.heating), "name": "Heating"}
        assert desk.told("TicketOpened")[-1]["usergroup_chosen"] is True

    def test_a_group_that_is_not_theirs_and_one_that_is_not_there_are_refused_alike(self, desk, place):
        """Whether a group exists is nobody else's business."""
        with refused(desk, Forbidden, "usergroup_not_allowed") as foreign:
            place.ticket(place.neighbour, usergroup=place.heating)
        with refused(desk, Forbidden, "usergroup_not_allowed") as missing:
            place.ticket(place.neighbour, usergroup=new_id())
        assert foreign.value.args == missing.value.args

    def test_an_agent_of_another_group_is_refused(self, desk, place):
        """Serving one group is no membership of another."""
        with refused(desk, Forbidden, "usergroup_not_allowed"):
            place.ticket(place.lift_agent, usergroup=place.heating)

    @pytest.mark.parametrize("role", ["requester", "client", "worker"])
    @pytest.mark.parametrize("listed", ["serves", "supervises"])
    def test_lists_that_outlived_the_role_give_nothing(self, desk, place, role, listed):
        """Only members choose a usergroup without a role that serves it, and an agent made a client is none."""
        somebody = place.someone(role, **{listed: [place.heating]})
        with refused(desk, Forbidden, "usergroup_not_allowed"):
            place.ticket(somebody, usergroup=place.heating)

    def test_whoever_may_change_groups_may_choose_any(self, desk, place):
        """One that is not there is then simply not found."""
        assert place.ticket(place.manager, usergroup=place.lifts)["usergroup"]["name"] == "Lifts"
        with refused(desk, NotHereYet, "usergroup_not_found"):
            place.ticket(place.manager, usergroup=new_id())

    def test_a_group_that_is_closed_is_not_there(self, desk, place):
        """Also for its members."""
        place.group(place.heating, "Heating", version=2, active=False)
        with refused(desk, NotHereYet, "usergroup_not_found"):
            place.heating_ticket()

    def test_private_where_the_group_allows_it(self, place):
        """Members may."""
        assert place.heating_ticket(private=True)["private"] is True

    def test_private_where_the_group_does_not(self, desk, place):
        """Refused, not opened for all to see."""
        place.group(place.heating, "Heating", version=2, private_allowed=False)
        with refused(desk, Conflict, "private_not_allowed"):
            place.heating_ticket(private=True)

    def test_private_needs_a_group(self, desk, place):
        """Nobody knows yet from whom it would be hidden."""
        with refused(desk, Invalid, "private_needs_usergroup"):
            place.ticket(private=True)

    def test_the_groups_default_category(self, desk, place):
        """Only where none is named."""
        usual, other = place.category("Usual"), place.category("Other")
        place.group(place.heating, "Heating", version=2, default_category_id=usual["id"])
        assert place.heating_ticket()["category"] == {"id": usual["id"], "name": "Usual"}
        assert place.heating_ticket(category=other["id"])["category"]["name"] == "Other"


class TestNamingThings:
    """Ids in the body."""

    @pytest.mark.parametrize("field", ["category", "site"])
    def test_unknown_things(self, desk, place, field):
        """404 with the field's name."""
        with refused(desk, NotFound, f"{field}_not_found") as raised:
            place.ticket(**{field: new_id()})
        assert list(raised.value.context["fields"]) == [field]

    def test_an_unknown_requester(self, desk, place):
        """Also one that is not active any more."""
        place.person(place.neighbour, version=2, active=False)
        for person_id in (new_id(), place.neighbour.person_id):
            with refused(desk, NotHereYet, "person_not_found"):
                place.ticket(place.agent, requester=person_id)

    def test_a_client_names_places_of_the_own_organisation_only(self, desk, place):
        """Foreign is absent."""
        assert place.ticket(place.client, site=place.flat)["site"]["name"] == "Flat 12"
        with refused(desk, NotHereYet, "site_not_found"):
            place.ticket(place.client, site=place.elsewhere)

    def test_a_site_gives_the_ticket_to_its_organisation(self, place):
        """The flat has none itself; its property has."""
        ticket = place.ticket(site=place.flat)
        assert place.shown(ticket, to=place.client)["id"] == ticket["id"]

    def test_a_site_gives_the_ticket_to_the_nearest_organisation(self, place):
        """A house of other owners within the property: theirs, and nobody else's."""
        house, flat = new_id(), new_id()
        place.site(house, "House 3", path=[place.property, house], organisation_id=place.strangers_firm)
        place.site(flat, "Flat 3", path=[place.property, house, flat])
        ticket = place.ticket(site=flat)
        assert place.shown(ticket, to=place.other_client)["id"] == ticket["id"]
        with pytest.raises(NotFound):
            place.shown(ticket, to=place.client)

    def test_somebody_elses_attachment(self, desk, place):
        """Refused, and it stays theirs."""
        attachment = place.upload(place.neighbour)
        with refused(desk, NotFound, "attachment_not_found"):
            place.ticket(attachments=[attachment["id"]])


def test_a_role_without_the_permission_opens_nothing(desk, place):
    """Such as whoever keeps the master data."""
    keeper = place.someone("masterdata_admin")
    with refused(desk, Forbidden, "not_allowed"):
        place.ticket(keeper)
