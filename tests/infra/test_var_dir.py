"""The folder of a desk: whose it is, and what others are told."""

import argparse
import os
import shutil
import stat
from contextlib import contextmanager

import psutil
import pytest

from infra.cli.__main__ import commands
from infra.installation import Installation
from infra.local.ports import free_port
from infra.local.state import State, start_of
from infra.refusal import Refusal


@contextmanager
def closed(*folders):
    """Folders that nobody may look into; root, who may look everywhere, is somebody else meanwhile."""
    user = os.geteuid()
    for folder in folders:
        folder.chmod(0)
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)
        for folder in folders:
            folder.chmod(0o700)


@pytest.mark.parametrize(
    "command", [["status"], ["down"], ["create-admin", "ada@provider.example"], ["dead-letters", "list"], ["mails"]]
)
def test_desk_of_another_user_is_said_to_be_one(settings, tmp_path, command):
    """`status` said that nothing runs, others that the desk is just starting."""
    name, *arguments = command
    module, parser = commands()[name], argparse.ArgumentParser()
    module.add_arguments(parser)
    args = parser.parse_args(arguments)
    state, mails = State(tmp_path / "var"), tmp_path / "var" / "outgoing-mail"
    (mails / "new").mkdir(parents=True)
    with state.held():
        state.write({"pid": 1})
        with closed(state.folder, mails), pytest.raises(Refusal) as refusal:
            module.run(args)
        assert state.read() == {"pid": 1}
    said = f"The desk in {tmp_path}/var belongs to another user; set VAR_DIR to a folder of yours."
    assert str(refusal.value) == said


def test_lock_that_another_user_may_hold_is_not_taken(settings, tmp_path):
    state = State(tmp_path / "var")
    with state.held():
        pass
    with closed(state.folder), pytest.raises(Refusal, match=r"belongs to another user"), state.held():
        pytest.fail("it was taken")


def test_var_dir_that_cannot_be_used_is_a_sentence(desk, settings, tmp_path):
    (tmp_path / "file").write_text("")
    settings(VAR_DIR=tmp_path / "file" / "var", HTTP_PORT=free_port(), SMTP_PORT=free_port())
    answer = desk("up", "--no-demo")
    assert (answer.code, len(answer.err)) == (1, 1)
    assert answer.err[0].endswith("; set VAR_DIR to a folder of yours.")


def test_var_dir_is_closed_to_others(settings, tmp_path):
    Installation.from_environment().make_var_dir()
    assert stat.S_IMODE((tmp_path / "var").stat().st_mode) == (0o711 if os.geteuid() == 0 else 0o700)


def test_a_copied_folder_names_nothing_that_it_has_left_behind(tmp_path):
    """The copy of a running desk's folder, as a backup is, ended the programs of that desk."""
    state, ours = State(tmp_path / "var"), psutil.Process()
    state.folder.mkdir(parents=True)
    row = {"pid": ours.pid, "started": start_of(ours), "kind": "smtp"}
    state.write({"place": state.place(), "processes": [row]})
    assert state.survivors() == {ours: "smtp"}
    shutil.copytree(tmp_path / "var", tmp_path / "copy")
    assert State(tmp_path / "copy").survivors() == {}
    (tmp_path / "var").rename(tmp_path / "moved")
    assert State(tmp_path / "moved").survivors() == {ours: "smtp"}
