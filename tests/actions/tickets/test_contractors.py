"""Contractors: a work order lets them into the conversation of its ticket, and its cancellation out again."""

from dataclasses import replace
from importlib import import_module
from itertools import permutations

import pytest

from chassis.actors import ANONYMOUS
from chassis.errors import Conflict, NotFound
from chassis.ids import new_id
from chassis.testing import MONDAY
from services.identity.domain import ROLES
from services.tickets.domain import TOO_EARLY
from tests.actions.tickets.given import LINKS, in_history, refused, reply_to, too_early
from tests.actions.tickets.interventions import Intervention
from tests.actions.tickets.standing import assert_absent, moved, names_in, told_of

KEPT = import_module("services.tickets.migrations.versions.0008_standing_of_contractors").KEPT


@pytest.fixture(scope="module")
def ticket(shared_place):
    """Return a ticket of the resident's that Ada answers for."""
    return shared_place.assigned(shared_place.agent)


@pytest.fixture
def intervention(desk, place, ticket):
    """Return a work order on the ticket."""
    return Intervention(desk, place, ticket)


def roles(place, ticket):
    """Return who takes part, as what."""
    return {one["name"]: one["role"] for one in place.shown(ticket)["participants"]}


def in_it(place, ticket):
    """Whether Cora takes part."""
    return roles(place, ticket).get("Cora Contractor") == "contractor"


def test_a_contractor_is_let_in_with_the_work_order(desk, place, ticket, intervention):
    """Once, told with all that they are told of it; a line says so, and the ticket is newer by one."""
    with refused(desk, NotFound, "ticket_not_found"):
        place.shown(ticket, to=place.contractor)
    desk.forget()
    intervention.opened("W26-000007", place.contractor)
    shown = place.shown(ticket, to=place.contractor)
    assert (shown["version"], shown["status"], shown["internal"]) == (ticket["version"] + 1, "open", None)
    assert roles(place, ticket) == {
        "Rita Resident": "requester", "Ada Agent": "agent", "Cora Contractor": "contractor",
    }  # fmt: skip
    (present,), (invited,) = desk.told("TicketParticipantsChanged"), desk.told("ContractorInvited")
    assert len(desk.told()) == 2
    assert present["participants"][-1] == invited["contractor"]
    assert invited == {
        "ticket_id": ticket["id"],
        "number": ticket["number"],
        "subject": "Heating fails",
        "work_order_id": str(intervention.work_order_id),
        "work_order_number": "W26-000007",
        "work_order_title": "Repair",
        "contractor": {
            "participant_id": place.shown(ticket)["participants"][-1]["participant_id"],
            "person_id": str(place.contractor.person_id),
            "email": place.contractor.email,
            "name": "Cora Contractor",
            "language": "en",
            "role": "contractor",
        },
        "invited_at": MONDAY.isoformat(),
    }
    (line,) = desk.history(place.resident, ticket, "TicketParticipantsChanged")
    added = in_history(place.shown(ticket)["participants"][-1])
    assert (line["actor"]["name"], line["new"]) == ("Will Worker", {"added": added})
    assert (added["person_id"], added["role"]) == (str(place.contractor.person_id), "contractor")


def test_a_contractor_reads_and_answers(desk, place, ticket, intervention):
    """By the API and by mail; what others write reaches them, notes do not."""
    intervention.opened(contractor=place.contractor)
    place.write(ticket, place.agent, body="canary", internal=True)
    desk.forget()
    place.write(ticket, place.resident, body="I am at home.")
    (told,) = desk.told("MessageAdded")
    assert "Cora Contractor" in [one["name"] for one in told["recipients"]]
    assert place.write(ticket, place.contractor, body="I come at ten.")["author_role"] == "contractor"
    mine = next(one for one in place.shown(ticket)["participants"] if one["role"] == "contractor")
    place.mail(**reply_to(mine, body="At eleven."))
    read = [(one["body"], one["author_role"]) for one in place.messages(ticket, to=place.contractor)]
    assert read == [
        ("I am at home.", "requester"),
        ("I come at ten.", "contractor"),
        ("At eleven.", "contractor"),
    ]


