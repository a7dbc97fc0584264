"""Who may ask what: each of the nine roles at every method of all six services, held against one written table.

Over the broker directly, past the gateway, and where something is read over HTTP, too. A method may still refuse
what concerns somebody else; this is the first door.
"""

import re
from uuid import uuid4

import pytest

from chassis.bus.client import RpcClient
from chassis.errors import DomainError, Forbidden
from services.identity.domain import ROLES
from tests.e2e.desk import PASSWORD
from tests.e2e.doors import rules, token_of
from tests.e2e.roles import TABLE, shown, written_table
from tests.gateway.routes import CONTRACTS


@pytest.fixture(scope="module")
def people(desk, admin):
    """Return `{role: Caller}`, a new person for each."""
    mark = uuid4().hex[:8]
    callers = {}
    for role in ROLES:
        email = f"{role}-{mark}@provider.example"
        admin.post("/people", {"email": email, "name": f"A {role}", "role": role, "password": PASSWORD})
        callers[role] = desk.sign_in(email)
    return callers


def is_let_in(method):
    """Whether a method gets as far as reading its arguments, which are such as no method takes."""
    with pytest.raises(DomainError) as refusal:
        method(**{"no method takes this": True})
    if isinstance(refusal.value, Forbidden):
        assert refusal.value.code == "not_allowed"
        return False
    assert refusal.value.code == "input_invalid", refusal.value
    return True


def methods_for_somebody():
    """Return `[(contract, name)]` of all methods that want to know who asks."""
    return [(contract, name) for contract in CONTRACTS for name in contract.methods() if not _is_open(contract, name)]


def _is_open(contract, name):
    return name in contract.anonymous()


def read_paths():
    """Return `{path: method}` of what is read over HTTP, under ids that nobody has."""
    methods = {}
    for contract, name in methods_for_somebody():
        methods.setdefault(f"{name}_get", []).append(f"{contract.service}.{name}")
    paths = {}
    for rule in rules():
        asked = methods.get(rule.endpoint.rpartition(".")[2], [])
        if len(asked) == 1:
            path = re.sub("<[^>]+>", lambda _argument: str(uuid4()), rule.rule)
            paths[path.removeprefix("/api/v1")] = asked[0]
    return paths


def test_the_table_has_a_row_for_each_method():
    """Which is not for everybody."""
    asked = {f"{contract.service}.{name}" for contract, name in methods_for_somebody()}
    assert {method for method, _ in written_table()} == asked, f"{TABLE} says of each method which roles it lets in"


@pytest.mark.parametrize("desk", ["amqp"], indirect=True)
def test_every_role_at_every_method(desk, people):
    """The table says of each role whether it may; the local bus has no wire on which to ask directly."""
    client = RpcClient.connect(desk.broker_uri())
    try:
        tokens = {role: token_of(client, caller) for role, caller in people.items()}
        found = {
            (f"{contract.service}.{name}", role): is_let_in(getattr(client.of(contract, token=token), name))
            for contract, name in methods_for_somebody()
            for role, token in tokens.items()
        }
    finally:
        client.close()
    assert shown(found) == TABLE.read_text()


@pytest.mark.parametrize("desk", ["local"], indirect=True)
def test_whatever_is_read_over_http(people):
    """Refused by role, or else answered: what is there, or that there is no such thing.

    The routes and the doors behind them are the same on RabbitMQ, where each door is asked directly.
    """
    table, paths = written_table(), read_paths()
    expected = {(path, role): table[method, role] for path, method in paths.items() for role in ROLES}
    statuses = {(path, role): people[role].ask("GET", path).status_code for path, role in expected}
    assert set(statuses.values()) == {200, 403, 404}
    assert {asked: status != 403 for asked, status in statuses.items()} == expected
    assert len(paths) > 20
