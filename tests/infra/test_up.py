"""A whole desk in one folder: up, a look at it, a second one refused, down, and what a killed one leaves."""

import json
import os
import signal
import stat

import psutil
import pytest

from infra.cli.state import State
from infra.cli.terminal import free_port
from infra.installation import Installation
from tests.waiting import eventually


@pytest.fixture
def installation(settings, desk_process):
    """An installation on free ports, whose desk is ended at the end."""
    settings(HTTP_PORT=free_port(), SMTP_PORT=free_port())
    yield Installation.from_environment()
    desk_process("down")


def pids_of(installation):
    """Process ids of a running desk's children by name."""
    return {row["name"]: row["pid"] for row in State(installation.var_dir).read()["processes"]}


def is_alive(pid):
    """Whether a process does anything still."""
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


@pytest.mark.timeout(120)
def test_a_desk_from_up_to_down_and_after_a_kill(installation, desk, desk_process):
    started = desk_process("up", "--no-demo", "--detach")
    assert (started.code, started.err) == (0, [])
    assert started.out[0].startswith("ready in ")
    assert f"  desk  http://localhost:{installation.http_port}" in started.out

    state = State(installation.var_dir)
    assert stat.S_IMODE(state.file.stat().st_mode) == 0o600
    shown = json.loads(desk("status", "--json").out[0])
    assert (shown["running"], shown["ready"], shown["mode"]) == (True, True, "embedded")
    assert {row["name"] for row in shown["processes"]} == {"postgresql", "embedded", "smtp"}
    assert "owner_url" not in shown

    log = (state.folder / "up.log").read_text()
    for how in ([], ["--detach"]):
        second = desk_process("up", "--no-demo", *how)
        assert (second.code, second.out) == (1, [])
        assert second.err == [
            f"desk: Fielddesk is already running here ({installation.base_url}); ./desk down ends it."
        ]
    assert (state.folder / "up.log").read_text() == log, "its log goes on"
    assert desk("create-admin", "ada@provider.example").code == 0

    before = pids_of(installation)
    os.kill(state.read()["pid"], signal.SIGKILL)
    eventually(lambda: not state.is_held(), what="the lock of the killed desk falls")
    assert all(is_alive(pid) for pid in before.values())
    words = "The desk was killed and left 3 processes behind: ./desk up starts it anew, ./desk down ends them."
    assert (desk("status").code, desk("status").out) == (1, [words])
    shown = json.loads(desk("status", "--json").out[0])
    assert (shown["running"], shown["left_behind"]) == (False, 3)
    left = desk_process("down")
    assert (left.code, left.out) == (0, ["Ended 3 processes that a killed desk had left."])
    assert not any(is_alive(pid) for pid in before.values())

    assert desk_process("up", "--no-demo", "--detach").code == 0
    after = pids_of(installation)
    assert desk("create-admin", "ada@provider.example").code == 1
    ended = desk_process("down")
    assert (ended.code, ended.out, ended.err) == (0, ["Ended."], [])
    assert not any(is_alive(pid) for pid in after.values())
    assert not state.file.exists()
