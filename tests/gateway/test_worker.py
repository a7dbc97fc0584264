"""The gateway as gunicorn runs it: half a request holds nobody up, and what is no request is refused in our form."""

import json
import resource
import socket
from contextlib import ExitStack, suppress
from select import select
from unittest.mock import Mock, call

import pytest
import requests
from gunicorn.http.errors import InvalidHeader
from gunicorn.http.unreader import SocketUnreader

from gateway import __main__ as command
from gateway.__main__ import THREADS
from gateway.worker import KEPT_THREADS, MOST_WAITING, Worker
from infra.local.ports import free_port
from tests.gateway.running import KEY, is_alive, running, started
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
    with running(folder) as port:
        yield port


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
    with running(tmp_path, "tests.gateway.hasty:alive", "Crowded") as port:
        yield port


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
    with running(tmp_path, "tests.gateway.hasty:alive", "Patient") as port:
        yield port


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
