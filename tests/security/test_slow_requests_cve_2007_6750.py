"""CVE-2007-6750 (slowloris), in the process that everything runs in: connections that bring nothing stop nobody else.

What gunicorn does is tested in `tests/gateway/test_worker.py`.
"""

import json
import re
import socket
from contextlib import ExitStack
from select import select

import pytest
import requests

from gateway.hasty_socket import SLOWEST_RATE
from tests.gateway.running import is_alive
from tests.gateway.sockets import CHUNKED, FORM, HALVES, refusal, sent, status_of_next_answer
from tests.waiting import eventually

#: As many as the server under test takes at once (`tests/gateway/green.py`).
PLACES = 10
#: Is waited for three seconds longer than others: it has brought so much.
LONG_HALF = f"{FORM}Content-Length: 100000\r\n\r\n{'x' * 3 * SLOWEST_RATE}"
TEXT = json.dumps({"email": "ada@provider.example", "password": "not this one"})
LOGIN = "POST /api/v1/session HTTP/1.1\r\nHost: desk\r\nContent-Type: application/json\r\nConnection: close\r\n"


@pytest.mark.parametrize("half", [*HALVES.values(), "GET /livez HT"], ids=[*HALVES, "of the first line"])
def test_half_sent_requests_hold_nobody_up(green_port, half):
    """As many as there are places; each is told, and others are answered."""
    with ExitStack() as connections:
        waiting = [connections.enter_context(sent(green_port, half)) for _ in range(PLACES)]
        assert is_alive(green_port)
        assert {refusal(connection) for connection in waiting} == {(408, "request_too_slow")}


def test_where_nobody_rests_others_are_told_and_who_watches_is_answered(green_port):
    """At once, and with when to come again; who watches would start a desk anew that is well."""
    page = "GET / HTTP/1.1\r\nHost: desk\r\n\r\n"
    before = refused(green_port)
    with ExitStack() as connections:
        waiting = [connections.enter_context(sent(green_port, LONG_HALF)) for _ in range(PLACES)]
        with sent(green_port, page) as other:
            assert b"\r\nRetry-After: 1\r\n" in other.recv(65_536, socket.MSG_PEEK)
            assert refusal(other) == (503, "desk_busy")
        assert is_alive(green_port)
        assert {refusal(connection) for connection in waiting} == {(408, "request_too_slow")}
    with sent(green_port, page) as other:
        assert status_of_next_answer(other) == 200
    assert refused(green_port) == before + 1


def refused(port):
    """Return how many requests the server says that it had no place for."""
    told = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=15).text
    found = re.search(r'fielddesk_http_requests_total\{route="unknown",status="503"\} (\S+)', told)
    return float(found[1]) if found else 0


@pytest.mark.parametrize("time", ["once", "and once more"])
def test_half_of_the_places_are_never_held_by_who_is_slow(green_port, time):
    """Who has brought much is waited for longer, but not in all places."""
    text = TEXT.replace("not this one", "n" * 400_000)
    start = f"{LOGIN}Content-Length: {len(text)}\r\n\r\n{text[:-1]}"
    with ExitStack() as connections:
        slow = [connections.enter_context(sent(green_port, start)) for _ in range(PLACES)]
        eventually(lambda: len(select(slow, [], [], 0)[0]) == PLACES // 2, what="half of them")
        told = select(slow, [], [], 0)[0]
        assert [refusal(connection) for connection in told] == [(408, "request_too_slow")] * (PLACES // 2)
        for connection in set(slow) - set(told):
            connection.sendall(text[-1:].encode())
            assert refusal(connection)[0] == 422


def test_a_byte_now_and_then_is_no_request(green_port):
    """The time counts from the first byte, not from the last."""
    with sent(green_port, "GET /livez HTTP/1.1\r\nHost: desk\r\nX: ") as connection:
        connection.settimeout(0.3)
        received = b""
        while not received:
            try:
                received = connection.recv(12)
            except TimeoutError:
                connection.sendall(b"x")
        assert received == b"HTTP/1.1 408"


@pytest.mark.parametrize("before", ["", "GET /livez HTTP/1.1\r\nHost: desk\r\n\r\n"], ids=["silent", "resting"])
def test_connections_at_rest_make_room(green_port, before):
    """Three times as many as there are places: the oldest are closed at once, the last when their time is over."""
    with ExitStack() as connections:
        resting = [connections.enter_context(sent(green_port, before)) for _ in range(3 * PLACES)]
        if before:
            assert {status_of_next_answer(connection) for connection in resting} == {200}
        assert is_alive(green_port)
        assert {connection.recv(1) for connection in resting} == {b""}


def test_a_body_in_chunks_is_read(green_port):
    """As gunicorn does: it comes as far as the services, which are away here."""
    chunks = f"Transfer-Encoding: chunked\r\n\r\n5\r\n{TEXT[:5]}\r\n{len(TEXT) - 5:x}\r\n{TEXT[5:]}\r\n0\r\n\r\n"
    with sent(green_port, LOGIN + chunks) as connection:
        assert refusal(connection) == (503, "away")


NO_BODIES = {
    "chunks that are none": (f"{CHUNKED}zz\r\n{{}}\r\n0\r\n\r\n", 400, "request_malformed"),
    "a chunk's line that does not end": (f"{CHUNKED}{'0' * 9_000}", 400, "request_malformed"),
    "2 MB in chunks": (f"{CHUNKED}{2_000_000:x}\r\n{'x' * 2_000_000}\r\n0\r\n\r\n", 413, "body_too_large"),
}


@pytest.mark.parametrize(("text", "status", "code"), NO_BODIES.values(), ids=NO_BODIES)
def test_chunks_have_the_limits_of_other_bodies(green_port, text, status, code):
    """And the server goes on."""
    with sent(green_port, text.replace(FORM, f"{FORM}Connection: close\r\n")) as connection:
        assert refusal(connection) == (status, code)
    assert is_alive(green_port)
