"""A ticket is opened: exactly one routing, one assignment, one set of deadlines."""

import pytest

from chassis.errors import NotYet
from chassis.ids import new_id
from chassis.testing import told
from services.dispatch.models import Ticket
from services.tickets.contract import TicketOpened
from tests.actions.dispatch.given import (
    ADMIN,
    a_category,
    a_mailbox,
    a_participant,
    a_person,
    a_site,
    a_ticket,
    a_usergroup,
    an_opening,
    answer,
    ask,
    everything,
    hear,
    refused,
    told_since,
)

ROUTED_AT = "2026-11-16T09:00:00+00:00"


def a_rule(work, then, conditions=None, **particulars):
    """Let an administrator make a rule; return it."""
    rule = {"name": "Rule", "conditions": conditions or {}, "then": then} | particulars
    return ask(work, ADMIN, "create_routing_rule", **rule)


def routing_of(work, **particulars):
    """Open a ticket; return what is told about its routing."""
    count = len(told(work))
    a_ticket(work, **particulars)
    ((_, payload),) = told_since(work, count, "TicketRouted")
    return payload


def test_a_mail_by_a_rule(work):
    """The three facts, whole: the rule's results, the only agent, deadlines by the rule's priority."""
    agent = a_person(work)
    group, category, mailbox = a_usergroup(work, agent), a_category(work), a_mailbox(work)
    then = {"usergroup_id": group, "category_id": category, "priority": "high"}
    rule = a_rule(work, then, {"mailbox": mailbox}, name="Heating mails")
    (standard,) = ask(work, ADMIN, "list_sla_policies")["items"]
    ticket_id = a_ticket(work, source={"mailbox_id": mailbox})
    assert told(work) == [
        (
            "TicketRouted",
            {
                "ticket_id": str(ticket_id),
                "usergroup_id": str(group),
                "category_id": str(category),
                "priority": "high",
                "rule_id": str(rule.id),
                "rule_name": "Heating mails",
                "rule_version": 1,
                "reason": "rule",
                "routed_at": ROUTED_AT,
            },
        ),
        (
            "AssignmentDecided",
            {
                "ticket_id": str(ticket_id),
                "assignee_id": str(agent),
                "reason": {"code": "only_candidate", "load": 0, "candidates": 1},
                "decided_at": ROUTED_AT,
            },
        ),
        (
            "DeadlineSet",
            {
                "ticket_id": str(ticket_id),
                "first_response_due_at": "2026-11-16T13:00:00+00:00",
                "resolution_due_at": "2026-11-17T15:00:00+00:00",
                "policy_name": "Standard",
                "counted_by": {
                    "priority": "high",
                    "first_response_minutes": 240,
                    "resolution_minutes": 960,
                    "policy_id": str(standard.id),
                    "policy_version": 1,
                    "calendar_version": 1,
                },
                "set_at": ROUTED_AT,
                "first_response_missed": False,
                "resolution_missed": False,
            },
        ),
    ]


def test_nothing_matches(work):
    """The routing is told all the same, and says that it found nothing."""
    ticket_id = a_ticket(work)
    routed, decided, _ = told(work)
    assert routed[1] == {
        "ticket_id": str(ticket_id),
        "usergroup_id": None,
        "category_id": None,
        "priority": "normal",
        "rule_id": None,
        "rule_name": None,
        "rule_version": None,
        "reason": "none",
        "routed_at": ROUTED_AT,
    }
    assert decided[1]["assignee_id"] is None
    assert decided[1]["reason"] == {"code": "no_usergroup", "load": None, "candidates": 0}


def test_the_same_opening_twice(work):
    """A second fact about the same ticket tells nothing and changes nothing."""
    opening = an_opening()
    hear(work, TicketOpened, 1, **opening)
    before = everything(work)
    hear(work, TicketOpened, 1, **opening)
    assert everything(work) == before
    assert len(told(work)) == 3


def test_an_incident_keeps_its_usergroup(work):
    """No rule moves it; it gets its deadlines and its assignee."""
    group, other = a_usergroup(work, a_person(work)), a_usergroup(work)
    a_rule(work, {"usergroup_id": other})
    count = len(told(work))
    a_ticket(work, kind="incident", channel="incident", usergroup_id=group, usergroup_chosen=False)
    routed, decided, _ = told_since(work, count)
    assert (routed[1]["usergroup_id"], routed[1]["reason"]) == (str(group), "chosen")
    assert decided[1]["reason"]["code"] == "only_candidate"
    assert [name for name, _ in told_since(work, count)] == [
        "TicketRouted",
        "AssignmentDecided",
        "DeadlineSet",
    ]


def test_what_a_person_chose_stays(work):
    """Usergroup, category and priority; the rule that matched is named nevertheless."""
    group, other = a_usergroup(work), a_usergroup(work)
    mine, its = a_category(work), a_category(work)
    rule = a_rule(work, {"usergroup_id": other, "category_id": its, "priority": "urgent"})
    routed = routing_of(work, usergroup_id=group, category_id=mine, priority="low", priority_chosen=True, channel="api")
    chosen = (routed["usergroup_id"], routed["category_id"], routed["priority"], routed["reason"])
    assert chosen == (str(group), str(mine), "low", "chosen")
    assert routed["rule_id"] == str(rule.id)


def test_a_rule_beats_what_nobody_chose(work):
    """Such as the usergroup of a mailbox, which holds where no rule says otherwise."""
    group, other = a_usergroup(work), a_usergroup(work)
    routed = routing_of(work, usergroup_id=group, usergroup_chosen=False)
    assert (routed["usergroup_id"], routed["reason"]) == (str(group), "mailbox")
    a_rule(work, {"usergroup_id": other})
    routed = routing_of(work, usergroup_id=group, usergroup_chosen=False)
    assert (routed["usergroup_id"], routed["reason"]) == (str(other), "rule")


