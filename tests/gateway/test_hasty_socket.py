"""A socket whose patience ends, by itself."""

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import BoundedSemaphore
from unittest.mock import Mock, call

import pytest

from gateway import hasty_socket
from gateway.hasty_socket import PATIENCE_SECONDS, SENDING_SECONDS, HastySocket
from gateway.problems import TooSlow


def test_nobody_is_waited_for_who_takes_nothing_of_an_answer(monkeypatch):
    """A thread that sends a file to them would be gone as well."""
    monkeypatch.setattr(hasty_socket, "SENDING_SECONDS", 0.2)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        with pytest.raises(TimeoutError):
            HastySocket(ours, 10, BoundedSemaphore()).sendall(b"x" * 10_000_000)
        assert ours.gettimeout() is None


@pytest.mark.parametrize("parts", [20, 1], ids=["a file", "a page"])
@pytest.mark.parametrize(("slowest", "places", "is_sent"), [(10**9, 1, False), (1, 1, True), (1, 0, False)])
def test_nobody_is_waited_for_who_takes_an_answer_too_slowly(monkeypatch, slowest, places, is_sent, parts):
    """A little at a time would hold a thread for days, and sixteen of them everybody; who is fast enough gets all.

    Fast enough beside the quick are only so many at once.
    """
    monkeypatch.setattr(hasty_socket, "SENDING_SECONDS", 0.2)
    monkeypatch.setattr(hasty_socket, "SLOWEST_RATE", slowest)
    ours, theirs = socket.socketpair()
    sent, taken = 0, bytearray()
    with ours, theirs, ThreadPoolExecutor(1) as slow:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)

        def take():
            while piece := theirs.recv(8_192):
                taken.extend(piece)
                threading.Event().wait(0.05)

        taking = slow.submit(take)
        sending = HastySocket(ours, 10, BoundedSemaphore(places))
        with suppress(TimeoutError):
            while sent < parts:
                sending.sendall(b"x" * (20 * 8_192 // parts))
                sent += 1
        ours.shutdown(socket.SHUT_RDWR)
        taking.result(15)
    assert (sent == parts, len(taken) == 20 * 8_192) == (is_sent, is_sent)


class TestHastySocket:
    """Its patience is for a whole request and for a whole answer, by a clock that the test moves."""

    @pytest.fixture
    def clock(self, monkeypatch):
        """Return what holds the time."""
        clock = Mock(now=100.0)
        monkeypatch.setattr(hasty_socket, "monotonic", lambda: clock.now)
        return clock

    @pytest.fixture
    def wrapped(self):
        """Return a socket that waits for ever and gives a byte at a time."""
        wrapped = Mock()
        wrapped.gettimeout.return_value = None
        wrapped.recv.return_value = b"x"
        return wrapped

    def test_a_request_that_trickles_ends_and_the_next_one_begins_anew(self, clock, wrapped):
        hasty = HastySocket(wrapped, PATIENCE_SECONDS, BoundedSemaphore(1))
        for clock.now in (100, 109):
            assert hasty.recv(1) == b"x"
        assert [each.args[0] for each in wrapped.settimeout.call_args_list[::2]] == [10, pytest.approx(1, abs=0.001)]
        clock.now = 110 + 3 / hasty_socket.SLOWEST_RATE
        with pytest.raises(TooSlow):
            hasty.recv(1)
        assert wrapped.recv.call_count == 2
        hasty.begin()
        assert hasty.recv(1) == b"x"

    def test_an_answer_that_is_hardly_taken_ends(self, clock, wrapped):
        hasty = HastySocket(wrapped, PATIENCE_SECONDS, BoundedSemaphore(1))

        def take(piece):
            clock.now += SENDING_SECONDS
            return len(piece)

        wrapped.send.side_effect = take
        hasty.sendall(b"")
        hasty.sendall(b"x")
        hasty.sendall(b"y")
        with pytest.raises(TimeoutError):
            hasty.sendall(b"z")
        assert [bytes(each.args[0]) for each in wrapped.send.call_args_list] == [b"x", b"y"]

    def test_a_timeout_of_gunicorns_own_counts(self, wrapped):
        wrapped.gettimeout.return_value = 0.3
        hasty = HastySocket(wrapped, PATIENCE_SECONDS, BoundedSemaphore(1))
        assert hasty.recv(1) == b"x"
        hasty.sendall(b"y")
        assert (wrapped.settimeout.call_args_list, wrapped.sendall.call_args_list) == ([], [call(b"y")])

    def test_who_has_been_left_says_nothing_more(self, wrapped):
        hasty = HastySocket(wrapped, PATIENCE_SECONDS, BoundedSemaphore(1))
        wrapped.recv.return_value = b""
        hasty.take_leave()
        wrapped.recv.return_value = b"GET"
        assert hasty.recv(3) == b""
