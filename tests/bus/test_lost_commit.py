"""A COMMIT whose answer is lost: the request key says whether it happened."""

import time

import psycopg2
import pytest

from chassis.actors import TokenVerifier
from chassis.bus.calls import Call, Calls
from chassis.bus.epochs import Epochs
from chassis.bus.wire import REQUEST_KEY, TOKEN, decode, encode_request
from chassis.database import CommitLost, Database, Work
from chassis.testing import an_actor
from tests.bus.services.teller.access import PERMISSIONS
from tests.bus.services.teller.contract import Teller
from tests.bus.services.teller.service import TellerService


@pytest.fixture
def calls(local_desk):
    """The teller's edge in this process, on the running teller's database."""
    database = Database(local_desk.urls["teller"], 2)
    tokens = TokenVerifier(local_desk.keys.public_raw)
    yield Calls(Teller, PERMISSIONS, database, tokens, Epochs(database))
    database.close()


@pytest.fixture
def call(local_desk):
    """A call that adds 1, with a key of its own."""
    headers = {TOKEN: local_desk.keys.token(an_actor()), REQUEST_KEY: f"lost-{time.monotonic_ns()}"}
    return Call("count", encode_request({"amount": 1}), headers)


def total(desk):
    """Return the number to which `count` adds."""
    return sum(row.total for row in desk.rows("teller", "SELECT total FROM sums"))


def test_answers_what_was_committed_though_the_answer_was_lost(local_desk, calls, call, monkeypatch):
    before, commit = total(local_desk), Work.commit

    def commit_and_lose(work):
        commit(work)
        raise CommitLost("commit_lost", "Repeat it.")

    monkeypatch.setattr(Work, "commit", commit_and_lose)
    reply = decode(calls.answer(TellerService(), call).body)
    assert (reply["error"], reply["result"]) == (None, {"total": before + 1})
    assert total(local_desk) == before + 1


def test_asks_for_a_repetition_when_nothing_was_committed(local_desk, calls, call, monkeypatch):
    before, commit = total(local_desk), Work.commit

    def lose(work):
        raise CommitLost("commit_lost", "Repeat it.") from psycopg2.OperationalError()

    monkeypatch.setattr(Work, "commit", lose)
    reply = decode(calls.answer(TellerService(), call).body)
    assert reply["error"]["exc_path"] == "chassis.errors.Unavailable"
    assert total(local_desk) == before
    monkeypatch.setattr(Work, "commit", commit)
    assert decode(calls.answer(TellerService(), call).body)["result"] == {"total": before + 1}
