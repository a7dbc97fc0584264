"""The test services as processes of their own, on RabbitMQ."""

from contextlib import contextmanager

from chassis.bus.client import RpcClient
from chassis.bus.rabbit.connecting import connect
from chassis.bus.rabbit.ownership import MARK
from infra.local.ports import free_port
from tests.bus.desks import PACKAGE, SERVICES, Desk
from tests.bus.supervising import Supervisor, page
from tests.waiting import eventually


class RabbitDesk(Desk):
    """Every service a process of its own, on RabbitMQ; `processes` may hold several of one service."""

    kind = "rabbit"

    def __init__(self, server_url, folder, forking, uri, **settings):
        super().__init__(server_url, folder, forking, AMQP_URI=uri, **settings)
        self.uri = uri
        self.processes = {}
        self.client = RpcClient.connect(uri)

    def start(self, *names):
        """Start processes, of all services unless named, and wait until they are ready."""
        if not names:
            self._spawn("topology", "chassis.bus.rabbit.topology", PACKAGE).wait()
        for name in names or SERVICES:
            self._start_one(name)
        self.await_ready()

    def _start_one(self, name):
        port = free_port()
        service = name.split("-")[0]
        arguments = ["chassis.bus.run", service, "--package", PACKAGE, "--without-migrations"]
        self.processes[name] = self._spawn(name, *arguments, HEALTH_PORT=str(port)), port

    def await_ready(self, within=60):
        """Wait until every process answers that it is ready."""
        for name, (process, port) in self.processes.items():
            eventually(
                lambda process=process, port=port: process.poll() is None and page(port, "/readyz")[0] == 200,
                within=within,
                what=f"{name} being ready",
            )

    def process_of(self, service):
        """Return the process of a service."""
        return self.processes[service][0]

    def kill(self, service):
        """End a service's process as a power cut would."""
        process, _ = self.processes.pop(service)
        process.kill()
        process.wait()

    def end(self, name):
        """End a process politely; return its exit code."""
        process, _ = self.processes.pop(name)
        process.terminate()
        return process.wait(30)

    def metrics(self, name):
        """Return what a process says of itself."""
        return page(self.processes[name][1], "/metrics")[1]

    def keep_up(self):
        """Return a `Supervisor` that starts dead processes again."""
        return Supervisor(self, lambda: list(self.processes), self._revive)

    def _revive(self, name):
        process, _ = self.processes[name]
        if process.poll() is None:
            return False
        self._start_one(name)
        return True

    def stop(self):
        """End everything; return the exit codes."""
        self.client.close()
        for process, _ in self.processes.values():
            process.terminate()
        codes = {name: process.wait(30) for name, (process, _) in self.processes.items()}
        self.processes = {}
        return codes

    @contextmanager
    def reaching_broker_at(self, uri, **settings):
        """Have all processes end and start anew, which reach the broker at another address until this is left."""
        before = self.uri, self.environment
        self._move(uri, {**self.environment, **settings, "AMQP_URI": uri})
        try:
            yield
        finally:
            self._move(*before)

    def _move(self, uri, environment):
        self.stop()
        self.uri, self.environment = uri, environment
        self.client = RpcClient.connect(uri)
        self.start()

    def drop(self):
        """Leave the broker to the next desk, which has other keys."""
        super().drop()
        forget_installation(self.uri)


def forget_installation(uri):
    """Have a broker be nobody's."""
    connection = connect(uri, "fielddesk tests")
    connection.channel().queue_delete(MARK)
    connection.close()
