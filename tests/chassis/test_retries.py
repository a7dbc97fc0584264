"""The sweep of the inbox: what it may try again, what it must leave alone, and for how long a fact is waited for."""

from contextlib import contextmanager
from threading import Thread
from time import monotonic
from types import SimpleNamespace
from uuid import uuid4

import pytest

from chassis.bus import inbox, retries
from chassis.bus.facts import Letter, letter_of
from chassis.bus.inbox import LONGEST_ERROR, NOT_YET_PATIENCE, NOT_YET_SECONDS, Inbox, Listener, text_of
from chassis.bus.retries import Retries
from chassis.bus.wire import Refused
from chassis.contract import Event, fields
from chassis.dead_letters import REPLAY
from chassis.errors import NotYet, Unavailable
from tests.chassis.relays import TOLD_AT
from tests.waiting import eventually

_STATE = "SELECT state, tries FROM inbox WHERE event_id = %(event_id)s"
_KEPT = "SELECT listener, source, name, headers, body, state, error FROM inbox WHERE event_id = %(event_id)s"
#: As the sweep leaves it whose process ends during a try.
_SUSPECTED = "UPDATE inbox SET tries = %(tries)s WHERE event_id = %(event_id)s RETURNING 1"
#: As another process of the service does, that has taken the fact too.
_DONE_ELSEWHERE = "UPDATE inbox SET state = 'done' WHERE event_id = %(event_id)s RETURNING 1"


class Said(Event, source="teller"):
    """Something was said."""

    concerns_us = fields.Boolean(required=True)


class Hearer:
    """Hears what was said; at first it cannot."""

    def __init__(self):
        self.heard = 0
        self.told_as = None
        self.trouble = RuntimeError("not just now")

    def said(self, work, _fact):
        """Count the tries, and fail at the first."""
        self.heard += 1
        self.told_as = work.actor.name, work.correlation_id
        if self.heard == 1:
            raise self.trouble


class Sweep:
    """The inbox of one listener, and the sweep over it.

    `meanwhile` is called between the taking of facts and their handling; `due` holds the seconds after which the inbox
    has asked to be swept.
    """

    def __init__(self, database):
        self.hearer = Hearer()
        self.meanwhile = lambda: None
        self.due = []
        listeners = {("teller", "Said"): Listener("said", Said, lambda said: said["concerns_us"])}
        self.inbox = Inbox("hearer", listeners, database, retry_delays=(0,), retry_at=self._retry_at)
        self.retries = Retries(self.inbox, {}, self._handle_all)
        self._database = database

    def _retry_at(self, seconds):
        self.due.append(seconds)
        self.retries.retry_at(seconds)

    @contextmanager
    def running(self):
        """Sweep in a thread, which looks after an hour where nobody says that something is due."""
        thread = Thread(target=self.retries.run)
        thread.start()
        try:
            eventually(self.is_waiting, what="the first look")
            yield
        finally:
            self.retries.end()
            thread.join(10)
            assert not thread.is_alive()

    def is_waiting(self):
        """Whether nothing is due for long."""
        return self.retries._due > monotonic() + 1_000

    def _handle_all(self, jobs):
        self.meanwhile()
        for job in jobs:
            job(self.hearer)

    def outcome_of(self, letter):
        """Return `(state, tries)` of what the inbox keeps of a fact."""
        (row,) = self._database.read(_STATE, event_id=letter.event_id)
        return row.state, row.tries


@pytest.fixture
def sweep(bare_database):
    """Return the sweep of a service that has heard nothing yet."""
    bare_database.read("TRUNCATE inbox")
    return Sweep(bare_database)


def a_letter(concerns_us=True):
    """Return a fact as it comes over the bus."""
    row = SimpleNamespace(
        event_id=uuid4(), name="Said", payload={"concerns_us": concerns_us}, actor=None, version=1,
        correlation_id="c", occurred_at=TOLD_AT, transaction="1",
    )  # fmt: skip
    return letter_of("teller", row)


def test_what_failed_is_tried_again(sweep):
    letter = a_letter()
    sweep.inbox.hear(sweep.hearer, [letter])
    assert (sweep.outcome_of(letter), sweep.due) == (("retry", 1), [0])
    sweep.retries.sweep()
    assert (sweep.outcome_of(letter), sweep.hearer.heard) == (("done", 1), 2)


