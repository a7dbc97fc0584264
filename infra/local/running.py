"""A desk from start to end: servers, databases, programs, demo data; then supervision until a signal."""

import os
import signal
import ssl
import threading
import time
from collections.abc import Callable
from urllib.parse import unquote, urlsplit

import psutil

from infra import databases
from infra.installation import Installation, overlap, reachable
from infra.local.demo_data import DemoData
from infra.local.leftovers import end_leftovers
from infra.local.logs import bound
from infra.local.ports import free_port, is_free, is_ours
from infra.local.postgres import Postgres
from infra.local.programs import Program
from infra.local.rabbit import Rabbit, speaks_amqp
from infra.local.state import SERVERS, State, start_of
from infra.local.supervisor import LOOK_SECONDS, Supervisor
from infra.processes import BROKER, Process, processes_of, shares_database
from infra.refusal import Refusal
from infra.terminal import mention, say

#: For all programs, on a busy machine; one that keeps ending is noticed sooner.
READY_SECONDS = 300
STOP_SECONDS = 30
AMQP_PORTS = {"amqp": 5672, "amqps": 5671}


class Interrupted(BaseException):
    """A signal came before there was anything to supervise."""


class RunningDesk:
    """Everything that one `./desk up` runs.

    replicas: how many of each process of the mode.
    wants_demo: whether new databases get the demo data.
    """

    def __init__(self, installation: Installation, state: State, replicas: dict[str, int], wants_demo: bool):
        self.installation, self.state, self.replicas = installation, state, replicas
        self.demo = DemoData(installation, wants_demo)
        self.supervisor = Supervisor(tell=mention, changed=self._record)
        self.postgres: Postgres | None = None
        self.rabbit: Rabbit | None = None
        self.owner_url = self.amqp_uri = ""
        self.began, self.seconds = time.monotonic(), None
        self._ending = threading.Event()
        self._is_preparing = True

    def run(self, is_ready: Callable[[], None]) -> int:
        """Starts, says that it is ready, calls `is_ready`, supervises until a signal, ends everything."""
        self._hear_signals()
        try:
            self._start()
            if not self._ending.is_set():
                self._say_ready()
                is_ready()
            while not self._ending.wait(LOOK_SECONDS):
                self.supervisor.look()
                self._bound_logs()
        except Interrupted:
            return 130
        finally:
            self._is_preparing = False
            self._stop()
        return 0

    def _hear_signals(self) -> None:
        # Those of Ctrl-C and Ctrl-\ reach us alone: whoever ended without a word would leave the children behind.
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
            signal.signal(number, self._end)
        # Whoever was started by nohup(1) outlives the terminal.
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signal.signal(signal.SIGHUP, self._end)

    def _end(self, _number, _frame) -> None:
        self._ending.set()
        if self._is_preparing:
            self._is_preparing = False
            raise Interrupted

    def _start(self) -> None:
        end_leftovers(self.installation)
        self._require_ports()
        self._start_servers()
        created = databases.make_databases(self.installation, self.owner_url)
        databases.migrate(self.installation, self.owner_url)
        self.demo.refuse_known_logins(self.installation.service_url("identity", self.owner_url))
        self.demo.note_new(created)
        counted = [(process, self.replicas[process.name], self._several(process)) for process in self._processes()]
        databases.require_connections(self.owner_url, databases.connections_of(self.installation, counted))
        if self.rabbit:
            self.amqp_uri = self.rabbit.wait_until_ready()
            require_own_broker(
                self.amqp_uri,
                self.installation.id,
                "This desk's broker knows it by another TOKEN_PUBLIC_KEY; put that one back, or remove"
                f" {self.rabbit.folder} and with it what was under way.",
            )
        self._is_preparing = False
        for server in (self.postgres, self.rabbit):
            if server:
                self.supervisor.watch(server)
        for process in self._processes():
            for number in range(1, self.replicas[process.name] + 1):
                self.supervisor.begin(self._program(process, number))
        self._record()
        self.supervisor.wait_ready(READY_SECONDS, self._ending.wait)
        if not self._ending.is_set():
            self.demo.load(self.installation.service_url("identity", self.owner_url))

    def _require_ports(self) -> None:
        ports = {"HTTP_PORT": self.installation.http_port, "SMTP_PORT": self.installation.smtp_port}
        hosts = {"HTTP_PORT": self.installation.http_host, "SMTP_PORT": self.installation.smtp_host}
        if len(set(ports.values())) < len(ports) and overlap(*hosts.values()):
            one = self.installation.http_port
            raise Refusal(f"{' and '.join(ports)} are both {one}; set one of them to another port.")
        for name, host in hosts.items():
            if not is_ours(host):
                raise Refusal(f"{name.replace('PORT', 'HOST')} is {host!r}, which is no address of this machine.")
            if not is_free(ports[name], host):
                raise Refusal(f"Port {ports[name]} is in use; free it or set {name} to another one.")

    def _start_servers(self) -> None:
        """Begins the broker first: it takes longest, and nothing needs it before the programs do."""
        self.amqp_uri = self.installation.setting("AMQP_URI")
        if self.amqp_uri:
            require_broker(self.amqp_uri)
            require_own_broker(self.amqp_uri, self.installation.id)
        elif self.installation.mode == BROKER:
            self.rabbit = Rabbit(self.installation.var_dir / "rabbitmq")
            self.rabbit.begin()
        self.owner_url = self.installation.setting("DATABASE_URL")
        if not self.owner_url:
            self.postgres = Postgres(self.installation.var_dir / "postgres")
            self.owner_url = self.postgres.start()

    def _processes(self) -> tuple[Process, ...]:
        return processes_of(self.installation.mode)

    def _several(self, process: Process) -> bool:
        return shares_database(process, self.replicas, self.installation.mode)

    def _program(self, process: Process, number: int) -> Program:
        name = process.name if self.replicas[process.name] == 1 else f"{process.name}.{number}"
        environment = self.installation.environment_of(
            process, self.owner_url, self.amqp_uri, several=self._several(process)
        )
        host = "127.0.0.1"
        if process.health == process.port:
            host = reachable(environment[process.host])
        else:
            environment[process.health] = str(free_port())
        return Program(
            name, process.name, process.argv, environment, self.installation.var_dir / "log" / f"{name}.log",
            f"http://{host}:{environment[process.health]}/readyz", process.niceness,
        )  # fmt: skip

    def _bound_logs(self) -> None:
        bound(self.state.folder / "up.log")
        for watched in self.supervisor.watched:
            bound(watched.child.log_file)

    def _record(self) -> None:
        try:
            self.state.write(self._as_record())
        except OSError as error:
            if self.seconds is None:
                raise
            # On a full disk those who run go on, and whoever ended is started again.
            mention(f"desk: what runs cannot be recorded: {error}")

    def _as_record(self) -> dict:
        return {
            "pid": os.getpid(),
            "started": start_of(psutil.Process()),
            "mode": self.installation.mode,
            "base_url": self.installation.base_url,
            "http_port": self.installation.http_port,
            "smtp_port": self.installation.smtp_port,
            "owner_url": self.owner_url,
            "amqp_uri": self.amqp_uri,
            "ready": self.supervisor.is_ready(),
            "seconds": self.seconds,
            "place": self.state.place(),
            "processes": [_row(watched) for watched in self.supervisor.watched],
        }

    def _say_ready(self) -> None:
        self.seconds = round(time.monotonic() - self.began, 1)
        self._record()
        desk = self.installation.setting("PUBLIC_URL", f"http://localhost:{self.installation.http_port}")
        mail = f"smtp://localhost:{self.installation.smtp_port}"
        for line in (f"ready in {self.seconds} s", f"  desk  {desk}", f"  mail  {mail}", *self.demo.logins()):
            mention(line, say)

    def _stop(self) -> None:
        """Programs that take work from outside go first, then the services, then the servers under them."""
        edges = {process.name for process in self._processes() if process.port}
        groups = [lambda child: child.kind in edges, lambda child: child.kind not in (*edges, *SERVERS)]
        self.supervisor.stop(groups, STOP_SECONDS)
        for server in (self.rabbit, self.postgres):
            if server:
                server.stop()
        self.state.forget()


