"""Entrypoints against contracts, permission tables, and the README of each service."""

import inspect
from importlib import import_module
from pkgutil import iter_modules

import pytest

from chassis.actors import ANYONE
from chassis.bus.entrypoints import Answer, entrypoints_of
from services.identity.domain import ROLES
from tests.contracts.house import (
    ANONYMOUS,
    SERVICES,
    actors_unasked,
    contract_of,
    events_of,
    hands_actor_on,
    heard_by,
    methods_of,
    permissions_asked,
    permissions_of,
    readme_list,
    service_class,
    timers_of,
)

#: Methods that need not know more of the actor than that they are signed in, or who they are.
FOR_ANYONE = {
    "identity": {"me"},
    "tickets": {"list_categories"},
}
#: Methods that answer the same to all whom the table lets in, by one of several permissions.
FOR_SOME = {"fieldwork": {"list_service_types", "list_incident_reasons"}}


def parameters(service, name):
    """Return the parameters of a handler without `self`."""
    return dict(list(inspect.signature(getattr(service_class(service), name)).parameters.items())[1:])


@pytest.mark.parametrize("service", SERVICES)
def test_every_method_is_answered_and_no_other(service):
    """Names are those of the contract, which is the class's own."""
    assert set(entrypoints_of(service_class(service), Answer)) == set(methods_of(service))
    assert service_class(service).contract.methods() == methods_of(service)


@pytest.mark.parametrize("service", SERVICES)
def test_every_handler_takes_what_its_contract_takes(service):
    """`work, actor` and then each argument by name, or all of them by `**`."""
    wrong = {}
    for name, method in methods_of(service).items():
        taken = parameters(service, name)
        rest = list(taken.values())[2:]
        named = {parameter.name for parameter in rest if parameter.kind != inspect.Parameter.VAR_KEYWORD}
        open_ended = any(parameter.kind == inspect.Parameter.VAR_KEYWORD for parameter in rest)
        declared = set(method.takes._declared_fields)
        fits = named <= declared if open_ended else named == declared
        if list(taken)[:2] != ["work", "actor"] or not fits:
            wrong[name] = sorted(named ^ declared)
    assert wrong == {}


@pytest.mark.parametrize("service", SERVICES)
def test_what_a_method_takes_is_named_for_the_thing(service):
    """As in all services, not for the method, such as `CreateTicket`."""
    named = {
        name: method.takes.__name__.removesuffix("Arguments").lower()
        for name, method in methods_of(service).items()
        if method.takes
    }
    assert {name for name, taken in named.items() if taken == name.replace("_", "")} == set()


@pytest.mark.parametrize("service", SERVICES)
def test_every_method_of_a_contract_is_documented(service):
    """The docstrings are the manual, of the API too."""
    contract = service_class(service).contract
    assert [name for name in methods_of(service) if not getattr(contract, name).__doc__] == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_event_heard_is_declared_by_its_teller(service):
    """And heard by one handler, which takes `work, fact`."""
    heard = heard_by(service)
    undeclared = [
        f"{name} hears {event.__name__}"
        for name, event in heard.items()
        if event.source not in SERVICES or events_of(event.source).get(event.__name__) is not event
    ]
    assert undeclared == []
    assert len(set(heard.values())) == len(heard)
    assert [name for name in heard if list(parameters(service, name)) != ["work", "fact"]] == []
    assert [name for name in timers_of(service) if list(parameters(service, name)) != ["work"]] == []


@pytest.mark.parametrize("service", SERVICES)
def test_the_permission_table_covers_exactly_the_methods_that_need_a_token(service):
    """Deny by default: the edge refuses what is not named."""
    needed = {name for name, method in methods_of(service).items() if not method.anonymous}
    assert set(permissions_of(service)) == needed, (
        f"PERMISSIONS in services/{service}/access.py says of each method which permission lets in"
    )


