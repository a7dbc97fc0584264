"""The test services in one process, on the local bus."""

import json
import signal
import socket

from chassis.bus.client import RpcClient
from chassis.bus.wire import Reply
from chassis.errors import ERRORS, Unavailable
from infra.local.ports import free_port
from tests.bus.desks import Desk
from tests.bus.supervising import Supervisor
from tests.waiting import eventually


class LocalDesk(Desk):
    """All services in one process, on the local bus; calls reach it over a loopback socket."""

    kind = "local"

    def __init__(self, server_url, folder, forking, **settings):
        super().__init__(server_url, folder, forking, **settings)
        self.port = free_port()
        self.process = None
        self.caller = SocketCaller(self.port)
        self.client = RpcClient(self.caller)

    def start(self, *_names):
        """Start the process and wait until its services are ready."""
        self.process = self._spawn("embedded", "tests.bus.embedded_desk", str(self.port))
        self.await_ready()

    def await_ready(self, within=60):
        """Wait until the services are ready."""
        eventually(self.caller.is_ready, within=within, what="the services being ready")

    def process_of(self, _service):
        """Return the one process there is."""
        return self.process

    def kill(self, _service):
        """End the process as a power cut would."""
        self.process.kill()
        self.process.wait()

    def keep_up(self):
        """Return a `Supervisor` that starts the process again when it is dead."""
        return Supervisor(self, lambda: ["embedded"], self._revive)

    def _revive(self, _name):
        if self.process.poll() is None:
            return False
        self.process = self._spawn("embedded", "tests.bus.embedded_desk", str(self.port))
        return True

    def stop(self):
        """End the process; return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return {"embedded": self.process.wait(30)}


class SocketCaller:
    """Hands calls to the process of the embedded desk: what `RpcClient` needs of a transport."""

    def __init__(self, port):
        self._port = port

    def call(self, service, method, body, headers, timeout):
        """Make one call over a connection of its own."""
        answer = self._exchange(
            {
                "service": service,
                "method": method,
                "body": body.decode("latin-1"),
                "headers": headers,
                "timeout": timeout,
            }
        )
        if "error" in answer:
            raise ERRORS[answer["error"]](*answer["arguments"])
        return Reply(answer["body"].encode("latin-1"), answer["headers"])

    def is_ready(self):
        """Whether every service answers and hears."""
        try:
            return self._exchange({"method": None})["problems"] == {}
        except Unavailable:
            return False

    def close(self):
        """Nothing is held open."""

    def _exchange(self, request):
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=30) as connection:
                with connection.makefile("rwb") as stream:
                    stream.write(json.dumps(request).encode() + b"\n")
                    stream.flush()
                    return json.loads(stream.readline())
        except (OSError, ValueError) as error:
            raise Unavailable("desk_away", str(error)) from error
