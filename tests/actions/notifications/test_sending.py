"""Sending: rights looked up again, retries, what is told, and two processes at once."""

import threading
from datetime import timedelta

import pytest
from psycopg2.errors import DiskFull

from chassis import metrics
from chassis.actors import system_actor
from chassis.testing import MONDAY, told
from services.notifications import actions
from services.notifications.actions import sending
from services.notifications.actions.sending import claim_next, send_claimed
from services.notifications.senders.outcomes import PutOff, Refused, RelayAway
from tests.actions.notifications.given import (
    RESIDENT,
    SETTINGS,
    Sink,
    a_participant,
    a_person,
    deliveries,
    hear_message,
    hear_opened,
    message,
    opened,
    participants,
    registration,
    send_all,
    send_next,
)


def change_person(work, person, **columns):
    """Change the copy of a person."""
    for column, value in columns.items():
        work.load(
            f"UPDATE people SET {column} = %(value)s WHERE person_id = %(id)s",
            value=value,
            id=person["person_id"],
        )


def test_who_has_left_meanwhile_gets_nothing(work):
    """The mail was written before; the list of participants counts when it is sent."""
    ticket = hear_opened(work, opened())
    actions.change_participants(work, participants(ticket, [], version=2))
    assert send_all(work) == []
    assert deliveries(work, "state, error, tries") == [("cancelled", "no_longer_a_participant", 0)]
    assert told(work) == []


def test_who_is_no_longer_active_gets_nothing(work):
    """An account that was closed ends the mails to its person."""
    person = a_person(work)
    hear_opened(work, opened(a_participant(person=person)))
    change_person(work, person, active=False)
    assert send_all(work) == []
    assert deliveries(work, "state, error") == [("cancelled", "no_longer_active")]


@pytest.mark.parametrize(("role", "goes"), [("agent", False), ("contractor", False), ("watcher", True)])
def test_who_lost_the_role_gets_what_is_theirs_alone(work, role, goes):
    """An assignee whose role was taken away gets nothing more, whoever watches does (CVE-2026-48811)."""
    person = a_person(work)
    somebody = a_participant(role, person)
    ticket = hear_opened(work, opened(others=[somebody], channel="api"))
    hear_message(work, message(ticket, a_participant(), [somebody]))
    change_person(work, person, roles=["requester"])
    assert [mail["To"].addresses[0].addr_spec for mail in send_all(work)] == [person["email"]] * goes
    reason = ("sent", None) if goes else ("cancelled", "no_longer_an_assignee")
    assert deliveries(work, "state, error") == [reason]


def test_a_changed_address_is_used(work):
    """The old one may be somebody else's by now."""
    person = a_person(work, email="old@people.example")
    hear_opened(work, opened(a_participant(person=person)))
    change_person(work, person, email="new@people.example")
    assert [mail["To"] for mail in send_all(work)] == ["new@people.example"]
    assert deliveries(work, "state, recipient") == [("sent", "new@people.example")]


def test_a_registration_goes_to_the_address_that_it_is_about(work):
    """The token in it names that address; the person's present one has nothing to do with it."""
    fact = registration("other@people.example")
    a_person(work, person_id=fact.data["person_id"], email="mine@people.example", active=False)
    actions.write_registration(work, fact, SETTINGS)
    assert [mail["To"] for mail in send_all(work)] == ["other@people.example"]


@pytest.mark.parametrize("address", ["nobody", "a b@homes.example", "@homes.example", "x@", "é@homes.example"])
def test_an_address_that_is_none_has_failed_at_once(work, address):
    """And is told, so that somebody asks for another one."""
    ticket = hear_opened(work, opened(a_participant(email=address)))
    assert send_all(work) == []
    ((delivery_id, *rest),) = deliveries(work, "id, state, error")
    assert rest == ["failed", "address_unusable"]
    assert told(work) == [
        (
            "DeliveryFailed",
            {
                "delivery_id": str(delivery_id),
                "ticket_id": str(ticket.data["ticket_id"]),
                "participant_id": str(ticket.data["requester"]["participant_id"]),
                "person_id": None,
                "kind": "receipt",
                "error": "address_unusable",
                "failed_at": MONDAY.isoformat(),
            },
        )
    ]


def test_refused_for_good_has_failed(work):
    """It is told with the server's words, as one line, and not tried again."""
    hear_opened(work, opened())
    sender = Sink(answers=[Refused("550 no such\r\nuser")])
    send_all(work, sender)
    work.now += timedelta(days=1)
    send_all(work, sender)
    assert sender.mails == []
    assert deliveries(work, "state, error") == [("failed", "550 no such user")]
    assert [(name, payload["error"]) for name, payload in told(work)] == [("DeliveryFailed", "550 no such user")]


