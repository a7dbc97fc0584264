"""The service's end of the jail: a child process that reads mails, killed when one takes too long.

It speaks through a socket and not through pipes, because sockets wait without stopping the other green
threads of a service process.
"""

import json
import logging
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from time import monotonic

logger = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[2]
#: Seconds for a child to start, its language model included, on a busy machine.
START_SECONDS = 120
#: Bytes of one answer at the most: two texts of 100,000 characters, 1,000 attachments.
LONGEST_ANSWER = 8 * 1024**2

#: Seconds of processor time for one request; a mail that is given up has a second one, for what may be shown of it.
#: By the clock on the wall a busy hour would make mails unreadable.
CPU_SECONDS = 10

TIMED_OUT = {"stopped": "timeout"}
DIED = {"stopped": "died"}


class Parser:
    """One child at a time, started when it is needed.

    :param folder: root of the file store.
    :param cpu_seconds: of processor time for one request.
    """

    def __init__(self, folder, cpu_seconds=CPU_SECONDS):
        self._arguments = [str(folder), str(cpu_seconds)]
        self._process = None
        self._line = None
        self._buffer = b""

    @property
    def pid(self):
        """Return the child's process id, none while there is no child."""
        return self._process.pid if self._process else None

    def ask(self, requests):
        """Send requests; their answers come in the same order.

        :raises OSError: no child can be started.
        """
        if self._process is None:
            self._start()
        try:
            self._line.sendall(b"".join(json.dumps(request).encode() + b"\n" for request in requests))
        except OSError:
            logger.warning("The parser has died; its mails are read again.")

    def answer(self, seconds):
        """Return the next answer, or `None` if it does not come in time; the child then goes on with it.

        `TIMED_OUT` and `DIED` are answers too: the child has used up its processor time, or has ended.

        :param seconds: to wait at the most.
        """
        ends = monotonic() + seconds
        while b"\n" not in self._buffer:
            self._line.settimeout(max(ends - monotonic(), 0.001))
            try:
                received = self._line.recv(65536)
            except TimeoutError:
                return None
            except OSError:
                received = b""
            self._buffer += received
            if not received or len(self._buffer) > LONGEST_ANSWER:
                return TIMED_OUT if self.stop() == -signal.SIGXCPU else DIED
        line, _, self._buffer = self._buffer.partition(b"\n")
        return json.loads(line)

    def stop(self):
        """End the child, whatever it does; return its exit code, none if there was no child."""
        if self._process is None:
            return None
        self._process.kill()
        code = self._process.wait()
        self._line.close()
        self._process, self._buffer = None, b""
        return code

    def _start(self):
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "services.inbound.parsing", *self._arguments],
                stdin=theirs.fileno(),
                env=_environment(),
                start_new_session=True,
            )
        self._line, self._buffer = ours, b""
        if self.answer(START_SECONDS) != {"ready": True}:
            self.stop()
            raise OSError("The parser of mails does not start.")


def _environment():
    """Return the child's environment: hostile mails are read without any secret of the service at hand."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    return {**kept, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
