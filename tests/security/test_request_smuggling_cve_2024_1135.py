"""CVE-2024-1135, CVE-2024-6827: a request whose end is told in two ways hides another one behind it.

A proxy that believes the other of them passes on as a body what the desk answers as a request (RFC 9112, 6.3 and
11.2). Asked of both servers: gunicorn, and the one that everything runs in.
"""

import re
from socket import MSG_WAITALL

import pytest

from tests.gateway.running import is_alive
from tests.gateway.sockets import FORM, NO_REQUESTS, refusal, sent

LOGIN = "POST /api/v1/session HTTP/1.1\r\nHost: desk\r\nContent-Type: application/json\r\n"
HIDDEN = "GET /livez HTTP/1.1\r\nHost: desk\r\n\r\n"
CHUNKS = f"0\r\n\r\n{HIDDEN}"
LONG = len(HIDDEN)
MALFORMED = (400, "request_malformed")

SMUGGLED = {
    "two lengths": f"{LOGIN}Content-Length: 0\r\nContent-Length: {LONG}\r\n\r\n{HIDDEN}",
    "one length twice": f"{LOGIN}Content-Length: 0\r\nContent-Length: 0\r\n\r\n{HIDDEN}",
    "a list of lengths": f"{LOGIN}Content-Length: 0, {LONG}\r\n\r\n{HIDDEN}",
    "a length with a sign": f"{LOGIN}Content-Length: +0\r\n\r\n{HIDDEN}",
    "a length with an underscore": f"{LOGIN}Content-Length: 0_0\r\n\r\n{HIDDEN}",
    "a length below nothing": f"{LOGIN}Content-Length: -5\r\n\r\n{HIDDEN}",
    "a length in hexadecimal": f"{LOGIN}Content-Length: 0x0\r\n\r\n{HIDDEN}",
    "no length": f"{LOGIN}Content-Length:\r\n\r\n{HIDDEN}",
    "a length and chunks": f"{LOGIN}Content-Length: {LONG}\r\nTransfer-Encoding: chunked\r\n\r\n{CHUNKS}",
    "a blank before the colon": f"{LOGIN}Transfer-Encoding : chunked\r\nContent-Length: {LONG}\r\n\r\n{CHUNKS}",
    "a blank before the length's colon": f"{LOGIN}Content-Length : {LONG}\r\n\r\n{HIDDEN}",
    "chunks, then none": f"{LOGIN}Transfer-Encoding: chunked, identity\r\n\r\n{CHUNKS}",
    "chunks twice": f"{LOGIN}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n{CHUNKS}",
    "no chunks": f"{LOGIN}Transfer-Encoding: identity\r\n\r\n{HIDDEN}",
    "compressed": f"{LOGIN}Transfer-Encoding: gzip\r\n\r\n{HIDDEN}",
    "chunks before HTTP/1.1": f"{LOGIN.replace('1.1', '1.0')}Transfer-Encoding: chunked\r\n\r\n{CHUNKS}",
    "a folded line": f"{LOGIN}Transfer-Encoding:\r\n chunked\r\n\r\n{CHUNKS}",
    "a folded line of another name": f"{LOGIN}X-Note: a\r\n Content-Length: {LONG}\r\n\r\n{HIDDEN}",
    "a line that ends in LF": f"{LOGIN}X-Note: a\nContent-Length: {LONG}\r\n\r\n{HIDDEN}",
    "a line that ends in CR": f"{LOGIN}X-Note: a\rContent-Length: {LONG}\r\n\r\n{HIDDEN}",
    "a line without a colon": f"{LOGIN}Content-Length {LONG}\r\n\r\n{HIDDEN}",
    "two hosts": f"{LOGIN}Host: other\r\nContent-Length: 0\r\n\r\n{HIDDEN}",
}
IN_CHUNKS = {
    "a size with a sign": f"+2\r\n{{}}\r\n{CHUNKS}",
    "a size in Python's way": f"0x2\r\n{{}}\r\n{CHUNKS}",
    "a size with an underscore": f"0_2\r\n{{}}\r\n{CHUNKS}",
    "a size below nothing": f"-2\r\n{{}}\r\n{CHUNKS}",
    "a size that ends in LF": f"2\n{{}}\r\n{CHUNKS}",
    "a chunk longer than it says": f"1\r\n{{}}\r\n{CHUNKS}",
    "a length behind it": f"2\r\n{{}}\r\n0\r\nContent-Length: {LONG}\r\n\r\n{HIDDEN}",
}
HOSTS = {
    "no host": "",
    "a host with a path": "Host: desk/livez\r\n",
    "a host with a user": "Host: other@desk\r\n",
    "a host with a blank": "Host: desk other\r\n",
    "a host of other letters": "Host: d\xe9sk\r\n",
    "a host with two ports": "Host: desk:80:80\r\n",
    "a host whose bracket stays open": "Host: [::1\r\n",
}
NO_HEADS = {
    "300 headers": (LOGIN + "X: y\r\n" * 300 + "\r\n", 431, "header_too_large"),
    "a 70 kB address": (f"GET /{'x' * 70_000} HTTP/1.1\r\nHost: desk\r\n\r\n", 414, "address_too_long"),
    "HTTP/9.9": ("GET /livez HTTP/9.9\r\nHost: desk\r\n\r\n", *MALFORMED),
    "no version at all": ("GET /livez\r\nHost: desk\r\n\r\n", *MALFORMED),
    "one word": ("BLAH\r\n\r\n", *MALFORMED),
    "a coding that nobody knows": (f"{LOGIN}Transfer-Encoding: br\r\n\r\n", 501, "transfer_coding_unknown"),
    "a compressed body in chunks": (
        f"{LOGIN}Transfer-Encoding: gzip, chunked\r\n\r\n{CHUNKS}",
        *(501, "transfer_coding_unknown"),
    ),
    "a compressed body in chunks, by two lines": (
        f"{LOGIN}Transfer-Encoding: deflate\r\nTransfer-Encoding: chunked\r\n\r\n{CHUNKS}",
        *(501, "transfer_coding_unknown"),
    ),
    "an expectation that nobody knows": (f"{LOGIN}Expect: a miracle\r\n\r\n", *MALFORMED),
    "an address with letters of its own": ("GET /\xe4 HTTP/1.1\r\nHost: desk\r\n\r\n", *MALFORMED),
}
REFUSED = (
    {name: (text, *MALFORMED) for name, text in SMUGGLED.items()}
    | {name: (f"{LOGIN}Transfer-Encoding: chunked\r\n\r\n{text}", *MALFORMED) for name, text in IN_CHUNKS.items()}
    | {name: (f"GET /livez HTTP/1.1\r\n{host}\r\n", *MALFORMED) for name, host in HOSTS.items()}
    | NO_HEADS
    | {name: (text.replace(FORM, f"{FORM}Connection: close\r\n"), *said) for name, (text, *said) in NO_REQUESTS.items()}
)


