"""The gateway as gunicorn runs it."""

import os
import subprocess
import sys
from contextlib import contextmanager

import requests

from infra.local.ports import free_port
from tests.waiting import eventually

KEY = "k" * 43 + "="


def started(folder, app="gateway.wsgi:app", worker="Hasty"):
    """Start a gateway, with another application where only the worker matters; return the process and its port.

    :param worker: one of `tests.gateway.hasty`.
    """
    port = free_port()
    environment = {
        **os.environ, "HTTP_PORT": str(port), "GATEWAY_AMQP_URI": f"amqp://127.0.0.1:{free_port()}/",
        "TOKEN_PUBLIC_KEY": KEY, "VAR_DIR": str(folder),
    }  # fmt: skip
    command = [sys.executable, "-m", "gateway", "--worker-class", f"tests.gateway.hasty.{worker}", app]
    with open(folder / "gateway.log", "w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        eventually(lambda: is_alive(port), what="the gateway")
    except BaseException:
        process.kill()
        raise
    return process, port


@contextmanager
def running(*options):
    """Have a gateway run, which ends well; gives its port. Takes what `started` takes."""
    process, port = started(*options)
    try:
        yield port
    finally:
        process.terminate()
    assert process.wait(30) == 0


def is_alive(port):
    """Whether the gateway answers."""
    try:
        return requests.get(f"http://127.0.0.1:{port}/livez", timeout=15).status_code == 200
    except (requests.ConnectionError, requests.Timeout):
        return False
