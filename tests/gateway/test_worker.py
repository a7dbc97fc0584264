"""The gateway as gunicorn runs it: half a request holds nobody up, and what is no request is refused in our form."""

import json
import resource
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from select import select
from threading import BoundedSemaphore
from unittest.mock import Mock, call

import pytest
import requests
from gunicorn.http import errors
from gunicorn.http.errors import InvalidHeader
from gunicorn.http.unreader import SocketUnreader

from gateway import __main__ as command
from gateway import hasty_socket
from gateway.__main__ import THREADS
from gateway.hasty_socket import PATIENCE_SECONDS, SENDING_SECONDS, HastySocket
from gateway.http_syntax import settle
from gateway.http_syntax import status_of as status_of_error
from gateway.problems import TooSlow
from gateway.worker import KEPT_THREADS, MOST_WAITING, Worker
from infra.local.ports import free_port
from tests.gateway.running import KEY, is_alive, started
from tests.gateway.sockets import (
    FORM,
    HALVES,
    NO_REQUESTS,
    refusal,
    sent,
    status_of_next_answer,
    statuses_of_answers,
)
from tests.waiting import eventually

#: Seconds within which whoever watches the gateway is answered.
AT_ONCE_SECONDS = 5
REPORT = {"email": "rosa@homes.example", "name": "Rosa", "subject": "Lift", "description": "It is stuck."}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """`VAR_DIR` of the gateway, its log beside."""
    return tmp_path_factory.mktemp("gateway")


@pytest.fixture(scope="module")
def port(folder):
    """A gateway without a broker, whose worker waits a second."""
    process, port = started(folder)
    yield port
    process.terminate()
    assert process.wait(30) == 0


@pytest.mark.parametrize("half", HALVES.values(), ids=HALVES)
def test_cve_2007_6750_half_sent_requests_hold_nobody_up(port, half):
    """Slowloris: more of them than there are threads; each is told, and others are answered."""
    with ExitStack() as connections:
        waiting = [connections.enter_context(sent(port, half)) for _ in range(int(THREADS) + 4)]
        assert requests.get(f"http://127.0.0.1:{port}/", timeout=15).status_code == 200
        assert {refusal(connection) for connection in waiting} == {(408, "request_too_slow")}


def test_a_broker_that_is_away_is_a_problem(port, folder):
    """A clear one: what to do and when; and nothing about our insides, here and in the log."""
    form = f"http://127.0.0.1:{port}/api/v1/public/forms/x"
    for answer in (requests.get(form, timeout=15), requests.post(form, json=REPORT, timeout=15)):
        problem = answer.json()
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert problem.pop("request_id")
        assert problem == {
            "type": "about:blank", "title": "Service Unavailable", "status": 503, "code": "broker_away",
            "detail": "Part of the desk is away. Try again shortly, with the same key.",
        }  # fmt: skip
    log = (folder / "gateway.log").read_text()
    assert "has no connection to the broker" in log
    assert "Traceback" not in log


def test_connections_that_send_nothing_hold_nobody_up(port):
    """Five for each thread; gunicorn alone would have them all wait five seconds for each, and us not so long."""
    with ExitStack() as connections:
        silent = [connections.enter_context(sent(port, "")) for _ in range(5 * int(THREADS))]
        assert is_alive(port)
        for connection in silent:
            connection.setblocking(False)
            with pytest.raises(BlockingIOError):
                connection.recv(1)
        silent[0].sendall(b"GET /livez HTTP/1.1\r\nHost: desk\r\n\r\n")
        silent[0].settimeout(15)
        assert status_of_next_answer(silent[0]) == 200


@pytest.fixture
def crowded(tmp_path):
    """Where a gateway is that takes twenty connections."""
    process, port = started(tmp_path, "tests.gateway.hasty:alive", "Crowded")
    yield port
    process.terminate()
    assert process.wait(30) == 0


