"""Nothing is skipped: a session in which a test proves nothing is red."""

import os
import subprocess
import sys

import pytest

from tests.infra.conftest import ROOT

TESTS = {
    "skipped": "@pytest.mark.skip\ndef test_it(): pass",
    "skipping itself": "def test_it(): pytest.skip('no time')",
    "a whole file": "pytest.skip('no time', allow_module_level=True)",
    "expected to fail": "@pytest.mark.xfail\ndef test_it(): assert False",
    "expected to fail in vain": "@pytest.mark.xfail\ndef test_it(): pass",
}


def session_of(folder, files):
    """Run pytest with the hooks of these tests on files of others; return the process that ended."""
    for name, text in files.items():
        (folder / name).write_text(f"import pytest\n\n{text}\n\ndef test_good(): pass\n")
    command = [sys.executable, "-P", "-m", "pytest", "-q", "-p", "tests.proving", "-p", "no:cacheprovider", *files]
    # Others' plugins, which the house's settings keep out elsewhere, would take longer to load than this takes.
    environment = {
        **os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }  # fmt: skip
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=50)


def test_a_session_with_any_of_them_is_red(tmp_path):
    """And names each."""
    files = {f"test_{number}.py": text for number, text in enumerate(TESTS.values())}
    ended = session_of(tmp_path, files)
    assert ended.returncode == pytest.ExitCode.TESTS_FAILED
    named = {line.rpartition(" ")[2] for line in ended.stdout.splitlines() if line.startswith("SKIPPED OR")}
    assert named == {name if "allow_module_level" in text else f"{name}::test_it" for name, text in files.items()}


def test_a_session_without_is_green(tmp_path):
    ended = session_of(tmp_path, {"test_all.py": ""})
    assert ended.returncode == pytest.ExitCode.OK, ended.stdout
