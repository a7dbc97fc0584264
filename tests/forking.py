"""Processes of the house that start in a third of the time: forks of one that has imported it already.

`python -m tests.forking MODULE ...` imports the modules and then reads requests, a JSON line each: `{"module",
"arguments", "environment", "log"}` starts `python -m MODULE` and is answered with its process id; `{"ended": PID}` is
answered with its exit code, or null while it runs. What is imported may be green (eventlet), so nothing here waits but
for a line.
"""

import gc
import json
import os
import runpy
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import psutil

from tests.waiting import eventually

ROOT = Path(__file__).resolve().parents[1]


class Forking:
    """The process that is forked; it ends with `close`, those forked from it do not.

    :param modules: what it imports.
    """

    def __init__(self, *modules):
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
        self._asking = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.forking", *modules], cwd=ROOT, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def start(self, module, *arguments, environment, log):
        """Start `python -m module` with these arguments; return it as a `Forked`.

        :param environment: all that it is told.
        :param log: file to which its output is appended.
        """
        request = {"module": module, "arguments": arguments, "environment": environment, "log": str(log)}
        return Forked(self._ask(request), self._ask)

    def close(self):
        """End it."""
        self._process.stdin.close()
        self._process.wait(timeout=10)
        self._process.stdout.close()

    def _ask(self, request):
        with self._asking:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())


class Forked:
    """A process that was forked: what `subprocess.Popen` offers of one."""

    def __init__(self, pid, ask):
        self.pid, self.returncode = pid, None
        self._ask = ask

    def poll(self):
        """Return the exit code, negative where a signal ended it, or `None` while it runs."""
        if self.returncode is None:
            self.returncode = self._ask({"ended": self.pid})
        return self.returncode

    def wait(self, timeout=30):
        """Wait for the end; return the exit code."""
        eventually(lambda: self.poll() is not None, within=timeout, what=f"the end of process {self.pid}")
        return self.returncode

    def send_signal(self, number):
        """Send it a signal unless it has ended."""
        with suppress(psutil.NoSuchProcess):
            if self.poll() is None:
                psutil.Process(self.pid).send_signal(number)

    def terminate(self):
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self):
        """End it as a power cut would."""
        self.send_signal(signal.SIGKILL)


def main(modules):
    """Import the modules and fork at each request, until there are no more."""
    import_module("chassis.garbage").put_off()
    for module in modules:
        import_module(module)
    codes = {}
    for line in sys.stdin.buffer:
        request = json.loads(line)
        if "ended" in request:
            answer = exit_code(request["ended"], codes)
        elif (answer := os.fork()) == 0:
            become(request)
            break
        else:
            # Ids are given again.
            codes.pop(answer, None)
        print(json.dumps(answer), flush=True)


def exit_code(pid, codes):
    """Return the exit code of a process, or `None` while it runs.

    :param codes: of those that have ended, of which the system tells once.
    """
    if pid not in codes:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if not ended:
            return None
        codes[pid] = os.waitstatus_to_exitcode(status)
    return codes[pid]


def become(request):
    """Be in this process what was asked for."""
    with open(os.devnull) as nothing, open(request["log"], "ab") as log:
        os.dup2(nothing.fileno(), 0)
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv[1:] = request["arguments"]
    # Put off for the imports; whoever puts it off themselves does so again.
    gc.enable()
    if "eventlet" in sys.modules:
        # A hub's epoll would be one and the same in all forks.
        sys.modules["eventlet"].hubs.use_hub()
    runpy.run_module(request["module"], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
