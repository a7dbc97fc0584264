"""Who may do what, method by method and role by role; what is not one's own is absent."""

from datetime import timedelta
from importlib import import_module

import pytest
from sqlalchemy import update

from chassis.errors import DomainError, Forbidden, NotFound, NotHereYet
from chassis.ids import new_id
from chassis.testing import MONDAY, an_actor, told, undone
from services.dispatch import access
from services.dispatch.access import PERMISSIONS
from services.dispatch.contract import Dispatch
from services.dispatch.models import WorkOrder
from services.identity.domain import ROLES
from tests.actions.dispatch.desk import Desk
from tests.actions.dispatch.given import (
    ADMIN,
    a_person,
    a_site,
    a_ticket,
    a_usergroup,
    an_actor_as,
    ask,
    assign,
    everything,
    hide,
    kept,
    refused,
    take_place,
    told_since,
)

FIRMS = import_module("services.dispatch.migrations.versions.0003_firms_of_work_orders").FIRMS
SETTINGS = [method for method, permission in PERMISSIONS.items() if permission.split(".")[0] in ("routing", "sla")]
READING = ["list_work_orders", "work_order_by_id"]
#: In an order in which each finds what it changes.
WRITING = [
    "create_work_order",
    "plan_intervention",
    "replan_intervention",
    "cancel_intervention",
    "cancel_work_order",
]
#: What each role may: of its own, and of what is foreign to it. Whatever is not named here is refused.
MAY = (
    {(method, role): ("done", "done") for role in ("masterdata_admin", "admin") for method in SETTINGS}
    | {(method, "admin"): ("done", "done") for method in READING + WRITING}
    | {(method, "manager"): ("done", "absent") for method in READING + WRITING}
    | {(method, role): ("done", "absent") for role in ("agent", "external_agent") for method in READING}
)


def test_every_method_is_decided():
    """The tables of this test are those of the contract, and nothing is answered to nobody."""
    assert sorted(SETTINGS + READING + WRITING) == sorted(Dispatch.methods()) == sorted(PERMISSIONS)
    assert Dispatch.anonymous() == frozenset()


def outcome_of(work, actor, method, arguments):
    """Ask; return `done`, `absent` or `refused`, where the last two have changed and told nothing."""
    before, count = everything(work), len(told(work))
    try:
        answer = ask(work, actor, method, **arguments)
    except (PermissionError, DomainError) as error:
        assert everything(work) == before
        assert told_since(work, count) == []
        return "absent" if isinstance(error, NotFound) else "refused"
    return "absent" if method == "list_work_orders" and not answer["items"] else "done"


def test_who_may_do_what(work):
    """Every method by each role, on what is one's own and on what is another usergroup's or another firm's."""
    own, foreign = Desk(work), Desk(work)
    outcomes = {}
    for role in [*ROLES, "anonymous"]:
        actor = own.somebody(role)
        with undone(work) as asking:
            for method in SETTINGS + READING + WRITING:
                outcomes[method, role] = tuple(
                    outcome_of(asking, actor, method, desk.arguments(method)) for desk in (own, foreign)
                )
    assert outcomes == {asked: MAY.get(asked, ("refused", "refused")) for asked in outcomes}


def reads(work, desk, actor):
    """Whether an actor finds the work order, in the list and by its id alike."""
    by_id = outcome_of(work, actor, "work_order_by_id", {"work_order_id": desk.work_order.id})
    assert outcome_of(work, actor, "list_work_orders", {}) == by_id
    return by_id == "done"


@pytest.mark.parametrize("private", [False, True], ids=["open to all", "private"])
def test_agents_and_supervisors(work, private):
    """Private hides a ticket from those who supervise its usergroup, never from those who serve it."""
    desk = Desk(work)
    secret = a_ticket(work, usergroup_id=desk.usergroup, private=private)
    order = desk.ask("create_work_order", ticket_id=secret, title="Repair")
    named = {"work_order_id": order.id}
    serving = an_actor_as("manager", serves=[desk.usergroup])
    supervising = an_actor_as("manager", supervises=[desk.usergroup])
    both = an_actor_as("manager", supervises=[desk.usergroup], serves=[desk.usergroup])
    member = an_actor_as("manager", members=[desk.usergroup])
    outcomes = [outcome_of(work, actor, "work_order_by_id", named) for actor in (serving, both, supervising, member)]
    assert outcomes == ["done", "done", "absent" if private else "done", "absent"]
    if private:
        with refused(work, NotHereYet, "ticket_not_found"):
            ask(work, supervising, "create_work_order", ticket_id=secret, title="Repair")
    hide(work, secret, not private, version=2)
    assert outcome_of(work, supervising, "work_order_by_id", named) == ("done" if private else "absent")


