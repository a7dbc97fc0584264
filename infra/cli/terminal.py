"""What the commands say: plain sentences, and one sentence where they cannot go on."""

import socket
import sys


class Refusal(Exception):
    """A command cannot go on; its text is one sentence for the terminal, and the exit code is 1."""


def say(sentence: str) -> None:
    """Prints progress at once, also into a pipe or a log."""
    print(sentence, flush=True)


def warn(sentence: str) -> None:
    """Prints to stderr, so that stdout stays what `--json` promises."""
    print(sentence, file=sys.stderr, flush=True)


def free_port() -> int:
    """A TCP port of the loopback interface that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen on this port now."""
    try:
        _bind(port, host)
    except OSError:
        return False
    return True


def is_ours(host: str) -> bool:
    """Whether this machine has such an interface."""
    try:
        _bind(0, host)
    except OSError:
        return False
    return True


def _bind(port: int, host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
