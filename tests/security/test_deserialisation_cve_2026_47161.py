"""CVE-2026-47161 (RELATE): Celery took pickle, so whoever reached the broker ran code.

CVE-2025-58163 (FreeScout) and CVE-2026-22248 (GLPI) made objects of what was sent. Here nothing that runs can make
objects of bytes, and the edge takes JSON only, by its name and by its content. (On RabbitMQ's own queues, pickle
included: `tests/bus/test_poison.py`.)
"""

import ast
import marshal
import pickle
import re
from uuid import uuid4

import pytest

from chassis.bus.facts import Letter, open_letter
from chassis.bus.wire import JSON, Malformed, Refused, decode_request
from services.tickets.contract import TicketResolved
from tests.contracts.house import ROOT

MAKES_OBJECTS = {"pickle", "cPickle", "_pickle", "marshal", "shelve", "dill", "cloudpickle", "jsonpickle", "joblib"}
#: Functions that carry out what they are given.
RUNS = {"eval", "exec", "compile", "__import__"}
YAML = {"load", "load_all", "full_load", "unsafe_load", "Loader", "UnsafeLoader", "FullLoader"}
RAN = []


class Bomb:
    """Leaves a trace when it is unpickled."""

    def __reduce__(self):
        return RAN.append, ("unpickled",)


BODIES = (
    pickle.dumps(Bomb()), marshal.dumps({"kwargs": {}}), b"!!python/object/apply:os.system ['true']", b'O:8:"x":0:{}',
)  # fmt: skip
TYPES = (
    "application/x-python-serialize", "application/x-pickle", "application/data", "application/x-yaml", "text/yaml",
    "application/x-msgpack", "application/octet-stream", "text/plain", "", None, "application/JSON; charset=utf-8",
)  # fmt: skip


def code():
    """Return `(path, tree)` of every Python file but tests that has one of the names; to read all takes seconds."""
    names = re.compile("|".join(MAKES_OBJECTS | RUNS | {"yaml"}))
    for folder in ("chassis", "services", "gateway", "infra"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if names.search(text := path.read_text()):
                yield path.relative_to(ROOT), ast.parse(text)


def dangers_in(tree):
    """Return what a module has of all that makes objects of bytes, or runs a text."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names if each.name.split(".")[0] in MAKES_OBJECTS}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module} if (node.module or "").split(".")[0] in MAKES_OBJECTS else set()
            found |= {each.name for each in node.names if node.module == "yaml" and each.name in YAML}
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "yaml":
            found |= {f"yaml.{node.attr}"} if node.attr in YAML else set()
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found |= {node.func.id} & RUNS
    return found


def test_nothing_that_runs_makes_objects_of_bytes():
    """Neither pickle and its like, nor YAML with its tags, nor text as code."""
    assert {str(path): dangers for path, tree in code() if (dangers := dangers_in(tree))} == {}


@pytest.mark.parametrize(
    "planted",
    ["import pickle", "from marshal import loads", "import yaml\nyaml.load(x)", "from yaml import Loader", "eval(x)"],
)
def test_planted(planted):
    """Each is seen."""
    assert len(dangers_in(ast.parse(planted))) == 1


@pytest.mark.parametrize("kind", TYPES)
def test_calls_of_another_type(kind):
    """Are refused by their type, whatever they hold, JSON included; nothing of it has run."""
    for body in (*BODIES, b'{"args": [], "kwargs": {}}'):
        with pytest.raises(Malformed) as refusal:
            decode_request(body, kind)
        assert refusal.value.reason == "not JSON"
    assert RAN == []


@pytest.mark.parametrize("kind", [*TYPES, JSON])
def test_facts_of_another_type(kind):
    """And under JSON's name, what is none."""
    headers = {"content_type": kind, "event_id": str(uuid4()), "version": 1, "occurred_at": "2026-11-16T09:00:00+00:00"}
    for body in BODIES:
        with pytest.raises(Refused) as refusal:
            open_letter(Letter("tickets", "TicketResolved", body, dict(headers)), TicketResolved)
        assert refusal.value.reason == ("broken JSON" if kind == JSON else "not JSON")
    assert RAN == []


def test_calls_under_the_name_of_json():
    """That hold something else."""
    for body in BODIES:
        with pytest.raises(Malformed) as refusal:
            decode_request(body, JSON)
        assert refusal.value.reason == "broken JSON"
    assert RAN == []