def test_a_second_work_order_is_told_and_lets_nobody_in_twice(desk, place, ticket, intervention):
    """One participant, one line."""
    intervention.opened(contractor=place.contractor)
    intervention.opened(contractor=place.contractor)
    assert len(desk.told("ContractorInvited")) == 1
    Intervention(desk, place, ticket).opened(contractor=place.contractor)
    assert len(desk.told("ContractorInvited")) == 2
    assert len(desk.told("TicketParticipantsChanged")) == 1
    assert len(desk.history(place.admin, ticket, "TicketParticipantsChanged")) == 1


def test_without_a_contractor_nobody_is_let_in(desk, place, ticket, intervention):
    """Nothing is told, and the ticket is no newer."""
    desk.forget()
    intervention.opened()
    assert (desk.told(), place.shown(ticket)["version"]) == ([], ticket["version"])


def test_a_contractor_who_has_not_been_heard_of(desk, place, ticket, intervention):
    """Is waited for."""
    with too_early(desk):
        intervention.opened(contractor=replace(place.contractor, person_id=new_id()))


@pytest.mark.parametrize("outcome", ["completed", "validated"])
def test_a_contractor_goes_on_when_the_work_is_done(desk, place, ticket, intervention, outcome):
    """For questions and guarantee."""
    intervention.opened(contractor=place.contractor)
    intervention.closed(outcome)
    assert in_it(place, ticket) and desk.told("ContractorCalledOff") == []


def test_a_contractor_leaves_when_the_work_is_called_off(desk, place, ticket, intervention):
    """What is written from then on is none of their business."""
    intervention.opened(contractor=place.contractor)
    contractor = desk.told("ContractorInvited")[0]["contractor"]
    desk.forget()
    intervention.closed("cancelled")
    assert not in_it(place, ticket)
    (present,), (told,) = desk.told("TicketParticipantsChanged"), desk.told("ContractorCalledOff")
    assert [one["name"] for one in present["participants"]] == ["Rita Resident", "Ada Agent"]
    assert told == {
        "ticket_id": ticket["id"],
        "number": ticket["number"],
        "subject": "Heating fails",
        "work_order_id": str(intervention.work_order_id),
        "contractor": contractor,
        "called_off_at": MONDAY.isoformat(),
    }
    line = desk.history(place.resident, ticket, "TicketParticipantsChanged")[-1]
    assert line["new"] == {"removed": in_history(contractor)}
    with refused(desk, NotFound, "ticket_not_found"):
        place.shown(ticket, to=place.contractor)
    with refused(desk, NotFound, "ticket_not_found"):
        place.write(ticket, place.contractor)


def test_a_contractor_stays_while_they_have_work(desk, place, ticket, intervention):
    """The work order is called off instead."""
    intervention.opened(contractor=place.contractor)
    participant_id = place.shown(ticket)["participants"][-1]["participant_id"]
    with refused(desk, Conflict, "participant_stays"):
        desk.ask(place.agent, "remove_participant", ticket_id=ticket["id"], participant_id=participant_id)
    assert in_it(place, ticket)


def test_nobody_leaves_for_a_work_order_of_nobodys(desk, place, ticket, intervention):
    """Nor for another contractor's."""
    other = place.someone("external_agent", "Olga Other")
    intervention.opened(contractor=place.contractor)
    of_nobody, of_other = Intervention(desk, place, ticket), Intervention(desk, place, ticket)
    of_nobody.opened()
    of_other.opened(contractor=other)
    for called_off in (of_nobody, of_other):
        called_off.closed("cancelled", left=[intervention.work_order_id])
    assert in_it(place, ticket) and "Olga Other" not in roles(place, ticket)
    assert [told["contractor"]["name"] for told in desk.told("ContractorCalledOff")] == ["Olga Other"]


@pytest.mark.parametrize("of_other", ["open", "completed", "cancelled"])
def test_a_contractor_stays_for_another_work_order(desk, place, ticket, intervention, of_other):
    """They stay for the other one, unless that was called off as well."""
    second = Intervention(desk, place, ticket)
    intervention.opened(contractor=place.contractor)
    second.opened(contractor=place.contractor)
    if of_other != "open":
        second.closed(of_other, left=[intervention.work_order_id])
    intervention.closed("cancelled", left=[] if of_other != "open" else [second.work_order_id])
    assert in_it(place, ticket) == (of_other != "cancelled")
    called_off = [second.work_order_id] * (of_other == "cancelled") + [intervention.work_order_id]
    assert [told["work_order_id"] for told in desk.told("ContractorCalledOff")] == [str(id_) for id_ in called_off]


