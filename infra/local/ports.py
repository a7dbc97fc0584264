"""TCP ports of this machine: which are free, and which its outgoing connections leave alone."""

import random
import socket
from contextlib import suppress
from pathlib import Path

#: From which ports Linux gives one to each connection that goes out, and bind(2) to whoever asks for any: ip(7).
OUTGOING = Path("/proc/sys/net/ipv4/ip_local_port_range")
#: Below are the ports of well-known servers.
LOWEST, HIGHEST = 10_000, 65_535


def free_port() -> int:
    """A TCP port of the loopback interface that nobody listens on and, if there are such, no outgoing connection takes.

    A server often opens its port seconds after it was chosen, or again after a restart; by then a connection of
    somebody else could have it, were it among those.
    """
    first, last = LOWEST, HIGHEST
    with suppress(OSError, ValueError):
        first, last = (int(number) for number in OUTGOING.read_text().split())
    candidates = [*range(LOWEST, first), *range(last + 1, HIGHEST + 1)]
    for port in random.sample(candidates, min(100, len(candidates))):
        if is_free(port):
            return port
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
