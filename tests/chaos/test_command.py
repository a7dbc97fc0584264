"""What `./desk chaos` says of a run that went wrong, whatever the desk does."""

import json
from types import SimpleNamespace

import pytest

from infra.chaos.ledger import Ledger
from infra.chaos.report import Report
from infra.cli import chaos
from infra.cli.__main__ import main

REPORTS = {
    "lost": (Report(lost=["ticket of m1: 0 of 1"], present=1), "lost: 1 duplicated: 0 kills: 1 accepted: 2"),
    "duplicated": (Report(duplicated=["ticket m1: 2 instead of 1"]), "lost: 0 duplicated: 1 kills: 1 accepted: 2"),
    "left over": (Report(left_over=["tickets: 1 under way"]), "lost: 0 duplicated: 0 kills: 1 accepted: 2"),
}


class Desk:
    """A desk that does nothing; `ends_with` is its exit code."""

    ends_with = 0

    def __init__(self, *_how):
        pass

    def start(self):
        """Start nothing."""

    def stop(self):
        """Stop nothing."""
        return self.ends_with


@pytest.fixture
def run_with(monkeypatch, tmp_path, capsys):
    """Return a function that runs the command with the report that a run shall have; `(code, out, err)`."""
    folder, asked = tmp_path / "run", []
    folder.mkdir()

    def run(report, *arguments):
        ledger = Ledger()
        for mark in ("m1", "m2"):
            ledger.accept("mail", mark)
        made = SimpleNamespace(run=lambda: report, ledger=ledger, killer=SimpleNamespace(killed=["smtp"]))
        monkeypatch.setattr(chaos, "TrialDesk", Desk)
        monkeypatch.setattr(chaos, "Run", lambda _desk, *what: asked.append(what[:3]) or made)
        monkeypatch.setattr(chaos.tempfile, "mkdtemp", lambda prefix: str(folder))
        code = main(["chaos", *arguments])
        return code, *capsys.readouterr(), folder

    run.asked = asked
    return run


@pytest.mark.parametrize(
    ("arguments", "inputs", "kills", "seed"),
    [
        ([], 1000, 10, 1),
        (["--quick"], 300, 3, 1),
        (["--quick", "--inputs", "5", "--kills", "0", "--seed", "7"], 5, 0, 7),
    ],
)
def test_a_run_is_as_long_as_is_asked_for(run_with, arguments, inputs, kills, seed):
    run_with(Report(present=2), *arguments)
    assert run_with.asked == [(inputs, kills, seed)]


@pytest.mark.parametrize(("report", "last"), REPORTS.values(), ids=REPORTS)
def test_a_run_that_went_wrong_is_red_and_is_kept(run_with, report, last):
    """Exit code 1, each finding, the counts in the last line, and the databases to look into."""
    code, out, err, folder = run_with(report)
    (sort, (finding,)) = next((sort, found) for sort, found in vars(report).items() if found and sort != "present")
    lines = out.splitlines()
    assert (code, lines[-1]) == (1, last)
    assert f"{sort.replace('_', ' ')}: {finding}" in lines
    assert err == f"desk: the databases and logs of this run are kept in {folder}.\n"
    assert folder.exists()


def test_a_run_that_went_well_is_green_and_leaves_nothing(run_with):
    code, out, err, folder = run_with(Report(present=2))
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == "lost: 0 duplicated: 0 kills: 1 accepted: 2"
    assert not folder.exists()


def test_a_run_whose_desk_ends_badly_is_red(run_with, monkeypatch):
    """However good its counts are."""
    monkeypatch.setattr(Desk, "ends_with", 3)
    code, out, err, folder = run_with(Report(present=2))
    assert (code, out.splitlines()[-1]) == (1, "lost: 0 duplicated: 0 kills: 1 accepted: 2")
    assert err.splitlines() == [
        "desk: the desk of this run ended with code 3.",
        f"desk: the databases and logs of this run are kept in {folder}.",
    ]
    assert folder.exists()


def test_a_red_run_is_red_as_json_too(run_with):
    code, out, _, _ = run_with(REPORTS["lost"][0], "--json")
    found = json.loads(out)
    assert (code, found["lost"], found["kills"]) == (1, ["ticket of m1: 0 of 1"], ["smtp"])
