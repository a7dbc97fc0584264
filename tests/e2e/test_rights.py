"""A right taken away is gone within one second, over HTTP and over the broker directly, in all six services."""

import random
import re
import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from chassis.bus.client import RpcClient
from chassis.contract import RawJSON
from chassis.errors import DomainError, Unauthenticated
from services.dispatch.contract import Dispatch
from services.fieldwork.contract import Fieldwork
from services.identity.contract import Identity
from services.inbound.contract import Inbound
from services.notifications.contract import Notifications
from services.tickets.contract import Tickets
from tests.e2e.desk import PASSWORD
from tests.e2e.doors import rules, token_of
from tests.gateway.routes import CONTRACTS
from tests.made_input import an_object
from tests.waiting import eventually

#: One method of each service that whoever is both manager and keeper of the master data may ask.
ASKED = {
    Identity: "me", Tickets: "list_tickets", Dispatch: "list_work_orders", Fieldwork: "list_interventions",
    Notifications: "list_notifications", Inbound: "list_mailboxes",
}  # fmt: skip
#: What the services show them over HTTP, beside what belongs to their group.
READ = ("/me", "/people", "/tickets", "/work-orders", "/interventions", "/notifications", "/mailboxes")
ONE_SECOND = 1.0
#: Refusals in a row that count: calls go by turns to the two processes of a service.
IN_A_ROW = 4


@pytest.fixture(scope="module")
def direct(desk):
    """A client on the desk's own broker, past the gateway; none on the local bus, which has no wire."""
    if desk.bus == "local":
        yield None
        return
    client = RpcClient.connect(desk.broker_uri())
    yield client
    client.close()


class Story:
    """A manager who keeps the master data, too, supervises and serves a group with one intervention to come, a
    colleague's.

    :param paths: of the group's ticket, which is assigned to them, work order and intervention.
    """

    def __init__(self, caller, person, group, paths):
        self.caller, self.person, self.group, self.paths = caller, person, group, paths
        self._is_taken = False

    def take_away(self, take, admin):
        """Take it away from them, unless the test before has done so."""
        if not self._is_taken:
            take(admin, self.caller, self.person, self.group)
        self._is_taken = True


@pytest.fixture(scope="module")
def stories(desk, admin):
    """Return `{what is taken away: Story}`, which two tests tell on."""
    mark = uuid4().hex[:8]
    site = admin.post("/sites", {"name": f"S {mark}", "kind": "property", "time_zone": "Europe/Paris"})
    colleague = _person(admin, f"c-{mark}", "agent", "worker")
    return {
        take: _story(desk, admin, site, colleague, f"{number}-{mark}", datetime.now(UTC) + timedelta(days=1 + number))
        for number, take in enumerate((take_role, take_membership, take_session, take_account))
    }


def _story(desk, admin, site, colleague, mark, begins):
    """Return a story that is told as far as to the intervention, which begins when the colleague has no other."""
    manager = _person(admin, f"m-{mark}", "manager", "masterdata_admin")
    lists = {"agents": [manager["id"], colleague["id"]], "supervisors": [manager["id"]]}
    group = admin.post("/usergroups", {"name": f"G {mark}", **lists})
    ticket = _accepted(admin, "/tickets", {"subject": "s", "description": "d", "usergroup": group["id"]})
    ticket_path = f"/tickets/{ticket['id']}"
    eventually(lambda: admin.get(ticket_path)["assignee"] is not None, what="the automatic assignment")
    admin.patch(ticket_path, {"assignee": manager["id"]})
    order = _accepted(admin, "/work-orders", {"ticket_id": ticket["id"], "title": "w", "site_id": site["id"]})
    intervention = _accepted(
        admin,
        "/interventions",
        {"work_order_id": order["id"], "workers": [colleague["id"]],
         "starts_at": begins.isoformat(), "ends_at": (begins + timedelta(hours=1)).isoformat()},
    )  # fmt: skip
    caller = desk.sign_in(manager["email"])
    paths = (ticket_path, f"/work-orders/{order['id']}", f"/interventions/{intervention['id']}")
    eventually(lambda: [caller.ask("GET", path).status_code for path in paths] == [200] * 3, what="all of the group")
    return Story(caller, manager, group, paths)


def _person(admin, name, *roles):
    """Make somebody who can sign in."""
    body = {"email": f"{name}@provider.example", "name": name, "password": PASSWORD, "roles": list(roles)}
    return admin.post("/people", body)


def _accepted(admin, path, body):
    """Make something that names what its service may not have heard of yet."""

    def made():
        response = admin.ask("POST", path, body)
        assert response.status_code == 201, response.text
        return response.json()

    return eventually(made, what=path)


def gone_within_a_second(taken, looks):
    """Look until each look was refused some times in a row; fail when one that began too late was not.

    :param taken: when the call that took it away was answered, on the monotonic clock.
    :param looks: `{what: function that returns whether it is refused}`.
    """
    refusals = dict.fromkeys(looks, 0)
    while waiting := [what for what, times in refusals.items() if times < IN_A_ROW]:
        for what in waiting:
            began = time.monotonic()
            is_refused = looks[what]()
            assert is_refused or began - taken < ONE_SECOND, f"{what} is still there"
            refusals[what] = refusals[what] + 1 if is_refused else 0


def refused_over_http(caller, path, wanted):
    """Return the look at what is read over HTTP, which answers until it is refused with one status."""

    def look():
        status = caller.ask("GET", path).status_code
        assert status in (200, wanted), (path, status)
        return status == wanted

    return look


