"""A right taken away is gone within one second, over HTTP and over the broker directly, in all six services."""

import time
from uuid import uuid4

import pytest

from chassis.bus.client import RpcClient
from chassis.contract import RawJSON
from chassis.errors import DomainError, Forbidden, Unauthenticated
from services.dispatch.contract import Dispatch
from services.fieldwork.contract import Fieldwork
from services.identity.contract import Identity
from services.inbound.contract import Inbound
from services.notifications.contract import Notifications
from services.tickets.contract import Tickets
from tests.e2e.desk import PASSWORD
from tests.waiting import eventually

CONTRACTS = (Identity, Tickets, Dispatch, Fieldwork, Notifications, Inbound)
#: One method of each service that a manager may ask.
ASKED = {
    Identity: "me", Tickets: "list_tickets", Dispatch: "list_work_orders", Fieldwork: "list_interventions",
    Notifications: "list_notifications", Inbound: "list_mailboxes",
}  # fmt: skip
#: What the services show a manager over HTTP; the last three of them not a mere requester.
READ = ("/me", "/tickets", "/notifications", "/work-orders", "/interventions", "/people")
ONE_SECOND = 1.0


@pytest.fixture(scope="module")
def direct(desk):
    """A client on the desk's own broker, past the gateway; none on the local bus, which has no wire."""
    if desk.bus == "local":
        yield None
        return
    client = RpcClient.connect(desk.broker_uri())
    yield client
    client.close()


@pytest.fixture
def somebody(desk, admin):
    """A manager who serves a group with one ticket, a colleague's; `(caller, person, group, ticket)`."""
    mark = uuid4().hex[:8]
    body = {
        "email": f"m-{mark}@provider.example",
        "name": f"M {mark}",
        "role": "manager",
        "password": PASSWORD,
    }
    person = admin.post("/people", body)
    colleague = admin.post("/people", {**body, "email": f"c-{mark}@provider.example", "role": "agent"})
    group = admin.post("/usergroups", {"name": f"G {mark}", "agents": [person["id"], colleague["id"]]})
    caller = desk.sign_in(person["email"])

    stranger = admin.post("/people", {**body, "email": f"r-{mark}@homes.example", "role": "requester"})
    ticket = eventually(
        lambda: _accepted(
            admin, {"subject": "s", "description": "d", "usergroup": group["id"], "requester": stranger["id"]}
        )
    )
    path = f"/tickets/{ticket['id']}"
    eventually(lambda: admin.get(path)["assignee"] is not None, what="the automatic assignment")
    admin.patch(path, {"assignee": colleague["id"]})
    eventually(lambda: caller.ask("GET", path).status_code == 200)
    return caller, person, group, ticket


def _accepted(admin, body):
    response = admin.ask("POST", "/tickets", body)
    assert response.status_code == 201, response.text
    return response.json()


def gone_within_a_second(look):
    """Look until it is gone; fail when a look that began a second after now still finds it there."""
    began = time.monotonic()
    eventually(look, within=ONE_SECOND, what="the refusal")
    assert time.monotonic() - began <= ONE_SECOND + 0.5


def refused_everywhere(client, token):
    """Whether all six services refuse a token as stale."""
    for contract, method in ASKED.items():
        try:
            getattr(client.of(contract, token=token), method)()
            return False
        except Unauthenticated as refusal:
            if refusal.code != "stale":
                raise
        except Forbidden:
            return False
    return True


def token_of(client, caller):
    """Exchange a session for its token, as the gateway does."""
    return client.of(Identity).token_for(session=caller.token)["token"]


def take_role(admin, caller, person, group):
    """The manager becomes a mere requester."""
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


def refusals_over_http(take):
    """Return `{path: status}` of what is refused once it was taken away."""
    if take in (take_session, take_account):
        return dict.fromkeys((*READ, "/mailboxes"), 401)
    return dict.fromkeys(READ[3:], 403) if take is take_role else {}


@pytest.mark.parametrize("take", [take_role, take_membership, take_session, take_account])
def test_cve_2026_48811_what_is_taken_away_is_gone(admin, direct, somebody, take):
    """Role, membership, session, account: gone within a second of the answer to the call that took it."""
    caller, person, group, ticket = somebody
    token = token_of(direct, caller) if direct else None
    if direct:
        assert isinstance(direct.of(Tickets, token=token).list_tickets(), RawJSON)
    assert caller.ask("GET", f"/tickets/{ticket['id']}").status_code == 200
    assert {path: caller.ask("GET", path).status_code for path in READ} == dict.fromkeys(READ, 200)
    take(admin, caller, person, group)
    wanted = 404 if take in (take_role, take_membership) else 401
    refused = {f"/tickets/{ticket['id']}": wanted, **refusals_over_http(take)}
    gone_within_a_second(lambda: {path: caller.ask("GET", path).status_code for path in refused} == refused)
    if direct:
        gone_within_a_second(lambda: refused_everywhere(direct, token))


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.service)
def test_nobody_is_refused_by_every_method_but_the_anonymous(direct, contract):
    """Over the broker directly, without a token and with rubbish for one."""
    if direct is None:
        assert contract.anonymous() <= set(contract.methods())
        return
    for name in sorted(set(contract.methods()) - contract.anonymous()):
        for token in (None, "rubbish", "a.b.c"):
            with pytest.raises(DomainError) as refusal:
                getattr(direct.of(contract, token=token), name)()
            assert isinstance(refusal.value, Unauthenticated), (name, token, refusal.value)
