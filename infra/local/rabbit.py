"""A private RabbitMQ node from Debian's `rabbitmq-server`, beside and untouched by a system-wide one.

The node, its Erlang port mapper (epmd) and its ports are its own, on the loopback interface only. The server
script is called directly, because the wrapper in PATH insists on the system's user and folders.
"""

import json
import os
import secrets
import socket
import ssl
import subprocess
import time
from pathlib import Path

import psutil

from infra.local.ending import end
from infra.local.logs import LARGEST_LOG
from infra.local.ports import free_port, is_free
from infra.local.system_packages import install, may_install
from infra.refusal import Refusal
from infra.terminal import warn

SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
PACKAGE = "rabbitmq-server"
COMMON = Path(__file__).resolve().parents[1] / "rabbitmq" / "fielddesk.conf"
#: On a core that it shared with twenty programs a node took 80; one that has ended is noticed at once.
START_SECONDS = 300
STOP_SECONDS = 30
#: How long a process may be between one program and the next.
EXEC_SECONDS = 2
PROTOCOL_HEADER = b"AMQP\x00\x00\x09\x01"  # AMQP 0-9-1, section 4.2.2: the client speaks first.
METHOD_FRAME = b"\x01"  # The server's answer, connection.start, comes in a frame of this type.
CONFIGURATION = """\
listeners.tcp.local = 127.0.0.1:{port}
default_user = {user}
default_pass = {password}
default_vhost = {vhost}
default_permissions.configure = .*
default_permissions.read = .*
default_permissions.write = .*
log.console = false
log.file.level = info
log.file.rotation.size = {largest_log}
log.file.rotation.count = 1
"""


