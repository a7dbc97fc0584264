"""The gate before listeners: many at once, or a suspect alone, who comes to its turn however many others come."""

import threading

import pytest

from chassis.bus.gate import Gate
from tests.waiting import eventually


class Watched(threading.Condition):
    """Knows who has had to wait."""

    def __init__(self):
        super().__init__()
        self.waiting = set()

    def wait(self, timeout=None):
        """Wait, and write down who does."""
        self.waiting.add(threading.current_thread().name)
        return super().wait(timeout)


@pytest.fixture
def gate():
    """Return a gate that can be watched."""
    gate = Gate()
    gate._changed = Watched()
    return gate


def test_whoever_comes_later_waits_behind_a_suspect(gate):
    """Or it would never be its turn: under load somebody is always inside."""
    passed = []

    def pass_by(way):
        with way():
            passed.append(threading.current_thread().name)

    others = []
    with gate.together():
        for name, way in (("suspect", gate.alone), ("later", gate.together)):
            others.append(threading.Thread(target=pass_by, args=(way,), name=name))
            others[-1].start()
            eventually(lambda name=name: name in gate._changed.waiting, within=5, what=f"{name} waiting")
        assert passed == []
    for other in others:
        other.join(5)
    assert passed == ["suspect", "later"]