def test_an_assignee(work):
    """Whom a person gave the ticket to sees what belongs to it while they could be given it (CVE-2026-48811)."""
    desk, me, usergroup = Desk(work), new_id(), a_usergroup(work)
    secret = a_ticket(work, usergroup_id=usergroup, private=True)
    desk.work_order = desk.ask("create_work_order", ticket_id=secret, title="Repair")
    supervising = an_actor_as("manager", person_id=me, supervises=[usergroup])
    contractor = an_actor_as("external_agent", person_id=me)
    assert [reads(work, desk, actor) for actor in (supervising, contractor)] == [False, False]
    assign(work, secret, me, version=2)
    assert [reads(work, desk, actor) for actor in (supervising, contractor)] == [True, True]
    for role in ("agent", "manager", "client"):
        assert reads(work, desk, an_actor_as(role, person_id=me, serves=[new_id()])) is False


def test_an_assignee_of_a_ticket_without_usergroup(work):
    """Agents of whatever usergroup may be given it, also of none."""
    desk, agent = Desk(work), an_actor_as("agent")
    waiting = a_ticket(work)
    desk.work_order = desk.ask("create_work_order", ticket_id=waiting, title="Repair")
    assert reads(work, desk, agent) is False
    assign(work, waiting, agent.person_id, version=2)
    assert reads(work, desk, agent) is True
    assert reads(work, desk, an_actor_as("client", person_id=agent.person_id)) is False


def test_a_ticket_without_usergroup(work):
    """Waiting for triage, it is reached by everybody who serves a usergroup, and by nobody else of them."""
    ticket_id = a_ticket(work)
    arguments = {"ticket_id": ticket_id, "title": "Repair"}
    with refused(work, NotHereYet, "ticket_not_found"):
        ask(work, an_actor_as("manager", supervises=[new_id()]), "create_work_order", **arguments)
    triage = an_actor_as("manager", serves=[new_id()])
    assert ask(work, triage, "create_work_order", **arguments).ticket_id == ticket_id


def test_a_ticket_that_comes_between_lock_and_look(work, monkeypatch):
    """The lock has found nothing to hold, so it is not here yet: the command is tried again (decision 18)."""
    usergroup = a_usergroup(work)
    ticket_id = a_ticket(work, usergroup_id=usergroup)
    monkeypatch.setattr(access, "locked_ticket", lambda work, ticket_id: None)
    with refused(work, NotHereYet, "ticket_not_found"):
        ask(work, an_actor_as("manager", serves=[usergroup]), "create_work_order", ticket_id=ticket_id, title="Repair")


def test_the_contractors_firm(work):
    """Colleagues of the firm see its work orders; nobody sees those of people without a firm by that."""
    firm = new_id()
    contractor = a_person(work, "external_agent", organisation_id=firm)
    desk = Desk(work)
    order = desk.ask("create_work_order", ticket_id=desk.ticket, title="Lift", contractor_id=contractor)
    colleague = an_actor_as("external_agent", organisation_id=firm)
    listed = ask(work, colleague, "list_work_orders")["items"]
    assert [one.id for one in listed] == [order.id]
    for stranger in (an_actor_as("external_agent", organisation_id=new_id()), an_actor_as("external_agent")):
        assert ask(work, stranger, "list_work_orders")["items"] == []


