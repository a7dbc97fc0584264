"""Lists of received mails, and reading one again."""

import pytest

from chassis.errors import Conflict, Invalid, NotFound
from chassis.ids import new_id
from chassis.testing import MONDAY, told
from services.inbound import actions, queries
from tests.actions.inbound.given import ADDRESS, ADMIN, DOMAIN, conclude, read_as, received, state_of, unreadable


def test_a_page_of_received_mails(work, mailbox):
    """Newest first, by state, to the end."""
    rows = [received(work, mailbox=mailbox) for _ in range(5)]
    conclude(work, *((row, read_as()) for row in rows[:4]))
    work.flush()
    newest = [row.id for row in reversed(rows[:4])]
    first = actions.list_inbound_messages(work, ADMIN, state="told", cursor=None, limit=3)
    assert [item.id for item in first["items"]] == newest[:3]
    rest = actions.list_inbound_messages(work, ADMIN, state="told", cursor=first["next_cursor"], limit=3)
    assert ([item.id for item in rest["items"]], rest["next_cursor"]) == (newest[3:], None)
    everything = actions.list_inbound_messages(work, ADMIN, state=None, cursor=None, limit=25)
    assert len(everything["items"]) == 5
    whole = actions.list_inbound_messages(work, ADMIN, state=None, cursor=None, limit=5)
    assert (len(whole["items"]), whole["next_cursor"]) == (5, None)


def test_the_token_of_a_reply_address_is_not_shown(work):
    """Whoever keeps the mailboxes is not whoever may write in a participant's name; our own mails come back from it."""
    row = received(work, to=ADDRESS, envelope_from=ADDRESS)
    conclude(work, (row, unreadable("timeout")))
    (listed,) = actions.list_inbound_messages(work, ADMIN, state=None, cursor=None, limit=25)["items"]
    replayed = actions.replay_inbound_message(work, ADMIN, inbound_message_id=row.id)
    for item in (listed, replayed):
        assert (item.envelope_from, item.envelope_to) == (f"reply+…@{DOMAIN}", f"reply+…@{DOMAIN}")
    assert (listed.state, replayed.state) == ("unreadable", "received")
    assert ADDRESS.split("@")[0] not in str(told(work))


@pytest.mark.parametrize("cursor", ["xx", "nonsense", " ", "é", "00000000-0000-0000-0000-00000000000g"])
def test_a_cursor_that_no_list_has_answered_is_refused(work, mailbox, cursor):
    """It names no message after which to go on."""
    received(work, mailbox=mailbox)
    with pytest.raises(Invalid) as refusal:
        actions.list_inbound_messages(work, ADMIN, state=None, cursor=cursor, limit=25)
    assert (refusal.value.code, refusal.value.context) == (
        "cursor_invalid",
        {"fields": {"cursor": ["Not a cursor of this list."]}},
    )


def test_an_unreadable_mail_is_read_again(work, mailbox):
    """And told with the next version of itself, under the same id."""
    row = received(work, mailbox=mailbox)
    conclude(work, (row, unreadable("malformed")))
    work.flush()
    actions.replay_inbound_message(work, ADMIN, inbound_message_id=row.id)
    (again,) = work.load(queries.FRESH_MESSAGES, now=MONDAY, limit=50)
    conclude(work, (again, read_as()))
    work.flush()
    assert [(fact["inbound_message_id"], fact["readable"]) for _, fact in told(work)] == [
        (str(row.id), False),
        (str(row.id), True),
    ]
    assert [line.version for line in work.load("SELECT version FROM outbox ORDER BY id")] == [1, 2]


def test_only_unreadable_mails_are_read_again(work, mailbox):
    """A mail that was told is a ticket already; one that never was is absent."""
    row = received(work, mailbox=mailbox)
    conclude(work, (row, read_as()))
    work.flush()
    with pytest.raises(Conflict) as refusal:
        actions.replay_inbound_message(work, ADMIN, inbound_message_id=row.id)
    assert refusal.value.code == "inbound_message_not_replayable"
    with pytest.raises(NotFound) as refusal:
        actions.replay_inbound_message(work, ADMIN, inbound_message_id=new_id())
    assert (refusal.value.code, refusal.value.detail) == (
        "inbound_message_not_found",
        "There is no such inbound message.",
    )
    assert (state_of(work, row).state, len(told(work))) == ("told", 1)