@pytest.mark.parametrize("order", list(permutations(("first opened", "first called off", "second opened"))))
def test_facts_in_any_order(desk, place, ticket, intervention, order):
    """They take part in the end, for the second one."""
    second = Intervention(desk, place, ticket)
    steps = {
        "first opened": lambda: intervention.opened(contractor=place.contractor),
        "first called off": lambda: intervention.closed("cancelled", left=[second.work_order_id]),
        "second opened": lambda: second.opened(contractor=place.contractor),
    }
    for step in order:
        steps[step]()
    assert in_it(place, ticket)


def test_a_work_order_that_is_called_off_already(desk, place, ticket, intervention):
    """Lets nobody in, and nobody is told."""
    intervention.closed("cancelled")
    desk.forget()
    intervention.opened(contractor=place.contractor)
    assert desk.told() == [] and not in_it(place, ticket)


def test_work_that_is_done_already(desk, place, ticket, intervention):
    """Lets its contractor in all the same, for questions and guarantee; it is nothing for them to do any more."""
    intervention.closed()
    desk.forget()
    with too_early(desk):
        intervention.opened(contractor=replace(place.contractor, person_id=new_id()))
    intervention.opened("W-1", contractor=place.contractor)
    assert in_it(place, ticket) and desk.told("ContractorInvited") == []
    (told,) = desk.told("TicketParticipantsChanged")
    assert "Cora Contractor" in {one["name"] for one in told["participants"]}
    intervention.opened("W-1", contractor=place.contractor)
    assert len(desk.told()) == 1


class TestWhoAnswersForTheTicket:
    """A contractor who is its assignee too."""

    def test_stays_when_another_takes_it_over(self, place, desk):
        """Their work order is still open."""
        ticket = place.assigned(place.contractor)
        Intervention(desk, place, ticket).opened(contractor=place.contractor)
        place.change(ticket, assignee=place.agent.person_id)
        assert in_it(place, ticket)

    def test_leaves_with_the_ticket_when_the_work_was_called_off(self, place, desk):
        """Not before: they still answer for it."""
        ticket = place.assigned(place.contractor)
        intervention = Intervention(desk, place, ticket)
        intervention.opened(contractor=place.contractor)
        intervention.closed("cancelled")
        assert in_it(place, ticket)
        place.change(ticket, assignee=place.agent.person_id)
        assert not in_it(place, ticket)


def test_whoever_takes_part_for_another_reason_stays(desk, place):
    """They were added to read along."""
    ticket = place.ticket(place.agent, usergroup=place.heating)
    added = {"person_id": place.contractor.person_id, "role": "watcher"}
    desk.ask(place.agent, "add_participant", ticket_id=ticket["id"], **added)
    intervention = Intervention(desk, place, ticket)
    intervention.opened(contractor=place.contractor)
    intervention.closed("cancelled")
    assert roles(place, ticket)["Cora Contractor"] == "watcher"


def test_a_contractor_who_was_added_by_hand_stays(desk, place, ticket, intervention):
    """Their role is the same; they do not take part by the work order."""
    added = {"person_id": place.contractor.person_id, "role": "contractor"}
    desk.ask(place.agent, "add_participant", ticket_id=ticket["id"], **added)
    intervention.opened(contractor=place.contractor)
    desk.forget()
    intervention.closed("cancelled")
    assert in_it(place, ticket) and desk.told("TicketParticipantsChanged") == []
    assert place.shown(ticket, to=place.contractor)["id"] == ticket["id"]
    assert standing_of(desk, ticket, place.contractor) == (None, False)


#: Roles that somebody may have instead, of every scope but `all`.
OTHER_ROLES = ["requester", "worker", "client", "agent"]
STANDING = "SELECT standing, as_assignee FROM participants WHERE ticket_id = %(ticket)s AND person_id = %(person)s"


def now_as(place, actor, role):
    """Return somebody after their only role has become another one, of which tickets has heard."""
    return moved(place, actor, roles=(role,), rights=ROLES[role])


def standing_of(desk, ticket, actor):
    """Return by what somebody takes part, and whether they do so as the assignee."""
    return tuple(desk.work.one(STANDING, ticket=ticket["id"], person=actor.person_id))