def test_a_contractor_who_goes_to_another_firm(work):
    """What the firm was given stays with it, whatever becomes of the contractor, who takes it to no other firm."""
    firm, other = new_id(), new_id()
    contractor = a_person(work, "external_agent", organisation_id=firm)
    desk = Desk(work)
    order = desk.ask("create_work_order", ticket_id=desk.ticket, title="Lift", contractor_id=contractor)
    gone = an_actor_as("external_agent", person_id=contractor, organisation_id=other)
    assert [one.id for one in ask(work, gone, "list_work_orders")["items"]] == [order.id]
    colleague, stranger = (an_actor_as("external_agent", organisation_id=of_firm) for of_firm in (firm, other))
    for version, role in enumerate(("external_agent", "requester"), start=2):
        a_person(work, role, person_id=contractor, organisation_id=other, version=version)
        assert [one.id for one in ask(work, colleague, "list_work_orders")["items"]] == [order.id]
        assert ask(work, stranger, "list_work_orders")["items"] == []
        with refused(work, NotFound, "work_order_not_found"):
            ask(work, stranger, "work_order_by_id", work_order_id=order.id)


def test_people_of_the_firm_in_other_roles(work):
    """Work orders are given to its contractors: another role that reads work orders shows those that it reaches."""
    firm = new_id()
    contractor = a_person(work, "external_agent", organisation_id=firm)
    desk = Desk(work)
    order = desk.ask("create_work_order", ticket_id=desk.ticket, title="Lift", contractor_id=contractor)
    for role in ("agent", "manager"):
        former = an_actor_as(role, person_id=contractor, organisation_id=firm, serves=[new_id()])
        assert ask(work, former, "list_work_orders")["items"] == []
        with refused(work, NotFound, "work_order_not_found"):
            ask(work, former, "work_order_by_id", work_order_id=order.id)


def test_firms_of_work_orders_given_before(work):
    """They are the ones whose contractors are theirs when that begins to be kept."""
    firm = new_id()
    contractor = a_person(work, "external_agent", organisation_id=firm)
    desk = Desk(work)
    order = desk.ask("create_work_order", ticket_id=desk.ticket, title="Lift", contractor_id=contractor)
    work.session.execute(update(WorkOrder).values(contractor_organisation_id=None))
    before = everything(work)
    work.load(FIRMS)
    assert kept(work, WorkOrder, order.id).contractor_organisation_id == firm
    assert len(set(everything(work)) - set(before)) == 1


def test_who_is_a_contractor_no_more(work):
    """Another role that reads work orders shows those that it reaches, not those that they once had."""
    desk = Desk(work)
    for role in ("agent", "manager"):
        former = an_actor_as(role, person_id=desk.contractor, serves=[new_id()])
        assert ask(work, former, "list_work_orders")["items"] == []
        with refused(work, NotFound, "work_order_not_found"):
            ask(work, former, "work_order_by_id", work_order_id=desk.work_order.id)


def test_scopes_of_copied_roles(work):
    """`own` reaches what one takes part in, `organisation` one's sites without others' private tickets."""
    firm, requester = new_id(), new_id()
    estate = a_site(work, organisation_id=firm)
    flat = a_site(work, estate)
    private, plain = (
        Desk(work).ask(
            "create_work_order",
            ticket_id=a_ticket(work, site_id=flat, requester_id=requester, private=is_private),
            title="Repair",
        )
        for is_private in (True, False)
    )
    Desk(work)

    def seen(scope, **particulars):
        actor = an_actor(rights={"work_orders.read": scope}, **particulars)
        return {one.id for one in ask(work, actor, "list_work_orders")["items"]}

    assert seen("own", person_id=requester) == {private.id, plain.id}
    assert seen("own") == set()
    assert seen("organisation", organisation_id=firm) == {plain.id}
    assert seen("organisation", organisation_id=firm, person_id=requester) == {private.id, plain.id}
    assert seen("organisation", organisation_id=new_id()) == set()
    assert seen("organisation") == set()
    assert seen("assigned", organisation_id=firm) == set()
    others = new_id()
    take_place(work, plain.ticket_id, a_site(work, estate, organisation_id=others), version=2)
    assert (seen("organisation", organisation_id=firm), seen("organisation", organisation_id=others)) == (
        set(),
        {plain.id},
    )
    house = a_site(work, estate, organisation_id=others)
    take_place(work, plain.ticket_id, a_site(work, estate, house), version=3)
    assert seen("organisation", organisation_id=others) == {plain.id}
    take_place(work, plain.ticket_id, a_site(work, organisation_id=new_id()), version=4)
    assert seen("organisation", organisation_id=others) == set()
    take_place(work, plain.ticket_id, a_site(work), version=5)
    assert seen("organisation") == set()


