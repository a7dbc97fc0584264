"""osTicket-1.7#532: two desks that answered each other's receipts, and filled each other until somebody noticed.

RFC 3834 is what the desk says of its own mail and heeds in that of others; and as many responders heed nothing, an
address gets few receipts within an hour, and what participants write by mail is passed on to one another within a
budget as well. That automatic mail is not answered is in `tests/actions/notifications/test_receipts.py`.
"""

from datetime import timedelta

import pytest

from chassis.actors import system_actor
from services.notifications import actions
from services.notifications.actions.composing import UNASKED
from services.notifications.domain import PASSED_ON_PER_HOUR, RECEIPTS_PER_HOUR
from tests.actions.notifications.given import (
    SETTINGS,
    Sink,
    a_participant,
    a_person,
    deliveries,
    hear_opened,
    message,
    opened,
    registration,
    requester_of,
    send_all,
)
from tests.unit.inbound.mails import read

ROUNDS = 25


@pytest.fixture
def desk(work_of):
    """Return a `Work` on notifications' database."""
    return work_of("notifications", actor=system_actor("notifications"))


def test_another_desk_of_ours_answers_none_of_our_mails(desk):
    """It reads each as a machine's, so no receipt is due to it: of one human mail comes one receipt."""
    ticket = hear_opened(desk, opened())
    agent = {**a_person(desk), "participant_id": None}
    actions.pass_on_message(desk, message(ticket, agent, [requester_of(ticket)]), SETTINGS, None)
    for known in (False, True):
        actions.write_registration(desk, registration(already_registered=known), SETTINGS)
    sender = Sink()
    send_all(desk, sender)
    assert {kind for (kind,) in deliveries(desk, "kind")} == {*UNASKED, "message"}
    for mail in sender.mails:
        heard = read(mail.content, envelope_from=mail.sender)
        assert heard["automatic"] is True
        before = deliveries(desk)
        from_us = a_participant(email="desk@other.example")
        hear_opened(desk, opened(from_us, source={"automatic": heard["automatic"]}))
        assert deliveries(desk) == before


def test_a_responder_that_heeds_nothing_is_answered_within_the_budget(desk):
    """It opens a ticket with each answer; within three hours it gets three budgets."""
    budget = RECEIPTS_PER_HOUR["mail"]
    for hour in range(1, 4):
        for number in range(ROUNDS):
            hear_opened(desk, opened(number=f"26-{hour}{number:03}"))
        states = [state for (state,) in deliveries(desk, "state")]
        assert states[-ROUNDS:] == ["waiting"] * budget + ["cancelled"] * (ROUNDS - budget)
        desk.now += timedelta(hours=1)
    assert len(send_all(desk)) == 3 * budget


def test_two_responders_on_one_ticket_are_passed_on_within_the_budget(desk):
    """Each answers whatever the other wrote, by mail and unmarked; the ticket has it all, their mailboxes do not."""
    first, second = (a_participant(role, email=f"{role}@homes.example") for role in ("requester", "watcher"))
    ticket = hear_opened(desk, opened(first, [second]))
    for number in range(2 * ROUNDS):
        author = (first, second)[number % 2]
        answer = message(ticket, author, [first, second], channel="mail", author_role="requester", version=number + 2)
        actions.pass_on_message(desk, answer, SETTINGS, None)
        desk.flush()
    passed_on = deliveries(desk, "recipient, state, error")[1:]
    held_back = ("cancelled", "budget_spent")
    for who in (first, second):
        states = [row[1:] for row in passed_on if row[0] == who["email"]]
        assert states == [("waiting", None)] * PASSED_ON_PER_HOUR + [held_back] * (ROUNDS - PASSED_ON_PER_HOUR)


def test_what_an_agent_writes_is_passed_on_whatever_was_before(desk):
    """The budget is of what came by mail, on that ticket and in that hour: people at the desk are not held back."""
    first, second = (a_participant(role, email=f"{role}@homes.example") for role in ("requester", "watcher"))
    ticket, agent = hear_opened(desk, opened(first, [second])), {**a_person(desk), "participant_id": None}
    for number in range(PASSED_ON_PER_HOUR + 1):
        by_mail = message(ticket, second, [first], channel="mail", author_role="requester", version=number + 2)
        actions.pass_on_message(desk, by_mail, SETTINGS, None)
        desk.flush()
    assert deliveries(desk, "state")[-1] == ("cancelled",)
    actions.pass_on_message(desk, message(ticket, agent, [first]), SETTINGS, None)
    assert deliveries(desk, "state")[-1] == ("waiting",)
    other = hear_opened(desk, opened(first, [second], number="26-2"))
    actions.pass_on_message(desk, message(other, second, [first], channel="mail"), SETTINGS, None)
    assert deliveries(desk, "state")[-1] == ("waiting",)
    desk.now += timedelta(hours=1)
    actions.pass_on_message(desk, message(ticket, second, [first], channel="mail"), SETTINGS, None)
    assert deliveries(desk, "state")[-1] == ("waiting",)