def _row(watched) -> dict:
    child = watched.child
    pid = child.process.pid if child.is_running() else None
    try:
        started = start_of(psutil.Process(pid)) if pid else None
    except psutil.NoSuchProcess:
        pid = started = None
    return {
        "name": child.name,
        "kind": child.kind,
        "pid": pid,
        "started": started,
        "ready_url": getattr(child, "ready_url", None),
        "ready": watched.ready_at is not None,
        "restarts": watched.restarts,
    }


def require_own_broker(uri: str, installation_id: str, otherwise: str = "") -> None:
    """Makes sure that a broker is no other installation's and lets us work, or raises a Refusal.

    installation_id: of this one. otherwise: what the Refusal says of one that is not ours, where the usual is no help.
    """
    from chassis.bus.rabbit.ownership import NotAllowed, NotOurs, require_own

    try:
        require_own(uri, installation_id)
    except NotOurs as error:
        raise Refusal(otherwise or str(error)) from None
    except NotAllowed as error:
        raise Refusal(str(error)) from None


def require_broker(uri: str) -> None:
    """Makes sure that a broker answers there, or raises a Refusal that says what to do."""
    broker = urlsplit(uri)
    tls = broker.scheme == "amqps"
    host, port = unquote(broker.hostname or "localhost"), broker.port or AMQP_PORTS[broker.scheme]
    try:
        if speaks_amqp(host, port, tls):
            _require_login(uri, f"{host}:{port}")
            return
    except ssl.SSLCertVerificationError as error:
        why = error.verify_message.rstrip(".")
        raise Refusal(
            f"The broker at {host}:{port} is not to be trusted: {why}. Its certificate must be valid, for the name in"
            " AMQP_URI, and signed by somebody whom the system trusts."
        ) from None
    raise Refusal(f"The broker is away: nothing speaks AMQP{' over TLS' if tls else ''} at {host}:{port} (AMQP_URI).")


def _require_login(uri: str, where: str) -> None:
    from chassis.bus.rabbit.connecting import connect

    try:
        connect(uri, "fielddesk up").close()
    except Exception as error:
        # Each of py-amqp's ways of being refused; what the broker itself says of it is the best sentence.
        raise Refusal(f"The broker at {where} refuses us: {getattr(error, 'reply_text', error)} (AMQP_URI).") from None
