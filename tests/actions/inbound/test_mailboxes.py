"""Opening and changing mailboxes."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from chassis.errors import Conflict, Invalid, NotFound, NotHereYet, Stale
from chassis.ids import new_id
from chassis.testing import MONDAY, told
from services.inbound import actions
from tests.actions.inbound.given import ADMIN, open_mailbox
from tests.waiting import until_blocked


def addresses(work):
    """Return the addresses of all mailboxes."""
    return [mailbox.address for mailbox in actions.list_mailboxes(work, ADMIN)["items"]]


def test_a_mailbox_is_opened_and_told(work, known):
    """With all that its reports get."""
    mailbox = open_mailbox(
        work, address="Desk@Homes.Example", usergroup_id=known["usergroup"], category_id=known["category"]
    )
    assert told(work) == [
        (
            "MailboxChanged",
            {
                "mailbox_id": str(mailbox.id),
                "address": "desk@homes.example",
                "name": "Desk",
                "usergroup_id": str(known["usergroup"]),
                "category_id": str(known["category"]),
                "language": "fr",
                "active": True,
            },
        )
    ]
    assert addresses(work) == ["desk@homes.example"]


def test_an_address_is_opened_once(work):
    """In whatever case it is written; the second is refused and not told."""
    open_mailbox(work)
    with pytest.raises(Conflict) as refusal:
        open_mailbox(work, address="DESK@homes.example")
    assert refusal.value.code == "mailbox_address_taken"
    assert len(told(work)) == 1


@pytest.mark.parametrize(
    "address", ["desk", "desk@", "a b@homes.example", "reply+abc@homes.example", "desk@homes.example\nx"]
)
def test_what_cannot_be_a_mailbox(work, address):
    """No address, or one that is kept for replies."""
    with pytest.raises(Invalid) as refusal:
        open_mailbox(work, address=address)
    assert (refusal.value.code, list(refusal.value.context["fields"])) == ("input_invalid", ["address"])
    assert (addresses(work), told(work)) == ([], [])


def test_a_group_or_category_that_does_not_exist(work, known):
    """Each is named."""
    with pytest.raises(NotHereYet) as refusal:
        open_mailbox(work, usergroup_id=new_id(), category_id=known["usergroup"])
    assert refusal.value.code == "usergroup_not_found"
    assert refusal.value.context["fields"] == {
        "usergroup_id": ["There is no such usergroup."],
        "category_id": ["There is no such category."],
    }
    assert (addresses(work), told(work)) == ([], [])


def test_a_change_is_told_with_the_next_version(work, known):
    """What is absent stays; what changes nothing is not told."""
    mailbox = open_mailbox(work, usergroup_id=known["usergroup"])
    actions.change_mailbox(work, ADMIN, mailbox_id=mailbox.id, active=False, usergroup_id=None)
    actions.change_mailbox(work, ADMIN, mailbox_id=mailbox.id, active=False)
    assert (mailbox.version, mailbox.active, mailbox.usergroup_id, mailbox.name) == (2, False, None, "Desk")
    assert [fact["active"] for _, fact in told(work)] == [True, False]
    work.flush()
    assert [row.version for row in work.load("SELECT version FROM outbox ORDER BY id")] == [1, 2]


def test_a_change_of_what_has_changed_meanwhile(work):
    """Refused by the version that the caller has read; nothing is lost."""
    mailbox = open_mailbox(work)
    actions.change_mailbox(work, ADMIN, mailbox_id=mailbox.id, if_version=1, name="Heating desk")
    with pytest.raises(Stale) as refusal:
        actions.change_mailbox(work, ADMIN, mailbox_id=mailbox.id, if_version=1, name="Lift desk")
    assert (refusal.value.code, mailbox.name, mailbox.version) == ("version_stale", "Heating desk", 2)
    assert len(told(work)) == 2


def test_a_version_is_compared_once_others_are_done(databases):
    """Who changes a mailbox waits for whoever does already, and only then is what they have read too old."""
    database = databases("inbound")
    with database.work(now=MONDAY) as making:
        mailbox = open_mailbox(making)
        making.commit()

    def outdated():
        with database.work(now=MONDAY) as work:
            actions.change_mailbox(work, ADMIN, mailbox_id=mailbox.id, if_version=99, name="Lift desk")

    with ThreadPoolExecutor(1) as pool, database.work(now=MONDAY) as work:
        actions.change_mailbox(work, ADMIN, mailbox_id=mailbox.id, name="Heating desk")
        work.flush()
        later = pool.submit(outdated)
        until_blocked(database)
        work.close()
        with pytest.raises(Stale):
            later.result(timeout=20)
    with database.work(now=MONDAY) as cleaning:
        cleaning.load("DELETE FROM mailboxes RETURNING id")
        cleaning.load("DELETE FROM outbox RETURNING id")
        cleaning.commit()


def test_a_mailbox_that_does_not_exist(work):
    """It is absent, whatever the change."""
    with pytest.raises(NotFound) as refusal:
        actions.change_mailbox(work, ADMIN, mailbox_id=new_id(), active=False)
    assert (refusal.value.code, refusal.value.detail) == ("mailbox_not_found", "There is no such mailbox.")
    assert told(work) == []


def test_a_change_to_a_group_that_does_not_exist(work):
    """Nothing of the change is made."""
    mailbox = open_mailbox(work)
    with pytest.raises(NotHereYet) as refusal:
        actions.change_mailbox(work, ADMIN, mailbox_id=mailbox.id, name="New", usergroup_id=new_id())
    assert refusal.value.code == "usergroup_not_found"
    assert (mailbox.name, mailbox.version, len(told(work))) == ("Desk", 1, 1)