def refused_directly(client, contract, token):
    """Return the look at a service past the gateway, which answers until it refuses the token as stale."""

    def look():
        try:
            getattr(client.of(contract, token=token), ASKED[contract])()
        except Unauthenticated as refusal:
            assert refusal.code == "stale"
            return True
        return False

    return look


def take_role(admin, caller, person, group):
    """The manager becomes a mere requester, and stands in the lists of the group still."""
    admin.patch(f"/people/{person['id']}", {"roles": ["requester"]})


def take_membership(admin, caller, person, group):
    """The manager leaves the group, in every list."""
    admin.patch(f"/usergroups/{group['id']}", {"agents": [], "members": [], "supervisors": []})


def take_session(admin, caller, person, group):
    """The manager signs out."""
    assert caller.ask("DELETE", "/session").status_code == 204


def take_account(admin, caller, person, group):
    """The manager's account is closed."""
    admin.patch(f"/people/{person['id']}", {"active": False})


def refusals_over_http(take, paths):
    """Return `{path: status}` of what is refused once it was taken away.

    Whoever has a session keeps their own person, notifications, and what they opened themselves.
    """
    ticket, order, intervention = paths
    if take is take_membership:
        return dict.fromkeys(paths, 404)
    if take is take_role:
        by_role = ("/people", "/work-orders", "/interventions", "/mailboxes", order, intervention)
        return {
            **dict.fromkeys((ticket, f"{ticket}/messages", f"{ticket}/history"), 404),
            **dict.fromkeys(by_role, 403),
        }
    return dict.fromkeys((*READ, *paths), 401)


@pytest.mark.parametrize("take", [take_role, take_membership, take_session, take_account])
def test_cve_2026_48811_what_is_taken_away_is_gone(admin, direct, stories, take):
    """Role, membership, session, account: gone within a second of the answer to the call that took it."""
    story = stories[take]
    caller, paths = story.caller, story.paths
    there = (*READ, *paths)
    assert {path: caller.ask("GET", path).status_code for path in there} == dict.fromkeys(there, 200)
    refused = refusals_over_http(take, paths)
    looks = {path: refused_over_http(caller, path, wanted) for path, wanted in refused.items()}
    if direct:
        token = token_of(direct, caller)
        for contract, method in ASKED.items():
            assert isinstance(getattr(direct.of(contract, token=token), method)(), (RawJSON, dict))
        looks |= {contract.service: refused_directly(direct, contract, token) for contract in CONTRACTS}
    story.take_away(take, admin)
    taken = time.monotonic()
    gone_within_a_second(taken, looks)
    left = {path: caller.ask("GET", path).status_code for path in there if path not in refused}
    assert left == dict.fromkeys(left, 200)
    if take in (take_membership, take_role):
        assert caller.get("/tickets")["items"] == []
    if take is take_role:
        assert set(caller.get(f"/usergroups/{story.group['id']}")).isdisjoint(("members", "supervisors", "agents"))
    if take is take_membership:
        assert caller.get("/me")["usergroups"] == []


@pytest.mark.parametrize("take", [take_role, take_membership, take_account])
def test_whoever_cannot_serve_a_ticket_does_not_stay_its_assignee(admin, stories, take):
    """A colleague of the group gets it, if there is one, though a person had chosen whoever had it."""
    story = stories[take]
    story.take_away(take, admin)
    left = {*story.group["agents"]} - {story.person["id"]} if take is not take_membership else {None}

    def assignees():
        assignee = admin.get(story.paths[0])["assignee"]
        return {assignee and assignee["id"]}

    eventually(lambda: assignees() == left, within=40, what="another assignee, or none")


@pytest.mark.parametrize("desk", ["amqp"], indirect=True)
@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.service)
def test_nobody_is_refused_by_every_method_but_the_anonymous(direct, contract):
    """Over the broker directly, without a token and with rubbish for one; the local bus has no wire to ask on."""
    for name in sorted(set(contract.methods()) - contract.anonymous()):
        for token in (None, "rubbish", "a.b.c"):
            with pytest.raises(DomainError) as refusal:
                getattr(direct.of(contract, token=token), name)()
            assert isinstance(refusal.value, Unauthenticated), (name, token, refusal.value)


def closed_routes():
    """Return `[(verb, path, body)]` of every method that is not anonymous, with a body that it might take."""
    chance = random.Random(1)
    chance.oddness = 0
    contracts = {contract.service: contract for contract in CONTRACTS} | {"directory": Identity}
    for rule in rules():
        blueprint, _, endpoint = rule.endpoint.rpartition(".")
        name = endpoint.rpartition("_")[0]
        contract = contracts.get(blueprint)
        if contract and name in set(contract.methods()) - contract.anonymous():
            method = contract.methods()[name]
            (verb,) = rule.methods - {"HEAD", "OPTIONS"}
            hidden = {name for name in (*rule.arguments, "if_version") if name in method.takes._declared_fields}
            schema = method.takes(exclude=hidden)
            path = re.sub("<[^>]+>", lambda _argument: str(uuid4()), rule.rule).removeprefix("/api/v1")
            bodies = (an_object(chance, schema) for _ in range(10_000))
            body = None if verb == "GET" else next(body for body in bodies if not schema.validate(body))
            yield verb, path, body


@pytest.mark.parametrize("desk", ["local"], indirect=True)
def test_nobody_is_refused_by_every_route_but_the_public(desk):
    """Over HTTP, without a session and with rubbish for one, whatever the body; on RabbitMQ the routes are the same."""
    asked, nobody = list(closed_routes()), desk.anybody()
    assert len(asked) > 60
    for verb, path, body in asked:
        for headers, code in ((None, "not_signed_in"), ({"Authorization": "Bearer rubbish"}, "session_ended")):
            answer = nobody.ask(verb, path, body, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, code), (verb, path, body)