@pytest.mark.parametrize("before", ["", "GET / HTTP/1.1\r\nHost: desk\r\n\r\n"], ids=["silent", "resting"])
def test_connections_at_rest_make_room(crowded, before):
    """gunicorn takes no more than so many: nobody was answered, who watches neither, until their time was over."""
    with ExitStack() as connections:
        resting = []
        for _ in range(60):
            resting.append(connections.enter_context(sent(crowded, before)))
            assert not before or status_of_next_answer(resting[-1]) == 200
        assert requests.get(f"http://127.0.0.1:{crowded}/livez", timeout=AT_ONCE_SECONDS).status_code == 200
        assert {connection.recv(1) for connection in resting[:40]} == {b""}
        resting[-1].sendall(b"GET / HTTP/1.1\r\nHost: desk\r\n\r\n")
        assert status_of_next_answer(resting[-1]) == 200


def test_who_has_just_come_makes_no_room(holding):
    """The last place was taken from whoever got it, before they had asked anything."""
    with ExitStack() as connections:
        desk, port, held = holding("Full", connections)
        assert requests.get(f"{desk}/readyz", timeout=AT_ONCE_SECONDS).text == THREADS
        assert {status_of_next_answer(each) for each in held} == {200}


def test_connections_that_send_nothing_do_not_hold_up_the_end(tmp_path):
    """gunicorn would wait for its whole grace."""
    process, port = started(tmp_path, "tests.gateway.hasty:alive")
    with sent(port, "") as connection:
        assert is_alive(port)
        process.terminate()
        assert connection.recv(1) == b""
        assert process.wait(30) == 0


def test_whoever_stays_after_the_answer_holds_nobody_up(port):
    """gunicorn waits a little for them to close, in the thread that every request passes through."""
    text = json.dumps({"subject": "s" * 1_000_000})
    request = f"{FORM}Content-Length: {len(text)}\r\nConnection: close\r\n\r\n{text}"
    with ExitStack() as connections:
        for _ in range(20):
            connections.enter_context(sent(port, CLOSING))
        connections.enter_context(sent(port, request))
        assert is_alive(port)


HELD = "GET /held HTTP/1.1\r\nHost: desk\r\nConnection: close\r\n\r\n"


@pytest.fixture
def holding(tmp_path):
    """Where a gateway is that holds whoever comes until it is asked whether it is ready; every thread of it is held."""
    processes = []

    def begun(worker, connections):
        process, port = started(tmp_path, "tests.gateway.hasty:holding", worker)
        processes.append((process, port))
        desk = f"http://127.0.0.1:{port}"
        held = [connections.enter_context(sent(port, HELD)) for _ in range(int(THREADS))]
        eventually(lambda: requests.get(f"{desk}/livez", timeout=15).text == THREADS, what="threads that are held")
        return desk, port, held

    yield begun
    for process, port in processes:
        with suppress(requests.RequestException):
            requests.get(f"http://127.0.0.1:{port}/readyz", timeout=15)
        process.terminate()
        assert process.wait(40) == 0


def test_who_watches_is_answered_and_who_waits_is_told_while_every_thread_is_held(holding):
    """As while a database says nothing: a gateway in good health was started anew, and requests waited without end."""
    with ExitStack() as connections:
        desk, port, held = holding("Prompt", connections)
        late = connections.enter_context(sent(port, HELD))
        assert requests.get(f"{desk}/livez", timeout=AT_ONCE_SECONDS).text == THREADS
        assert b"\r\nretry-after: 1\r\n" in late.recv(65_536, socket.MSG_PEEK).lower()
        assert refusal(late) == (503, "desk_busy")
        assert requests.get(f"{desk}/readyz", timeout=AT_ONCE_SECONDS).text == THREADS
        assert {status_of_next_answer(each) for each in held} == {200}


