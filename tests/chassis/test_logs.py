"""Logs: lines that never undo what was done."""

import errno
import logging
import sys

import structlog

from chassis import logs


class FullDisk:
    """A stream on a disk without room."""

    def write(self, _text):
        raise OSError(errno.ENOSPC, "No space left on device")

    def flush(self):
        self.write("")


def test_what_cannot_be_logged_raises_nothing(monkeypatch, capsys):
    """A mail whose line could not be written was sent twice a second."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level, structlog.get_config())
    monkeypatch.setattr(sys, "stdout", FullDisk())
    try:
        logs.configure("test")
        structlog.get_logger(module="test").info("delivery", outcome="sent")
        logging.getLogger("test").error("and this")
    finally:
        root.handlers[:], root.level = before[:2]
        structlog.configure(**before[2])
    assert capsys.readouterr().err == ""
