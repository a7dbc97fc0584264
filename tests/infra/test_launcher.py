"""The launcher and what it installs: everything pinned, by hash, from whichever index the machine uses."""

import hashlib
import os
import re
import subprocess
import sys
import tomllib
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "requirements.lock").read_text()


def locked():
    """Name, version and number of hashes of every locked package."""
    entries = re.findall(r"^([\w.\-]+)==(\S+) \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", LOCK, re.MULTILINE)
    return {canonicalize_name(name): (version, hashes.count("--hash")) for name, version, hashes in entries}


def test_lock_names_no_registry_and_hashes_everything():
    assert not re.search(r"https?://|--index-url|--extra-index|--find-links|--trusted|@ file", LOCK)
    names = re.findall(r"^([\w.\-]+)==", LOCK, re.MULTILINE)
    assert {canonicalize_name(name) for name in names} == set(locked())
    assert all(hashes for _, hashes in locked().values())


def test_lock_satisfies_every_requirement_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [Requirement(text) for text in (*project["dependencies"], *project["optional-dependencies"]["test"])]
    versions = locked()
    assert len(wanted) > 30
    for requirement in wanted:
        assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)][0]), requirement


def launch(folder, *arguments):
    """Runs a copy of the launcher from another folder."""
    return subprocess.run(
        [sys.executable, folder / "desk", *arguments], cwd="/", capture_output=True, text=True, timeout=60
    )


def a_checkout(folder, lock="", command="import os, sys; print(sys.argv[1:], os.environ['PYTHONPATH'])"):
    """A checkout with the launcher, an own lock and a one-line command."""
    (folder / "infra" / "cli").mkdir(parents=True)
    (folder / "infra" / "cli" / "__main__.py").write_text(command)
    (folder / "requirements.lock").write_text(lock)
    (folder / "desk").write_bytes((ROOT / "desk").read_bytes())
    return folder


def test_time_zones_are_known_on_a_machine_without_them():
    """Business hours and visits need them, and a small container has none of its own."""
    code = "from zoneinfo import ZoneInfo, TZPATH; print(TZPATH, ZoneInfo('Europe/Paris'))"
    environment = {**os.environ, "PYTHONTZPATH": ""}
    told = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert told.stdout == "() Europe/Paris\n"


def test_launcher_makes_the_environment_once_and_hands_its_arguments_over(tmp_path):
    folder = a_checkout(tmp_path)
    first, second = launch(folder, "status", "--json"), launch(folder, "up")
    assert first.stdout == f"['status', '--json'] {folder}\n"
    assert "installing the locked requirements" in first.stderr and "installed in" in first.stderr
    assert (second.stdout, second.stderr) == (f"['up'] {folder}\n", "")
    assert (folder / ".venv" / "installed").read_text().startswith(hashlib.sha256(b"").hexdigest())


def test_launcher_says_in_a_sentence_what_pip_refused(tmp_path, monkeypatch, capsys):
    folder = a_checkout(tmp_path)
    source = SourceFileLoader("launcher", str(folder / "desk"))
    launcher = module_from_spec(spec_from_loader("launcher", source))
    source.exec_module(launcher)

    def make_environment():
        (folder / ".venv" / "bin").mkdir(parents=True)
        python = folder / ".venv" / "bin" / "python"
        python.write_text("#!/bin/sh\necho 'ERROR: No matching distribution found for flask==0' >&2\nexit 1\n")
        python.chmod(0o755)

    monkeypatch.setattr(launcher, "make_environment", make_environment)
    with pytest.raises(SystemExit) as ended:
        launcher.main()
    assert ended.value.code == 1
    assert capsys.readouterr().err.splitlines()[-1] == (
        "desk: the requirements could not be installed (ERROR: No matching distribution found for flask==0); "
        f"all of pip's words are in {folder}/.venv/install.log."
    )
    assert not (folder / ".venv" / "installed").exists()


def test_launcher_and_ci_can_be_executed():
    assert os.access(ROOT / "desk", os.X_OK)
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