class TestARoleTakenAway:
    """Whoever is a contractor no more takes part by a work order no more (decision 14, CVE-2026-48811)."""

    @pytest.fixture(autouse=True)
    def ordered(self, place, intervention):
        """Give the contractor the work order."""
        intervention.opened(contractor=place.contractor)

    def test_they_take_part_by_it(self, desk, place, ticket):
        """And see it."""
        assert standing_of(desk, ticket, place.contractor) == ("work_order", False)
        assert place.contractor.name in told_of(desk, place, ticket)
        listed = desk.ask(place.contractor, "list_tickets")["items"]
        assert [item["id"] for item in listed] == [ticket["id"]]

    @pytest.mark.parametrize("role", ["requester", "worker"])
    def test_their_token_alone_shows_nothing(self, desk, place, ticket, role):
        """Before any fact is heard."""
        assert_absent(desk, place, ticket, replace(place.contractor, roles=(role,), rights=ROLES[role]))

    @pytest.mark.parametrize("role", OTHER_ROLES)
    def test_they_leave(self, desk, place, ticket, role):
        """With a line of it; nothing is there for them, and nothing reaches them."""
        desk.forget()
        (cora,) = (one for one in place.shown(ticket)["participants"] if one["role"] == "contractor")
        former = now_as(place, place.contractor, role)
        (told,) = desk.told()
        assert [one["name"] for one in told["participants"]] == ["Rita Resident", "Ada Agent"]
        line = desk.history(place.resident, ticket, "TicketParticipantsChanged")[-1]
        assert line["new"] == {"removed": in_history(cora)}
        assert_absent(desk, place, ticket, former)
        assert names_in(place, ticket) == told_of(desk, place, ticket) == {"Rita Resident", "Ada Agent"}

    def test_with_a_further_role_they_stay(self, desk, place, ticket):
        """They are a contractor still."""
        rights = {**ROLES["worker"], **ROLES["external_agent"]}
        both = moved(place, place.contractor, roles=("external_agent", "worker"), rights=rights)
        assert place.shown(ticket, to=both)["id"] == ticket["id"]
        assert "Cora Contractor" in told_of(desk, place, ticket)

    def test_their_mail_and_link_end(self, desk, place, ticket):
        """What comes under their token opens a ticket of its own; the follow link is none any more."""
        mine = next(one for one in place.shown(ticket)["participants"] if one["role"] == "contractor")
        token = LINKS.sign("follow", mine["participant_id"])
        assert desk.ask(ANONYMOUS, "follow_request", token=token)["number"] == ticket["number"]
        now_as(place, place.contractor, "requester")
        with refused(desk, NotFound, "link_not_found"):
            desk.ask(ANONYMOUS, "follow_request", token=token)
        place.mail(**reply_to(mine, body="canary"))
        assert "canary" not in {message["body"] for message in place.messages(ticket)}

    def test_nor_are_they_let_in_by_a_late_fact(self, desk, place, ticket):
        """A work order of before is put off, in case their role came too early, and then lets nobody in."""
        former = now_as(place, place.contractor, "requester")
        late = Intervention(desk, place, ticket)
        with too_early(desk):
            late.opened(contractor=former)
        desk.forget()
        desk.work.now += TOO_EARLY
        late.opened(contractor=former)
        assert desk.told() == [] and "Cora Contractor" not in names_in(place, ticket)

    @pytest.mark.parametrize("role", ["agent", "requester"])
    def test_whoever_answers_for_the_ticket_goes_on_as_its_assignee(self, desk, place, ticket, role):
        """For as long as they do, and their new role lets them: then they are told, and see it."""
        place.change(ticket, assignee=place.contractor.person_id)
        place.group(place.heating, "Heating", version=2, agents=[place.agent, place.contractor])
        former = replace(now_as(place, place.contractor, role), serves=frozenset([place.heating]))
        assert standing_of(desk, ticket, former) == (None, True)
        answers = role == "agent"
        assert ("Cora Contractor" in told_of(desk, place, ticket)) == answers
        if answers:
            assert place.shown(ticket, to=former)["id"] == ticket["id"]
        else:
            assert_absent(desk, place, ticket, former)
        place.change(ticket, assignee=place.agent.person_id)
        assert "Cora Contractor" not in names_in(place, ticket)
        assert_absent(desk, place, ticket, replace(former, serves=frozenset()))


