"""What counts as lost and as doubled."""

from collections import Counter

import pytest

from infra.chaos.report import Report


@pytest.mark.parametrize(
    ("expected", "found", "lost", "duplicated"),
    [
        ("ab", "ab", [], []),
        ("ab", "a", ["mail b: 0 of 1"], []),
        ("aa", "a", ["mail a: 1 of 2"], []),
        ("a", "aa", [], ["mail a: 2 instead of 1"]),
        ("a", "ab", [], ["mail b: 1 instead of 0"]),
        ("a", "b", ["mail a: 0 of 1"], ["mail b: 1 instead of 0"]),
    ],
)
def test_comparing_counts(expected, found, lost, duplicated):
    report = Report()
    report.compare("mail", Counter(expected), Counter(found))
    assert (report.lost, report.duplicated) == (lost, duplicated)
    assert report.is_good is (expected == found)


def test_what_is_left_over_is_not_good():
    assert Report().is_good
    assert not Report(left_over=["tickets: 1 under way"]).is_good
