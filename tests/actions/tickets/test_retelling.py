"""Telling categories again."""

import pytest

from chassis.errors import Forbidden
from chassis.testing import told
from services.dispatch.models import Category
from services.identity.domain import ROLES
from services.tickets.actions import retelling
from services.tickets.contract import CategoryChanged
from tests.actions.dispatch.given import hear, kept
from tests.actions.tickets.given import refused


def retell(desk, actor, **arguments):
    """Have categories told again."""
    return desk.ask(actor, "retell", kind="categories", **arguments)


def versions(work):
    """Return the versions of the facts told of categories."""
    return [row.version for row in work.load("SELECT version FROM outbox WHERE name = 'CategoryChanged' ORDER BY id")]


def test_categories_are_told_again_as_they_are_with_their_version(desk, place):
    """Closed ones, too."""
    category = place.category("Keys", usergroup_id=place.heating)
    fact = desk.told("CategoryChanged")[0]
    desk.work.load("UPDATE categories SET version = 4, active = false")
    desk.forget()
    assert retell(desk, place.admin) == {"told": 1, "next_cursor": None}
    assert told(desk.work) == [("CategoryChanged", {**fact, "category_id": category["id"], "active": False})]
    assert versions(desk.work) == [1, 4]


def test_a_long_telling_goes_on_where_it_ended(desk, place):
    """By the id of the last one told."""
    made = sorted(place.category()["id"] for _ in range(5))
    desk.forget()
    cursor, calls = None, []
    while cursor or not calls:
        answer = retelling.retell(desk.work, place.admin, kind="categories", after_id=cursor, at_once=2)
        calls.append(answer["told"])
        cursor = answer["next_cursor"]
    assert calls == [2, 2, 1]
    assert [fact["category_id"] for fact in desk.told()] == made
    assert retell(desk, place.admin, after=made[-2])["told"] == 1


def test_a_lost_copy_comes_back_and_a_newer_one_stays(desk, place, work_of):
    """Dispatch hears both again."""
    lost, newer = place.category("Keys", usergroup_id=place.heating)["id"], place.category("Lifts")["id"]
    dispatch = work_of("dispatch")
    slug = {"name": "Lifts", "slug": "lifts", "usergroup_id": None}
    hear(dispatch, CategoryChanged, 2, category_id=newer, active=False, **slug)
    desk.forget()
    retell(desk, place.admin)
    for fact in desk.told():
        hear(dispatch, CategoryChanged, 1, **fact)
    assert kept(dispatch, Category, lost).usergroup_id == place.heating
    copy = kept(dispatch, Category, newer)
    assert (copy.version, copy.active) == (2, False)


@pytest.mark.parametrize("role", sorted(set(ROLES) - {"admin"}))
def test_only_administrators_have_things_told_again(desk, place, role):
    """Neither at the edge nor past it."""
    place.category()
    somebody = place.someone(role)
    with refused(desk, Forbidden, "not_allowed"):
        retell(desk, somebody)
    with refused(desk, Forbidden, "not_allowed"):
        retelling.retell(desk.work, somebody, kind="categories", after_id=None)