def test_who_is_refused_for_want_of_a_thread_is_logged_and_counted(holding, tmp_path):
    """By no word of what was asked, which nobody has read; that a desk is too busy is for its operator to see."""
    with ExitStack() as connections:
        desk, port, _ = holding("Prompt", connections)
        late = [connections.enter_context(sent(port, HELD)) for _ in range(2)]
        assert {refusal(each) for each in late} == {(503, "desk_busy")}
        requests.get(f"{desk}/readyz", timeout=AT_ONCE_SECONDS)
        counted = requests.get(f"{desk}/metrics", timeout=15).text.splitlines()
    assert (tmp_path / "gateway.log").read_text().count("No thread came free for a request from 127.0.0.1.\n") == 2
    assert 'fielddesk_http_requests_total{route="unknown",status="503"} 2.0' in counted


def test_only_so_many_wait_for_a_thread(holding):
    """Who has waited longest is told at once; else they had all connections, and who watches got none."""
    with ExitStack() as connections:
        desk, port, held = holding("Patient", connections)
        late = [connections.enter_context(sent(port, HELD)) for _ in range(MOST_WAITING + 1)]
        assert refusal(late[0]) == (503, "desk_busy")
        assert requests.get(f"{desk}/readyz", timeout=AT_ONCE_SECONDS).text == THREADS
        assert {status_of_next_answer(each) for each in [*held, *late[1:]]} == {200}


QUESTION = "GET /livez HTTP/1.1\r\nHost: desk\r\n"
CLOSING = f"{QUESTION}Connection: close\r\n\r\n"


@pytest.fixture
def patient(tmp_path):
    """Where a gateway is that waits ten seconds for a request, and longer than any test for a thread."""
    process, port = started(tmp_path, "tests.gateway.hasty:alive", "Patient")
    yield port
    process.terminate()
    assert process.wait(30) == 0


@pytest.mark.parametrize(
    "question", [QUESTION, f"{QUESTION}Content-Length: 9\r\n\r\n", f"{QUESTION}Transfer-Encoding: chunked\r\n\r\n"]
)
def test_only_whole_questions_get_a_thread_that_is_kept(patient, question):
    """Whoever sends half of one, or a body that never comes, would hold those threads as well."""
    with ExitStack() as connections:
        for _ in range(KEPT_THREADS):
            connections.enter_context(sent(patient, question))
        assert requests.get(f"http://127.0.0.1:{patient}/livez", timeout=AT_ONCE_SECONDS).status_code == 200


_HALF = f"{QUESTION}\r\nGET /held HTTP/1.1\r\nHost: desk\r\nX: "
PIPELINED = {
    "and its rest looks like a question": _HALF + "x" * (SocketUnreader(None).mxchunk - len(_HALF)) + CLOSING,
    "and the client sends no more": f"{QUESTION}\r\n{HELD}",
}


@pytest.mark.parametrize("pipelined", PIPELINED.values(), ids=PIPELINED)
def test_no_request_that_was_read_with_the_one_before_gets_a_thread_that_is_kept(holding, pipelined):
    """What is still to be received says nothing of it."""
    with ExitStack() as connections:
        desk, port, held = holding("Prompt", connections)
        late = [connections.enter_context(sent(port, pipelined)) for _ in range(KEPT_THREADS)]
        for each in late:
            each.shutdown(socket.SHUT_WR)
        assert [statuses_of_answers(each) for each in late] == [[200, 503]] * KEPT_THREADS
        assert requests.get(f"{desk}/readyz", timeout=AT_ONCE_SECONDS).text == THREADS
        assert {status_of_next_answer(each) for each in held} == {200}


def test_only_the_first_of_a_connection_gets_a_thread_that_is_kept(holding):
    """Who takes none of many answers would hold it for half a minute."""
    with ExitStack() as connections:
        desk, port, held = holding("Prompt", connections)
        asking = connections.enter_context(sent(port, f"{QUESTION}\r\n"))
        assert status_of_next_answer(asking) == 200
        asking.sendall(f"{QUESTION}\r\n".encode())
        assert refusal(asking) == (503, "desk_busy")
        assert requests.get(f"{desk}/readyz", timeout=AT_ONCE_SECONDS).text == THREADS
        assert {status_of_next_answer(each) for each in held} == {200}


