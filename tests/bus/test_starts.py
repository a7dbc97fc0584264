"""A service process that cannot work says why, in one sentence, and ends."""

import pytest

from tests.bus.desks import PACKAGE, ROOT

TELLER = ("chassis.bus.run", "teller", "--package", PACKAGE)


@pytest.fixture
def ended(forking, tmp_path):
    """Return a function that runs a process to its end and returns its exit code and what it wrote."""

    def run(module, *arguments, **environment):
        log = tmp_path / "log"
        known = {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", **environment}
        return forking.start(module, *arguments, environment=known, log=log).wait(60), log.read_text()

    return run


def test_names_every_missing_setting(ended):
    code, words = ended(*TELLER)
    assert code == 1
    assert "TELLER_DATABASE_URL is missing; TOKEN_PUBLIC_KEY is missing" in words
    assert "Traceback" not in words


def test_names_the_broker_that_is_missing(ended, rabbit_desk):
    known = {name: value for name, value in rabbit_desk.environment.items() if name != "AMQP_URI"}
    code, words = ended(*TELLER, **known)
    assert code == 1
    assert "TELLER_AMQP_URI or AMQP_URI is missing" in words


@pytest.mark.parametrize("waits, code", [("green", 0), ("freezing", 1)])
def test_ends_where_a_waiting_statement_freezes_the_process(ended, waits, code):
    assert ended("tests.bus.checked_hub", waits)[0] == code
