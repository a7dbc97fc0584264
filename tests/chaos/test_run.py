"""What a run makes of its books, and its clients of the answers they get, whatever the desk does."""

from datetime import UTC, datetime
from functools import partial
from types import SimpleNamespace

import pytest

from infra.chaos import inputs, run
from infra.chaos.inputs import Client
from infra.chaos.ledger import Ledger
from infra.chaos.report import Report
from infra.chaos.run import Run

DESK = SimpleNamespace(http_port=8000, smtp_port=2525, record=None, folder=None)


@pytest.fixture
def made(monkeypatch):
    """Return a run in which nobody was killed, on a desk where all that was accepted is there."""
    killer = SimpleNamespace(ended={}, ended_by_themselves=lambda: killer.ended)
    monkeypatch.setattr(run, "Tables", lambda _url_of: None)
    monkeypatch.setattr(run, "Killer", lambda *_how: killer)
    monkeypatch.setattr(run, "Checker", lambda *_where: SimpleNamespace(check=lambda accepted: Report(present=3)))
    return Run(DESK, inputs=2, kills=0, seed=1, tell=print)


def test_a_run_in_which_enough_was_accepted_is_good(made):
    for mark in "ab":
        made.ledger.accept("mail", mark)
    assert made.check({"mail": 2}) == Report(present=3)


def test_a_run_in_which_too_little_was_accepted_is_not_good(made):
    made.ledger.accept("mail", "a")
    report = made.check({"mail": 2, "webform": 1})
    assert report.left_over == ["only 1 of 2 mails were accepted", "only 0 of 1 webforms were accepted"]
    assert not report.is_good


def test_what_was_refused_and_who_ended_by_himself_is_left_over(made):
    made.ledger.refuse("ticket", "a", "422 no")
    made.killer.ended = {"dispatch": 2}
    assert made.check({}).left_over == ["refused: ('ticket', 'a', '422 no')", "dispatch ended by itself, 2 times"]


def test_a_client_that_breaks_is_left_over(made):
    def send():
        raise KeyError("id")

    made._watched(partial(send))
    assert made.check({}).left_over == ["refused: ('client', 'send', \"KeyError('id')\")"]


@pytest.fixture
def client(monkeypatch):
    """Return a client, and a function that has it get answers one after the other; what it has sent is `sent`."""
    monkeypatch.setattr(inputs.time, "sleep", lambda _seconds: None)
    client = Client((8000, 2525), Ledger())
    client.sent = []

    def answer(*answers):
        answers = iter(answers)

        def send(*request, key):
            client.sent.append((client.ledger.in_hand, key, request))
            return next(answers)

        client.send = send
        return client

    return answer


@pytest.mark.parametrize("status", sorted(inputs.AGAIN))
def test_an_input_is_repeated_under_its_key_until_it_is_accepted(client, status):
    asking = client((status, None), (status, None), (201, {"id": "1"}))
    assert asking.ticket("group") == {"id": "1"}
    (mark,) = asking.ledger.accepted["ticket"]
    assert asking.sent == [asking.sent[0]] * 3
    assert asking.sent[0][:2] == (1, mark)
    body = {"subject": f"Lift {mark}", "description": f"It stops. {mark}", "usergroup": "group"}
    assert asking.sent[0][2] == ("POST", "/tickets", body)
    assert (asking.ledger.attempts, asking.ledger.in_hand, asking.ledger.refused) == (3, 0, [])


@pytest.mark.parametrize("status", [422, 429, 500])
def test_an_input_that_is_refused_is_kept_with_its_answer(client, status):
    asking = client((status, "no"))
    instant = datetime(2026, 11, 16, tzinfo=UTC)
    assert asking.clock_in("intervention", "start", instant) is None
    ((_, mark, _),) = asking.sent
    assert (asking.ledger.accepted, asking.ledger.in_hand) == ({}, 0)
    assert asking.ledger.refused == [("clock_in", mark, f"{status} no")]


def test_an_input_is_given_up_when_patience_is_over(client, monkeypatch):
    monkeypatch.setattr(inputs, "PATIENCE", -1)
    asking = client((503, None))
    assert asking.webform("report") is None
    ((_, mark, _),) = asking.sent
    assert (asking.ledger.accepted, asking.ledger.refused) == ({}, [("webform", mark, "503 None")])
