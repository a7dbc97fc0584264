"""The command line as a function, with settings of its own."""

import sys
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen, run

import pytest

from infra.cli.__main__ import main
from infra.databases import make_databases, migrate
from infra.installation import Installation
from infra.local import rabbit
from infra.local.rabbit import Rabbit
from infra.processes import SETTINGS

ROOT = Path(__file__).resolve().parents[2]
#: Bytes; a node says more when it starts.
SMALL_LOG = 4_000


@dataclass
class Answer:
    """What a command said: exit code, lines of stdout, lines of stderr."""

    code: int
    out: list[str]
    err: list[str]


def refused(answer, sentence):
    """Whether a command said exactly one sentence, on stderr, and exited with 1."""
    return (answer.code, answer.out, answer.err) == (1, [], [f"desk: {sentence}"])


@pytest.fixture(scope="module")
def migrated(server_url, tmp_path_factory):
    """Settings of an installation whose databases are made on the tests' server; whoever changes any puts it back."""
    settings = {"DATABASE_URL": server_url, "VAR_DIR": str(tmp_path_factory.mktemp("installation"))}
    make_databases(Installation(settings), server_url)
    migrate(Installation(settings), server_url)
    return settings


@pytest.fixture(scope="session")
def broker(tmp_path_factory):
    """A private RabbitMQ node for this folder's tests, who leave it running; its logs are soon large."""
    node = Rabbit(tmp_path_factory.mktemp("rabbit") / "node")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rabbit, "LARGEST_LOG", SMALL_LOG)
        node.start()
    yield node
    node.stop()


@pytest.fixture
def settings(monkeypatch, tmp_path):
    """Takes every Fielddesk setting out of the environment; returns a function that sets some."""
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))

    def set_all(**values):
        for name, value in values.items():
            monkeypatch.setenv(name, str(value))

    return set_all


@pytest.fixture
def desk(settings, capsys):
    """Returns a function that runs a command in this process."""

    def run_command(*arguments):
        capsys.readouterr()
        code = main(list(arguments))
        said = capsys.readouterr()
        return Answer(code, said.out.splitlines(), said.err.splitlines())

    return run_command


@pytest.fixture
def desk_process(settings):
    """Returns a function that runs a command in a process of its own; `begin=True` does not wait for it."""

    def run_command(*arguments, begin=False):
        command = [sys.executable, "-P", "-m", "infra.cli", *arguments]
        if begin:
            return Popen(command, cwd=ROOT)
        done = run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
        return Answer(done.returncode, done.stdout.splitlines(), done.stderr.splitlines())

    return run_command
