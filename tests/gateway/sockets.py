"""HTTP as it goes over a connection: what is sent, as it stands, and what is answered."""

import json
import re
import socket
from http.client import HTTPResponse

FORM = "POST /api/v1/public/forms/nowhere HTTP/1.1\r\nHost: desk\r\nContent-Type: application/json\r\n"
CHUNKED = f"{FORM}Transfer-Encoding: chunked\r\n\r\n"
HALVES = {
    "of the headers": FORM,
    "of a body": f"{FORM}Content-Length: 100\r\n\r\n{{",
    "of a chunk": f'{CHUNKED}10\r\n{{"subject": ',
}
NO_REQUESTS = {
    "a 60 kB header": (f"GET /livez HTTP/1.1\r\nHost: desk\r\nX-Long: {'x' * 60_000}\r\n\r\n", 431, "header_too_large"),
    "a long address": (f"GET /{'x' * 9_000} HTTP/1.1\r\nHost: desk\r\n\r\n", 414, "address_too_long"),
    "a method in lower case": ("get /livez HTTP/1.1\r\nHost: desk\r\n\r\n", 400, "request_malformed"),
    "no version": ("GET /livez HTTP/9\r\nHost: desk\r\n\r\n", 400, "request_malformed"),
    "a negative length": (f"{FORM}Content-Length: -1\r\n\r\n", 400, "request_malformed"),
    "two lengths": (f"{FORM}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "request_malformed"),
    "chunks that are none": (f"{CHUNKED}zz\r\n{{}}\r\n0\r\n\r\n", 400, "request_malformed"),
    "3 MB in chunks": (
        f"{CHUNKED}{3_000_000:x}\r\n{{\"subject\": \"{'x' * 2_999_986}\"}}\r\n0\r\n\r\n",
        *(413, "body_too_large"),
    ),
}  # fmt: skip


def sent(port, text):
    """Return a connection over which something was sent."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=15)
    connection.sendall(text.encode())
    return connection


def answered(connection):
    """Return status, content type and body of the answer to what was sent; the connection is closed behind it."""
    received = b""
    while part := connection.recv(65_536):
        received += part
    head, _, body = received.decode().partition("\r\n\r\n")
    lines = head.lower().split("\r\n")
    kind = next(line for line in lines if line.startswith("content-type:"))
    return int(lines[0].split()[1]), kind.removeprefix("content-type: "), json.loads(body)


def status_of_next_answer(connection):
    """Return the status of an answer that is not the last, and read it to its end."""
    answer = HTTPResponse(connection)
    answer.begin()
    answer.read()
    return answer.status


def statuses_of_answers(connection):
    """Return the statuses of all answers until the connection is closed behind the last."""
    received = b""
    while part := connection.recv(65_536):
        received += part
    return [int(status) for status in re.findall(rb"^HTTP/1\.1 (\d+) ", received, re.MULTILINE)]


def refusal(connection):
    """Return status and code of a refusal, which is a problem as all are."""
    status, kind, problem = answered(connection)
    assert kind == "application/problem+json"
    assert (problem["status"], problem["type"]) == (status, "about:blank")
    assert problem["detail"] and problem["request_id"]
    return status, problem["code"]
