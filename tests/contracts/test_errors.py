"""What a contract says that it refuses is what the code refuses, method by method."""

import re

import pytest

from chassis.errors import ERRORS
from tests.contracts.house import SERVICES, contract_class_of, methods_of, permissions_of
from tests.contracts.reach import made_in, refusals_of, rooms_of

#: What every method may refuse is published by the gateway, once.
GENERAL = "input_invalid"
#: What the code names and cannot come to there: the roles that somebody has are known, and an address that is none is
#: as wrong as any other.
NEVER = {("invite_person", "role_unknown"), ("log_in", "email_invalid")}
METHODS = [(service, name) for service in SERVICES for name in methods_of(service)]


def declared_by(service, name):
    """Return the `(kind, code)` that a contract says a method may refuse."""
    contract = contract_class_of(service)
    refusals = contract.refusals(contract.methods()[name])
    return {(kind.__name__, code) for code, (kind, _) in refusals.items()}


def is_like(kind_and_code, kind_and_pattern):
    """Whether a declared refusal is one that the code can come to."""
    (kind, code), (other, pattern) = kind_and_code, kind_and_pattern
    return kind == other and re.fullmatch(pattern, code) is not None


def let_in_by_right(service, name):
    """Whether the bus itself asks for a right before the method runs."""
    return permissions_of(service).get(name, "anyone") != "anyone"


@pytest.mark.parametrize(("service", "name"), METHODS, ids=lambda one: one)
def test_a_method_declares_what_its_code_refuses_and_nothing_else(service, name):
    """By kind, so that the status is right as well."""
    declared = declared_by(service, name)
    reached = {one for one in refusals_of(service, name) if one[1] != GENERAL and (name, one[1]) not in NEVER}
    if let_in_by_right(service, name):
        reached.add(("Forbidden", "not_allowed"))
    undeclared = {one for one in reached if not any(is_like(each, one) for each in declared)}
    assert undeclared == set(), f"name them in `refuses` of {name} in the contract of {service}, and in its ERRORS"
    unreached = {each for each in declared if not any(is_like(each, one) for one in reached)}
    assert unreached == set(), f"take them out of `refuses` of {name} in the contract of {service}"


@pytest.mark.parametrize("service", SERVICES)
def test_every_code_of_a_contract_is_some_method_s_and_says_what_it_means(service):
    """A code stands once: it has one status."""
    contract = contract_class_of(service)
    codes = [code for said in contract.errors.values() for code in said]
    assert sorted(codes) == sorted({code for method in contract.methods().values() for code in method.refuses})
    assert set(contract.errors) <= set(ERRORS.values())
    sentences = [sentence for said in contract.errors.values() for sentence in said.values()]
    assert [sentence for sentence in sentences if not (sentence[0].isupper() and sentence.endswith("."))] == []


def test_what_a_method_can_come_to_is_read_from_the_code():
    """Else the first test would show nothing: a literal, one made of a name, a row of a table, one of the chassis."""
    assert ("Conflict", "ticket_not_open") in refusals_of("dispatch", "create_work_order")
    assert ("NotFound", "[a-z_]+_not_found") in refusals_of("tickets", "open_ticket")
    assert ("Conflict", "intervention_cancelled") in refusals_of("fieldwork", "declare_incident")
    assert ("Conflict", "uploads_full") in refusals_of("fieldwork", "keep_attachment")
    assert sum(len(refusals_of(*one)) for one in METHODS) > 180


def test_every_list_reads_its_cursor_in_the_one_place():
    """So that one code has one sentence."""
    makes = {
        service: [name for name, room in rooms_of(service).items() if ("Invalid", "cursor_invalid") in made_in(room)]
        for service in SERVICES
    }
    assert makes == {service: ["chassis.cursors"] for service in SERVICES}
