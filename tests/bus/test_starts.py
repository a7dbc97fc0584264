"""A service process that cannot work says why, in one sentence, and ends."""

import subprocess
import sys

import pytest

from tests.bus.desks import PACKAGE, ROOT

_CHECK = """
import chassis.bus.run as run
import eventlet, time
native = eventlet.patcher.original("time")

class Database:
    def read(self, statement):
        {sleep}(0.1)

run.check_hub(Database())
"""


def ended(arguments, **environment):
    """Run a process to its end; return its exit code and what it wrote."""
    known = {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", **environment}
    ran = subprocess.run([sys.executable, *arguments], cwd=ROOT, env=known, capture_output=True, text=True, timeout=60)
    return ran.returncode, ran.stdout + ran.stderr


def test_names_every_missing_setting():
    code, words = ended(["-m", "chassis.bus.run", "teller", "--package", PACKAGE])
    assert code == 1
    assert "TELLER_DATABASE_URL is missing; TOKEN_PUBLIC_KEY is missing" in words
    assert "Traceback" not in words


def test_names_the_broker_that_is_missing(rabbit_desk):
    known = {name: value for name, value in rabbit_desk.environment.items() if name != "AMQP_URI"}
    code, words = ended(["-m", "chassis.bus.run", "teller", "--package", PACKAGE], **known)
    assert code == 1
    assert "TELLER_AMQP_URI or AMQP_URI is missing" in words


@pytest.mark.parametrize("sleep, code", [("time.sleep", 0), ("native.sleep", 1)], ids=["green", "freezing"])
def test_ends_where_a_waiting_statement_freezes_the_process(sleep, code):
    assert ended(["-c", _CHECK.format(sleep=sleep)])[0] == code
