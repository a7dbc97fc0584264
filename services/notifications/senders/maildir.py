"""Writes mails into a maildir (https://cr.yp.to/proto/maildir.html), where no relay is set."""

import os

from chassis.files import sync_folder
from services.notifications.senders.outcomes import RelayAway


class MaildirSender:
    """Sends into a folder.

    :param folder: `pathlib.Path` of the maildir, made when missing.
    """

    def __init__(self, folder):
        self.folder = folder

    def send(self, mail):
        """Write a mail; the file is named by its Message-ID, so a mail sent twice is there once.

        :raises RelayAway: the folder cannot be written.
        """
        name = mail.message_id.strip("<>")
        try:
            for part in ("tmp", "new", "cur"):
                (self.folder / part).mkdir(parents=True, exist_ok=True)
            temporary = self.folder / "tmp" / f"{name}.{os.getpid()}"
            with open(temporary, "wb") as file:
                file.write(_traced(mail))
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self.folder / "new" / name)
            sync_folder(self.folder / "new")
        except OSError as error:
            raise RelayAway(f"{self.folder} cannot be written: {error.strerror}") from error

    def close(self):
        """Nothing is kept open."""


def _traced(mail):
    """Return the bytes with the envelope on top, as final delivery has it (RFC 5321, 4.4)."""
    return f"Return-Path: <{mail.sender}>\r\nDelivered-To: {mail.recipient}\r\n".encode() + mail.content
