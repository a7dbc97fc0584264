"""The maildir: what the desk sends into where no relay is set."""

import os
from pathlib import Path

import pytest

from chassis.settings import Settings
from services.notifications.mail import Mail
from services.notifications.senders.choice import sender_of
from services.notifications.senders.maildir import MaildirSender
from services.notifications.senders.outcomes import RelayAway

MAIL = Mail("<t.1.2.3.mac@desk.example>", "", "rosa@homes.example", b"Subject: Hello\r\n\r\nText\r\n")


def files_in(folder):
    """Return the names of all files below a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_mail_is_a_file_named_by_its_message_id(tmp_path):
    """With the envelope on top, as final delivery has it."""
    sender_of(Settings({"VAR_DIR": str(tmp_path)})).send(MAIL)
    folder = tmp_path / "outgoing-mail"
    assert files_in(folder) == ["new/t.1.2.3.mac@desk.example"]
    assert sorted(path.name for path in folder.iterdir()) == ["cur", "new", "tmp"]
    assert (folder / "new" / "t.1.2.3.mac@desk.example").read_bytes() == (
        b"Return-Path: <>\r\nDelivered-To: rosa@homes.example\r\nSubject: Hello\r\n\r\nText\r\n"
    )


def test_a_mail_is_sent_once_it_is_synced(tmp_path, monkeypatch):
    """All of it before it has its name, and the name; a power cut loses neither."""
    synced = []

    def note(descriptor):
        path = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        synced.append((path.relative_to(tmp_path).parts[0], os.fstat(descriptor).st_size if path.is_file() else None))

    monkeypatch.setattr(os, "fsync", note)
    MaildirSender(tmp_path).send(MAIL)
    (name,) = files_in(tmp_path)
    assert synced == [("tmp", (tmp_path / name).stat().st_size), ("new", None)]


def test_a_mail_sent_twice_is_there_once(tmp_path):
    """The second writes over the first."""
    sender = MaildirSender(tmp_path)
    sender.send(MAIL)
    sender.send(MAIL)
    assert files_in(tmp_path) == ["new/t.1.2.3.mac@desk.example"]


def test_a_folder_that_cannot_be_written_is_no_fault_of_the_mail(tmp_path):
    """It waits until somebody makes room."""
    (tmp_path / "outgoing-mail").write_text("a file where the folder should be")
    with pytest.raises(RelayAway):
        MaildirSender(tmp_path / "outgoing-mail").send(MAIL)
    assert files_in(tmp_path) == ["outgoing-mail"]
