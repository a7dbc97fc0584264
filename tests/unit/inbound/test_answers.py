"""The parser's answers where the store fails, or the mail cannot even be shown."""

import errno

import pytest

from services.inbound.parsing import __main__ as child
from services.inbound.parsing.shown import shown_mail
from tests.unit.inbound.mails import RECEIVED, a_mail

READ = {"sha256": "a" * 64, "envelope_from": "rosa@homes.example", "received_at": RECEIVED.isoformat()}
SHOW = {"show": "a" * 64}
POSTPONED = {"postponed": "store_failed"}


class Store:
    """A file store that holds one mail.

    :param failures: what it is given first so often finds the disk full.
    """

    def __init__(self, raw, failures=0):
        self.raw, self.failures, self.kept = raw, failures, []

    def read(self, service, sha256):
        """Return the mail."""
        assert (service, sha256) == ("inbound", "a" * 64)
        return self.raw

    def keep(self, service, content):
        """Keep bytes of the mail."""
        assert service == "inbound"
        if self.failures:
            self.failures -= 1
            raise OSError(errno.ENOSPC, "No space left on device")
        self.kept.append(content)
        return f"sha-{len(self.kept)}"


def with_photo():
    """Return a mail that can be read."""
    mail = a_mail(body="Lift")
    mail.add_attachment(b"pixels", maintype="image", subtype="png", filename="lift.png")
    return mail.as_bytes()


def too_deep():
    """Return a mail that cannot be read, its header apart."""
    return b"Subject: Lift\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * 200


@pytest.fixture
def unshown(monkeypatch):
    """Let it be impossible to cut out what may be shown of a mail."""

    def fail(raw):
        raise RecursionError

    monkeypatch.setattr(child, "shown_mail", fail)


def test_a_mail_whose_photo_finds_no_room_is_read_later():
    """Though there is room again the next moment: as unreadable it would be told without its photo."""
    store = Store(with_photo(), failures=1)
    assert child.answer_to(store, READ) == POSTPONED
    assert store.kept == []
    photo = {"sha256": "sha-1", "filename": "lift.png", "content_type": "image/png", "size": 6}
    assert child.answer_to(store, READ)["mail"]["attachments"] == [photo]
    assert store.kept == [b"pixels"]


@pytest.mark.parametrize("request_", [READ, SHOW], ids=["read", "show"])
def test_a_mail_whose_copy_finds_no_room_is_read_later(request_):
    """Unreadable or given up, it is told with what may be shown of it."""
    store = Store(too_deep(), failures=1)
    assert child.answer_to(store, request_) == POSTPONED
    copy = {"sha256": "sha-1", "size": len(shown_mail(store.raw))}
    assert child.answer_to(store, request_)["copy"] == copy
    assert store.kept == [shown_mail(store.raw)]


def test_an_unreadable_mail_that_cannot_be_shown_is_answered_without_a_copy(unshown):
    """With its reason and its header."""
    store = Store(too_deep())
    answer = child.answer_to(store, READ)
    assert (answer["unreadable"], answer["header"]["subject"], answer["copy"]) == ("nested_too_deep", "Lift", None)
    assert store.kept == []


def test_what_cannot_be_shown_is_answered_as_none(unshown):
    """To whoever asks for the copy alone."""
    assert child.answer_to(Store(with_photo()), SHOW) == {"copy": None}