def test_a_right_that_is_not_there_reaches_nothing(work):
    """What one was given neither shows without reading nor changes without writing, whatever the edge has let in."""
    desk = Desk(work)
    assign(work, desk.ticket, desk.contractor, version=2)
    for rights, permission, error, code in (
        ({}, "work_orders.read", NotFound, "work_order_not_found"),
        ({"work_orders.read": "assigned"}, "work_orders.write", Forbidden, "not_allowed"),
    ):
        contractor = an_actor(role="external_agent", rights=rights, person_id=desk.contractor)
        with refused(work, error, code):
            access.work_order_for(work, contractor, desk.work_order.id, permission)


def test_in_reach_and_not_seen(work):
    """A right to change is enough by itself, as it is for roles made by hand."""
    desk = Desk(work)
    actor = an_actor(rights={"work_orders.write": "all", "interventions.plan": "all"})
    for method in WRITING:
        assert outcome_of(work, actor, method, desk.arguments(method)) == "done"


def test_seen_and_not_in_reach(work):
    """Who reads everything and changes only their own is told that they may not, for they see it."""
    desk = Desk(work)
    rights = {"work_orders.read": "all", "work_orders.write": "group", "interventions.plan": "group"}
    actor = an_actor(rights=rights, serves=[new_id()])
    for method in WRITING:
        with refused(work, Forbidden, "not_allowed"):
            ask(work, actor, method, **desk.arguments(method))


def test_seen_without_usergroup_and_not_in_reach(work):
    """Comparing no usergroup with those of the actor is neither true nor false in SQL, and refused as false is."""
    waiting, worker = a_ticket(work), a_person(work, "worker")
    work_order = ask(work, ADMIN, "create_work_order", ticket_id=waiting, title="Repair")
    window = {"starts_at": MONDAY, "ends_at": MONDAY + timedelta(hours=1)}
    intervention = ask(work, ADMIN, "plan_intervention", work_order_id=work_order.id, workers=[worker], **window)
    rights = {"work_orders.read": "all", "work_orders.write": "group", "interventions.plan": "group"}
    supervisor = an_actor(rights=rights, supervises=[new_id()])
    for method, asked in (
        ("create_work_order", {"ticket_id": waiting, "title": "Clean"}),
        ("plan_intervention", {"work_order_id": work_order.id, "workers": [worker], **window}),
        ("replan_intervention", {"intervention_id": intervention.id, **window}),
        ("cancel_intervention", {"intervention_id": intervention.id}),
        ("cancel_work_order", {"work_order_id": work_order.id}),
    ):
        with refused(work, Forbidden, "not_allowed"):
            ask(work, supervisor, method, **asked)


def test_pages_of_work_orders(work):
    """The newest first, filtered by ticket and status; a cursor of another list is refused."""
    desk = Desk(work)
    orders = [desk.ask("create_work_order", ticket_id=desk.ticket, title=f"Work {n}") for n in range(4)]
    desk.ask("cancel_work_order", work_order_id=orders[1].id)
    agent = an_actor_as("agent", serves=[desk.usergroup])
    first = ask(work, agent, "list_work_orders", ticket=desk.ticket, status="open", limit=3)
    second = ask(work, agent, "list_work_orders", status="open", limit=3, cursor=first["next_cursor"])
    pages = [[order.title for order in page["items"]] for page in (first, second)]
    assert pages == [["Work 3", "Work 2", "Work 0"], ["Repair"]]
    assert second["next_cursor"] is None
    assert ask(work, agent, "list_work_orders", status="open", limit=4)["next_cursor"] is None
    closed = ask(work, agent, "list_work_orders", status="closed")["items"]
    assert [order.title for order in closed] == ["Work 1"]
    with refused(work, DomainError, "cursor_invalid"):
        ask(work, agent, "list_work_orders", cursor="1:x")
