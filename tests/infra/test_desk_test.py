"""`./desk test`: what it has installed before, how long it may take, and what it leaves when a signal ends it."""

import signal
import subprocess
import sys
import tempfile
from types import SimpleNamespace

import psutil
import pytest

from infra.cli import test as test_command
from infra.cli.test import LANES, ON_BROKER, ON_STRACE, reach
from infra.local.ending import end, has_ended
from tests.infra.conftest import ROOT, refused
from tests.waiting import eventually


@pytest.mark.parametrize(
    ("arguments", "broker", "strace"),
    [
        (["tests"], True, True), (["-k", "clock"], True, True), (["tests/bus"], True, False),
        (["tests/unit", "tests/bus"], True, False), (["tests/e2e/test_main_job.py::test_x"], True, False),
        (["tests/chaos"], True, False), (["tests/unit", "-q", "tests/infra"], True, False),
        (["tests/unit"], False, False),
        (["tests/unit", "-q", "tests/contracts"], False, False),
        (["tests/inbound_smtp/test_sync_order.py"], False, True),
    ],
)  # fmt: skip
def test_what_tests_need_is_installed_for_those_that_need_it(arguments, broker, strace):
    assert (reach(arguments, ON_BROKER), reach(arguments, ON_STRACE)) == (broker, strace)


class NoServer:
    """A PostgreSQL that is none."""

    def start(self):
        """Start nothing."""
        return "postgresql://nowhere/"

    def stop(self):
        """Stop nothing."""


@pytest.fixture
def testing(desk, monkeypatch):
    """Return a function that runs `./desk test` with a pytest that takes so many seconds and does nothing.

    :param installing: what installing strace takes.
    """
    clock = [100.0]

    def test(*arguments, seconds=0, installing=0):
        monkeypatch.setenv("DESK_INSTALL_SECONDS", "2")
        monkeypatch.setattr(test_command, "time", SimpleNamespace(monotonic=lambda: clock[0]))
        monkeypatch.setattr(test_command, "Postgres", NoServer)
        monkeypatch.setattr(test_command, "run_lanes", lambda *_: passes(seconds) or 0)
        monkeypatch.setattr(test_command, "install", lambda *_what, **_how: passes(installing))
        return desk("test", *arguments)

    def passes(seconds):
        clock[0] += seconds

    return test


def test_every_folder_of_tests_runs_in_one_lane():
    """What no lane names is run by the last one, which passes over what the others run."""
    *apart, (whole, *passed_over) = LANES
    named = [folder for lane in apart for folder in lane]
    assert whole == "tests"
    assert passed_over == [f"--ignore={folder}" for folder in named]
    assert len(set(named)) == len(named)
    assert all((ROOT / folder).is_dir() for folder in named)


def test_strace_is_installed_before_the_tests_and_not_counted_as_one(testing, monkeypatch):
    monkeypatch.setattr(test_command.shutil, "which", lambda name: None if name == "strace" else name)
    monkeypatch.setattr(test_command, "may_install", lambda: True)
    answer = testing("tests/inbound_smtp", seconds=40, installing=7)
    assert (answer.code, answer.out) == (0, ["installs 9 s, tests 40 s"])
    assert answer.err == ["desk: installing strace from the system's packages, once ..."]


def test_tests_that_need_strace_are_refused_where_it_cannot_be_had(testing, monkeypatch):
    monkeypatch.setattr(test_command.shutil, "which", lambda _name: None)
    answer = testing("tests/inbound_smtp")
    assert refused(answer, "strace is missing: install it (Debian: apt-get install strace).")


def test_tests_that_are_refused_leave_nothing(desk, monkeypatch, tmp_path):
    """No folder of a server that never began."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(test_command.shutil, "which", lambda _name: None)
    assert desk("test", "tests/inbound_smtp").code == 1
    assert list(tmp_path.iterdir()) == []


def test_tests_that_are_told_to_end_leave_nothing(desk_process, monkeypatch, tmp_path):
    """Neither their PostgreSQL nor its folder."""
    folder, begun = tmp_path / "temporary", tmp_path / "begun"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    endless = tmp_path / "test_endless.py"
    words = f"    open({str(begun)!r}, 'w').close()\n    threading.Event().wait()\n"
    endless.write_text(f"import threading\n\n\ndef test_endless():\n{words}")
    process = desk_process("test", str(endless), "-p", "no:cacheprovider", begin=True)
    eventually(begun.exists, within=60, what="the test")
    programs = psutil.Process(process.pid).children(recursive=True)
    process.terminate()
    assert process.wait(60) == 130
    assert [program for program in programs if not has_ended(program)] == []
    assert list(folder.iterdir()) == []


#: Runs `./desk test` with a server that only says when it is stopped.
TEST_BESIDE_A_SERVER = """
import sys
from infra.cli import test
from infra.cli.__main__ import main

class Server:
    def start(self):
        return "postgresql://nowhere/"

    def stop(self):
        print("the server is stopped", flush=True)

test.Postgres, test.require_server, test.require_strace = Server, lambda: None, lambda: None
sys.exit(main(["test", *sys.argv[1:]]))
"""


#: A test with something to put away, which waits to be interrupted.
WAITING_TEST = """
import pathlib, threading, pytest

@pytest.fixture
def begun():
    pathlib.Path({0!r}, "begun").touch()
    yield
    pathlib.Path({0!r}, "put-away").touch()

def test_that_waits(begun):
    threading.Event().wait(60)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_the_tests_with_all_that_they_have_started(tmp_path, number):
    """With what fixtures had begun, too, such as a broker."""
    (tmp_path / "test_waiting.py").write_text(WAITING_TEST.format(str(tmp_path)))
    command = [sys.executable, "-c", TEST_BESIDE_A_SERVER, tmp_path / "test_waiting.py", "-p", "no:cacheprovider"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    begun = [psutil.Process(process.pid)]
    try:
        eventually((tmp_path / "begun").exists, what="the test that waits")
        begun += begun[0].children()
        process.send_signal(number)
        out = process.communicate(timeout=30)[0]
        assert has_ended(begun[1])
    finally:
        end(begun, (signal.SIGKILL,))
    assert (process.returncode, out.splitlines()[-1]) == (130, "the server is stopped")
    assert (tmp_path / "put-away").exists()


@pytest.mark.parametrize(("seconds", "is_said"), [(360, False), (361, True)])
def test_tests_that_take_longer_than_they_may_are_a_sentence(testing, seconds, is_said):
    answer = testing("tests/unit", seconds=seconds)
    words = ["desk: the tests took longer than the 360 s that they may take on two quiet cores."]
    assert (answer.code, answer.out) == (0, [f"installs 2 s, tests {seconds} s"])
    assert answer.err == (words if is_said else [])
