"""The launcher: it installs what is missing, once, and hands its arguments over."""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pip
import pytest

from infra.local.state import State
from tests.waiting import eventually

ROOT = Path(__file__).resolve().parents[2]
PRODUCT, TESTS = "pip requirements.lock", "pip requirements-test.lock"
#: Runs the launcher of the folder with an environment whose Python notes what it is asked, in `asked`.
WITH_FAKE_PYTHON = """
import pathlib, shutil, sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader

folder, sys.argv = pathlib.Path(sys.argv[1]), sys.argv[1:]
launcher = module_from_spec(spec_from_loader("launcher", SourceFileLoader("launcher", str(folder / "desk"))))
launcher.__spec__.loader.exec_module(launcher)

def make_environment():
    shutil.rmtree(launcher.VENV, ignore_errors=True)
    pathlib.Path(launcher.PYTHON).parent.mkdir(parents=True)
    pathlib.Path(launcher.PYTHON).write_text((folder / "python").read_text())
    pathlib.Path(launcher.PYTHON).chmod(0o755)
    with (folder / "asked").open("a") as asked:
        print("an empty environment", file=asked)

launcher.make_environment = make_environment
launcher.main()
"""
FAKE_PYTHON = """#!/bin/sh
cd '{}'
if [ "$1" = -P ]; then echo "$4" >> asked; exit 0; fi
for last; do true; done
echo "pip ${{last##*/}}" >> asked
eval "$PIP"
"""
#: What a fake pip does in the shell to go on until a test lets it end, by the file `go`.
UNTIL_LET_GO = "until [ -e go ]; do sleep 0.05; done"


#: The tests' Python without any package, as a launcher finds it that has nothing installed yet.
PYTHON = [sys.executable, "-S"]
#: Runs a launcher, but for Python's unpacking of pip, which takes 6 s: the new environment gets ours. That one was
#: unpacked by the launcher itself, when it made the environment of these tests.
LAUNCH = f"""
import os, runpy, sys, venv
def share_pip(_builder, context):
    packages = os.path.join("lib", "python%d.%d" % sys.version_info[:2], "site-packages", "pip")
    os.symlink({os.path.dirname(pip.__file__)!r}, os.path.join(context.env_dir, packages))
venv.EnvBuilder._setup_pip = share_pip
runpy.run_path(sys.argv.pop(1), run_name="__main__")
"""


def launch(folder, *arguments):
    """Runs a copy of the launcher from another folder."""
    command = [*PYTHON, "-c", LAUNCH, folder / "desk", *arguments]
    return subprocess.run(command, cwd="/", capture_output=True, text=True, timeout=60)


def a_checkout(folder, lock="", command="import os, sys; print(sys.argv[1:], os.environ['PYTHONPATH'])"):
    """A checkout with the launcher, an own lock and a one-line command."""
    (folder / "infra" / "cli").mkdir(parents=True)
    (folder / "infra" / "cli" / "__main__.py").write_text(command)
    (folder / "requirements.lock").write_text(lock)
    (folder / "requirements-test.lock").write_text(lock)
    (folder / "desk").write_bytes((ROOT / "desk").read_bytes())
    return folder


def test_time_zones_are_known_on_a_machine_without_them():
    """Business hours and interventions need them, and a small container has none of its own."""
    code = "from zoneinfo import ZoneInfo, TZPATH; print(TZPATH, ZoneInfo('Europe/Paris'))"
    environment = {**os.environ, "PYTHONTZPATH": ""}
    told = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert told.stdout == "() Europe/Paris\n"


def test_launcher_makes_the_environment_once_and_hands_its_arguments_over(tmp_path):
    folder = a_checkout(tmp_path)
    first, second = launch(folder, "status", "--json"), launch(folder, "up")
    assert first.stdout == f"['status', '--json'] {folder}\n"
    assert installed_by(first) == ["requirements.lock"]
    assert (second.stdout, second.stderr) == (f"['up'] {folder}\n", "")
    assert (folder / ".venv" / "installed").read_text().startswith(hashlib.sha256(b"").hexdigest())
    (folder / ".venv" / "of-the-first").touch()
    tests, again = launch(folder, "test", "-k", "clock"), launch(folder, "test")
    assert tests.stdout == f"['test', '-k', 'clock'] {folder}\n"
    assert installed_by(tests) == ["requirements-test.lock"]
    assert (again.stdout, again.stderr) == (f"['test'] {folder}\n", "")
    assert (folder / ".venv" / "of-the-first").exists()


