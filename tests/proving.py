"""Nothing is skipped: pytest's hooks that turn a session red in which a test proves nothing."""

import pytest

#: What was not run, or ran and did not count.
_UNPROVED = []


def pytest_runtest_logreport(report):
    """Note what was skipped, and what was expected to fail, whether it did or not."""
    if report.skipped or hasattr(report, "wasxfail"):
        _UNPROVED.append(report.nodeid)


def pytest_collectreport(report):
    """Note a file that was skipped as a whole."""
    if report.skipped:
        _UNPROVED.append(report.nodeid)


def pytest_sessionfinish(session):
    """Have the tests fail where any of them proves nothing."""
    if _UNPROVED and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    """Name them."""
    for name in _UNPROVED:
        terminalreporter.write_line(f"SKIPPED OR EXPECTED TO FAIL, and nothing may be: {name}", red=True)
