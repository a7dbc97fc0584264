"""nameko's own proxies and event handlers understand what is on the wire."""

import json
import subprocess
import sys

import pytest

from chassis.testing import an_actor
from tests.bus.desks import ROOT


@pytest.fixture
def stranger(rabbit_desk):
    """A process with stock nameko in it, and the actor whose token it was given."""
    token = rabbit_desk.keys.token(an_actor(name="Ada", rights={}))
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bus.stock_peer", rabbit_desk.uri, token],
        cwd=ROOT,
        env=rabbit_desk.environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def seen_until(process, name):
    """Return what the process has shown, as one mapping, up to and with the thing named."""
    seen = {}
    for line in process.stdout:
        seen.update(json.loads(line))
        if name in seen:
            return seen
    raise AssertionError(f"the stranger ended without {name}: {seen}")


def test_serves_stock_proxies_and_is_heard_by_a_stock_listener(rabbit_desk, stranger):
    seen = seen_until(stranger, "listening")
    assert seen["result"] == {"name": "Ada"}
    assert seen["raw"] == {"b": 1, "a": "é"}
    first, again = seen["counted"]
    assert first == again, "the same request id, so it was counted once"
    assert seen["remote"] == ["NotFound", "refused_here"]
    assert seen["failure"] == ["InternalError", "internal_error"]
    assert seen["domain"] == ["refused_here", "No.", {"why": ["because"]}]
    assert seen["unknown"] == "levitate"
    (number,) = rabbit_desk.say()
    assert seen_until(stranger, "heard")["heard"] == {"number": number, "trouble": "none"}