def test_put_off_is_tried_eight_times_within_hours(work):
    """After 1, 2, 4, 8, 16, 32 and 60 minutes; then it has failed and is told, once."""
    hear_opened(work, opened())
    sender = Sink(answers=[PutOff("451 later")] * 9)
    waits = []
    while deliveries(work, "state") == [("waiting",)]:
        send_next(work, sender, SETTINGS, None)
        work.flush()
        ((due,),) = deliveries(work, "next_attempt_at")
        waits.append((due - work.now) // timedelta(minutes=1))
        assert send_next(work, sender, SETTINGS, None) is False
        work.now = due
    assert waits[:-1] == [1, 2, 4, 8, 16, 32, 60]
    assert deliveries(work, "state, tries, error") == [("failed", 8, "451 later")]
    assert [name for name, _ in told(work)] == ["DeliveryFailed"]
    assert len(sender.answers) == 1


def test_a_mail_that_was_put_off_keeps_its_message_id(work):
    """Whoever got it already recognises it."""
    hear_opened(work, opened())
    before = deliveries(work, "message_id")
    sender = Sink(answers=[PutOff("the connection broke")])
    send_all(work, sender)
    work.now += timedelta(minutes=1)
    (mail,) = send_all(work, sender)
    assert [(mail["Message-ID"],)] == before == deliveries(work, "message_id")


def test_while_the_relay_is_away_nothing_is_counted(work):
    """All wait together for a minute, and one of them knocks again."""
    for number in range(3):
        hear_opened(work, opened(number=f"26-{number}"))
    sender = Sink(answers=[RelayAway("relay.example:25: Connection refused")] * 20)
    for _ in range(20):
        assert send_next(work, sender, SETTINGS, None) is False
        work.flush()
        assert send_next(work, sender, SETTINGS, None) is False
        work.now += timedelta(minutes=1)
    assert sender.answers == []
    assert deliveries(work, "state, tries, error") == [("waiting", 0, "relay.example:25: Connection refused")] * 3
    assert len(send_all(work, sender)) == 3
    assert deliveries(work, "state, tries, error") == [("sent", 1, None)] * 3


def test_what_a_clock_that_was_ahead_has_written_goes_when_it_is_right_again(work):
    """A host that started two days ahead wrote mails that waited for those two days."""
    right = work.now
    work.now += timedelta(days=2)
    hear_opened(work, opened())
    work.now = right
    assert len(send_all(work)) == 1
    assert deliveries(work, "state, sent_at") == [("sent", right)]


def test_after_five_days_without_a_relay_a_mail_has_failed(work):
    """Nobody wants it any more."""
    hear_opened(work, opened())
    work.now += timedelta(days=5, seconds=1)
    send_all(work, Sink(answers=[RelayAway("relay.example:25: Connection refused")]))
    assert deliveries(work, "state") == [("failed",)]
    assert [name for name, _ in told(work)] == ["DeliveryFailed"]


def test_a_mail_that_cannot_be_made_holds_up_no_other(work, store):
    """Here a file of it is gone; its text is not in the error."""
    ticket = hear_opened(work, opened())
    attachment = {
        "attachment_id": ticket.data["ticket_id"],
        "filename": "a.pdf",
        "content_type": "application/pdf",
    }
    attachment |= {"size": 3, "sha256": store.keep("tickets", b"abc")}
    agent = a_person(work)
    requester = {**ticket.data["requester"], "role": "requester"}
    broken = message(ticket, {**agent, "participant_id": None}, [requester], attachments=[attachment])
    actions.pass_on_message(work, broken, SETTINGS, store)
    store.path("notifications", attachment["sha256"]).unlink()
    hear_opened(work, opened(number="26-000043"))
    mails = send_all(work, store=store)
    assert [mail["Subject"][:12] for mail in mails] == ["[#26-000042]", "[#26-000043]"]
    assert deliveries(work, "kind, state, error")[1] == (
        "message",
        "failed",
        "could not be composed: NotFound",
    )


@pytest.fixture
def database(databases):
    """Return the database, for what has to be committed; its deliveries are removed afterwards."""
    database = databases("notifications")
    yield database
    with database.work() as work:
        for table in ("deliveries", "tickets", "source_messages", "outbox"):
            work.change(f"DELETE FROM {table}")
        work.commit()


def committed(database, *facts):
    """Handle openings of tickets in transactions of their own."""
    for fact in facts:
        with database.work(actor=system_actor("notifications")) as work:
            hear_opened(work, fact)
            work.commit()


def test_two_processes_never_have_the_same_mail_in_hand(database):
    """What one is sending the other passes over."""
    committed(database, opened(), opened(number="26-000043"))
    first, second = Sink(), Sink()
    with database.work() as one, database.work() as other, database.work() as third:
        assert send_next(one, first, SETTINGS, None) is True
        assert send_next(other, second, SETTINGS, None) is True
        assert send_next(third, second, SETTINGS, None) is False
        one.commit()
        other.commit()
    assert len(first.mails) == len(second.mails) == 1
    assert first.mails[0].message_id != second.mails[0].message_id
    assert {row.state for row in database.read("SELECT state FROM deliveries")} == {"sent"}


def die_while_sending(database, sender):
    """Hand a mail over without ever storing what became of it."""
    with database.work(actor=system_actor("notifications")) as work:
        claimed = claim_next(work)
        work.commit()
    with database.work(actor=system_actor("notifications")) as work:
        assert send_claimed(work, claimed, sender, SETTINGS, None) is True


def let_time_pass(database):
    """Have everything that waits be due."""
    with database.work() as work:
        work.change("UPDATE deliveries SET next_attempt_at = now() WHERE state = 'waiting'")
        work.commit()


def test_a_mail_of_which_nothing_can_be_stored_is_sent_a_few_times_at_the_most(database):
    """On a full disk it went out twice a second, for hours."""
    committed(database, opened())
    sender = Sink()
    for _ in range(8):
        die_while_sending(database, sender)
        assert database.read("SELECT next_attempt_at > now() + interval '4 seconds' FROM deliveries") == [(True,)]
        let_time_pass(database)
    actions.send_waiting(database, lambda: sender, SETTINGS, None)
    assert len(sender.mails) == 8
    assert database.read("SELECT state, error FROM deliveries") == [("failed", "what became of it could not be stored")]
    assert [row.name for row in database.read("SELECT name FROM outbox")] == ["DeliveryFailed"]


def test_a_try_that_cannot_be_counted_is_not_made(database):
    """Nothing is sent while nothing can be written."""
    committed(database, opened())
    sender = Sink()
    refusing = """
    CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full'; END $$;
    CREATE TRIGGER full_disk BEFORE UPDATE ON deliveries FOR EACH STATEMENT EXECUTE FUNCTION refuse()
    """
    with database.work() as work:
        work.load(refusing)
        work.commit()
    try:
        with pytest.raises(DiskFull):
            actions.send_waiting(database, lambda: sender, SETTINGS, None)
    finally:
        with database.work() as work:
            work.load("DROP TRIGGER full_disk ON deliveries")
            work.commit()
    assert (sender.mails, sender.closed) == ([], 1)


def test_a_relay_may_take_longer_than_a_transaction_rests(database):
    """Else the server would end it while the mail is on its way."""
    committed(database, opened())
    seen = []

    class Curious(Sink):
        def send(self, mail):
            seen.append(work.load("SHOW idle_in_transaction_session_timeout"))
            super().send(mail)

    with database.work(actor=system_actor("notifications")) as work:
        claimed = claim_next(work)
        work.commit()
    with database.work(actor=system_actor("notifications")) as work:
        send_claimed(work, claimed, Curious(), SETTINGS, None)
        work.commit()
    assert seen == [[("0",)]]
    assert database.read("SHOW idle_in_transaction_session_timeout") == [("1min",)]


def test_a_process_that_dies_while_sending_lets_the_mail_go(database):
    """It is sent again under the same Message-ID, and told once."""
    committed(database, opened())
    sender = Sink()
    die_while_sending(database, sender)
    actions.send_waiting(database, lambda: sender, SETTINGS, None)
    assert len(sender.mails) == 1, "not before a moment has passed"
    let_time_pass(database)
    actions.send_waiting(database, lambda: sender, SETTINGS, None)
    assert len(sender.mails) == 2
    assert sender.mails[0].message_id == sender.mails[1].message_id
    assert [row.name for row in database.read("SELECT name FROM outbox")] == ["ReceiptSent"]


def test_a_sweep_sends_everything_and_closes_the_sender(database):
    """Until nothing is due."""
    committed(database, *(opened(number=f"26-{number}") for number in range(4)))
    sender = Sink()
    actions.send_waiting(database, lambda: sender, SETTINGS, None)
    assert ([mail.recipient for mail in sender.mails], sender.closed) == ([RESIDENT] * 4, 1)
    actions.send_waiting(database, lambda: sender, SETTINGS, None)
    assert (len(sender.mails), sender.closed) == (4, 2)


def test_metrics_count_what_became_of_each_mail(database):
    """By outcome, once it is stored."""

    def counted():
        outcomes = ("sent", "failed", "put_off", "cancelled", "waiting")
        return [metrics.MAILS_SENT.labels(outcome)._value.get() for outcome in outcomes]

    before = counted()
    committed(database, *(opened(number=f"26-{number}") for number in range(4)))
    sender = Sink(answers=[PutOff("451 later"), Refused("550 no")])
    actions.send_waiting(database, lambda: sender, SETTINGS, None)
    assert [now - then for now, then in zip(counted(), before, strict=True)] == [2, 1, 1, 0, 0]


class Slow(Sink):
    """A sender that takes its time with a mail, until others have gone past it."""

    def __init__(self):
        super().__init__()
        self.has_begun, self.others_went = threading.Event(), threading.Event()

    def send(self, mail):
        """Take one mail."""
        self.has_begun.set()
        assert self.others_went.wait(10), "nobody went past it"
        super().send(mail)


class Passing(Sink):
    """The sender of the sweeps that go past a slow one."""

    def __init__(self, slow, *answers):
        super().__init__(list(answers))
        self.slow = slow

    def close(self):
        """Let the slow mail go once another has gone past it."""
        super().close()
        if self.mails:
            self.slow.others_went.set()


def send_past(slow, others, database):
    """Send what waits, the first mail slowly; another sweep begins once that is in hand."""
    senders = iter([slow])

    def new_sender():
        sender = next(senders, others)
        assert sender is slow or slow.has_begun.wait(10), "the first sweep has nothing in hand"
        return sender

    actions.send_waiting(database, new_sender, SETTINGS, None)


def test_a_mail_that_takes_long_is_overtaken(database, monkeypatch):
    """A relay that looked at one for ten minutes held up all the others."""
    monkeypatch.setattr(sending, "OVERTAKEN_AFTER_SECONDS", 0.05)
    committed(database, *(opened(number=f"26-{number}") for number in range(3)))
    slow = Slow()
    others = Passing(slow)
    send_past(slow, others, database)
    assert (len(slow.mails), len(others.mails)) == (1, 2)
    assert {row.state for row in database.read("SELECT state FROM deliveries")} == {"sent"}


def test_a_mail_that_takes_long_is_overtaken_also_where_a_sweep_fails(database, monkeypatch):
    """The failure is told at the end, for the log; the mail that was in its hand is tried again."""
    monkeypatch.setattr(sending, "OVERTAKEN_AFTER_SECONDS", 0.05)
    committed(database, *(opened(number=f"26-{number}") for number in range(3)))
    slow = Slow()
    others = Passing(slow, LookupError("an error of ours"))
    with pytest.raises(LookupError, match="an error of ours"):
        send_past(slow, others, database)
    assert (len(slow.mails), len(others.mails)) == (1, 1)
    states = [row.state for row in database.read("SELECT state FROM deliveries ORDER BY state")]
    assert states == ["sent", "sent", "waiting"]


@pytest.mark.parametrize(("connections", "lanes"), [(1, 1), (2, 1), (4, 2), (8, 3), (100, 3)])
def test_slow_mails_leave_half_of_the_connections(connections, lanes):
    """Else nothing would be heard while a relay takes long for several."""
    assert sending.lanes_of(connections) == lanes


def test_mails_are_put_off_that_nobody_has_in_hand(database):
    """Where the relay is away to one sweep, it does not wait for what another one sends."""
    committed(database, opened(), opened(number="26-000043"), opened(number="26-000044"))
    with database.work() as work:
        in_hand, other = claim_next(work), claim_next(work)
        work.commit()
    let_time_pass(database)
    with database.work() as one, database.work() as another:
        assert send_claimed(one, in_hand, Sink(), SETTINGS, None) is True
        away = Sink(answers=[RelayAway("relay.example:25: Connection refused")])
        assert send_claimed(another, other, away, SETTINGS, None) is False
        another.commit()
        one.commit()
    states = database.read("SELECT state, tries, next_attempt_at > now() AS waits FROM deliveries ORDER BY state, id")
    assert states == [("sent", 1, False), ("waiting", 0, True), ("waiting", 0, True)]


def test_a_pause_begins_when_the_relay_has_answered(database, monkeypatch):
    """What took longer than the pause was tried again at once, over and over."""
    committed(database, opened())
    seconds = iter([0, 600.0])
    monkeypatch.setattr(sending, "monotonic", lambda: next(seconds))
    with database.work() as work:
        claimed, began = claim_next(work), work.now
        assert send_claimed(work, claimed, Sink(answers=[PutOff("451 later")]), SETTINGS, None) is True
        work.commit()
    due = began + timedelta(minutes=11)
    assert database.read("SELECT next_attempt_at, error FROM deliveries") == [(due, "451 later")]