def installed_by(launched):
    """The locks that a launcher says it has installed."""
    *installing, done = launched.stderr.splitlines()
    assert done.startswith("desk: installed in ")
    return [re.fullmatch(r"desk: installing the locked requirements into .*, once \((.*)\) \.\.\.", line)[1]
            for line in installing]  # fmt: skip


@pytest.fixture
def checkout(tmp_path):
    """A checkout in which nothing is really installed."""
    (tmp_path / "python").write_text(FAKE_PYTHON.format(tmp_path))
    return a_checkout(tmp_path)


def begin(folder, command, pip=""):
    """Begins a command in such a checkout; `pip` is what happens, in the shell, when pip is called."""
    arguments = [*PYTHON, "-c", WITH_FAKE_PYTHON, folder, command]
    return subprocess.Popen(arguments, env={**os.environ, "PIP": pip}, stderr=subprocess.PIPE, text=True)


def asked(folder, command, pip=""):
    """Runs a command in such a checkout; returns what was asked of its environment."""
    (folder / "asked").write_text("")
    begin(folder, command, pip).communicate(timeout=30)
    return (folder / "asked").read_text().splitlines()


def test_first_command_decides_what_is_installed(checkout):
    assert asked(checkout, "up") == ["an empty environment", PRODUCT, "up"]
    assert asked(checkout, "test") == [TESTS, "test"]
    assert asked(checkout, "test") == ["test"]
    (checkout / ".venv" / "installed").unlink()
    assert asked(checkout, "test") == ["an empty environment", PRODUCT, TESTS, "test"]
    assert asked(checkout, "up") == ["up"]


def test_changed_lock_begins_from_nothing_where_the_product_needs_it(checkout):
    asked(checkout, "test")
    (checkout / "requirements-test.lock").write_text("# changed")
    assert asked(checkout, "up") == ["up"]
    assert asked(checkout, "test") == [TESTS, "test"]
    (checkout / "requirements.lock").write_text("# changed")
    assert asked(checkout, "up") == ["an empty environment", PRODUCT, "up"]
    assert asked(checkout, "test") == [TESTS, "test"]


def test_installation_that_fails_leaves_the_one_before(checkout):
    """As without a network: whoever goes back to the version before has its environment, whole."""
    lock, environment = checkout / "requirements.lock", checkout / ".venv"
    asked(checkout, "up")
    (environment / "package-of-the-first").touch()
    lock.write_text("# changed")
    for ending in ("kill -9 $PPID", "echo ERROR: no network >&2; exit 1"):
        assert asked(checkout, "up", ending) == ["an empty environment", PRODUCT]
    lock.write_text("")
    assert asked(checkout, "up") == ["up"]
    assert (environment / "package-of-the-first").exists()
    assert (environment / "install.log").read_text() == "ERROR: no network\n"
    assert not (checkout / ".venv.old").exists()


def test_environment_before_is_gone_once_another_one_is_whole(checkout):
    lock, kept = checkout / "requirements.lock", checkout / ".venv.old"
    asked(checkout, "up")
    lock.write_text("# changed")
    assert asked(checkout, "up") == ["an empty environment", PRODUCT, "up"]
    assert not kept.exists()
    (kept / "half-removed").mkdir(parents=True)
    lock.write_text("# changed again")
    assert asked(checkout, "up") == ["an empty environment", PRODUCT, "up"]
    assert not kept.exists()


def test_lock_that_changes_meanwhile_is_installed_by_the_next(checkout):
    asked(checkout, "up", "echo '# changed' > requirements.lock")
    assert asked(checkout, "up") == ["an empty environment", PRODUCT, "up"]


def test_other_interpreter_begins_from_nothing(checkout):
    asked(checkout, "test")
    stamp = checkout / ".venv" / "installed"
    stamp.write_text(stamp.read_text().replace(sys.version.split()[0], "3.11.0"))
    assert asked(checkout, "up") == ["an empty environment", PRODUCT, "up"]


#: An interpreter that is new enough or not, and notes with what it is started.
OTHER_PYTHON = """#!/bin/sh
if [ "$1" = -c ]; then exit {}; fi
cd '{}'
echo "other python ${{1##*/}} $2" >> asked
"""


