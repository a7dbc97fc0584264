"""Who gets a ticket, and the reason that is told with it."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.dispatch.domain.assignment import Candidate, Decision, decide

ADA, BEN, EVE = (UUID(int=number) for number in (1, 2, 3))
EARLY, LATE = datetime(2026, 11, 16, 9, tzinfo=UTC), datetime(2026, 11, 16, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("candidates", "decision"),
    [
        ([], Decision(None, "no_candidate", None, 0)),
        ([Candidate(ADA, 7, None)], Decision(ADA, "only_candidate", 7, 1)),
        ([Candidate(ADA, 2, EARLY), Candidate(BEN, 1, LATE)], Decision(BEN, "least_loaded", 1, 2)),
        ([Candidate(ADA, 1, LATE), Candidate(BEN, 1, EARLY)], Decision(BEN, "least_loaded", 1, 2)),
        ([Candidate(ADA, 1, LATE), Candidate(BEN, 1, None)], Decision(BEN, "least_loaded", 1, 2)),
        ([Candidate(BEN, 0, None), Candidate(ADA, 0, None)], Decision(ADA, "least_loaded", 0, 2)),
        (
            [Candidate(EVE, 0, LATE), Candidate(BEN, 0, LATE), Candidate(ADA, 3, None)],
            Decision(BEN, "least_loaded", 0, 3),
        ),
    ],
    ids=[
        "nobody is available",
        "one is available",
        "the least loaded, however lately",
        "among equals who waits longest",
        "who never had one waits longest",
        "then the lowest id",
        "the lowest id among the least loaded only",
    ],
)
def test_who_is_chosen(candidates, decision):
    """By load, then by the time since the last ticket, then by id."""
    assert decide(candidates) == decision


def test_no_usergroup():
    """Nobody can be chosen, and the reason says so."""
    assert decide([], has_usergroup=False) == Decision(None, "no_usergroup", None, 0)
