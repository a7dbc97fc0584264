"""The record of what runs: nobody is taken for a process of the desk, or ended as one, who has only got its id."""

import json
import subprocess

import psutil
import pytest

from infra.local import state as states
from infra.local.state import State, start_of

STARTING = "The desk is just starting; try again when it is ready."


@pytest.fixture
def state(tmp_path):
    """A folder's record."""
    made = State(tmp_path / "var")
    made.folder.mkdir(parents=True)
    return made


@pytest.fixture
def bystander():
    """A program that is none of the desk's."""
    child = subprocess.Popen(["sleep", "600"])
    yield psutil.Process(child.pid)
    child.kill()
    child.wait()


def recorded(process, started):
    """What a desk has written whose processes had this id and these starts."""
    row = {"pid": process.pid, "started": started}
    rows = [{**row, "kind": "smtp", "name": "smtp", "ready_url": None, "ready": True, "restarts": 0}]
    return {**row, "owner_url": "postgresql://killed", "base_url": "http://killed", "smtp_port": 25, "mode": "embedded",
            "processes": rows}  # fmt: skip


@pytest.mark.parametrize("started", [lambda start: [start[0], start[1] - 1], lambda start: ["", start[1]]])
def test_whoever_has_got_the_id_of_a_killed_desk_goes_on(desk, state, bystander, started):
    """`down` ended the process of this id while another command held the lock; `status` and others believed it."""
    state.write(recorded(bystander, started(start_of(bystander))))
    with state.held():
        answers = [desk(*command) for command in (["down"], ["create-admin", "ada@provider.example"])]
        assert [(answer.code, answer.out, answer.err) for answer in answers] == [(1, [], [f"desk: {STARTING}"])] * 2
        assert (desk("status").code, desk("status").out) == (1, ["The desk is just starting."])
        assert json.loads(desk("status", "--json").out[0])["running"] is False
        second = desk("up")
        assert second.err == ["desk: Fielddesk is already running here (it is just starting); ./desk down ends it."]
    assert desk("down").out == ["Nothing runs here."]
    assert bystander.is_running()


def test_the_desk_that_a_folder_was_copied_from_goes_on(desk, state, bystander):
    """`down` in the copy ended it, also while a command held the copy's lock, and others changed its databases."""
    original = State(state.var_dir.parent / "original")
    original.folder.mkdir(parents=True)
    state.write({**recorded(bystander, start_of(bystander)), "place": original.place()})
    with state.held():
        for command in (["down"], ["create-admin", "ada@provider.example"]):
            assert (desk(*command).code, desk(*command).err) == (1, [f"desk: {STARTING}"])
        assert (desk("status").code, desk("status").out) == (1, ["The desk is just starting."])
    assert desk("down").out == ["Nothing runs here."]
    assert bystander.is_running()


def test_one_process_that_a_killed_desk_has_left_is_one(desk, state, bystander):
    """In the singular."""
    state.write(recorded(bystander, start_of(bystander)))
    words = "The desk was killed and left 1 process behind: ./desk up starts it anew, ./desk down ends what is left."
    assert (desk("status").code, desk("status").out) == (1, [words])
    assert desk("down").out == ["Ended 1 process that a killed desk had left."]
    assert desk("down").out == ["Nothing runs here."]


def test_a_desk_is_known_after_the_clock_was_set(state, bystander, monkeypatch):
    """A board without a clock of its own starts the desk in 1970: what a kill left afterwards was nobody's."""
    state.write(recorded(bystander, start_of(bystander)))
    now = psutil.boot_time() + 56 * 365 * 86_400
    monkeypatch.setattr(psutil._psplatform, "boot_time", lambda: now)
    assert state.survivors() == {bystander: "smtp"}


def test_another_boot_has_other_processes(state, bystander, monkeypatch, tmp_path):
    """Where each boot begins at the same time, the same id can be another program's of nearly the same start."""
    state.write(recorded(bystander, start_of(bystander)))
    other = tmp_path / "boot_id"
    other.write_text("0d4a4f3e-5c83-4a8c-a8c5-4a1b1f6b9f5e\n")
    monkeypatch.setattr(states, "BOOT_ID", other)
    assert state.survivors() == {}


def test_another_users_process_that_may_not_be_looked_at_is_none_of_ours(desk, state, bystander, monkeypatch):
    """As where `/proc` is mounted with `hidepid=1`."""
    state.write(recorded(bystander, start_of(bystander)))

    def hidden(process, **_options):
        raise psutil.AccessDenied(process.pid)

    monkeypatch.setattr(psutil._psplatform.Process, "create_time", hidden)
    assert (desk("status").code, desk("status").out) == (1, ["Nothing runs here."])
    assert desk("down").out == ["Nothing runs here."]
    monkeypatch.undo()
    assert bystander.is_running()
