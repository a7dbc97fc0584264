"""The sweep of the inbox: what it may try again, what it must leave alone, and for how long a fact is waited for."""

from types import SimpleNamespace
from uuid import uuid4

import pytest

from chassis.bus import inbox
from chassis.bus.facts import Letter, letter_of
from chassis.bus.inbox import NOT_YET_PATIENCE, NOT_YET_SECONDS, Inbox, Listener
from chassis.bus.retries import Retries
from chassis.contract import Event, fields
from chassis.errors import NotYet
from tests.chassis.relays import TOLD_AT

_STATE = "SELECT state, tries FROM inbox WHERE event_id = %(event_id)s"
#: As another process of the service does, that has taken the fact too.
_DONE_ELSEWHERE = "UPDATE inbox SET state = 'done' WHERE event_id = %(event_id)s RETURNING 1"


class Said(Event, source="teller"):
    """Something was said."""

    concerns_us = fields.Boolean(required=True)


class Hearer:
    """Hears what was said; at first it cannot."""

    def __init__(self):
        self.heard = 0

    def said(self, _work, _fact):
        """Count the tries, and fail at the first."""
        self.heard += 1
        if self.heard == 1:
            raise RuntimeError("not just now")


class Sweep:
    """The inbox of one listener, and the sweep over it.

    :param meanwhile: called between the taking of facts and their handling.
    """

    def __init__(self, database):
        self.hearer = Hearer()
        self.meanwhile = lambda: None
        listeners = {("teller", "Said"): Listener("said", Said, lambda said: said["concerns_us"])}
        self.inbox = Inbox("hearer", listeners, database, retry_delays=(0,), retry_at=lambda _seconds: None)
        self.retries = Retries(self.inbox, {}, self._handle_all)
        self._database = database

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
    """Return the sweep of a service."""
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
    assert sweep.outcome_of(letter) == ("retry", 1)
    sweep.retries.sweep()
    assert (sweep.outcome_of(letter), sweep.hearer.heard) == (("done", 1), 2)


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
    letter = Letter("teller", "\ud800", b"{}", {})
    sweep.inbox.hear(sweep.hearer, [letter])
    assert sweep.outcome_of(letter) == ("dead", 0)


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