@pytest.mark.parametrize("service", SERVICES)
def test_every_handler_hands_its_actor_on(service):
    """The edge's table knows methods; which thing, and how far a permission reaches, is for `access` to say."""
    kept = {name for name, method in methods_of(service).items() if not hands_actor_on(service, name)}
    the_same_to_all = FOR_ANYONE.get(service, set()) | FOR_SOME.get(service, set())
    assert kept - ANONYMOUS.get(service, set()) == the_same_to_all


def test_what_is_for_anyone_is_so_by_the_table():
    """No permission guards it, so that none is left unasked how far it reaches."""
    tables = [permissions_of(service)[name] for service, names in FOR_ANYONE.items() for name in names]
    assert tables == [ANYONE] * len(tables)


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_the_same_for_some_is_so_by_the_table(service):
    """Where one of several permissions lets in, nobody asks how far it reaches."""
    several = {name for name, named in permissions_of(service).items() if isinstance(named, tuple)}
    assert several == FOR_SOME.get(service, set())


@pytest.mark.parametrize("service", SERVICES)
def test_whatever_takes_an_actor_looks_at_it(service):
    """An action that does not has asked nobody whether it may."""
    assert actors_unasked(service) == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_permission_can_be_had(service):
    """The administrator has each; a word that no role knows would lock everybody out."""
    assert permissions_asked(service) - set(ROLES["admin"]) - {ANYONE} == set()


def test_the_list_of_anonymous_methods_is_short_and_known():
    """Sign-in, registration, public forms, links in mails; nothing else."""
    found = {}
    for service in SERVICES:
        for name, method in methods_of(service).items():
            if method.anonymous:
                found.setdefault(service, set()).add(name)
    assert found == ANONYMOUS


@pytest.mark.parametrize("service", SERVICES)
def test_only_secrets_are_kept_out_of_the_request_keys(service):
    """A method whose answer is a secret is a command of identity."""
    secret = {name for name, method in methods_of(service).items() if method.secret}
    assert secret == ({"log_in"} if service == "identity" else set())


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_kept_of_an_answer_is_finished_by_its_service(service):
    """`finish_<method>` stands where something is kept, and nowhere else."""
    kept = {f"finish_{name}" for name, method in methods_of(service).items() if method.keeps}
    assert {name for name in vars(service_class(service)) if name.startswith("finish_")} == kept


@pytest.mark.parametrize("service", SERVICES)
def test_the_readme_lists_what_is_answered_told_and_heard(service):
    """No line more, none less, none twice."""
    lists = {heading: readme_list(service, heading) for heading in ("Answers", "Tells", "Hears")}
    assert lists == {heading: list(dict.fromkeys(names)) for heading, names in lists.items()}
    there = {
        "Answers": set(methods_of(service)),
        "Tells": set(events_of(service)),
        "Hears": {event.__name__ for event in heard_by(service).values()},
    }
    assert {heading: set(names) for heading, names in lists.items()} == there, (
        f"services/{service}/README.md says what each is for, one line beginning with its name"
    )


def test_names_of_events_are_unique_in_the_house():
    """A history line or a log names the event alone."""
    names = [name for service in SERVICES for name in events_of(service)]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("service", SERVICES)
def test_every_event_of_a_contract_can_be_imported_from_it(service):
    """Also where the contract is a package: nobody reaches into its rooms for an event."""
    folder = contract_of(service)
    rooms = [import_module(f"{folder.__name__}.{name}") for name in _rooms(folder)]
    declared = {
        name
        for room in rooms
        for name, member in vars(room).items()
        if getattr(member, "source", None) == service and isinstance(member, type)
    }
    assert declared <= set(events_of(service))


@pytest.mark.parametrize("service", SERVICES)
def test_a_contract_has_the_rooms_that_all_have(service):
    """Whoever knows one knows all; a room is there only where there is something in it."""
    assert set(_rooms(contract_of(service))) <= {"answers", "arguments", "errors", "facts", "words"}


def _rooms(package):
    return [found.name for found in iter_modules(getattr(package, "__path__", []))]
