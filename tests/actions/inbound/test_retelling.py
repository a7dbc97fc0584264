"""Telling mailboxes again."""

import pytest

from chassis.testing import GivenFact, told
from services.dispatch.service import DispatchService
from services.inbound import actions
from services.inbound.contract import MailboxChanged
from services.notifications.service import NotificationsService
from tests.actions.inbound.given import ADMIN, open_mailbox


def retell(work, after=None, at_once=1000):
    """Have mailboxes told again."""
    work.flush()
    return actions.retell(work, ADMIN, kind="mailboxes", after_id=after, at_once=at_once)


def test_mailboxes_are_told_again_as_they_are_with_their_version(work, known):
    """Closed ones, too."""
    mailbox = open_mailbox(work, usergroup_id=known["usergroup"])
    actions.change_mailbox(work, ADMIN, mailbox_id=mailbox.id, active=False)
    (_, fact) = told(work)
    work.facts.clear()
    assert retell(work) == {"told": 1, "next_cursor": None}
    assert told(work) == [fact]
    work.flush()
    assert [row.version for row in work.load("SELECT version FROM outbox ORDER BY id")] == [1, 2, 2]


def test_a_long_telling_goes_on_where_it_ended(work):
    """By the id of the last one told."""
    made = sorted(open_mailbox(work, address=f"desk{number}@homes.example").id for number in range(5))
    work.facts.clear()
    cursor, calls = None, []
    while cursor or not calls:
        answer = retell(work, after=cursor, at_once=2)
        calls.append(answer["told"])
        cursor = answer["next_cursor"]
    assert calls == [2, 2, 1]
    assert [fact["mailbox_id"] for _, fact in told(work)] == [str(each) for each in made]


@pytest.mark.parametrize("service", [DispatchService(), NotificationsService()], ids=lambda service: service.name)
def test_a_lost_copy_comes_back_and_a_newer_one_stays(work, work_of, service):
    """With both who keep mailboxes."""
    lost, newer = open_mailbox(work), open_mailbox(work, address="lifts@homes.example")
    keeper, (_, closed) = work_of(service.name), told(work)[1]
    service.mailbox_changed(keeper, GivenFact(MailboxChanged, {**closed, "active": False}, version=2))
    work.facts.clear()
    retell(work)
    for _, fact in told(work):
        service.mailbox_changed(keeper, GivenFact(MailboxChanged, fact, version=1))
    rows = keeper.load("SELECT mailbox_id, version, active FROM mailboxes")
    assert sorted(map(tuple, rows)) == sorted([(lost.id, 1, True), (newer.id, 2, False)])