class Rabbit:
    """One node. `start()` returns its AMQP URI; name, user, port and queues outlive a restart.

    folder: where everything of the node lies.
    """

    name = kind = "rabbitmq"

    def __init__(self, folder: Path):
        self.folder = folder.resolve()
        self.log_file = self.folder / "node.out"
        self.node: dict = {}
        self.process: subprocess.Popen | None = None
        self.port_mapper: subprocess.Popen | None = None

    @property
    def uri(self) -> str:
        """Where clients connect: the node's own user, password and virtual host."""
        return "amqp://{user}:{password}@127.0.0.1:{port}/{vhost}".format(**self.node)

    @property
    def pid(self) -> int:
        """The process id of the Erlang machine itself, for whoever wants to kill it."""
        return self.process.pid

    def start(self) -> str:
        """Starts the node and waits until it speaks AMQP; a Refusal where it does not or is missing."""
        self.begin()
        return self.wait_until_ready()

    def begin(self) -> None:
        """Starts the node without waiting for it, on the port of its last run if that is still free."""
        require_server()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        self.end_leftover()
        self.node = self.node or self._remembered_node()
        try:
            self._spawn()
        except BaseException:
            self.stop()
            raise

    def wait_until_ready(self) -> str:
        """Waits for a node that was begun; returns its AMQP URI."""
        deadline = time.monotonic() + START_SECONDS
        try:
            while not self.is_ready():
                if not self.is_running():
                    raise Refusal(f"RabbitMQ did not start: {self.last_words()}.")
                if time.monotonic() > deadline:
                    raise Refusal(f"RabbitMQ was not ready within {START_SECONDS} s: {self.last_words()}.")
                time.sleep(0.05)
        except BaseException:
            self.stop()
            raise
        return self.uri

    def is_running(self) -> bool:
        """Whether the node that this object began has not ended."""
        return self.process is not None and self.process.poll() is None

    def is_ready(self) -> bool:
        """Whether it greets a client."""
        return speaks_amqp("127.0.0.1", self.node["port"])

    def last_words(self) -> str:
        """Where to read on: an Erlang machine's last words are no sentence."""
        return f"see {self.log_file} and {self.folder / 'log'}"

    def stop(self) -> None:
        """Orderly shutdown, then its port mapper."""
        for child in (self.process, self.port_mapper):
            if child is not None:
                if child.poll() is None:
                    end([psutil.Process(child.pid)], seconds=STOP_SECONDS)
                child.wait()
        self.process = self.port_mapper = None

    def kill(self) -> None:
        """Ends the node at once, as a power cut would; `start()` brings it back on the same port."""
        self.process.kill()
        self.process.wait()

    def end_leftover(self) -> int:
        """Ends a node and port mapper that outlived a killed parent; returns how many processes that were."""
        ended = 0
        for record in ("node.pid", "epmd.pid"):
            try:
                process = psutil.Process(int((self.folder / record).read_text()))
                if _environment_of(process).get("HOME") == str(self.folder):
                    end([process], seconds=STOP_SECONDS)
                    ended += 1
            except (OSError, ValueError, psutil.Error):
                continue
        return ended

    def _remembered_node(self) -> dict:
        """The node's name, credentials and ports; a port that somebody took meanwhile is chosen anew."""
        record = self.folder / "node.json"
        if record.exists():
            node = json.loads(record.read_text())
        else:
            node = {
                "name": f"fielddesk-{secrets.token_hex(4)}@localhost",
                "user": "fielddesk",
                "password": secrets.token_urlsafe(18),
                "vhost": "fielddesk",
                "port": 0,
            }
        if not node["port"] or not is_free(node["port"]):
            node["port"] = free_port()
        with open(os.open(record, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
            json.dump(node, file)
        return node

    def _spawn(self) -> None:
        configuration = CONFIGURATION.format(**self.node, largest_log=LARGEST_LOG) + COMMON.read_text()
        (self.folder / "rabbitmq.conf").write_text(configuration)
        (self.folder / "enabled_plugins").write_text("[].\n")
        environment = self._environment()
        self.port_mapper = self._run("epmd", ["epmd", "-address", "127.0.0.1"], environment)
        self._wait_for_port_mapper(int(environment["ERL_EPMD_PORT"]))
        self.process = self._run("node", [str(SERVER)], environment)

    def _run(self, name: str, command: list[str], environment: dict) -> subprocess.Popen:
        with open(self.folder / f"{name}.out", "ab") as output:
            output.truncate(0)
            child = subprocess.Popen(
                command,
                env=environment,
                cwd=self.folder,
                umask=0o077,
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        (self.folder / f"{name}.pid").write_text(str(child.pid))
        return child

    def _environment(self) -> dict[str, str]:
        at = str(self.folder)
        # It shares the machine with all services: on two cores one scheduler costs less than handing over between two.
        schedulers = max(1, len(os.sched_getaffinity(0)) // 2)
        erlang = f"+S {schedulers}:{schedulers} +stbt u -kernel inet_dist_use_interface {{127,0,0,1}}"
        return {
            # Has the script become the Erlang machine: a shell between would keep signals for itself.
            "RUNNING_UNDER_SYSTEMD": "true",
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "LANG": "C.UTF-8",
            "HOME": at,
            "ERL_EPMD_PORT": str(free_port()),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": self.node["name"],
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_CONF_ENV_FILE": f"{at}/none",
            "RABBITMQ_CONFIG_FILE": f"{at}/rabbitmq.conf",
            "RABBITMQ_ADVANCED_CONFIG_FILE": f"{at}/none",
            "RABBITMQ_GENERATED_CONFIG_DIR": f"{at}/config",
            "RABBITMQ_SCHEMA_DIR": f"{at}/schema",
            "RABBITMQ_MNESIA_BASE": f"{at}/queues",
            "RABBITMQ_LOG_BASE": f"{at}/log",
            "RABBITMQ_PID_FILE": f"{at}/rabbitmq.pid",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{at}/enabled_plugins",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": erlang,
        }

    def _wait_for_port_mapper(self, port: int) -> None:
        deadline = time.monotonic() + START_SECONDS
        while is_free(port):
            if self.port_mapper.poll() is not None or time.monotonic() > deadline:
                raise Refusal(f"Erlang's port mapper did not start; see {self.folder / 'epmd.out'}.")
            time.sleep(0.01)


def _environment_of(process: psutil.Process) -> dict:
    """Its environment: empty for a moment where one program makes way for another, as the script of the node does."""
    deadline = time.monotonic() + EXEC_SECONDS
    while not (environment := process.environ()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return environment


def speaks_amqp(host: str, port: int, tls: bool = False) -> bool:
    """Whether a broker greets there: the server opens its listeners last, so a greeting means ready.

    :raises ssl.SSLCertVerificationError: the system does not trust its certificate.
    """
    try:
        with _connection_to(host, port, tls) as connection:
            connection.sendall(PROTOCOL_HEADER)
            return connection.recv(1) == METHOD_FRAME
    except ssl.SSLCertVerificationError:
        raise
    except OSError:
        return False


def _connection_to(host: str, port: int, tls: bool) -> socket.socket:
    plain = socket.create_connection((host, port), timeout=2)
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host) if tls else plain
    except BaseException:
        plain.close()
        raise


def require_server() -> None:
    """Has the system install RabbitMQ where it is missing and we may; else a Refusal says what to install."""
    if SERVER.exists():
        return
    if not may_install():
        raise Refusal(f"RabbitMQ is missing: install it (Debian: apt-get install {PACKAGE}) or set AMQP_URI.")
    warn(f"desk: installing {PACKAGE} from the system's packages, once ...")
    policy = Path("/usr/sbin/policy-rc.d")
    is_ours = not policy.exists()
    if is_ours:  # The package would start a system-wide broker, which nobody asked for.
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
    try:
        install(PACKAGE, otherwise=f"install {PACKAGE} or set AMQP_URI")
    finally:
        if is_ours:
            policy.unlink(missing_ok=True)
    if not SERVER.exists():
        raise Refusal(f"The package {PACKAGE} came without {SERVER}; set AMQP_URI to a running RabbitMQ.")
