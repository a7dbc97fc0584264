"""The whole desk in one process: gateway, contracts, edge and handlers are the real ones.

Each service works in one transaction that is rolled back, what was changed before a refusal stays to be seen, and
whoever asks is signed in already.
"""

import json
from base64 import b64encode
from contextlib import contextmanager
from datetime import timedelta
from importlib import import_module
from time import time
from types import SimpleNamespace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chassis.actors import TokenVerifier, claims_of, private_key, sign_token
from chassis.bus.calls import Call, Calls
from chassis.bus.client import RpcClient
from chassis.bus.wire import result_reply
from chassis.clock import utcnow
from chassis.files import FileStore
from chassis.prepared import Prepared
from chassis.settings import Settings
from chassis.testing import an_actor, end_action
from gateway.app import Fielddesk
from services.identity.domain import ROLES
from tests.contracts.house import SERVICES, permissions_of, service_class

PAIR = Ed25519PrivateKey.generate()
KEY = private_key(PAIR.private_bytes_raw(), PAIR.public_key().public_bytes_raw())
SETTINGS = Settings(
    {
        "LINK_KEY": b64encode(b"k" * 32).decode(),
        "MAIL_DOMAIN": "desk.example",
        "PUBLIC_URL": "https://desk.example",
        "TOKEN_PRIVATE_KEY": b64encode(PAIR.private_bytes_raw()).decode(),
        "TOKEN_PUBLIC_KEY": b64encode(PAIR.public_key().public_bytes_raw()).decode(),
    }
)
VERIFIER = TokenVerifier(PAIR.public_key().public_bytes_raw())
_CONTENTS = "SELECT '{0}' AS name, md5(string_agg(x::text, '' ORDER BY x::text COLLATE \"C\")) AS mark FROM {0} x"


class WholeDesk:
    """Six services behind the gateway.

    :param work_of: the fixture.
    :param folder: of the store of files.
    :param app: the gateway's application; making one takes long, so it serves one desk after the other.
    """

    def __init__(self, work_of, folder, app):
        self.works = {name: work_of(name) for name in SERVICES}
        self.files = FileStore(folder)
        self._members = {name: Member(name, work, self.files) for name, work in self.works.items()}
        self._sessions = {}
        self.app = app
        app.extensions["fielddesk"] = Fielddesk(RpcClient(self), self.files, self.is_ready)

    def close(self):
        """Let the transactions be rolled back."""
        for work in self.works.values():
            del work.close

    def call(self, service, method, body, headers, timeout):
        """Carry a call to its service, as the bus does; sessions are not what is tested here."""
        session = json.loads(body)["kwargs"].get("session") if method == "token_for" else None
        if session in self._sessions:
            token = self._sessions[session]
            return result_reply({"token": token, "expires_at": (utcnow() + timedelta(minutes=5)).isoformat()})
        return self._members[service].answer(Call(method, body, headers))

    def is_ready(self):
        """Whether calls are answered."""
        return True

    def as_(self, actor):
        """Return a caller over HTTP who is signed in as somebody."""
        session = f"session-{len(self._sessions)}"
        self._sessions[session] = sign_token(KEY, claims_of(actor), time())
        return Caller(self, {"Authorization": f"Bearer {session}"}, self._sessions[session])

    def nobody(self):
        """Return a caller over HTTP who is not signed in."""
        return Caller(self, {})

    def state(self):
        """Return marks of all that is stored and told, by service and table."""
        marks = {name: member.state() for name, member in self._members.items()}
        marks["files"] = sorted(str(path) for path in self.files.root.rglob("*"))
        return marks

    @contextmanager
    def untouched(self):
        """Expect that nothing changes and nobody is told."""
        before = self.state()
        yield
        assert self.state() == before


class Member:
    """One service behind its edge."""

    def __init__(self, name, work, files):
        self._work = work
        # As after a refusal, but for what was changed before it, which has to be seen.
        self._work.close = lambda: end_action(work)
        database = SimpleNamespace(work=self._in_the_transaction, read=self._read)
        epochs = SimpleNamespace(check=lambda actor: None)
        service = service_class(name)
        self._calls = Calls(service.contract, permissions_of(name), database, VERIFIER, epochs)
        self._service = service()
        self._service.database, self._service.files, self._service.settings = database, files, SETTINGS
        tables = import_module(f"services.{name}.models").Base.metadata.sorted_tables
        # Keys and wrong passwords are noted of refused requests, too.
        names = [table.name for table in tables if table.name not in ("requests", "attempts")]
        self._contents = Prepared(" UNION ALL ".join(map(_CONTENTS.format, names)))

    def answer(self, call):
        """Return the reply to a call."""
        try:
            return self._calls.answer(self._service, call)
        finally:
            end_action(self._work)

    def state(self):
        """Return marks of all tables, and what was told."""
        self._work.flush()
        return {row.name: row.mark for row in self._work.load(self._contents)} | {"told": list(self._work.facts)}

    @contextmanager
    def _in_the_transaction(self, *, actor=None, correlation_id="", now=None):
        self._work.actor = actor
        yield self._work

    def _read(self, statement, /, **values):
        self._work.flush()
        return self._work.load(statement, **values)


class Caller:
    """Somebody who asks over HTTP, or past the gateway.

    :param headers: of every request.
    """

    def __init__(self, desk, headers, token=None):
        self._desk = desk
        self._http = desk.app.test_client()
        self._headers = headers
        self._token = token

    def ask(self, verb, path, **options):
        """Return the response of a path below `/api/v1`."""
        return self._http.open(f"/api/v1{path}", method=verb, headers=self._headers, **options)

    def ask_directly(self, service, method, /, **arguments):
        """Return what a service answers over the bus."""
        contract = service_class(service).contract
        return getattr(RpcClient(self._desk).of(contract, token=self._token), method)(**arguments)

    def get(self, path, **query):
        """Return the response of reading."""
        return self.ask("GET", path, query_string=query)

    def post(self, path, **body):
        """Return the response of a POST."""
        return self.ask("POST", path, json=body)


def stranger(role, **particulars):
    """Return somebody of a role who has part in nothing yet."""
    return an_actor(role=role, rights=ROLES[role], name=f"Stranger {role}", **particulars)
