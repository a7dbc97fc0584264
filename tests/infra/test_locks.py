"""What is installed: everything pinned, by hash, from whichever index the machine uses; the tests' tools apart."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
WANTED = {
    "requirements.lock": [Requirement(text) for text in PROJECT["dependencies"]],
    "requirements-test.lock": [Requirement(text) for text in PROJECT["optional-dependencies"]["test"]],
}
ENTRY = re.compile(r"^([\w.\-]+)==(\S+) \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE)


def locked(lock):
    """Version and hashes of every package that a lock names."""
    entries = ENTRY.findall((ROOT / lock).read_text())
    return {canonicalize_name(name): (version, re.findall(r"\w{64}", hashes)) for name, version, hashes in entries}


@pytest.mark.parametrize("lock", WANTED)
def test_lock_names_no_registry_and_hashes_everything(lock):
    text = (ROOT / lock).read_text()
    assert not re.search(r"https?://|--index-url|--extra-index|--find-links|--trusted|@ file", text)
    names = re.findall(r"^([\w.\-]+)==", text, re.MULTILINE)
    assert {canonicalize_name(name) for name in names} == set(locked(lock))


@pytest.mark.parametrize("lock", WANTED)
def test_lock_satisfies_what_the_project_wants(lock):
    versions = locked(lock)
    assert len(WANTED[lock]) > 5
    for requirement in WANTED[lock]:
        assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)][0]), requirement


def test_what_stands_in_both_locks_is_the_same():
    """Then what the tests need is added, and nothing of the product installed otherwise."""
    product, tests = locked("requirements.lock"), locked("requirements-test.lock")
    both = product.keys() & tests.keys()
    assert {name: product[name] for name in both} == {name: tests[name] for name in both}


def test_product_carries_no_tool_of_the_tests():
    tools = {canonicalize_name(requirement.name) for requirement in WANTED["requirements-test.lock"]}
    assert tools & locked("requirements.lock").keys() == {"requests"}  # nameko needs it.


def test_product_imports_nothing_that_only_the_tests_have():
    """The tests run where both are installed: only here would it be seen."""
    distributions, product = packages_distributions(), locked("requirements.lock")
    foreign = set()
    for folder in ("chassis", "services", "gateway", "infra"):
        for path in (ROOT / folder).rglob("*.py"):
            for name in imported(path) - sys.stdlib_module_names - {"chassis", "services", "gateway", "infra"}:
                if not any(canonicalize_name(owner) in product for owner in distributions.get(name, ())):
                    foreign.add((str(path.relative_to(ROOT)), name))
    assert foreign == set()


def imported(path):
    """The top packages that a file imports, wherever in it."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and not node.level]
    return {name.partition(".")[0] for name in names}