def test_what_came_too_early_is_tried_again_soon_and_no_try_counts(sweep):
    letter = a_letter()
    sweep.hearer.trouble = NotYet()
    sweep.inbox.hear(sweep.hearer, [letter])
    assert (sweep.outcome_of(letter), sweep.due) == (("retry", 0), [NOT_YET_SECONDS])


def test_what_was_told_at_once_is_handled_once(sweep):
    sweep.hearer.heard, letters = 1, [a_letter(), a_letter()]
    sweep.inbox.hear(sweep.hearer, letters)
    assert [sweep.outcome_of(letter) for letter in letters] == [("done", 0)] * 2
    assert (sweep.hearer.heard, sweep.due) == (3, [])
    assert sweep.hearer.told_as == ("hearer", "c")


@pytest.fixture
def seldom(monkeypatch):
    """Have sweeps look by themselves every hour only."""
    monkeypatch.setattr(retries, "LOOK_SECONDS", 3_600)


def test_what_failed_is_tried_again_when_it_is_due(sweep, seldom):
    """Also where a sweep for another one comes first, and finds that it is too early."""
    letter, sweep.inbox._delays = a_letter(), (0.2,)
    with sweep.running():
        sweep.inbox.hear(sweep.hearer, [letter])
        sweep.retries.retry_at(0)
        eventually(lambda: sweep.outcome_of(letter) == ("done", 1), what="the second try")
        eventually(sweep.is_waiting, what="rest")


def test_a_sweep_that_fails_is_not_made_again_at_once(sweep, seldom):
    """It would fail again, and again, with a processor of its own."""
    sweeps = []

    def fail():
        sweeps.append(sweep.retries)
        raise RuntimeError

    sweep.meanwhile = fail
    sweep.inbox.park(a_letter())
    with sweep.running():
        eventually(lambda: sweeps, what="the sweep")
        eventually(sweep.is_waiting, what="rest")
    assert len(sweeps) == 1


def test_no_more_is_begun_once_the_process_ends(sweep, monkeypatch):
    monkeypatch.setattr(retries, "BATCH", 1)
    sweep.meanwhile, letters = sweep.retries.end, [a_letter(), a_letter()]
    for letter in letters:
        sweep.inbox.hear(sweep.hearer, [letter])
        sweep.hearer.heard = 0
    sweep.retries.sweep()
    assert sorted(sweep.outcome_of(letter)[0] for letter in letters) == ["dead", "retry"]
    assert sweep.hearer.heard == 1


def test_a_database_that_is_away_is_no_failure_of_the_fact(sweep):
    letter = a_letter()
    sweep.inbox.hear(sweep.hearer, [letter])
    sweep.hearer.heard, sweep.hearer.trouble = 0, Unavailable("database_away", "Gone.")
    with pytest.raises(Unavailable):
        sweep.retries.sweep()
    assert sweep.outcome_of(letter) == ("retry", 1)


@pytest.mark.parametrize(("tries", "outcome", "heard"), [(4, ("done", 5), 1), (5, ("dead", 6), 0)])
def test_what_was_in_hand_each_time_a_process_ended_is_given_up(sweep, bare_database, tries, outcome, heard):
    """However many tries a fact has that merely fails; what fails beside it waits for its own time."""
    sweep.inbox._delays = (3_600,) * 9
    suspect, failed = a_letter(), a_letter()
    sweep.inbox.hear(sweep.hearer, [failed])
    sweep.inbox.park(suspect)
    bare_database.read(_SUSPECTED, event_id=suspect.event_id, tries=tries)
    sweep.retries.sweep()
    assert (sweep.outcome_of(suspect), sweep.outcome_of(failed)) == (outcome, ("retry", 1))
    assert sweep.hearer.heard == 1 + heard


def test_what_no_method_listens_to_is_carried_out_by_its_handler(sweep, bare_database):
    """On the word of whoever replays it: calls, and rights taken away."""
    letter, handled = a_letter(), []
    sweep.inbox.bury("call", letter, Refused("no reply_to"))
    sweep.retries._handlers["call"] = lambda _instance, replayed: handled.append(replayed)
    for _ in range(2):
        bare_database.read(REPLAY, id=str(letter.event_id))
        sweep.retries.sweep()
    assert [(each.source, each.name, each.body) for each in handled] == [("teller", "Said", letter.body)]
    assert (sweep.outcome_of(letter), sweep.hearer.heard) == (("done", 1), 0)


