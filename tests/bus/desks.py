"""The three test services on either bus, as processes that can be killed, and how tests look into them."""

import os
import secrets
import threading
import time
from base64 import urlsafe_b64encode
from importlib import import_module
from pathlib import Path
from uuid import uuid4

import psycopg2
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg2 import extras
from sqlalchemy import create_engine

from chassis.actors import claims_of, private_key, sign_token
from chassis.errors import TimedOut, Unavailable
from chassis.settings import normalised
from chassis.tables import declarative_base
from chassis.testing import an_actor
from tests.bus.services.teller.contract import Teller
from tests.waiting import eventually

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "tests.bus.services"
SERVICES = ("identity", "teller", "hearer")
#: A fact put into the teller's outbox past `Work.tell`.
OUTBOX = (
    "INSERT INTO outbox (event_id, name, payload, actor, version, correlation_id, occurred_at) "
    "VALUES (%(event_id)s, %(name)s, %(payload)s, %(actor)s, %(version)s, 'test', now())"
)


class Keys:
    """The pair of keys with which the tests sign tokens."""

    def __init__(self):
        raw = serialization.Encoding.Raw
        made = Ed25519PrivateKey.generate()
        self.private_raw = made.private_bytes(raw, serialization.PrivateFormat.Raw, serialization.NoEncryption())
        self.public_raw = made.public_key().public_bytes(raw, serialization.PublicFormat.Raw)

    def token(self, actor, now=None):
        """Return a token for an actor, signed now unless told otherwise."""
        key = private_key(self.private_raw, self.public_raw)
        return sign_token(key, claims_of(actor), now or time.time())


class Desk:
    """The services with fresh databases; subclasses say how they run.

    :param forking: starts their processes.
    """

    def __init__(self, server_url, folder, forking, **settings):
        self.keys = Keys()
        self._forking = forking
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

    def tell_at_once(self, *troubles, event_ids=None):
        """Have the teller tell a number with each trouble in one transaction; return the numbers."""
        numbers = self.numbers(len(troubles))
        event_ids = event_ids or [uuid4() for _ in troubles]
        texts = [
            OUTBOX.replace("%(event_id)s", f"'{event_id}'").replace(
                "%(payload)s", f"""'{{"number": {number}, "trouble": "{trouble}"}}'"""
            )
            for number, trouble, event_id in zip(numbers, troubles, event_ids, strict=True)
        ]
        self.rows("teller", ";".join(texts), name="Said", actor=None, version=1)
        return numbers

    def effects(self, numbers):
        """Return how often each of these numbers had its effect on the hearer: `{number: times}`."""
        return dict(
            self.rows(
                "hearer",
                "SELECT number, count(*) FROM effects WHERE number BETWEEN %(first)s AND %(last)s GROUP BY 1",
                first=numbers.start,
                last=numbers.stop - 1,
            )
        )

    def await_effects(self, numbers, within=20):
        """Wait until each of these numbers had its effect, and make sure that none had it twice."""
        count = "SELECT count(*) FROM effects WHERE number BETWEEN %(first)s AND %(last)s"
        values = {"first": numbers.start, "last": numbers.stop - 1}
        eventually(lambda: self.value("hearer", count, **values) >= len(numbers), within=within, what="every effect")
        assert self.effects(numbers) == dict.fromkeys(numbers, 1)

    def kept(self, number):
        """Return what the hearer's inbox keeps of a number: its rows that are not done."""
        return self.rows(
            "hearer",
            "SELECT state, tries, error, headers, event_id, next_attempt_at FROM inbox WHERE name = 'Said' "
            # As text, for among what is kept there are bodies that are no JSON.
            r"""AND encode(body, 'escape') ~ ('"number": ?' || %(number)s || '\M')""",
            number=str(number),
        )

    def await_quiet(self, within=20):
        """Wait until every fact told has been handled or is dead."""
        open_facts = """SELECT (SELECT count(*) FROM outbox)
            + (SELECT count(*) FROM inbox WHERE state = 'retry')"""
        eventually(
            lambda: all(self.value(name, open_facts) == 0 for name in SERVICES),
            within=within,
            what="quiet on the bus",
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

    def _spawn(self, name, module, *arguments, **environment):
        return self._forking.start(
            module,
            *arguments,
            environment={**self.environment, **environment},
            log=self.folder / f"{name}.log",
        )

    def log(self, name):
        """Return what a process has logged."""
        return (self.folder / f"{name}.log").read_text()
