"""From mails that were read to facts."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest

from chassis.links import Links
from chassis.mail_identity import message_id, reply_address
from chassis.testing import MONDAY, told
from services.inbound import queries
from services.inbound.domain import RETRY_HORIZON
from tests.actions.inbound.given import (
    ADDRESS,
    COPY,
    DOMAIN,
    LINKS,
    OTHER,
    OWN_ID,
    PARTICIPANT,
    SHA,
    TICKET,
    conclude,
    read_as,
    received,
    state_of,
    unreadable,
)
from tests.waiting import until_blocked


def a_header():
    """Return what the parser says of a mail by its header alone."""
    said = read_as(flags=["date_missing"])["mail"]
    return {name: said[name] for name in said.keys() - {"body", "new_text", "language", "attachments"}}


def test_a_mail_to_a_mailbox_is_told(work, mailbox):
    """With what the mailbox gives, its whole text, and no conversation."""
    row = received(work, mailbox=mailbox)
    conclude(work, (row, read_as()))
    assert told(work) == [
        (
            "MessageReceived",
            {
                "inbound_message_id": str(row.id),
                "mailbox_id": str(mailbox.id),
                "mailbox": {
                    "address": "desk@desk.example",
                    "usergroup_id": str(UUID(int=7)),
                    "category_id": None,
                    "language": "de",
                },
                "envelope_from": "rosa@homes.example",
                "envelope_to": "desk@desk.example",
                "from": {"email": "rosa@homes.example", "name": "Rosa"},
                "subject": "Lift",
                "body": "New.\n> old",
                "language": "en",
                "message_id": "<1@homes.example>",
                "in_reply_to": [],
                "references": [],
                "reply": None,
                "automatic": False,
                "sent_at": "2026-11-16T08:59:00+00:00",
                "received_at": "2026-11-16T09:00:00+00:00",
                "attachments": [],
                "readable": True,
                "flags": [],
            },
        )
    ]
    after = state_of(work, row)
    assert (after.state, after.told_at, after.problem) == ("told", MONDAY, None)
    assert [line.correlation_id for line in work.load("SELECT correlation_id FROM outbox")] == [row.id.hex]


@pytest.mark.parametrize(
    ("to", "own_ids", "reply"),
    [
        (ADDRESS, [], {"ticket_id": None, "participant_id": str(PARTICIPANT)}),
        (ADDRESS, [OWN_ID], {"ticket_id": str(TICKET), "participant_id": str(PARTICIPANT)}),
        ("desk@desk.example", [OWN_ID], {"ticket_id": str(TICKET), "participant_id": str(PARTICIPANT)}),
        (
            "desk@desk.example",
            ["<t.forged@desk.example>", OWN_ID.upper()],
            {"ticket_id": str(TICKET), "participant_id": str(PARTICIPANT)},
        ),
        (reply_address(LINKS, OTHER, DOMAIN), [OWN_ID], {"ticket_id": None, "participant_id": str(OTHER)}),
    ],
    ids=["address", "both", "answered-id", "second-id", "address-decides"],
)
def test_a_verified_token_names_the_conversation(work, to, own_ids, reply):
    """By the reply address or an answered Message-ID of ours; the quotation is then cut."""
    row = received(work, to=to)
    conclude(work, (row, read_as(own_ids=own_ids, in_reply_to=own_ids[-1:], references=["<1@x.example>", *own_ids])))
    ((_, fact),) = told(work)
    assert (fact["reply"], fact["body"]) == (reply, "New.")
    # A token in a fact would be everybody's who reads queues or dead letters.
    assert [proof for proof in ("reply+", OWN_ID.split("@")[0].rpartition(".")[2]) if proof in str(fact).lower()] == []
    assert (fact["references"][0], len(fact["references"])) == ("<1@x.example>", len(own_ids) + 1)
    assert str(state_of(work, row).reply_participant_id) == reply["participant_id"]


@pytest.mark.parametrize(
    "forged",
    [
        OWN_ID.replace(TICKET.hex, OTHER.hex),
        OWN_ID.replace(PARTICIPANT.hex, OTHER.hex),
        message_id(Links(b"x" * 32), TICKET, PARTICIPANT, OTHER, DOMAIN),
        message_id(LINKS, TICKET, PARTICIPANT, OTHER, "evil.example"),
    ],
)
def test_a_forged_token_names_nothing(work, mailbox, forged):
    """The mail is told as any other, whole."""
    conclude(work, (received(work, mailbox=mailbox), read_as(own_ids=[forged])))
    ((_, fact),) = told(work)
    assert (fact["reply"], fact["body"]) == (None, "New.\n> old")


def test_a_reply_to_all_is_told_once(work, mailbox):
    """The same bytes reached the reply address and the mailbox: in one batch, or one after the other."""
    first, second = received(work, to=ADDRESS), received(work, mailbox=mailbox)
    conclude(work, (first, read_as(own_ids=[OWN_ID])), (second, read_as(own_ids=[OWN_ID])))
    third = received(work, mailbox=mailbox)
    conclude(work, (third, read_as(own_ids=[OWN_ID])))
    assert len(told(work)) == 1
    assert [state_of(work, row).state for row in (first, second, third)] == ["told", "duplicate", "duplicate"]


def test_a_reply_to_all_is_told_again_when_its_sender_cannot_be_trying_still(work):
    """The first is found by itself, not by what was a duplicate of it, and for as long as senders retry."""
    first, second = received(work, to=ADDRESS), received(work, to=ADDRESS)
    conclude(work, (first, read_as()))
    conclude(work, (second, read_as()))
    work.change("UPDATE inbound_messages SET received_at = received_at - %(age)s", age=RETRY_HORIZON)
    third = received(work, to=ADDRESS)
    conclude(work, (third, read_as()))
    assert [state_of(work, row).state for row in (first, second, third)] == ["told", "duplicate", "told"]


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize(("before", "states"), [
    (unreadable("malformed"), ["unreadable", "duplicate", "told"]), (read_as(), ["told", "duplicate", "duplicate"]),
])  # fmt: skip
def test_a_reply_to_all_that_cannot_be_read_is_told_once(work, at_once, before, states):
    """Unless another reading of the same bytes says more."""
    rows = [received(work, to=ADDRESS) for _ in range(3)]
    answers = list(zip(rows, (before, unreadable("malformed"), read_as()), strict=True))
    for together in [answers] if at_once else [[one] for one in answers]:
        conclude(work, *together)
    assert [state_of(work, row).state for row in rows] == states
    assert len(told(work)) == 3 - states.count("duplicate")


def test_equal_answers_of_two_participants_are_two(work):
    """Each token names its own conversation."""
    rows = [received(work, to=ADDRESS), received(work, to=reply_address(LINKS, OTHER, DOMAIN))]
    conclude(work, *((row, read_as()) for row in rows))
    assert [fact["reply"]["participant_id"] for _, fact in told(work)] == [str(PARTICIPANT), str(OTHER)]


def test_a_mail_to_two_mailboxes_is_two_reports(work, mailbox):
    """Without a conversation there is nothing to double."""
    conclude(work, *((received(work, mailbox=mailbox), read_as()) for _ in range(2)))
    assert len(told(work)) == 2


@pytest.mark.parametrize(
    "answer", [read_as(message_id=OWN_ID), unreadable("timeout", read_as(message_id=OWN_ID)["mail"])]
)
def test_a_mail_of_ours_that_comes_back_is_kept_and_not_told(work, mailbox, answer):
    """The desk never talks to itself, and no fact carries the proof that such a mail has for its Message-ID."""
    row = received(work, mailbox=mailbox)
    conclude(work, (row, answer))
    assert (told(work), state_of(work, row).state) == ([], "own")


@pytest.mark.parametrize("to", [ADDRESS, "desk@desk.example"])
def test_of_an_answer_to_an_invitation_is_kept_why_it_opens_nothing(work, mailbox, to):
    """Tickets decides where it belongs, if anywhere."""
    row = received(work, to=to, mailbox=None if to == ADDRESS else mailbox)
    conclude(work, (row, read_as(automatic=True, flags=["calendar_reply"])))
    ((_, fact),) = told(work)
    assert (fact["automatic"], fact["flags"]) == (True, ["calendar_reply"])
    after = state_of(work, row)
    assert (after.state, after.problem) == ("told", "calendar_reply")


def test_an_unreadable_mail_is_told_with_its_file(work, mailbox):
    """With what its header says, if that can be read, and what may be shown of the raw mail as attachment."""
    row = received(work, mailbox=mailbox)
    # From names another than Reply-To: a ticket is whose Reply-To says, an answer alone is not.
    header = {**a_header(), "writer": {"email": "rosa@elsewhere.example", "name": "Rosa"}}
    conclude(work, (row, unreadable("nested_too_deep", header)))
    ((_, fact),) = told(work)
    assert (fact["readable"], fact["subject"], fact["body"], fact["language"]) == (False, "Lift", "", None)
    assert fact["from"] == {"email": "rosa@homes.example", "name": "Rosa"}
    assert fact["attachments"] == [{**COPY, "filename": "message.eml", "content_type": "message/rfc822"}]
    assert fact["flags"] == ["date_missing"]
    after = state_of(work, row)
    assert (after.state, after.problem, after.sha256) == ("unreadable", "nested_too_deep", SHA)


def test_an_unreadable_mail_that_cannot_be_shown_is_told_all_the_same(work, mailbox):
    """Without a file, which its flags say, and by the plain reason; the raw mail stays."""
    row = received(work, mailbox=mailbox)
    conclude(work, (row, unreadable("timeout", a_header(), copy=None)))
    ((_, fact),) = told(work)
    assert (fact["readable"], fact["subject"], fact["attachments"]) == (False, "Lift", [])
    assert fact["flags"] == ["body_cut", "date_missing"]
    after = state_of(work, row)
    assert (after.state, after.problem, after.sha256) == ("unreadable", "timeout", SHA)


@pytest.mark.parametrize(
    ("sender", "email", "automatic"), [("", None, True), ("rosa@homes.example", "rosa@homes.example", False)]
)
def test_of_a_mail_without_a_readable_header_the_envelope_is_told(work, mailbox, sender, email, automatic):
    """A bounce stays automatic."""
    row = received(work, mailbox=mailbox, envelope_from=sender)
    conclude(work, (row, unreadable("too_much_memory")))
    ((_, fact),) = told(work)
    assert (fact["from"], fact["automatic"], fact["readable"]) == ({"email": email, "name": ""}, automatic, False)
    assert fact["message_id"] == f"<{SHA[:40]}@missing-id.invalid>"
    assert fact["flags"] == ["from_missing", "date_missing"]


def test_an_unreadable_answer_keeps_its_conversation(work):
    """The token is in the envelope."""
    conclude(work, (received(work, to=ADDRESS), unreadable("malformed")))
    ((_, fact),) = told(work)
    assert fact["reply"] == {"ticket_id": None, "participant_id": str(PARTICIPANT)}


def test_what_is_not_the_mails_fault_is_tried_again(work, mailbox):
    """A full disk: half a minute later, as if nothing had been tried."""
    row = received(work, mailbox=mailbox)
    conclude(work, (row, {"postponed": "store_failed"}))
    after = state_of(work, row)
    assert (after.state, after.tries, after.problem) == ("received", 0, "store_failed")
    for seconds, ids in ((29, []), (30, [row.id])):
        due = work.load(queries.FRESH_MESSAGES, now=MONDAY + timedelta(seconds=seconds), limit=50)
        assert [line.id for line in due] == ids
    assert told(work) == []


@pytest.mark.parametrize("stopped", ["timeout", "died"])
def test_a_reading_that_did_not_end_is_tried_again_in_the_slow_lane(work, mailbox, stopped):
    """The first time it may have been bad luck."""
    row = received(work, mailbox=mailbox)
    conclude(work, (row, {"stopped": stopped}))
    after = state_of(work, row)
    assert (after.state, after.tries, after.due_at, after.problem) == ("received", 1, MONDAY, stopped)
    assert told(work) == []
    assert [line.id for line in work.load(queries.SLOW_MESSAGES, now=MONDAY)] == [row.id]
    assert work.load(queries.FRESH_MESSAGES, now=MONDAY, limit=50) == []


def test_a_mail_that_was_concluded_meanwhile_is_not_told_again(work, mailbox):
    """Two leaders may have read it."""
    row = received(work, mailbox=mailbox)
    conclude(work, (row, read_as()))
    work.flush()
    conclude(work, (row, read_as()))
    assert len(told(work)) == 1


def test_a_mail_that_is_concluded_at_the_same_moment_is_told_once(databases):
    """Whoever comes second waits, and finds it told."""
    database = databases("inbound")
    with database.work(now=MONDAY) as keeping:
        row = received(keeping)
        keeping.commit()

    def conclude_too():
        with database.work(now=MONDAY) as work:
            conclude(work, (row, read_as()))
            work.commit()

    with ThreadPoolExecutor(1) as pool, database.work(now=MONDAY) as work:
        conclude(work, (row, read_as()))
        work.flush()
        second = pool.submit(conclude_too)
        until_blocked(database)
        work.commit()
        second.result(timeout=20)
    with database.work() as cleaning:
        assert len(cleaning.load("DELETE FROM outbox RETURNING id")) == 1
        cleaning.load("DELETE FROM inbound_messages RETURNING id")
        cleaning.commit()
