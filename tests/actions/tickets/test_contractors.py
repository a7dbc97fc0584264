"""Contractors: a work order lets them into the conversation of its ticket, and its cancellation out again."""

from dataclasses import replace
from itertools import permutations

import pytest

from chassis.errors import NotFound
from chassis.ids import new_id
from chassis.testing import MONDAY
from tests.actions.tickets.given import refused, reply_to, too_early
from tests.actions.tickets.test_fieldwork import Visit


@pytest.fixture
def ticket(place):
    """Return a ticket of the resident's that Ada answers for."""
    return place.assigned(place.agent)


@pytest.fixture
def visit(desk, place, ticket):
    """Return a work order on the ticket."""
    return Visit(desk, place, ticket)


def roles(place, ticket):
    """Return who takes part, as what."""
    return {one["name"]: one["role"] for one in place.shown(ticket)["participants"]}


def in_it(place, ticket):
    """Whether Cora takes part."""
    return roles(place, ticket).get("Cora Contractor") == "contractor"


def test_is_let_in_with_the_work_order(desk, place, ticket, visit):
    """Once, told with all that they are told of it; a line says so, and the ticket is newer by one."""
    with refused(desk, NotFound, "ticket_not_found"):
        place.shown(ticket, to=place.contractor)
    desk.forget()
    visit.opened("W26-000007", place.contractor)
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
        "work_order_id": str(visit.work_order_id),
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
    assert (line["actor"]["name"], line["new"]) == (
        "Will Worker",
        {"added": {"name": "Cora Contractor", "role": "contractor"}},
    )


def test_reads_and_answers(desk, place, ticket, visit):
    """By the API and by mail; what others write reaches them, notes do not."""
    visit.opened(contractor=place.contractor)
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


def test_a_second_work_order_is_told_and_lets_nobody_in_twice(desk, place, ticket, visit):
    """One participant, one line."""
    visit.opened(contractor=place.contractor)
    visit.opened(contractor=place.contractor)
    assert len(desk.told("ContractorInvited")) == 1
    Visit(desk, place, ticket).opened(contractor=place.contractor)
    assert len(desk.told("ContractorInvited")) == 2
    assert len(desk.told("TicketParticipantsChanged")) == 1
    assert len(desk.history(place.admin, ticket, "TicketParticipantsChanged")) == 1


def test_without_a_contractor_nobody_is_let_in(desk, place, ticket, visit):
    """Nothing is told, and the ticket is no newer."""
    desk.forget()
    visit.opened()
    assert (desk.told(), place.shown(ticket)["version"]) == ([], ticket["version"])


def test_a_contractor_who_has_not_been_heard_of(desk, place, ticket, visit):
    """Is waited for."""
    with too_early(desk):
        visit.opened(contractor=replace(place.contractor, person_id=new_id()))


@pytest.mark.parametrize("outcome", ["completed", "validated"])
def test_goes_on_when_the_work_is_done(place, ticket, visit, outcome):
    """For questions and guarantee."""
    visit.opened(contractor=place.contractor)
    visit.closed(outcome)
    assert in_it(place, ticket)


def test_leaves_when_it_is_called_off(desk, place, ticket, visit):
    """What is written from then on is none of their business."""
    visit.opened(contractor=place.contractor)
    desk.forget()
    visit.closed("cancelled")
    assert not in_it(place, ticket)
    (present,) = desk.told("TicketParticipantsChanged")
    assert [one["name"] for one in present["participants"]] == ["Rita Resident", "Ada Agent"]
    line = desk.history(place.resident, ticket, "TicketParticipantsChanged")[-1]
    assert line["new"] == {"removed": {"name": "Cora Contractor", "role": "contractor"}}
    with refused(desk, NotFound, "ticket_not_found"):
        place.shown(ticket, to=place.contractor)
    with refused(desk, NotFound, "ticket_not_found"):
        place.write(ticket, place.contractor)


def test_nobody_leaves_for_a_work_order_of_nobodys(desk, place, ticket, visit):
    """Nor for another contractor's."""
    other = place.someone("external_agent", "Olga Other")
    visit.opened(contractor=place.contractor)
    of_nobody, of_other = Visit(desk, place, ticket), Visit(desk, place, ticket)
    of_nobody.opened()
    of_other.opened(contractor=other)
    for called_off in (of_nobody, of_other):
        called_off.closed("cancelled", left=[visit.work_order_id])
    assert in_it(place, ticket) and "Olga Other" not in roles(place, ticket)


@pytest.mark.parametrize("of_other", ["open", "completed", "cancelled"])
def test_of_two_work_orders_one_is_called_off(desk, place, ticket, visit, of_other):
    """They stay for the other one, unless that was called off as well."""
    second = Visit(desk, place, ticket)
    visit.opened(contractor=place.contractor)
    second.opened(contractor=place.contractor)
    if of_other != "open":
        second.closed(of_other, left=[visit.work_order_id])
    visit.closed("cancelled", left=[] if of_other != "open" else [second.work_order_id])
    assert in_it(place, ticket) == (of_other != "cancelled")


@pytest.mark.parametrize("order", list(permutations(("first opened", "first called off", "second opened"))))
def test_facts_in_any_order(desk, place, ticket, visit, order):
    """They take part in the end, for the second one."""
    second = Visit(desk, place, ticket)
    steps = {
        "first opened": lambda: visit.opened(contractor=place.contractor),
        "first called off": lambda: visit.closed("cancelled", left=[second.work_order_id]),
        "second opened": lambda: second.opened(contractor=place.contractor),
    }
    for step in order:
        steps[step]()
    assert in_it(place, ticket)


def test_a_work_order_that_is_called_off_already(desk, place, ticket, visit):
    """Lets nobody in, and nobody is told."""
    visit.closed("cancelled")
    desk.forget()
    visit.opened(contractor=place.contractor)
    assert desk.told() == [] and not in_it(place, ticket)


class TestWhoAnswersForTheTicket:
    """A contractor who is its assignee too."""

    def test_stays_when_another_takes_it_over(self, place, desk):
        """Their work order is still open."""
        ticket = place.assigned(place.contractor)
        Visit(desk, place, ticket).opened(contractor=place.contractor)
        place.change(ticket, assignee=place.agent.person_id)
        assert in_it(place, ticket)

    def test_leaves_with_the_ticket_when_the_work_was_called_off(self, place, desk):
        """Not before: they still answer for it."""
        ticket = place.assigned(place.contractor)
        visit = Visit(desk, place, ticket)
        visit.opened(contractor=place.contractor)
        visit.closed("cancelled")
        assert in_it(place, ticket)
        place.change(ticket, assignee=place.agent.person_id)
        assert not in_it(place, ticket)


def test_whoever_takes_part_for_another_reason_stays(desk, place):
    """They were added to read along."""
    ticket = place.ticket(place.agent, usergroup=place.heating)
    added = {"person_id": place.contractor.person_id, "role": "watcher"}
    desk.ask(place.agent, "add_participant", ticket_id=ticket["id"], **added)
    visit = Visit(desk, place, ticket)
    visit.opened(contractor=place.contractor)
    visit.closed("cancelled")
    assert roles(place, ticket)["Cora Contractor"] == "watcher"
