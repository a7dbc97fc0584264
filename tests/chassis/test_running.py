"""A service at work: whatever happens to a message, it is answered or kept, and its place is free again."""

from types import SimpleNamespace

import pytest

from chassis.bus import wire
from chassis.bus.facts import Letter
from chassis.bus.inbox import GRANTS_LISTENER
from chassis.bus.jobs import Jobs
from chassis.bus.running import RunningService
from chassis.errors import Unavailable
from chassis.ids import new_id


class Failing:
    """Everything asked of it raises `error`."""

    def __init__(self, error):
        self.error = error

    def fail(self, *_arguments):
        """Raise."""
        raise self.error

    answer = answer_again = hear = fail


class Inbox:
    """Notes what it is to keep."""

    def __init__(self):
        self.kept = []

    def settle_failure(self, listener, letter, error):
        """Note it."""
        self.kept.append((listener, letter, error))


@pytest.fixture
def member():
    """A service whose worker runs each job at once, and whose every part fails."""
    member = RunningService.__new__(RunningService)
    member.jobs = Jobs(SimpleNamespace(run=lambda _method, job: job(None)), 1)
    member.calls = member.refused_calls = member.epochs = Failing(RuntimeError("it cannot be described"))
    member.inbox = Inbox()
    return member


@pytest.mark.parametrize("again", [False, True])
def test_a_call_is_answered_whatever_escapes(member, again):
    call, replies = SimpleNamespace(method="ping"), []
    if again:
        member.answer_again(call, None, replies.append)
    else:
        member.answer(call, replies.append)
    (reply,) = replies
    assert isinstance(wire.error_of(wire.decode(reply.body)["error"]), wire.InternalError)


def test_an_end_of_rights_is_kept_whatever_escapes(member):
    letter, done = Letter("identity", "GrantsChanged", b"{}", {"event_id": str(new_id())}), []
    member.hear_grants(letter, lambda: done.append(True))
    assert (member.inbox.kept, done) == ([(GRANTS_LISTENER, letter, member.epochs.error)], [True])


def test_an_end_of_rights_is_held_while_the_database_is_away(member):
    member.epochs.error = Unavailable("database_away", "")
    member.jobs.end()
    member.hear_grants(Letter("identity", "GrantsChanged", b"{}", {}), pytest.fail)
    assert member.inbox.kept == []