def test_a_rule_for_a_usergroup_that_was_closed(work):
    """Routes nothing there: the next offer counts."""
    group, other = a_usergroup(work), a_usergroup(work)
    a_rule(work, {"usergroup_id": group})
    a_usergroup(work, usergroup_id=group, active=False, version=2)
    routed = routing_of(work, usergroup_id=other, usergroup_chosen=False)
    assert (routed["usergroup_id"], routed["reason"]) == (str(other), "mailbox")


def test_rules_in_their_order(work):
    """By position; an inactive one is passed over."""
    first, second, third = (a_usergroup(work) for _ in range(3))
    a_rule(work, {"usergroup_id": third}, position=7)
    earlier = a_rule(work, {"usergroup_id": first}, position=3)
    a_rule(work, {"usergroup_id": second}, position=4)
    assert routing_of(work)["usergroup_id"] == str(first)
    ask(work, ADMIN, "change_routing_rule", routing_rule_id=earlier.id, active=False)
    assert routing_of(work)["usergroup_id"] == str(second)


def test_a_rule_for_a_site_holds_below_it(work):
    """A flat lies in its building and its estate."""
    estate = a_site(work)
    building = a_site(work, estate)
    flat = a_site(work, estate, building)
    group = a_usergroup(work)
    a_rule(work, {"usergroup_id": group}, {"site": estate})
    assert routing_of(work, site_id=flat)["reason"] == "rule"
    assert routing_of(work, site_id=a_site(work))["reason"] == "none"
    assert routing_of(work)["reason"] == "none"


def test_the_usergroup_of_the_nearest_place(work):
    """A site without one is served by that of its building before that of the estate."""
    far, near = a_usergroup(work), a_usergroup(work)
    estate = a_site(work, usergroup_id=far)
    building = a_site(work, estate, usergroup_id=near)
    flat = a_site(work, estate, building)
    routed = routing_of(work, site_id=flat)
    assert (routed["usergroup_id"], routed["reason"]) == (str(near), "site")


def test_the_default_category_of_the_usergroup(work):
    """Given where neither person nor rule nor mailbox says otherwise."""
    category = a_category(work)
    group = a_usergroup(work, default_category_id=category)
    routed = routing_of(work, source={"mailbox_id": a_mailbox(work), "suggested_usergroup_id": group})
    assert (routed["category_id"], routed["reason"]) == (str(category), "mailbox")


def test_the_usergroup_of_the_category(work):
    """Which a person gave the ticket while opening it; its agent gets it."""
    agent = a_person(work)
    group = a_usergroup(work, agent)
    count = len(told(work))
    a_ticket(work, channel="api", category_id=a_category(work, usergroup_id=group))
    (_, routed), (_, decided), _ = told_since(work, count)
    assert (routed["usergroup_id"], routed["reason"], decided["assignee_id"]) == (str(group), "category", str(agent))


def test_categories_that_are_closed(work):
    """Of a rule, of a mailbox, and the usergroup's own: none of them is a new ticket's."""
    closed, group = a_category(work, usergroup_id=a_usergroup(work), active=False), a_usergroup(work)
    routed = routing_of(work, source={"mailbox_id": a_mailbox(work), "suggested_category_id": closed})
    assert (routed["category_id"], routed["usergroup_id"]) == (None, None)
    a_usergroup(work, usergroup_id=group, default_category_id=closed, version=2)
    routed = routing_of(work, usergroup_id=group)
    assert (routed["category_id"], routed["usergroup_id"]) == (None, str(group))


def test_a_webform(work):
    """Its suggestion is named as what it is."""
    group = a_usergroup(work)
    source = {"webform_id": new_id(), "suggested_usergroup_id": group}
    routed = routing_of(work, channel="webform", source=source)
    assert (routed["usergroup_id"], routed["reason"]) == (str(group), "webform")


@pytest.mark.parametrize(
    "unheard",
    [
        {"site_id": new_id()},
        {"category_id": new_id()},
        {"usergroup_id": new_id()},
        {"source": {"suggested_usergroup_id": new_id()}},
        {"source": {"suggested_category_id": new_id()}},
    ],
    ids=["site", "category", "usergroup", "the mailbox's usergroup", "the mailbox's category"],
)
def test_what_has_not_been_heard_of_yet(work, unheard):
    """The fact is tried again: nothing is told half-known."""
    with pytest.raises(NotYet):
        a_ticket(work, **unheard)
    assert told(work) == []


def test_what_is_kept_of_a_ticket(work):
    """Its copy holds what routing decided, and the persons who take part."""
    requester, watcher = new_id(), new_id()
    group = a_usergroup(work)
    a_rule(work, {"usergroup_id": group, "priority": "high"})
    participants = [
        a_participant(requester),
        a_participant(watcher, "watcher"),
        a_participant(None, "watcher"),
    ]
    ticket = work.session.get(Ticket, a_ticket(work, participants=participants, private=True))
    assert (ticket.usergroup_id, ticket.priority, ticket.status, ticket.private) == (
        group,
        "high",
        "new",
        True,
    )
    assert ticket.participants == sorted([requester, watcher])
    assert ticket.routing_reason == "rule"


def test_a_refused_opening_leaves_no_ticket(databases):
    """What raises `NotYet` is rolled back whole, so the next try routes it for the first time."""
    opening = an_opening(site_id=new_id())
    with databases("dispatch").work() as work:
        with pytest.raises(NotYet):
            hear(work, TicketOpened, 1, **opening)
    with databases("dispatch").work() as work, refused(work, NotYet):
        answer(work, opening["ticket_id"], opening["opened_at"])
