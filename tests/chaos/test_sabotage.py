"""The checker turns red where a promise of the desk is broken."""

import threading

import pytest

from infra.chaos.inputs import Client
from infra.chaos.run import Run
from infra.trial import TrialDesk
from tests.waiting import eventually

TICKETS = 20
#: People who send mail one after the other, and how many each.
SENDERS, MAILS = 4, 10
UNTIL_KILLED = 10


@pytest.fixture
def sabotaged(tmp_path):
    """Return a function that starts a desk with another program for one process; returns a run on it."""
    desks = []

    def start(process, module):
        desk = TrialDesk(tmp_path / "var", entry=("-m", "tests.chaos.sabotage.up", process, module))
        desks.append(desk)
        desk.start()
        return desk, Run(desk, inputs=0, kills=0, seed=1, tell=print)

    yield start
    for desk in desks:
        assert desk.stop() == 0


@pytest.mark.timeout(240)
def test_facts_that_have_their_effect_twice_are_found(sabotaged):
    _, run = sabotaged("embedded", "tests.chaos.sabotage.twice")
    place = run.place(presences=0)
    for _ in range(TICKETS):
        place.admin.ticket(place.usergroup_id)
    report = run.check(wanted={"ticket": TICKETS})
    assert report.duplicated and not report.is_good
    assert all(finding.endswith(": 2 instead of 1") for finding in report.duplicated)
    assert (report.lost, report.left_over, report.present) == ([], [], TICKETS)


@pytest.mark.timeout(240)
def test_mails_that_are_promised_before_they_are_kept_are_found(sabotaged):
    desk, run = sabotaged("smtp", "tests.chaos.sabotage.hasty")
    address = run.place(presences=0).address
    sender = Client((desk.http_port, desk.smtp_port), run.ledger)
    loops = [threading.Thread(target=lambda: [sender.mail(address) for _ in range(MAILS)]) for _ in range(SENDERS)]
    for loop in loops:
        loop.start()
    eventually(lambda: run.ledger.count("mail") >= UNTIL_KILLED, within=60, what="mails")
    (smtp,) = (process for process in desk.record()["processes"] if process["kind"] == "smtp")
    run.killer.kill(smtp)
    for loop in loops:
        loop.join()
    report = run.check(wanted={"mail": SENDERS * MAILS})
    assert report.lost and not report.is_good
    assert set(report.lost) <= {f"ticket of {mark}: 0 of 1" for mark in run.ledger.accepted["mail"]}
    assert (report.duplicated, report.left_over) == ([], [])
    assert report.present == SENDERS * MAILS - len(report.lost)
