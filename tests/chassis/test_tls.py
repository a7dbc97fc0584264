"""A TLS connection that one thread reads from and another writes to."""

import os
import socket
import ssl
import threading
from contextlib import suppress

import pytest

from chassis.bus.rabbit.tls import SharedTLS
from tests.certificates import certificates
from tests.waiting import eventually


class Busy:
    """A socket that notices when two are within it at once; the first to come gives others the time."""

    def __init__(self):
        self._meeting = threading.Barrier(2)
        self.has_met = False

    def setblocking(self, _flag):
        pass

    def fileno(self):
        return -1

    def close(self):
        pass

    def read(self, _wanted):
        return self._within(b"x")

    def write(self, data):
        return self._within(len(data))

    def _within(self, result):
        with suppress(threading.BrokenBarrierError):
            self._meeting.wait(0.05)
            self.has_met = True
        self._meeting.reset()
        return result


def test_nobody_reads_while_another_writes():
    busy = Busy()
    shared = SharedTLS(busy, patience=1)
    threads = [
        threading.Thread(target=act)
        for act in (lambda: [shared.read(1) for _ in range(5)], lambda: [shared.sendall(b"x") for _ in range(5)])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not busy.has_met


@pytest.fixture(scope="module")
def pem(tmp_path_factory):
    return certificates(tmp_path_factory.mktemp("certificates"), "127.0.0.1")


@pytest.fixture
def pair(pem):
    """Our end, shared, and the peer's, after the handshake."""
    authority, identity = pem
    ours, theirs = socket.socketpair()
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(identity)
    accepted = []
    peer = threading.Thread(target=lambda: accepted.append(serving.wrap_socket(theirs, server_side=True)))
    peer.start()
    trusting = ssl.create_default_context(cafile=authority)
    wrapped = trusting.wrap_socket(ours, server_hostname="127.0.0.1")
    peer.join()
    shared = SharedTLS(wrapped, patience=0.3)
    yield shared, accepted[0], wrapped
    shared.close()
    accepted[0].close()


def test_much_goes_both_ways_at_once(pair):
    """More than the buffers between hold, so that both have to wait for the other."""
    shared, peer, _ = pair
    sent, returned = os.urandom(5_000_000), bytearray()

    def echo():
        with suppress(OSError):
            while piece := peer.recv(65_536):
                peer.sendall(piece)

    def read():
        while len(returned) < len(sent):
            returned.extend(shared.read(100_000))

    threads = [threading.Thread(target=echo), threading.Thread(target=read)]
    for thread in threads:
        thread.start()
    for start in range(0, len(sent), 300_000):
        shared.sendall(sent[start : start + 300_000])
    threads[1].join()
    # Whoever still read from a descriptor that the next test is given would read what is not theirs.
    shared.shutdown()
    threads[0].join()
    assert bytes(returned) == sent


def test_a_peer_that_says_nothing_is_waited_for_no_longer_than_patience(pair):
    shared, peer, _ = pair
    with pytest.raises(TimeoutError):
        shared.read(1)
    peer.sendall(b"late")
    assert shared.read(10) == b"late"


def test_the_end_is_no_bytes(pair):
    shared, peer, _ = pair
    peer.shutdown(socket.SHUT_RDWR)
    assert shared.read(10) == b""


def test_what_was_half_sent_is_the_last_that_is_sent(pair):
    """OpenSSL would count what is left of it as the beginning of the next."""
    shared, peer, wrapped = pair
    with pytest.raises(TimeoutError):
        shared.sendall(b"x" * 50_000_000)
    for act in (lambda: shared.sendall(b"next"), lambda: shared.read(1)):
        with pytest.raises(ConnectionAbortedError):
            act()
    assert wrapped.fileno() == -1
    received = bytearray()
    with suppress(OSError):
        while piece := peer.recv(65_536):
            received += piece
    assert set(received) == {ord("x")}


def test_who_waits_notices_that_it_is_shut_and_the_last_closes_it(pair):
    shared, _, wrapped = pair
    shared._patience = 60
    outcomes = []

    def read():
        try:
            shared.read(1)
        except OSError as error:
            outcomes.append(type(error))

    reader = threading.Thread(target=read)
    reader.start()
    eventually(lambda: shared._users == 1, what="the reader within")
    shared.shutdown()
    reader.join(10)
    assert outcomes == [ConnectionAbortedError]
    assert wrapped.fileno() == -1