@pytest.mark.parametrize(("text", "status", "code"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_request_is_refused_by_both_alike(ports, text, status, code):
    """With one problem, behind which the connection is closed: nothing that follows is answered."""
    for port in ports:
        with sent(port, text) as connection:
            assert refusal(connection) == (status, code)
        assert is_alive(port)


@pytest.mark.parametrize(
    "body",
    [
        "Content-Length: 2\r\n\r\n{}",
        "Transfer-Encoding: chunked\r\n\r\n1;name=value\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
        "Transfer-Encoding: CHUNKED\r\n\r\n2\r\n{}\r\n0\r\nX-Sum: GET /livez HTTP/1.1\r\nX-More: 1\r\n\r\n",
    ],
    ids=["of a length", "in chunks", "in chunks with trailers"],
)
def test_requests_in_a_row_are_answered_one_by_one(ports, body):
    """As many as were sent: the body is read to its end, and not beyond.

    Nor is what follows the last chunk a request (CVE-2025-58068, of eventlet).
    """
    last = "GET /nowhere HTTP/1.1\r\nHost: desk\r\nConnection: close\r\n\r\n"
    for port in ports:
        with sent(port, f"{LOGIN}{body}{HIDDEN}{last}") as connection:
            assert statuses_of(connection) == [b"422", b"200", b"404"]


@pytest.mark.parametrize(
    ("version", "host"),
    [
        ("1.0", ""),
        ("1.1", "Host:\r\n"),
        ("1.1", "Host: desk.example\r\n"),
        ("1.1", "host: Desk_1.example.:\r\n"),
        ("1.1", "Host: xn--dsk-bma.example:8000\r\n"),
        ("1.1", "Host: 192.0.2.7:80\r\n"),
        ("1.1", "Host: [fe80::1%25eth0]:8000\r\n"),
        ("1.1", "Host: d%C3%A9sk\r\n"),
    ],
)
def test_every_host_that_may_be_named_is_answered(ports, version, host):
    """HTTP/1.0 names none (RFC 9112, 3.2)."""
    for port in ports:
        with sent(port, f"GET /livez HTTP/{version}\r\n{host}Connection: close\r\n\r\n") as connection:
            assert statuses_of(connection) == [b"200"]


@pytest.mark.parametrize(
    "options",
    [
        "Connection: TE, close\r\nTE: trailers\r\n",
        "Connection: keep-alive\r\nConnection: Close\r\n",
        "Connection: close,,\r\n",
    ],
)
def test_a_connection_that_is_to_end_ends(ports, options):
    """Whatever else it is said beside that (RFC 9112, 9.6): nothing behind it is answered."""
    for port in ports:
        with sent(port, f"GET /livez HTTP/1.1\r\nHost: desk\r\n{options}\r\n{HIDDEN}") as connection:
            assert statuses_of(connection) == [b"200"]


def test_no_version_is_answered_that_is_not_known(ports):
    """Of a later HTTP/1 the one that is (RFC 9110, 2.5)."""
    for port in ports:
        with sent(port, "GET /livez HTTP/1.2\r\nHost: desk\r\nConnection: close\r\n\r\n") as connection:
            assert connection.recv(12, MSG_WAITALL) == b"HTTP/1.1 200"


def test_nobody_who_speaks_http_1_0_is_asked_for_a_body(ports):
    """They took the word for the answer; their wish for one is passed over (RFC 9110, 10.1.1)."""
    asked = f"{LOGIN.replace('1.1', '1.0')}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{{}}"
    for port in ports:
        with sent(port, asked) as connection:
            assert statuses_of(connection) == [b"422"]


def test_a_body_is_asked_for_where_its_sender_waits(ports):
    """Before it is read, and once."""
    for port in ports:
        with sent(port, f"{LOGIN}Connection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n") as connection:
            asked = b"HTTP/1.1 100 Continue\r\n\r\n"
            assert connection.recv(len(asked), MSG_WAITALL) == asked
            connection.sendall(b"{}")
            assert refusal(connection) == (422, "input_invalid")


def test_many_long_headers_are_too_many(green_port):
    """Each is short enough; as many connections as there are places hold them at once."""
    lines = "".join(f"X-{number}: {'x' * 4_000}\r\n" for number in range(20))
    with sent(green_port, f"{LOGIN}{lines}\r\n") as connection:
        assert refusal(connection) == (431, "header_too_large")


def statuses_of(connection):
    """Return the statuses of all answers, until the connection is closed."""
    received = b""
    while part := connection.recv(65_536):
        received += part
    return re.findall(rb"HTTP/1\.[01] ([0-9]{3}) ", received)
