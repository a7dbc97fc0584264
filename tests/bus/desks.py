"""The three test services on either bus, as processes that can be killed, and how tests look into them."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from base64 import urlsafe_b64encode
from importlib import import_module
from pathlib import Path

import psycopg2
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg2 import extras
from sqlalchemy import create_engine

from chassis.actors import claims_of, private_key, sign_token
from chassis.bus.client import RpcClient
from chassis.bus.wire import Reply
from chassis.database import declarative_base
from chassis.errors import ERRORS, TimedOut, Unavailable
from chassis.settings import normalised
from chassis.testing import an_actor
from tests.bus.services.teller.contract import Teller
from tests.waiting import eventually

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "tests.bus.services"
SERVICES = ("identity", "teller", "hearer")


class Keys:
    """The pair of keys with which the tests sign tokens."""

    def __init__(self):
        raw = serialization.Encoding.Raw
        made = Ed25519PrivateKey.generate()
        self.private_raw = made.private_bytes(
            raw, serialization.PrivateFormat.Raw, serialization.NoEncryption()
        )
        self.public_raw = made.public_key().public_bytes(raw, serialization.PublicFormat.Raw)

    def token(self, actor, now=None):
        """Return a token for an actor, signed now unless told otherwise."""
        key = private_key(self.private_raw, self.public_raw)
        return sign_token(key, claims_of(actor), now or time.time())


class Desk:
    """The services with fresh databases; subclasses say how they run."""

    def __init__(self, server_url, folder, **settings):
        self.keys = Keys()
        self.folder = folder
        self._server_url = server_url
        self._connections = {}
        self._numbers = 0
        self._numbering = threading.Lock()
        self.urls = {name: self._make_database(name) for name in SERVICES}
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "PYTHONWARNINGS": "ignore",
            "VAR_DIR": str(folder),
            "TOKEN_PUBLIC_KEY": urlsafe_b64encode(self.keys.public_raw).decode(),
            "RETRY_DELAYS": "0.05,0.05,0.05",
            **{f"{name.upper()}_DATABASE_URL": url for name, url in self.urls.items()},
            **settings,
        }

    def _make_database(self, name):
        database = f"bus_{name}_{secrets.token_hex(4)}"
        self.administer(f'CREATE DATABASE "{database}"')
        url = self._server_url.rsplit("/", 1)[0] + f"/{database}"
        engine = create_engine(normalised(url))
        try:
            base = import_module(f"{PACKAGE}.{name}.models").Base
        except ModuleNotFoundError:
            base = declarative_base()
        base.metadata.create_all(engine)
        engine.dispose()
        return url

    def rows(self, service, statement, **values):
        """Run a statement on a service's database, past the service; return its rows."""
        if service not in self._connections:
            self._connections[service] = psycopg2.connect(self.urls[service])
            self._connections[service].autocommit = True
        cursor = self._connections[service].cursor(cursor_factory=extras.NamedTupleCursor)
        cursor.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else []

    def value(self, service, statement, **values):
        """Return the one value that a statement yields."""
        return self.rows(service, statement, **values)[0][0]

    def ask(self, contract, actor=None, token=None, **options):
        """Return a proxy for a service on behalf of an actor, by default one whom everything is allowed."""
        actor = actor or an_actor(rights={}, epoch=1)
        return self.client.of(contract, token=token or self.keys.token(actor), **options)

    def numbers(self, count):
        """Return so many numbers that no other test has."""
        with self._numbering:
            self._numbers += count
            return range(self._numbers - count, self._numbers)

    def say(self, count=1, trouble="none"):
        """Have the teller tell so many facts in one transaction, asking until it did."""
        numbers = self.numbers(count)
        asking = self.ask(Teller, request_id=secrets.token_hex(8))

        def is_accepted():
            try:
                asking.say(count=count, start=numbers.start, trouble=trouble)
            except (Unavailable, TimedOut):
                return False
            return True

        eventually(is_accepted, what="the teller")
        return numbers

    def effects(self, numbers):
        """Return how often each of these numbers had its effect on the hearer: `{number: times}`."""
        return dict(self.rows(
            "hearer",
            "SELECT number, count(*) FROM effects WHERE number BETWEEN %(first)s AND %(last)s GROUP BY 1",
            first=numbers.start, last=numbers.stop - 1,
        ))

    def await_effects(self, numbers, within=20):
        """Wait until each of these numbers had its effect, and make sure that none had it twice."""
        count = "SELECT count(*) FROM effects WHERE number BETWEEN %(first)s AND %(last)s"
        values = {"first": numbers.start, "last": numbers.stop - 1}
        eventually(
            lambda: self.value("hearer", count, **values) >= len(numbers), within=within, what="every effect"
        )
        assert self.effects(numbers) == dict.fromkeys(numbers, 1)

    def kept(self, number):
        """Return what the hearer's inbox keeps of a number: its rows that are not done."""
        return self.rows(
            "hearer",
            "SELECT state, tries, error, event_id, next_attempt_at FROM inbox WHERE name = 'Said' "
            "AND body IS NOT NULL AND convert_from(body, 'UTF8')::jsonb ->> 'number' = %(number)s",
            number=str(number),
        )

    def await_quiet(self, within=20):
        """Wait until every fact told has been handled or is dead."""
        open_facts = """SELECT (SELECT count(*) FROM outbox)
            + (SELECT count(*) FROM inbox WHERE state = 'retry')"""
        eventually(
            lambda: all(self.value(name, open_facts) == 0 for name in SERVICES),
            within=within, what="quiet on the bus",
        )

    def forget_connections(self):
        """Close the tests' own connections to the databases."""
        for connection in self._connections.values():
            connection.close()
        self._connections = {}

    def drop(self):
        """Forget databases and connections."""
        self.forget_connections()
        for name in SERVICES:
            self.administer(f'DROP DATABASE "{self.database_name(name)}" WITH (FORCE)')

    def database_name(self, service):
        """Return the name of a service's database."""
        return self.urls[service].rsplit("/", 1)[1]

    def administer(self, *statements):
        """Run statements as the owner of the database server."""
        connection = psycopg2.connect(self._server_url)
        connection.autocommit = True
        for statement in statements:
            connection.cursor().execute(statement)
        connection.close()

    def _spawn(self, name, arguments, **environment):
        with open(self.folder / f"{name}.log", "ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", *arguments], cwd=ROOT, env={**self.environment, **environment},
                stdout=log, stderr=log,
            )

    def log(self, name):
        """Return what a process has logged."""
        return (self.folder / f"{name}.log").read_text()


