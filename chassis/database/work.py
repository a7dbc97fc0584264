"""One transaction of one action: what it loads, changes and tells."""

from datetime import timedelta

from sqlalchemy.engine import Connection

from chassis.database.statements import BEGIN, COMMIT, DIED, run
from chassis.errors import Unavailable
from chassis.ids import new_id
from chassis.rows import insert_into, insert_of, values_of

_OUTBOX = insert_into(
    "outbox",
    (
        *(("event_id", "uuid"), ("name", "text"), ("payload", "jsonb"), ("actor", "jsonb"), ("version", "bigint")),
        *(("correlation_id", "text"), ("occurred_at", "timestamptz")),
    ),
)


class CommitLost(Unavailable):
    """The connection broke during COMMIT: whether it happened is settled by the request key."""


class Work:
    """One transaction of one action: what it loads, changes and tells.

    Rows and statements are gathered and sent with the COMMIT. Where `session` (the plain ORM) has been used,
    everything goes through it at once instead, so that the order stays the one in which it was written.
    """

    def __init__(self, database, actor, correlation_id, now):
        self.database = database
        self.actor = actor
        self.correlation_id = correlation_id
        self.now = now
        self.facts = []
        #: What the transaction holds locked, by id, for the facts that are handled in it one after the other.
        self.held = {}
        self._fairy = None
        self._session = None
        self._begun = False
        self._ahead = []
        self._gathered = []
        self._after_commit = []

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def send_ahead(self, statement, /, **values):
        """Have all that was gathered, and then a statement, sent in one text with whatever comes next.

        An ORM session ends here: what comes next begins one of its own.
        """
        if self._session is not None:
            self._session.flush()
            self._session.close()
            self._session = None
        self._ahead += [*self._gathered, (statement, values)]
        self._gathered = []

    def load(self, statement, /, **values):
        """Run a statement in the transaction, beginning it if need be; return its rows.

        :param statement: a constant text, a tuple of them of which the last gives the rows, or a SQLAlchemy
            statement (through the session).
        """
        if not isinstance(statement, (str, tuple)):
            return self.session.execute(statement, values).all()
        if self._session is not None:
            self._session.flush()
        return self._run(statement, values)

    def one(self, statement, /, **values):
        """Like `load`, but return the first row or `None`."""
        rows = self.load(statement, **values)
        return rows[0] if rows else None

    def add(self, *rows):
        """Gather ORM instances to be inserted with the commit."""
        if self._session is not None:
            self._session.add_all(rows)
            return
        for row in rows:
            self._gathered.append(insert_of(row))

    def change(self, statement, /, **values):
        """Gather an UPDATE or DELETE to be sent with the commit."""
        if self._session is not None:
            self._session.flush()
            self._run(statement, values)
        else:
            self._gathered.append((statement, values))

    def tell(self, event, /, version=1, **payload):
        """Tell a fact: it is committed with the change and published afterwards.

        :param event: `Event` class of this service's contract.
        :param version: of the thing it is about; listeners keep copies by it.
        :raises ValueError: the payload is not what the contract declares (a bug in the teller).
        """
        dumped = _dumped(event, payload)
        self.facts.append((event.__name__, dumped))
        row = {
            "event_id": new_id(),
            "name": event.__name__,
            "payload": dumped,
            "actor": self.actor.as_fact() if self.actor else None,
            "version": version,
            "correlation_id": self.correlation_id or "",
            # Listeners hear side by side: whoever lists facts by their instants keeps the order they were told in.
            "occurred_at": self.now + timedelta(microseconds=len(self.facts) - 1),
        }
        self.change(_OUTBOX, **values_of(row))

    @property
    def session(self):
        """The plain ORM in this transaction."""
        if self._session is None:
            self.flush()
            if not self._begun:
                self._run("SELECT 1", {})
            connection = Connection(self.database.engine, self._fairy)
            # Late, as the contract's forms below: SMTP, which needs neither, starts the sooner.
            from sqlalchemy.orm import Session

            self._session = Session(connection, autoflush=True, expire_on_commit=False)
        return self._session

    def after_commit(self, callable_):
        """Call something once the transaction is committed; it must not fail."""
        self._after_commit.append(callable_)

    def flush(self):
        """Send what was gathered without committing it."""
        if self._session is not None:
            self._session.flush()
        statements, self._ahead, self._gathered = [*self._ahead, *self._gathered], [], []
        if statements:
            self._send(statements)

    def commit(self):
        """Send what was gathered with a COMMIT, in one text, and release the connection.

        :raises CommitLost: the connection broke; the change may or may not be there.
        """
        if self._session is not None:
            self._session.flush()
        if not self._begun and not self._ahead and not self._gathered:
            return
        statements, self._ahead, self._gathered = [*self._ahead, *self._gathered, COMMIT], [], []
        try:
            self._send(statements)
        except DIED as error:
            if self._fairy.dbapi_connection is None or self._fairy.dbapi_connection.closed:
                raise CommitLost("commit_lost", "The database went away. Repeat with the same key.") from error
            raise
        self.close()
        names = [name for name, _ in self.facts]
        if names:
            self.database.told(names)
        for callable_ in self._after_commit:
            callable_()

    def close(self):
        """Roll back what is not committed and give the connection back."""
        self._ahead, self._gathered = [], []
        self.held.clear()
        if self._session is not None:
            self._session.close()
            self._session = None
        if self._fairy is not None:
            self.database.release(self._fairy)
            self._fairy = None
        self._begun = False

    def _run(self, statement, values):
        statements, self._ahead = [*self._ahead, (statement, values)], []
        return self._send(statements)

    def _send(self, statements):
        if self._fairy is None:
            self._fairy = self.database.checkout()
        if not self._begun and statements[-1] is COMMIT and self.database.may_be_dead(self._fairy):
            # Where it is, a BEGIN alone can be sent again by another.
            self._begin()
        return run(self._fairy, *statements) if self._begun else self._begin(*statements)

    def _begin(self, *statements):
        rows, self._fairy = self.database.first(self._fairy, BEGIN, *statements)
        self._begun = True
        return rows


def _dumped(event, payload):
    """Return the JSON-ready payload of a fact that keeps its contract."""
    from marshmallow import ValidationError

    from chassis import forms

    problems = sorted(payload.keys() - forms.names_of(event))
    try:
        dumped = forms.dump(event, payload)
        forms.load(event, dumped)
    except ValidationError as error:
        problems = error.normalized_messages()
    if problems:
        raise ValueError(f"{event.__name__} does not keep its contract: {problems}")
    return dumped