class TestStandings:
    """By what a contractor takes part, as it changes."""

    def test_assignee_then_work_order_then_called_off(self, desk, place):
        """Each time by what is left."""
        ticket = place.assigned(place.contractor)
        intervention = Intervention(desk, place, ticket)
        assert standing_of(desk, ticket, place.contractor) == (None, True)
        intervention.opened(contractor=place.contractor)
        assert standing_of(desk, ticket, place.contractor) == ("work_order", False)
        intervention.closed("cancelled")
        assert standing_of(desk, ticket, place.contractor) == (None, True)

    def test_whoever_takes_part_in_their_own_right_goes_on_to(self, desk, place, ticket, intervention):
        """They were added by hand."""
        added = {"person_id": place.contractor.person_id, "role": "watcher"}
        desk.ask(place.agent, "add_participant", ticket_id=ticket["id"], **added)
        intervention.opened(contractor=place.contractor)
        former = now_as(place, place.contractor, "requester")
        assert standing_of(desk, ticket, former) == (None, False)
        assert place.shown(ticket, to=former)["id"] == ticket["id"]

    @pytest.mark.parametrize("closed", [None, "validated", "cancelled"])
    def test_those_of_before_are_given_theirs(self, desk, place, ticket, intervention, closed):
        """By their work order, unless it was called off; an assignee and a watcher keep what they have."""
        watcher, assignee = place.someone("external_agent", "Wim Watcher"), place.someone("external_agent", "As Signee")
        place.change(ticket, assignee=assignee.person_id)
        desk.ask(place.agent, "add_participant", ticket_id=ticket["id"], person_id=watcher.person_id, role="watcher")
        for ordered, contractor in ((intervention, place.contractor), (Intervention(desk, place, ticket), watcher)):
            ordered.opened(contractor=contractor)
        desk.work.load("UPDATE participants SET standing = NULL")
        state = {"state": closed or "open", "id": intervention.work_order_id}
        desk.work.load("UPDATE work_orders SET state = %(state)s WHERE work_order_id = %(id)s", **state)
        desk.work.load(KEPT)
        expected = None if closed == "cancelled" else "work_order"
        assert standing_of(desk, ticket, place.contractor) == (expected, False)
        assert standing_of(desk, ticket, watcher) == (None, False)
        assert standing_of(desk, ticket, assignee) == (None, True)


@pytest.mark.parametrize("heard", list(permutations(("cancelled", "completed"))), ids="-then-".join)
def test_a_contractor_comes_back_where_the_work_was_done_after_all(desk, place, ticket, intervention, heard):
    """Called off, and told as done later: questions and guarantee are theirs, whichever is heard first."""
    intervention.opened(contractor=place.contractor)
    versions = {"cancelled": 2, "completed": 3}
    for outcome in heard:
        intervention.closed(outcome, version=versions[outcome])
    assert in_it(place, ticket)
    assert place.shown(ticket, to=place.contractor)["id"] == ticket["id"]
    assert "Cora Contractor" in told_of(desk, place, ticket)
    once = ["added", "removed", "added"] if heard[0] == "cancelled" else ["added"]
    lines = desk.history(place.admin, ticket, "TicketParticipantsChanged")
    assert [change for line in lines for change in line["new"] if "Cora" in line["new"][change]["name"]] == once


@pytest.mark.parametrize("heard", list(permutations(("opened", "cancelled", "completed"))), ids="-then-".join)
def test_work_that_was_done_after_all_is_its_contractors_whatever_is_heard_first(
    desk, place, ticket, intervention, heard
):
    """Also where it was called off before its opening was heard: whose it is, is known then."""
    facts = {
        "opened": lambda: intervention.opened(contractor=place.contractor),
        "cancelled": lambda: intervention.closed("cancelled", version=2),
        "completed": lambda: intervention.closed("completed", version=3),
    }
    for name in heard:
        facts[name]()
    assert in_it(place, ticket)


def test_a_contractor_no_more_does_not_come_back(desk, place, ticket, intervention):
    """Whose role was taken away meanwhile stays out."""
    intervention.opened(contractor=place.contractor)
    intervention.closed("cancelled", version=2)
    former = moved(place, place.contractor, roles=("requester",), rights=ROLES["requester"])
    intervention.closed("completed", version=3)
    assert_absent(desk, place, ticket, former)
