"""The services and the gateway in one process: at the end, what is in hand is answered."""

import json
import os
import socket
import subprocess
import sys
from http.client import HTTPResponse

import pytest
import requests

from chassis.testing import service_database
from infra.keys import made_keys
from infra.local.ports import free_port, is_free
from infra.processes import SERVICES, database_setting
from tests.waiting import eventually

BODY = json.dumps({"email": "nobody@homes.example", "password": "not a password"}).encode()
HEAD = (
    "POST /api/v1/session HTTP/1.1\r\nHost: desk\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
    f"Content-Length: {len(BODY)}\r\n\r\n"
)


@pytest.fixture
def process(server_url, tmp_path):
    """The process, and the port on which it answers; its databases are its own, for it tells what is in an outbox."""
    port = free_port()
    made = {name: service_database(name, server_url, f"_embedded_{os.getpid()}") for name in SERVICES}
    urls = {database_setting(name): database.engine.url for name, database in made.items()}
    environment = {
        **os.environ, **made_keys(), "HTTP_PORT": str(port), "VAR_DIR": str(tmp_path),
        **{name: url.render_as_string(hide_password=False) for name, url in urls.items()},
    }  # fmt: skip
    process = subprocess.Popen([sys.executable, "-m", "infra.embedded"], env=environment)
    eventually(lambda: is_ready(port), within=60, what="the desk")
    yield process, port
    process.kill()
    process.wait()


def is_ready(port):
    """Whether everything answers."""
    try:
        return requests.get(f"http://127.0.0.1:{port}/readyz", timeout=15).status_code == 200
    except (requests.ConnectionError, requests.Timeout):
        return False


@pytest.mark.timeout(120)
def test_a_request_in_hand_is_answered_before_the_end(process):
    """And nothing is waited for on a connection that asks for nothing."""
    process, port = process
    with (
        socket.create_connection(("127.0.0.1", port), timeout=15) as idle,
        socket.create_connection(("127.0.0.1", port), timeout=15) as asking,
    ):
        asking.sendall(HEAD.encode())
        assert asking.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        process.terminate()
        eventually(lambda: is_free(port), what="the end begun")
        asking.sendall(BODY)
        answer = HTTPResponse(asking)
        answer.begin()
        assert (answer.status, json.load(answer)["code"]) == (401, "credentials_wrong")
        assert idle.recv(1) == b""
        assert process.wait(30) == 0