def test_whoever_stays_after_the_answer_holds_no_thread_that_is_kept(patient):
    """A hundred would have kept whoever watches waiting for eight seconds."""
    with ExitStack() as connections:
        staying = [connections.enter_context(sent(patient, CLOSING)) for _ in range(100)]
        assert requests.get(f"http://127.0.0.1:{patient}/livez", timeout=AT_ONCE_SECONDS).status_code == 200
        assert {status_of_next_answer(each) for each in staying} == {200}


def test_a_connection_serves_request_after_request(port):
    """Also after an answer that came before the body was read."""
    early = "POST /api/v1/session HTTP/1.1\r\nHost: desk\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n"
    with sent(port, early) as connection:
        assert status_of_next_answer(connection) == 415
        connection.sendall(b"hello")
        for _ in range(2):
            connection.sendall(b"GET /livez HTTP/1.1\r\nHost: desk\r\n\r\n")
            assert status_of_next_answer(connection) == 200


def test_nobody_is_waited_for_who_takes_nothing_of_an_answer(monkeypatch):
    """A thread that sends a file to them would be gone as well."""
    monkeypatch.setattr(hasty_socket, "SENDING_SECONDS", 0.2)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        with pytest.raises(TimeoutError):
            hasty_socket.HastySocket(ours, 10, BoundedSemaphore()).sendall(b"x" * 10_000_000)
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
        sending = hasty_socket.HastySocket(ours, 10, BoundedSemaphore(places))
        with suppress(TimeoutError):
            while sent < parts:
                sending.sendall(b"x" * (20 * 8_192 // parts))
                sent += 1
        ours.shutdown(socket.SHUT_RDWR)
        taking.result(15)
    assert (sent == parts, len(taken) == 20 * 8_192) == (is_sent, is_sent)


def test_a_request_that_keeps_coming_is_waited_for(port):
    """For a second, and for what it brings beyond: 40 kB may take two and a half more."""
    text = json.dumps({"subject": "s" * 40_000})
    with sent(port, f"{FORM}Content-Length: {len(text)}\r\nConnection: close\r\n\r\n{text[:-1]}") as connection:
        connection.settimeout(1.5)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        connection.settimeout(15)
        connection.sendall(text[-1:].encode())
        assert refusal(connection)[0] == 422


@pytest.mark.parametrize("time", ["once", "and once more"])
def test_half_of_the_threads_are_never_held_by_who_is_slow(port, time):
    """Sixteen who brought just enough to be waited for held them all for minutes; half are told, the others served."""
    text = json.dumps({"subject": "s" * 400_000})
    start = f"{FORM}Content-Length: {len(text)}\r\nConnection: close\r\n\r\n{text[:-1]}"
    with ExitStack() as connections:
        slow = [connections.enter_context(sent(port, start)) for _ in range(int(THREADS))]
        eventually(lambda: len(select(slow, [], [], 0)[0]) == int(THREADS) // 2, what="half of them")
        assert requests.get(f"http://127.0.0.1:{port}/", timeout=15).status_code == 200
        told = select(slow, [], [], 0)[0]
        assert [refusal(connection) for connection in told] == [(408, "request_too_slow")] * (int(THREADS) // 2)
        for connection in set(slow) - set(told):
            connection.sendall(text[-1:].encode())
            assert refusal(connection)[0] == 422


@pytest.mark.parametrize(("text", "status", "code"), NO_REQUESTS.values(), ids=NO_REQUESTS)
def test_what_is_no_request_is_refused_as_a_problem(port, text, status, code):
    """And the gateway goes on."""
    with sent(port, text) as connection:
        assert refusal(connection) == (status, code)
    assert is_alive(port)


@pytest.mark.parametrize(
    ("path", "header", "status"),
    [
        ("/livez", "SCRIPT_NAME: /x", 200),
        ("/livez", "SCRIPT_NAME: /liv", 200),
        ("/x/livez", "SCRIPT_NAME: /x", 404),
        ("/livez", "PATH_INFO: /x", 200),
        ("/livez", "X-Forwarded-Proto: https\r\nX-Forwarded-Ssl: off", 200),
    ],
)
def test_no_header_moves_a_path(port, path, header, status):
    """A proxy on this machine hands on what its clients send; what it forbids by path would be reached by another."""
    with sent(port, f"GET {path} HTTP/1.1\r\nHost: desk\r\n{header}\r\n\r\n") as connection:
        assert status_of_next_answer(connection) == status


def test_the_log_says_nothing_of_what_was_no_request():
    """It may be a password in the wrong place."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        log = Mock()
        Worker.handle_error(Mock(log=log), None, ours, ("203.0.113.9", 1), InvalidHeader("Authorization Bearer secret"))
        assert theirs.recv(12) == b"HTTP/1.1 400"
    assert log.method_calls == [call.warning("No request from %s: %s", "203.0.113.9", "InvalidHeader")]


def test_it_takes_no_more_connections_than_it_may_open_files(monkeypatch):
    """gunicorn's worker would end with all that it has in hand."""
    monkeypatch.setenv("TOKEN_PUBLIC_KEY", KEY)
    monkeypatch.setenv("GATEWAY_AMQP_URI", f"amqp://127.0.0.1:{free_port()}/")
    monkeypatch.setattr(resource, "getrlimit", lambda _kind: (256, 256))
    monkeypatch.setattr(resource, "setrlimit", lambda _kind, _limits: None)
    begun = []
    monkeypatch.setattr(command.os, "execv", lambda _program, arguments: begun.append(arguments))
    command.main()
    (arguments,) = begun
    assert arguments[arguments.index("--worker-connections") + 1] == "128"


@pytest.mark.parametrize(
    ("host", "port", "bound"),
    [
        ("127.0.0.1", "8001", "127.0.0.1:8001"),
        ("::1", "8001", "[::1]:8001"),
        ("desk.example", "8001", "desk.example:8001"),
        ("", "", "127.0.0.1:8000"),
    ],
)
def test_it_listens_on_addresses_of_either_kind(monkeypatch, host, port, bound):
    """An empty setting is one that is not given, and no invitation to listen on every interface."""
    monkeypatch.setenv("HTTP_HOST", host)
    monkeypatch.setenv("HTTP_PORT", port)
    monkeypatch.setenv("TOKEN_PUBLIC_KEY", KEY)
    monkeypatch.setenv("GATEWAY_AMQP_URI", f"amqp://127.0.0.1:{free_port()}/")
    begun = []
    monkeypatch.setattr(command.os, "execv", lambda _program, arguments: begun.append(arguments))
    command.main()
    (arguments,) = begun
    assert arguments[arguments.index("--bind") + 1] == bound


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


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.InvalidHeader("HOST"), 400),
        (errors.LimitRequestLine(9, 8), 414),
        (errors.LimitRequestHeaders("many"), 431),
        (errors.UnsupportedTransferCoding("gzip"), 501),
        (TooSlow(), 408),
        (errors.ConfigurationProblem("ours"), None),
        (errors.InvalidResponseHeader("ours"), None),
        (ValueError(), None),
    ],
)
def test_what_is_no_request_has_a_status_and_what_is_our_fault_has_none(error, status):
    assert status_of_error(error) == status


@pytest.mark.parametrize("host", [None, "a b", "a@b", "[::1"])
def test_a_request_says_which_host_it_is_for_in_the_header_for_that(host):
    """Whatever other headers stand before it."""
    headers = [("USER-AGENT", "desk.example"), *([("HOST", host)] if host else [])]
    with pytest.raises(InvalidHeader):
        settle(Mock(headers=headers, version=(1, 1)))
    settle(Mock(headers=[("USER-AGENT", "a b"), ("HOST", "desk.example:80")], version=(1, 1)))
