"""Who may do what: mailboxes, webforms and received mails are for those who have all of them."""

from functools import partial

import pytest

from chassis.errors import DomainError, Forbidden
from chassis.testing import NARROWER, an_actor, told, undone
from services.inbound import actions
from services.inbound.access import PERMISSIONS
from services.inbound.contract import Inbound
from services.inbound.models import Base
from tests import contents
from tests.actions.inbound.given import open_form, open_mailbox, received

#: What each method is asked for beside the ids of things that are there.
ASKED = {
    "create_mailbox": {
        "address": "new@homes.example", "name": "New", "usergroup_id": None, "category_id": None, "language": "fr",
    },
    "list_mailboxes": {},
    "change_mailbox": {"active": False},
    "create_webform": {
        "slug": "new", "name": "New", "language": "fr", "usergroup_id": None, "category_id": None, "fields": None,
    },
    "list_webforms": {},
    "change_webform": {"active": False},
    "list_inbound_messages": {"state": None, "cursor": None, "limit": 25},
    "replay_inbound_message": {},
    "retell": {"kind": "mailboxes", "after_id": None},
}  # fmt: skip


@pytest.fixture
def ids(work):
    """Return the ids of a mailbox, a webform and an unreadable mail, by the method that takes them."""
    mail = received(work)
    work.load("UPDATE inbound_messages SET state = 'unreadable' WHERE id = %(id)s", id=mail.id)
    return {
        "change_mailbox": {"mailbox_id": open_mailbox(work).id},
        "change_webform": {"webform_id": open_form(work).id},
        "replay_inbound_message": {"inbound_message_id": mail.id},
    }


everything = partial(contents.everything, base=Base)


def test_every_method_is_asked():
    """Those of the contract that take a token."""
    assert set(ASKED) == set(PERMISSIONS) == set(Inbound.methods()) - Inbound.anonymous()


@pytest.mark.parametrize("method", ASKED)
def test_a_scope_that_reaches_less_than_everything_is_refused(work, ids, method):
    """Nothing is shown, changed or told."""
    outcomes = {}
    for scope in NARROWER:
        with undone(work) as asking:
            outcomes[scope] = outcome(asking, method, scope, ids)
    assert outcomes == dict.fromkeys(NARROWER, (Forbidden, "not_allowed"))


def outcome(work, method, scope, ids):
    """Return `done`, or the refusal, which has changed and told nothing, and its code."""
    actor = an_actor(rights={PERMISSIONS[method]: scope} if scope else {})
    before = everything(work)
    try:
        getattr(actions, method)(work, actor, **ids.get(method, {}), **ASKED[method])
    except DomainError as refusal:
        assert (everything(work), told(work)) == (before, []), scope
        return type(refusal), refusal.code
    return "done"


@pytest.mark.parametrize("method", ASKED)
def test_whoever_has_everything_is_answered(work, ids, method):
    """By that permission alone."""
    actor = an_actor(rights={PERMISSIONS[method]: "all"})
    assert getattr(actions, method)(work, actor, **ids.get(method, {}), **ASKED[method])
