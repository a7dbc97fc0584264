"""Facts: what is told is declared, what is declared is told, and stored examples still load."""

import json

import pytest

from tests.contracts.house import ROOT, SERVICES, events_of, told_by

EXAMPLES = ROOT / "tests" / "contracts" / "examples"


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_told_is_what_the_contract_declares(service):
    """Nothing else can be told: the relay publishes what nobody declared, and nobody could hear it."""
    told, lost = told_by(service)
    assert lost == []
    undeclared = {event.__name__ for event in told if events_of(service).get(event.__name__) is not event}
    assert undeclared == set()
    assert {event.__name__ for event in told} == set(events_of(service)), (
        f"the contract of {service} exports what its actions tell by `work.tell`, and nothing else"
    )


@pytest.mark.parametrize("service", SERVICES)
def test_every_event_has_a_stored_example_and_no_example_is_left_over(service):
    """A new event comes with one; a removed event would leave listeners of another version alone."""
    stored = {path.stem for path in (EXAMPLES / service).glob("*.json")}
    assert stored == set(events_of(service)), f"tests/contracts/examples/{service}/ has one payload of each"


@pytest.mark.parametrize(
    ("service", "event"), [(service, event) for service in SERVICES for event in events_of(service)]
)
def test_the_stored_example_still_loads(service, event):
    """What was told by an earlier version is understood, and says the same when it is told again.

    Add optional fields only; never change an example because a test fails.
    """
    example = json.loads((EXAMPLES / service / f"{event}.json").read_text())
    schema = events_of(service)[event]()
    again = schema.dump(schema.load(example))
    assert {name: again[name] for name in example} == example