def made_by_another_python(checkout, is_new_enough):
    """Has the environment of a checkout made by another interpreter than the tests'; returns that one."""
    asked(checkout, "up")
    other, stamp = checkout / "other-python", checkout / ".venv" / "installed"
    other.write_text(OTHER_PYTHON.format(0 if is_new_enough else 1, checkout))
    other.chmod(0o755)
    digest, _, *rest = stamp.read_text().split("\n")
    stamp.write_text("\n".join([digest, str(other), *rest]))
    return other


def test_interpreter_of_the_environment_goes_before_that_of_the_caller(checkout):
    """As cron's, whose PATH finds the system's: each change of callers made the environment anew."""
    made_by_another_python(checkout, is_new_enough=True)
    assert asked(checkout, "status") == ["other python desk status"]


def test_interpreter_of_the_environment_before_goes_on_with_a_cut_off_installation(checkout):
    made_by_another_python(checkout, is_new_enough=True)
    (checkout / ".venv").rename(checkout / ".venv.old")
    (checkout / ".venv").mkdir()
    assert asked(checkout, "up") == ["other python desk up"]


@pytest.mark.parametrize("is_there", [True, False])
def test_interpreter_of_the_environment_that_is_gone_or_too_old_is_replaced(checkout, is_there):
    other = made_by_another_python(checkout, is_new_enough=False)
    if not is_there:
        other.unlink()
    assert asked(checkout, "up") == ["an empty environment", PRODUCT, "up"]
    assert asked(checkout, "up") == ["up"]


def test_interpreter_that_calls_itself_otherwise_is_started_once(checkout):
    """The launcher under it is not what the stamp says, either."""
    other = made_by_another_python(checkout, is_new_enough=True)
    arguments = f"'{sys.executable}' -c '{WITH_FAKE_PYTHON}' '{checkout}' \"$2\""
    other.write_text(f'#!/bin/sh\nif [ "$1" = -c ]; then exit 0; fi\nexec {arguments}\n')
    assert asked(checkout, "up") == ["an empty environment", PRODUCT, "up"]


@pytest.fixture(params=["var", "elsewhere"])
def running(request, checkout, monkeypatch):
    """A desk that runs in the usual folder, or in the caller's `VAR_DIR`; returns what ends it."""
    monkeypatch.delenv("VAR_DIR", raising=False)
    if request.param != "var":
        monkeypatch.setenv("VAR_DIR", str(checkout / request.param))
    with State(checkout / request.param).held():
        yield checkout


UNCHANGED = (
    "desk: a desk runs on {0}/.venv, which is not what requirements.lock wants now; it stays as it is until"
    " ./desk down has ended that desk.\n"
)


def test_environment_of_a_running_desk_is_left_alone(running):
    asked(running, "up")
    for changed in ("# changed", "# changed again"):
        (running / "requirements.lock").write_text(changed)
        process = begin(running, "status")
        assert process.communicate(timeout=30)[1] == UNCHANGED.format(running)
        assert process.returncode == 0
    assert asked(running, "down") == ["down"]
    assert not (running / ".venv.old").exists()


def test_tests_wait_for_the_end_of_a_desk_whose_environment_is_another_one(running):
    """Their packages are of the new lock, and none is put among those of the old one."""
    asked(running, "up")
    (running / "requirements.lock").write_text("# changed")
    process = begin(running, "test")
    assert process.communicate(timeout=30)[1] == UNCHANGED.format(running)
    assert process.returncode == 1
    assert asked(running, "test") == []


def test_tests_add_their_packages_beside_a_running_desk(running):
    asked(running, "up")
    assert asked(running, "test") == [TESTS, "test"]


def test_environment_of_a_desk_that_has_ended_is_made_anew(checkout, monkeypatch):
    monkeypatch.delenv("VAR_DIR", raising=False)
    asked(checkout, "up")
    (checkout / "requirements.lock").write_text("# changed")
    with State(checkout / "var").held():
        assert asked(checkout, "down") == ["down"]
    assert asked(checkout, "up") == ["an empty environment", PRODUCT, "up"]


def test_environment_that_nobody_can_go_on_with_is_made_anew_beside_a_running_desk(running):
    assert asked(running, "up", "kill -9 $PPID") == ["an empty environment", PRODUCT]
    assert asked(running, "status") == ["an empty environment", PRODUCT, "status"], "half an installation"
    (running / ".venv" / "bin" / "python").unlink()
    assert asked(running, "status") == ["an empty environment", PRODUCT, "status"], "its interpreter is gone"


