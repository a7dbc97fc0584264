"""Copies of what other services own."""

import pytest

from chassis.errors import NotHereYet
from chassis.ids import new_id
from chassis.testing import GivenFact
from services.identity.contract import SiteChanged, UsergroupChanged
from services.inbound import actions
from services.inbound.actions.copies import check_known
from services.tickets.contract import CategoryChanged

ID = new_id()
GROUP = {
    "usergroup_id": ID,
    "name": "x",
    "private_allowed": True,
    "members": [],
    "supervisors": [],
    "agents": [],
}
SITE = {"site_id": ID, "name": "x", "kind": "property", "time_zone": "Europe/Paris", "path": [ID]}
CATEGORY = {"category_id": ID, "name": "x", "slug": "x", "usergroup_id": None}

HEARD = [
    ("usergroup_id", actions.keep_usergroup, UsergroupChanged, GROUP),
    ("site", actions.keep_site, SiteChanged, SITE),
    ("category_id", actions.keep_category, CategoryChanged, CATEGORY),
]


def is_known(work, field):
    """Whether mailboxes and forms may name the thing."""
    try:
        check_known(work, {field: ID})
    except NotHereYet as refusal:
        assert refusal.code == f"{field.removesuffix('_id')}_not_found"
        return False
    return True


@pytest.mark.parametrize(("field", "keep", "event", "payload"), HEARD, ids=[heard[0] for heard in HEARD])
def test_what_is_heard_may_be_named(work, field, keep, event, payload):
    """While it is active; a fact that comes late changes nothing, one that comes twice neither."""
    assert not is_known(work, field)
    keep(work, GivenFact(event, {**payload, "active": True}, version=1))
    assert is_known(work, field)
    for _ in range(2):
        keep(work, GivenFact(event, {**payload, "active": False}, version=3))
    keep(work, GivenFact(event, {**payload, "active": True}, version=2))
    assert not is_known(work, field)


def test_nothing_named_is_always_known(work):
    """A mailbox need not name a group."""
    check_known(work, {"usergroup_id": None, "site": None})