def test_the_end_of_a_long_error_is_kept():
    assert text_of(RuntimeError("x" * LONGEST_ERROR)) == "x" * (LONGEST_ERROR - 1) + "\n"


def test_what_cannot_even_be_opened_is_kept(sweep, monkeypatch):
    """Held instead, it would keep one of the few places for facts for ever."""
    letter = a_letter()
    monkeypatch.setattr(inbox, "open_letter", lambda *_arguments: {}["missing"])
    sweep.inbox.hear(sweep.hearer, [letter])
    assert (sweep.outcome_of(letter), sweep.hearer.heard) == (("retry", 1), 0)
    sweep.retries.sweep()
    assert (sweep.outcome_of(letter), sweep.hearer.heard) == (("dead", 2), 1)


def test_a_fact_without_an_id_whose_name_is_no_unicode_is_kept(sweep):
    """As py-amqp decodes it from a routing key."""
    letter = Letter("stranger", "\ud800", b"{}", {})
    sweep.inbox.hear(sweep.hearer, [letter])
    assert sweep.outcome_of(letter) == ("dead", 0)


def test_what_no_listener_knows_is_kept_as_far_as_it_can_be(sweep, bare_database):
    """AMQP's names are longer than the columns, and its headers of types that JSON lacks."""
    headers = {"version": 1, "actor": None, "is": True, "at\x00": "a\x00\ud800", "list": [b"\x00"]}
    letter = Letter("s" * 41, "n" * 81, b"\x00", headers)
    sweep.inbox.hear(sweep.hearer, [letter])
    (row,) = bare_database.read(_KEPT, event_id=letter.event_id)
    kept = {"version": 1, "actor": None, "is": True, "at": "a?", "list": "[b'\\x00']"}
    assert (row.listener, row.source, row.name) == ("unknown", "s" * 40, "n" * 80)
    assert (row.headers, bytes(row.body)) == (kept, b"\x00")
    assert (row.state, row.error, sweep.due) == ("dead", "nobody listens to this here", [])


def test_what_somebody_else_has_done_meanwhile_is_not_done_again(sweep, bare_database):
    """The lease of a process that was slow has ended, and another one took the fact."""
    letter = a_letter()
    sweep.inbox.hear(sweep.hearer, [letter])
    sweep.meanwhile = lambda: bare_database.read(_DONE_ELSEWHERE, event_id=letter.event_id)
    sweep.retries.sweep()
    assert (sweep.outcome_of(letter), sweep.hearer.heard) == (("done", 1), 1)


def test_what_does_not_concern_the_listener_is_passed_over_in_the_sweep_too(sweep):
    """A fact that came while a process died was put aside unread."""
    letter = a_letter(concerns_us=False)
    sweep.inbox.park(letter)
    assert sweep.due == [0]
    sweep.retries.sweep()
    assert (sweep.outcome_of(letter), sweep.hearer.heard) == (("done", 1), 0)


@pytest.mark.parametrize(
    ("tries", "waited", "verdict"),
    [
        (1, 0, ("retry", NOT_YET_SECONDS, 0)),
        (1, 64, ("retry", 64, 0)),
        (1, NOT_YET_PATIENCE - 0.1, ("retry", NOT_YET_PATIENCE - 0.1, 0)),
        (1, NOT_YET_PATIENCE, ("retry", 5, 1)),
        (2, NOT_YET_PATIENCE + 5, ("retry", 30, 2)),
        (3, NOT_YET_PATIENCE + 35, ("dead", None, 3)),
    ],
)
def test_an_earlier_fact_is_waited_for_two_minutes_and_then_it_is_an_error(bare_database, tries, waited, verdict):
    """No try counts while it is waited for; afterwards each one does, up to the last."""
    inbox = Inbox("hearer", {}, bare_database, retry_delays=(5, 30), retry_at=None)
    assert inbox.verdict(NotYet(), tries, waited) == verdict
    assert NOT_YET_PATIENCE == 120