def test_half_an_installation_of_the_product_is_not_built_upon(checkout):
    assert asked(checkout, "up", "kill -9 $PPID") == ["an empty environment", PRODUCT]
    assert asked(checkout, "up") == ["an empty environment", PRODUCT, "up"]


def test_half_an_installation_of_the_tests_is_gone_on_with(checkout):
    asked(checkout, "test")
    lock = checkout / "requirements-test.lock"
    before = lock.read_text()
    lock.write_text("# changed")
    assert asked(checkout, "test", "kill -9 $PPID") == [TESTS]
    lock.write_text(before)
    assert asked(checkout, "up") == ["up"]
    assert asked(checkout, "test") == [TESTS, "test"], "what is half another lock's is nothing installed"


def test_tests_that_cannot_be_installed_leave_the_product_as_it_is(checkout):
    """As without a network: the desk goes on running."""
    asked(checkout, "test")
    product = checkout / ".venv" / "package-of-the-product"
    product.touch()
    stamp = (checkout / ".venv" / "installed").read_text()
    (checkout / "requirements-test.lock").write_text("# changed")
    assert asked(checkout, "test", "exit 1") == [TESTS]
    assert ((checkout / ".venv" / "installed").read_text(), product.exists()) == (stamp, True)
    assert asked(checkout, "up") == ["up"]
    assert asked(checkout, "test") == [TESTS, "test"]


def is_queued(process):
    """Whether a launcher waits for another one's installation to end."""
    return re.search(rf"-> FLOCK .* {process.pid} ", Path("/proc/locks").read_text())


def test_two_first_commands_install_once(checkout):
    pair = [begin(checkout, "test", UNTIL_LET_GO) for _ in range(2)]
    try:
        eventually(lambda: any(is_queued(process) for process in pair), what="a launcher that waits")
    finally:
        (checkout / "go").touch()
        for process in pair:
            process.communicate(timeout=30)
    told = (checkout / "asked").read_text().splitlines()
    assert told == ["an empty environment", PRODUCT, TESTS, "test", "test"]


def test_pip_that_outlives_the_launcher_is_waited_for(checkout):
    first = begin(checkout, "up", f"kill -9 $PPID; {UNTIL_LET_GO}; echo pip has ended >> asked")
    second = None
    try:
        assert first.wait(timeout=30) == -9
        second = begin(checkout, "up")
        eventually(lambda: is_queued(second), what="a launcher that waits")
    finally:
        (checkout / "go").touch()
        if second:
            second.communicate(timeout=30)
    told = (checkout / "asked").read_text().splitlines()
    assert told == ["an empty environment", PRODUCT, "pip has ended", "an empty environment", PRODUCT, "up"]


def test_launcher_says_in_a_sentence_what_pip_refused(checkout):
    process = begin(checkout, "up", "echo 'ERROR: No matching distribution found for flask==0' >&2; exit 1")
    said = process.communicate(timeout=30)[1]
    assert process.returncode == 1
    assert said.splitlines()[-1] == (
        "desk: the requirements could not be installed (ERROR: No matching distribution found for flask==0); "
        f"all of pip's words are in {checkout}/.venv/install.log."
    )
    assert asked(checkout, "up") == ["an empty environment", PRODUCT, "up"]


@pytest.mark.parametrize("command", ["up", "test"])
def test_environment_that_cannot_be_written_is_said_in_a_sentence(checkout, command):
    """A folder in the place of a file is refused to root too, whom another user's files are not."""
    asked(checkout, "up")
    stamp = checkout / ".venv" / {"up": "installed", "test": "installed-test"}[command]
    stamp.unlink(missing_ok=True)
    stamp.mkdir()
    launched = launch(checkout, command)
    assert (launched.returncode, launched.stdout) == (1, "")
    assert launched.stderr.splitlines()[-1] == (
        f"desk: {checkout}/.venv belongs to another user or cannot be written: [Errno 21] Is a directory: '{stamp}'."
    )
    assert "Traceback" not in launched.stderr


def test_launcher_and_ci_can_be_executed():
    assert os.access(ROOT / "desk", os.X_OK)
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