class RabbitDesk(Desk):
    """Every service a process of its own, on RabbitMQ; `processes` may hold several of one service."""

    kind = "rabbit"

    def __init__(self, server_url, folder, uri, **settings):
        super().__init__(server_url, folder, AMQP_URI=uri, **settings)
        self.uri = uri
        self.processes = {}
        self.client = RpcClient.connect(uri)

    def start(self, *names):
        """Start processes, of all services unless named, and wait until they are ready."""
        if not names:
            self._spawn("topology", ["chassis.bus.rabbit.topology", PACKAGE]).wait()
        for name in names or SERVICES:
            self._start_one(name)
        self.await_ready()

    def _start_one(self, name):
        port = free_port()
        service = name.split("-")[0]
        arguments = ["chassis.bus.run", service, "--package", PACKAGE]
        self.processes[name] = self._spawn(name, arguments, HEALTH_PORT=str(port)), port

    def await_ready(self, within=60):
        """Wait until every process answers that it is ready."""
        for name, (process, port) in self.processes.items():
            eventually(
                lambda process=process, port=port: process.poll() is None and page(port, "/readyz")[0] == 200,
                within=within, what=f"{name} being ready",
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


class LocalDesk(Desk):
    """All services in one process, on the local bus; calls reach it over a loopback socket."""

    kind = "local"

    def __init__(self, server_url, folder, **settings):
        super().__init__(server_url, folder, **settings)
        self.port = free_port()
        self.process = None
        self.caller = SocketCaller(self.port)
        self.client = RpcClient(self.caller)

    def start(self, *_names):
        """Start the process and wait until its services are ready."""
        self.process = self._spawn("embedded", ["tests.bus.embedded_desk", str(self.port)])
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
        self.process = self._spawn("embedded", ["tests.bus.embedded_desk", str(self.port)])
        return True

    def stop(self):
        """End the process; return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return {"embedded": self.process.wait(30)}


class Supervisor:
    """Starts dead processes again until it is left; `deaths` counts them."""

    def __init__(self, desk, names, revive):
        self._desk = desk
        self._names = names
        self._revive = revive
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.deaths = 0

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exception):
        self._desk.await_ready()
        self._ended.set()
        self._thread.join()

    def _run(self):
        while not self._ended.wait(0.02):
            self.deaths += sum(self._revive(name) for name in self._names())


class SocketCaller:
    """Hands calls to the process of the embedded desk: what `RpcClient` needs of a transport."""

    def __init__(self, port):
        self._port = port

    def call(self, service, method, body, headers, timeout):
        """Make one call over a connection of its own."""
        answer = self._exchange({
            "service": service, "method": method, "body": body.decode("latin-1"), "headers": headers,
            "timeout": timeout,
        })
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


def free_port():
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def page(port, path):
    """Return `(status, body)` of a page of a process's health server; status 0 where nobody answers."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
            with connection.makefile("rb") as stream:
                head, _, body = stream.read().partition(b"\r\n\r\n")
        return int(head.split()[1]), body.decode()
    except (OSError, IndexError):
        return 0, ""
