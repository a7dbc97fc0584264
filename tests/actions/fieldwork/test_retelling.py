"""Telling service types again."""

from chassis.testing import told
from services.dispatch import models as dispatchs
from services.fieldwork import actions, queries
from services.fieldwork.contract import ServiceTypeChanged
from tests.actions.dispatch.given import hear, kept
from tests.actions.fieldwork.given import a_service_type, someone

ADMIN = someone("admin")


def retell(work, after=None, at_once=1000):
    """Have service types told again."""
    return actions.retell(work, ADMIN, kind="service_types", after_id=after, at_once=at_once)


def fact_of(service_type):
    """Return what is told of a service type."""
    fact = {"service_type_id": str(service_type.id), "name": service_type.name, "validation": service_type.validation}
    return "ServiceTypeChanged", fact


def test_service_types_are_told_again_as_they_are_with_their_version(work):
    """The seeded default, too; the reasons of incidents are not told at all."""
    lift = a_service_type(work, validation=False, version=3)
    (default,) = (found for found in queries.service_types(work) if found.is_default)
    assert retell(work) == {"told": 2, "next_cursor": None}
    assert sorted(told(work), key=str) == sorted(map(fact_of, (default, lift)), key=str)
    work.flush()
    versions = "SELECT version FROM outbox WHERE payload->>'service_type_id' = %(id)s"
    assert [row.version for row in work.load(versions, id=str(lift.id))] == [3]


def test_a_long_telling_goes_on_where_it_ended(work):
    """By the id of the last one told."""
    for _ in range(4):
        a_service_type(work)
    cursor, calls = None, []
    while cursor or not calls:
        answer = retell(work, after=cursor, at_once=2)
        calls.append(answer["told"])
        cursor = answer["next_cursor"]
    assert calls == [2, 2, 1]
    made = sorted(str(service_type.id) for service_type in queries.service_types(work))
    assert [fact["service_type_id"] for _, fact in told(work)] == made


def test_a_lost_copy_comes_back_and_a_newer_one_stays(work, work_of):
    """With dispatch, who keeps them."""
    lost, newer = a_service_type(work), a_service_type(work)
    dispatch = work_of("dispatch")
    hear(dispatch, ServiceTypeChanged, 2, **fact_of(newer)[1])
    retell(work)
    for _, fact in told(work):
        hear(dispatch, ServiceTypeChanged, 1, **fact)
    copies = [kept(dispatch, dispatchs.ServiceType, each.id).version for each in (lost, newer)]
    assert copies == [1, 2]
